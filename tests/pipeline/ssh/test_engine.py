"""A Docker engine on another machine, over SSH."""

from dataclasses import replace
from pathlib import Path

import docker
import pytest
from docker.models.containers import Container

from tests.ssh_server import SshServer
from webapp.pipeline.gather import gather
from webapp.pipeline.targets.docker_host import KIND
from webapp.pipeline.targets.kind import Here
from webapp.pipeline.targets.looking import Unusable
from webapp.pipeline.values import Gathered, GatherLimits, Host, InputSpec

LIMITS = GatherLimits(max_workers=4, timeout_seconds=20, keep_bytes=10_000)


def over_ssh(server: SshServer, path: str = "/var/run/docker.sock") -> Host:
    """As a Target has it, and with the keys of a test."""
    url = f"ssh://root@127.0.0.1:{server.port}{path}"
    host = KIND.host({"host": url}, Here("unix:///nowhere", server.folder))
    assert (host.docker_url, host.engine_path) == (url, path)
    return replace(host, engine_on=server.host.ssh)


def gathered(host: Host, **values: object) -> Gathered:
    (one,) = gather(host, [InputSpec("A", **values)], LIMITS)  # type: ignore[arg-type]
    return one


def test_the_output_of_its_containers_is_read(
    server: SshServer,
    engine: docker.DockerClient,
    printed_by,  # type: ignore[no-untyped-def]
) -> None:
    container: Container = printed_by("echo from afar")

    result = gathered(
        over_ssh(server), mode="docker_logs", config={"container_name": container.name}
    )

    assert (result.error, result.output.text) == (None, "from afar\n")


def test_commands_get_a_docker_host_that_every_client_understands(
    server: SshServer, engine: docker.DockerClient
) -> None:
    result = gathered(over_ssh(server), mode="command", command="echo $DOCKER_HOST; docker info")

    assert result.error is None
    assert result.output.text.startswith("unix:///")
    assert "Server Version" in result.output.text


def test_the_way_is_made_anew_after_the_connection_broke(
    server: SshServer, engine: docker.DockerClient
) -> None:
    command = {"mode": "command", "command": "docker version"}
    assert gathered(over_ssh(server), **command).error is None
    server.drop()

    def works() -> bool:
        return gathered(over_ssh(server), **command).error is None

    assert works() or works(), "the first may come before the client sees the end"


def test_its_test_says_what_it_is(server: SshServer, engine: docker.DockerClient) -> None:
    facts = KIND.look(over_ssh(server), LIMITS)

    assert facts["Engine"] == f"Docker {engine.version()['Version']}"


def test_a_machine_without_an_engine_is_said(server: SshServer, tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="there is no socket /no/engine on"):
        KIND.look(over_ssh(server, "/no/engine"), LIMITS)


def test_a_key_that_is_not_known_is_shown_for_approval(server: SshServer, tmp_path: Path) -> None:
    host = replace(over_ssh(server), engine_on=server.as_host(folder=tmp_path).ssh)

    with pytest.raises(Unusable) as refused:
        KIND.look(host, LIMITS)

    assert refused.value.key
    assert refused.value.key.fingerprint.startswith("SHA256:")


def test_an_engine_that_cannot_be_reached_is_told_by_its_own_address(server: SshServer) -> None:
    host = over_ssh(server, "/no/engine")

    result = gathered(host, mode="docker_logs", config={"container_name": "web"})

    assert result.error
    assert host.docker_url in result.error
    assert "unix://" not in result.error
