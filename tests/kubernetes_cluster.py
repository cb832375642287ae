"""What a real cluster's pods print: `make kubernetes` runs it on the one that KUBECONFIG names.

It begins pods of busybox in a namespace of its own, and deletes that at the end. Any cluster will
do, as of kind or minikube; the suite itself asks a made-up API server instead.
"""

import json
import os
import secrets
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.pipeline.kubernetes.test_reading import old_and_new, read
from tests.waiting import until
from webapp.pipeline.sources import READERS
from webapp.pipeline.targets import KINDS
from webapp.pipeline.values import Cluster, GatherLimits, Host, InputSpec

LIMITS = GatherLimits(max_workers=1, timeout_seconds=60, keep_bytes=100_000)
STAYS = "sleep 100000"
NAME = "ai-log-monitor-tests"


def kubectl(*words: str, sent: Any = None) -> str:
    done = subprocess.run(
        ["kubectl", *words],
        input=json.dumps(sent) if sent else None,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    namespace = f"{NAME}-{secrets.token_hex(3)}"
    kubectl("create", "namespace", namespace)
    yield Host("kubernetes", cluster=Cluster(namespace, os.environ["KUBECONFIG"]))
    kubectl("delete", "namespace", namespace, "--wait=false")


def begin(host: Host, kind: str, **containers: str) -> str:
    """A pod or a deployment, by whose name its pods are labelled; returns that name."""
    name = f"shop-{secrets.token_hex(3)}"
    own = [
        {
            "name": called,
            "image": "busybox:1",
            "imagePullPolicy": "IfNotPresent",
            "command": ["sh", "-c", script],
        }
        for called, script in containers.items()
    ]
    labels = {"labels": {"app": name}}
    pod = {
        "hostNetwork": True,
        "terminationGracePeriodSeconds": 1,
        "automountServiceAccountToken": False,
        "containers": own,
    }
    template = {"metadata": labels, "spec": pod}
    of_all = {"replicas": 2, "selector": {"matchLabels": {"app": name}}, "template": template}
    made = {
        "Pod": {"apiVersion": "v1", "spec": pod},
        "Deployment": {"apiVersion": "apps/v1", "spec": of_all},
    }[kind]
    meta = {"name": name, **labels}
    kubectl(
        "apply", "-n", namespace(host), "-f", "-", sent={**made, "kind": kind, "metadata": meta}
    )
    return name


def namespace(host: Host) -> str:
    assert host.cluster
    return host.cluster.namespace


def statuses(host: Host, name: str) -> list[dict[str, Any]]:
    told = kubectl("get", "pods", "-n", namespace(host), "-l", f"app={name}", "-o", "json")
    pods = json.loads(told)["items"]
    return [status for pod in pods for status in pod["status"].get("containerStatuses", [])]


def runs(host: Host, name: str, number: int = 1, restarts: int = 0) -> bool:
    running = [one for one in statuses(host, name) if "running" in one["state"]]
    return len([one for one in running if one["restartCount"] >= restarts]) == number


def test_what_is_new_of_a_pod(host: Host) -> None:
    name = begin(host, "Pod", web="echo one; sleep 5; echo two >&2; sleep 100000")
    until(lambda: "one" in read(host, name).stdout.text, 60)
    first = read(host, name)
    until(lambda: "two" in read(host, name).stdout.text, 60)

    second = read(host, name, first)

    assert old_and_new(second.stdout) == (["one"], ["two"])
    assert (second.error, second.notices) == (None, ())


def test_a_deployment_s_pods_are_merged(host: Host) -> None:
    name = begin(host, "Deployment", web=f"echo hello from here; {STAYS}")
    until(lambda: runs(host, name, 2), 60)

    result = read(host, f"deployment/{name}")

    heads = {line.split(" | ")[0] for line in result.stdout.text.splitlines()}
    assert len(heads) == 2
    assert all(head.startswith(name) for head in heads)


def test_a_restart_misses_nothing_and_says_why(host: Host) -> None:
    once = "test -e /tmp/again && { echo begun again; sleep 100000; }"
    dies = "echo begun; sleep 4; echo dying; exit 3"
    name = begin(host, "Pod", web=f"{once.replace('/tmp', '/dev/shm')}; {dies}")
    until(lambda: "begun" in read(host, name).stdout.text, 60)
    first = read(host, name)
    until(lambda: runs(host, name, restarts=1), 60)

    second = read(host, name, first)
    third = read(host, name, second)

    new = old_and_new(second.stdout)[1]
    assert new[0] == "dying"
    assert new[1].startswith("begun")
    assert "it had ended with status 3 at" in second.notices[0]
    assert "dying" not in old_and_new(third.stdout)[1]


def test_pods_that_went_are_said(host: Host) -> None:
    name = begin(host, "Deployment", web=f"echo hello; {STAYS}")
    until(lambda: runs(host, name, 2), 60)
    first = read(host, f"app={name}")
    kubectl("delete", "pod", "-n", namespace(host), "-l", f"app={name}", "--wait=true")
    until(lambda: runs(host, name, 2), 60)

    second = read(host, f"app={name}", first)

    assert len(old_and_new(second.stdout)[1]) == 2
    (notice,) = second.notices
    assert notice.endswith(" are gone, and what they printed after the last Run with them")


def test_an_image_that_is_not_there_is_said(host: Host) -> None:
    name = begin(host, "Pod", web=STAYS)
    kubectl(
        "patch", "pod", name, "-n", namespace(host), "--type=json",
        '--patch=[{"op":"replace","path":"/spec/containers/0/image","value":"nobody/none:1"}]',
    )  # fmt: skip

    until(lambda: any(f"{name} waits: " in told for told in read(host, name).notices), 60)


def test_a_long_log_costs_its_end(host: Host) -> None:
    name = begin(host, "Pod", web=f"seq 1 1000000; echo end; {STAYS}")
    until(lambda: read(host, name, tail=1).stdout.text == "end\n", 120)

    result = read(host, name, tail=5000)

    assert result.stdout.text.splitlines()[-2:] == ["1000000", "end"]
    assert result.stdout.lines_in_text == 5000


def test_the_target_and_its_commands(host: Host) -> None:
    name = begin(host, "Pod", web=f"echo hello; {STAYS}")
    until(lambda: runs(host, name), 60)

    facts = KINDS["kubernetes"].look(host, LIMITS)
    spec = InputSpec("A", "command", command=f"kubectl logs {name}", new_lines="all")
    result = READERS["command"](host, replace(spec), LIMITS)

    assert facts["Logs"] == "may be read"
    assert result.stdout.text == "hello\n"
