"""A cluster as a Target: what Test says, what is wrong in a sentence, and what commands get."""

import json
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.pipeline.http_server import Reply, own_ca, serving
from tests.pipeline.kubernetes.made_up import MadeUp, kubeconfig
from webapp.pipeline.sources import READERS
from webapp.pipeline.targets import KINDS
from webapp.pipeline.targets.kind import Here
from webapp.pipeline.targets.looking import Unusable
from webapp.pipeline.values import Cluster, CommandResult, GatherLimits, Host, InputSpec

LIMITS = GatherLimits(max_workers=1, timeout_seconds=20, keep_bytes=100_000)
AT_ONCE = replace(LIMITS, timeout_seconds=0.5)
NOT_TRUSTED = "certificate signed by unknown authority"


def look(host: Host, limits: GatherLimits = LIMITS) -> dict[str, str]:
    return KINDS["kubernetes"].look(host, limits)


def trouble(host: Host, limits: GatherLimits = LIMITS) -> str:
    with pytest.raises(Unusable) as raised:
        look(host, limits)
    return str(raised.value)


def printed(host: Host, command: str, **limits: Any) -> CommandResult:
    spec = InputSpec("A", "command", command=command, new_lines="all")
    return READERS["command"](host, spec, replace(LIMITS, **limits))


def at(file: Path, context: str | None = None) -> Host:
    return Host("kubernetes", cluster=Cluster("default", str(file), context))


def test_a_look_tells_the_version_and_whether_logs_may_be_read(api: MadeUp, host: Host) -> None:
    api.prints(api.pod("shop-1"), "hello")
    api.pod("shop-2").waits = {"reason": "ContainerCreating"}

    assert look(host) == {
        "Cluster": "Kubernetes v1.20.2",
        "Namespace": "default",
        "Pods": "2 (1 Running, 1 Pending)",
        "Logs": "may be read",
    }


def test_a_cluster_without_pods_is_fine(api: MadeUp, host: Host) -> None:
    facts = look(host)

    assert (facts["Pods"], facts["Logs"]) == ("0", "no pod runs to try it with")


def test_what_may_not_be_read_is_named(api: MadeUp, host: Host) -> None:
    api.pod("shop-1")
    api.refused.add("/api/v1/namespaces/default/pods/shop-1/log")

    assert 'pods is forbidden: User "viewer" cannot get' in trouble(host)


def test_a_login_that_may_not_see_the_namespace_itself_is_enough(api: MadeUp, host: Host) -> None:
    api.refused.add("/api/v1/namespaces/default")

    assert look(host)["Namespace"] == "default"


def test_a_namespace_that_is_not_there_is_named(api: MadeUp, host: Host) -> None:
    assert host.cluster
    elsewhere = replace(host, cluster=replace(host.cluster, namespace="nope"))

    assert trouble(elsewhere) == 'namespaces "nope" not found'


@pytest.mark.parametrize(
    ("login", "problem"),
    [
        ({"token": "wrong"}, "the API server does not accept the login of the current context"),
        (
            {"exec": {"command": "no-such-login"}},
            "the login of the current context failed: exec: executable no-such-login not found",
        ),
        (
            {"exec": {"command": "sh", "args": ["-c", "echo expired >&2; exit 3"]}},
            (
                "the login of the current context failed: exec: executable sh failed with exit "
                "code 3, which said: expired"
            ),
        ),
    ],
)
def test_a_login_that_fails_is_named(
    api: MadeUp, tmp_path: Path, login: dict[str, Any], problem: str
) -> None:
    if "exec" in login:
        version = "client.authentication.k8s.io/v1beta1"  # which old ones know too
        login["exec"] |= {"apiVersion": version, "interactiveMode": "Never"}

    assert trouble(at(kubeconfig(tmp_path, api.url, api.ca, **login))) == problem


def test_an_address_where_nothing_listens_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        place = f"127.0.0.1:{free.getsockname()[1]}"

    said = trouble(at(kubeconfig(tmp_path, f"https://{place}", None)))

    assert said == f"{place} refused the connection: nothing listens there"


def test_a_name_that_nobody_knows_is_named(tmp_path: Path) -> None:
    said = trouble(at(kubeconfig(tmp_path, "https://kubernetes.invalid", None)))

    assert said.startswith("the name kubernetes.invalid ")


def test_an_api_server_that_never_answers_is_given_up(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}"

        said = trouble(at(kubeconfig(tmp_path, url, None)), AT_ONCE)

    assert said == "the API server did not answer in time"


def test_a_certificate_of_somebody_else_is_not_trusted(api: MadeUp, tmp_path: Path) -> None:
    said = trouble(at(kubeconfig(tmp_path, api.url, None)))

    assert said.startswith("no safe connection to the API server: ")
    assert NOT_TRUSTED in said


@pytest.mark.parametrize("body", [b"<html>hello</html>", b"[]", b'{"items": 3}', b""])
def test_another_server_than_one_of_kubernetes_is_recognised(tmp_path: Path, body: bytes) -> None:
    ca, trust = own_ca(tmp_path)
    with serving(lambda request: Reply(body), trust) as server:
        host = at(kubeconfig(tmp_path, server.url, ca))
        said = trouble(host)
        spec = InputSpec("A", "kubernetes", config={"pods": "app=shop"})
        read = READERS["kubernetes"](host, spec, LIMITS)

    assert said == read.error == "what answers is no API server of Kubernetes"


def test_a_kubeconfig_that_cannot_be_used_is_named(api: MadeUp, tmp_path: Path) -> None:
    file, broken = kubeconfig(tmp_path, api.url, api.ca), tmp_path / "broken"
    broken.write_text("a: [")

    assert trouble(at(file, "nope")) == "the kubeconfig has no context nope"
    assert trouble(at(tmp_path / "gone")) == f"there is no file {tmp_path}/gone"
    assert trouble(at(broken)).startswith(f"the file {broken} is no kubeconfig: ")


def test_without_kubectl_it_says_what_is_missing(
    host: Host, monkeypatch: Any, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert trouble(host) == "the program kubectl is not installed where the service runs"


def test_commands_work_in_the_context_and_namespace_of_the_target(
    api: MadeUp, tmp_path: Path
) -> None:
    file = kubeconfig(tmp_path, api.url, api.ca)
    host = Host("kubernetes", cluster=Cluster("payments", str(file), "other"))
    api.pod("pay-1", namespace="payments")

    told = printed(host, "kubectl config view --minify --output json")
    raw = printed(host, "kubectl get --raw /api/v1/namespaces/payments/pods/pay-1")

    config = json.loads(told.stdout.text)
    assert config["current-context"] == "other"
    assert config["contexts"][0]["context"]["namespace"] == "payments"
    assert json.loads(raw.stdout.text)["metadata"]["name"] == "pay-1"


def test_what_leads_commands_to_the_cluster_holds_no_login_and_is_gone_after_it(
    host: Host,
) -> None:
    told = printed(host, "first=${KUBECONFIG%%:*}; echo $first; cat $first")

    file, config = told.stdout.text.splitlines()
    assert set(json.loads(config)) == {"apiVersion", "kind", "current-context", "contexts"}
    assert not Path(file).exists()


def test_commands_of_a_context_that_is_not_there_do_not_run(api: MadeUp, tmp_path: Path) -> None:
    ran = tmp_path / "ran"

    result = printed(at(kubeconfig(tmp_path, api.url, api.ca), "nope"), f"touch {ran}")

    assert result.error == "the kubeconfig has no context nope"
    assert not ran.exists()


def test_its_config_makes_a_host_and_names_its_place(tmp_path: Path) -> None:
    kind = KINDS["kubernetes"]
    config = kind.config(context="production", namespace="shop").model_dump()

    host = kind.host(config, Here("unix:///docker.sock", tmp_path))

    assert host.cluster == Cluster("shop", None, "production")
    assert kind.place(config) == "shop in production"
