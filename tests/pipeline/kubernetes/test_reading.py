"""What pods print, from one Run to the next: by the real kubectl, from a made-up API server."""

import json
from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any

import pytest

from tests.pipeline.kubernetes.made_up import MadeUp, selector
from webapp.pipeline.sources import READERS
from webapp.pipeline.values import CommandResult, GatherLimits, Host, InputSpec, Tail

LIMITS = GatherLimits(max_workers=1, timeout_seconds=20, keep_bytes=100_000)


def read(
    host: Host, asked: str, after: CommandResult | None = None, **config: Any
) -> CommandResult:
    """As a Run does that comes after another one, which was judged."""
    spec = InputSpec("A", "kubernetes", config={"pods": asked, **config})
    position = json.loads(json.dumps(after.position)) if after else None
    return READERS["kubernetes"](host, replace(spec, position=position), LIMITS)


def old_and_new(tail: Tail) -> tuple[list[str], list[str]]:
    lines = tail.text.splitlines()
    return lines[: tail.context_lines], lines[tail.context_lines :]


def test_lines_of_an_earlier_run_are_context(api: MadeUp, host: Host) -> None:
    pod = api.pod("shop-1")
    api.prints(pod, "one", "two")

    first = read(host, "shop-1")
    nothing = read(host, "shop-1", first)
    api.prints(pod, "two", "three")
    second = read(host, "shop-1", nothing)

    assert old_and_new(first.stdout) == ([], ["one", "two"])
    assert old_and_new(nothing.stdout) == (["one", "two"], [])
    assert old_and_new(second.stdout) == (["one", "two"], ["two", "three"])
    assert (first.error, second.error, second.notices) == (None, None, ())


@pytest.mark.parametrize("asked", ["app=shop", "app=shop,tier!=db", "deployment/shop"])
def test_pods_are_read_in_the_order_of_their_times(api: MadeUp, host: Host, asked: str) -> None:
    api.workloads["deployments/shop"] = selector(app="shop")
    one, two = (api.pod(name, labels={"app": "shop"}) for name in ("shop-1", "shop-2"))
    other = api.pod("shop-db", labels={"app": "db", "tier": "db"})
    for pod, line in ((one, "a"), (two, "b"), (other, "x"), (one, "c")):
        api.prints(pod, line)

    result = read(host, asked)

    assert result.stdout.text.splitlines() == ["shop-1 | a", "shop-2 | b", "shop-1 | c"]


def test_what_a_workload_selects_by_is_asked_for(api: MadeUp, host: Host) -> None:
    expressions = [
        {"key": "tier", "operator": "In", "values": ["web", "api"]},
        {"key": "canary", "operator": "DoesNotExist"},
    ]
    told = {"matchLabels": {"app": "shop"}, "matchExpressions": expressions}
    api.workloads["statefulsets/shop"] = {"spec": {"selector": told}}

    result = read(host, "statefulset/shop")

    assert result.error == "there is no pod of statefulset/shop in the namespace default"
    assert api.selectors == ["app=shop,tier in (web,api),!canary"]


def test_each_container_of_a_pod_is_read_or_one_of_them(api: MadeUp, host: Host) -> None:
    pod = api.pod("shop-1", "web", "proxy")
    api.prints(pod, "hello")
    api.prints(pod, "GET /", container="proxy")

    both, one = read(host, "shop-1"), read(host, "pod/shop-1", container="proxy")

    assert both.stdout.text == "shop-1/web | hello\nshop-1/proxy | GET /\n"
    assert one.stdout.text == "GET /\n"


def test_what_came_before_a_restart_is_not_missed(api: MadeUp, host: Host) -> None:
    pod = api.pod("shop-1")
    api.prints(pod, "begun")
    first = read(host, "shop-1")
    api.prints(pod, "out of memory")
    api.restarts(pod, 137, "OOMKilled")
    api.prints(pod, "begun again")

    second = read(host, "shop-1", first)
    third = read(host, "shop-1", second)

    assert old_and_new(second.stdout) == ([], ["out of memory", "begun again"])
    (notice,) = second.notices
    assert notice.startswith("shop-1 was restarted at 2026-01-31 08:00:02 UTC: it had ended with")
    assert "status 137 (OOMKilled)" in notice
    assert old_and_new(third.stdout) == (["begun again"], [])
    assert third.notices == ()


def test_a_first_run_reads_why_it_was_restarted_unless_it_is_not_to(
    api: MadeUp, host: Host
) -> None:
    pod = api.pod("shop-1")
    api.prints(pod, "panic")
    api.restarts(pod, 2)
    api.prints(pod, "begun again")

    with_it, without = read(host, "shop-1"), read(host, "shop-1", previous=False)

    assert with_it.stdout.text == "panic\nbegun again\n"
    assert "it had ended with status 2 at" in with_it.notices[0]
    assert (without.stdout.text, without.notices) == ("begun again\n", ())


@pytest.mark.parametrize("known", [True, False])
def test_a_restart_while_it_is_read_misses_nothing_and_repeats_nothing(
    api: MadeUp, host: Host, known: bool
) -> None:
    pod = api.pod("shop-1")
    api.prints(pod, "begun")
    first = read(host, "shop-1") if known else None
    api.prints(pod, "dying")

    def restart() -> None:
        api.restarts(pod)
        api.prints(pod, "begun again")

    api.before_a_log.append(restart)

    second = read(host, "shop-1", first)
    api.prints(pod, "goes on")
    third = read(host, "shop-1", second)

    of_before = ["dying"] if known else ["begun", "dying"]
    assert old_and_new(second.stdout)[1] == [*of_before, "begun again"]
    assert old_and_new(third.stdout) == (["begun again"], ["goes on"])


def test_restarts_between_two_runs_are_said(api: MadeUp, host: Host) -> None:
    pod = api.pod("shop-1")
    api.prints(pod, "first")
    first = read(host, "shop-1")
    api.restarts(pod)
    api.prints(pod, "lost")
    api.restarts(pod)
    api.prints(pod, "panic")
    api.restarts(pod)

    second = read(host, "shop-1", first)

    assert old_and_new(second.stdout) == ([], ["panic"])
    assert second.notices[1] == (
        "shop-1 was restarted more than once; what it printed between is gone"
    )


def test_pods_come_and_go(api: MadeUp, host: Host) -> None:
    old = api.pod("shop-1", labels={"app": "shop"})
    api.prints(old, "old")
    first = read(host, "app=shop")
    api.pods.remove(old)
    api.prints(api.pod("shop-2", labels={"app": "shop"}), "new")

    second = read(host, "app=shop", first)

    assert old_and_new(second.stdout) == ([], ["new"])
    assert second.notices == ("shop-1 is gone, and what it printed after the last Run with it",)


def test_many_pods_that_went_are_one_sentence(api: MadeUp, host: Host) -> None:
    for number in range(7):
        api.prints(api.pod(f"shop-{number}", labels={"app": "shop"}), "old")
    first = read(host, "app=shop")
    del api.pods[:-1]

    second = read(host, "app=shop", first)

    (notice,) = second.notices
    assert notice == (
        "shop-5, shop-4, shop-3, shop-2, shop-1 and 1 more are gone, and what they printed after "
        "the last Run with them"
    )


def test_what_is_not_read_any_more_is_not_gone(api: MadeUp, host: Host) -> None:
    api.prints(api.pod("oldest", labels={"app": "shop"}), "here")
    first = read(host, "app=shop")
    for number in range(20):
        api.pod(f"shop-{number}", labels={"app": "shop"})

    second = read(host, "app=shop", first)

    assert second.notices == ("of 21 containers those of the oldest pods, 1, are not read",)


def test_what_is_read_again_after_a_while_goes_on_where_it_was(api: MadeUp, host: Host) -> None:
    oldest = api.pod("oldest", labels={"app": "shop"})
    api.prints(oldest, "one")
    first = read(host, "app=shop")
    for number in range(20):
        api.pod(f"shop-{number}", labels={"app": "shop"})
    second = read(host, "app=shop", first)
    api.prints(oldest, "two")
    del api.pods[1:]

    third = read(host, "app=shop", second)

    assert old_and_new(third.stdout) == (["one"], ["two"])


def test_a_pod_that_cannot_begin_says_why(api: MadeUp, host: Host) -> None:
    why = {"reason": "ImagePullBackOff", "message": 'Back-off pulling image "shop:1"'}
    api.pod("shop-1", labels={"app": "shop"}).waits = why
    api.prints(api.pod("shop-2", labels={"app": "shop"}), "fine")

    result = read(host, "app=shop")

    assert result.stdout.text == "shop-2 | fine\n"
    assert result.error is None
    assert result.notices == ('shop-1 waits: ImagePullBackOff: Back-off pulling image "shop:1"',)


def test_one_that_may_not_be_read_does_not_hide_the_others(api: MadeUp, host: Host) -> None:
    closed, open_ = (api.pod(name, labels={"app": "shop"}) for name in ("shop-1", "shop-2"))
    api.prints(closed, "secret")
    api.prints(open_, "one")
    first = read(host, "app=shop")
    api.refused.add("/api/v1/namespaces/default/pods/shop-1/log")
    for pod in (closed, open_):
        api.prints(pod, "two")

    second = read(host, "app=shop", first)
    api.refused.clear()
    third = read(host, "app=shop", second)

    assert old_and_new(second.stdout) == (["shop-2 | one"], ["shop-2 | two"])
    assert "shop-1 could not be read: pods is forbidden" in second.notices[0]
    assert old_and_new(third.stdout)[1] == ["shop-1 | two"]


def test_more_lines_than_are_read_are_said(api: MadeUp, host: Host) -> None:
    pod = api.pod("shop-1")
    api.prints(pod, "first")
    first = read(host, "shop-1", tail=3)
    api.prints(pod, *map(str, range(10)))

    second = read(host, "shop-1", first, tail=3)

    assert old_and_new(second.stdout) == ([], ["7", "8", "9"])
    assert second.notices == ("more lines of shop-1 are new than are read; the last of them were",)


def test_nodes_may_tell_the_time_of_their_own_zone(api: MadeUp, host: Host) -> None:
    pods = [api.pod(name, labels={"app": "shop"}) for name in ("shop-1", "shop-2")]
    api.zone = timezone(timedelta(hours=-3, minutes=-30))
    for pod, line in zip(pods, "ab", strict=True):
        api.prints(pod, line)
    first = read(host, "app=shop", timestamps=True, since_seconds=60)
    api.zone = timezone(timedelta(hours=2))
    api.prints(pods[0], "c")

    second = read(host, "app=shop", first)

    assert first.stdout.text.count("Z ") == 2
    assert old_and_new(second.stdout) == (["shop-1 | a", "shop-2 | b"], ["shop-1 | c"])


def test_only_what_is_young_is_read_and_what_is_new(api: MadeUp, host: Host) -> None:
    pod = api.pod("shop-1")
    api.prints(pod, "old")
    (life,) = pod.containers["web"]
    life.lines[0] = (life.lines[0][0] - 3600 * 10**9, "old")
    api.prints(pod, "young")

    result = read(host, "shop-1", since_seconds=60, timestamps=True)

    (line,) = result.stdout.text.splitlines()
    assert line.endswith("Z young")


def test_a_selector_is_looked_for_in_all_namespaces(api: MadeUp, host: Host) -> None:
    for namespace in ("blue", "green"):
        pod = api.pod("shop-1", labels={"app": "shop"}, namespace=namespace)
        api.prints(pod, namespace)

    every, one = read(host, "app=shop", namespace="*"), read(host, "shop-1", namespace="green")
    none = read(host, "shop-1", namespace="*")

    assert every.stdout.text == "blue/shop-1 | blue\ngreen/shop-1 | green\n"
    assert one.stdout.text == "green\n"
    assert none.error == "shop-1 is in one namespace: only a selector is looked for in all"


def test_of_very_many_pods_the_newest_are_read(api: MadeUp, host: Host) -> None:
    for number in range(22):
        api.prints(api.pod(f"shop-{number}", labels={"app": "shop"}), "here")

    result = read(host, "app=shop")

    assert result.stdout.total_lines == 20
    assert "shop-0 |" not in result.stdout.text
    assert result.notices == ("of 22 containers those of the oldest pods, 2, are not read",)


@pytest.mark.parametrize(
    ("asked", "config", "problem"),
    [
        ("nope", {}, 'pods "nope" not found'),
        ("deployment/nope", {}, 'deployments "nope" not found'),
        ("app=nope", {}, "there is no pod of app=nope in the namespace default"),
        (
            "shop-1",
            {"container": "nope"},
            "no pod of shop-1 in the namespace default has a container nope",
        ),
    ],
)
def test_what_is_not_there_is_said(
    api: MadeUp, host: Host, asked: str, config: dict[str, Any], problem: str
) -> None:
    api.pod("shop-1")

    result = read(host, asked, **config)

    assert (result.error, result.position) == (problem, None)
