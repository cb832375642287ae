"""The one connection to a machine, and what is said where there is none."""

import getpass
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.ssh_server import SshServer, make_key, ssh_server
from tests.waiting import until
from webapp.pipeline.hosts import run
from webapp.pipeline.ssh import client, connections
from webapp.pipeline.values import CommandResult, Host

pytestmark = pytest.mark.takes(seconds=40)


def run_on(
    host: Host, command: str = "true", timeout_seconds: float = 30, **passed_env: str
) -> CommandResult:
    return run(
        host,
        command,
        timeout_seconds=timeout_seconds,
        keep_bytes=10_000,
        passed_env=passed_env,
    )


def error_on(host: Host) -> str:
    result = run_on(host)
    assert (result.exit_code, result.stdout.text) == (None, "")
    return result.error or ""


def test_twenty_commands_at_once_share_one_connection(server: SshServer) -> None:
    with ThreadPoolExecutor(20) as pool:
        commands = [f"echo {number}" for number in range(20)]
        results = list(pool.map(lambda command: run_on(server.host, command), commands))

    assert [result.error for result in results] == [None] * 20
    assert [result.stdout.text for result in results] == [f"{number}\n" for number in range(20)]
    assert len(server.connections()) == 1


def test_where_a_server_takes_fewer_at_once_they_come_by_themselves(tmp_path: Path) -> None:
    with ssh_server(tmp_path / "server", "MaxSessions 1") as strict, ThreadPoolExecutor(3) as pool:
        results = list(pool.map(lambda _: run_on(strict.host, "sleep 0.5; echo x"), range(3)))

    assert [(result.stdout.text, result.error) for result in results] == [("x\n", None)] * 3


def test_a_connection_that_broke_is_made_anew(server: SshServer) -> None:
    assert run_on(server.host).error is None
    server.drop()
    until(lambda: not server.connections())

    assert run_on(server.host).error is None


def test_a_connection_that_drops_in_the_middle_keeps_what_was_read(
    server: SshServer, tmp_path: Path
) -> None:
    begun = tmp_path / "begun"
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(run_on, server.host, f"echo first; touch {begun}; sleep 100")
        until(begun.exists)
        server.drop()
        result = reading.result()

    assert (result.exit_code, result.stdout.text) == (None, "first\n")
    assert result.error == (
        "the connection to 127.0.0.1 was lost before the command ended; "
        "what it printed until then was kept"
    )


def test_a_connection_that_goes_silent_is_given_up_and_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "ALIVE_SECONDS", 1)
    begun = tmp_path / "begun"
    with ssh_server(tmp_path / "server") as server, ThreadPoolExecutor(1) as pool:
        reading = pool.submit(run_on, server.host, f"echo first; touch {begun}; sleep 100")
        until(begun.exists)
        server.freeze()
        result = reading.result()
        again = run_on(server.host, "echo again")

    assert result.error == (
        "the connection to 127.0.0.1 was lost before the command ended; "
        "what it printed until then was kept"
    )
    assert (result.exit_code, result.stdout.text) == (None, "first\n")
    assert (again.error, again.stdout.text) == (None, "again\n")


def test_a_command_does_not_stay_on_a_connection_that_went_silent_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "ALIVE_SECONDS", 1)
    with ssh_server(tmp_path / "server") as server:
        assert run_on(server.host).error is None
        server.freeze()

        result = run_on(server.host, "echo there")

    assert (result.error, result.stdout.text) == (None, "there\n")


def test_a_connection_that_nobody_uses_is_ended(
    server: SshServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run_on(server.host).error is None
    monkeypatch.setattr(connections, "IDLE_SECONDS", 0)

    with ssh_server(tmp_path / "other") as other:
        assert run_on(other.host).error is None

    until(lambda: not server.connections())


def test_a_host_key_that_is_not_known_is_refused(server: SshServer, tmp_path: Path) -> None:
    host = server.as_host(folder=tmp_path)

    assert error_on(host) == (
        f"the host key of [127.0.0.1]:{server.port} is not known; "
        "Test the Target to see it and approve it"
    )
    assert not (tmp_path / "known_hosts").exists()


def test_a_host_key_that_changed_is_refused_loudly(tmp_path: Path) -> None:
    with ssh_server(tmp_path / "server") as server:
        server.know(server.folder / "other_key.pub")

        error = error_on(server.host)

    assert error.startswith(f"the host key of [127.0.0.1]:{server.port} has changed: somebody may")


def test_whoever_is_not_let_in_reads_which_keys_were_offered(
    server: SshServer, tmp_path: Path
) -> None:
    make_key(tmp_path / "stranger")

    error = error_on(server.as_host(identity_file=str(tmp_path / "stranger")))

    assert error.startswith(
        f"{getpass.getuser()}@127.0.0.1 was not let in. It took none of the keys"
    )
    assert f"{tmp_path}/stranger ED25519 SHA256:" in error


def test_a_key_that_cannot_be_used_is_said(server: SshServer, tmp_path: Path) -> None:
    path = tmp_path / "the key"

    def error() -> str:
        return error_on(server.as_host(identity_file=str(path)))

    let_in = f"{getpass.getuser()}@127.0.0.1 was not let in. "
    assert error() == f"{let_in}The key file {path} cannot be read: No such file or directory"
    path.write_text("no key\n")
    path.chmod(0o600)
    assert error().startswith(f"{let_in}The key file {path} cannot be used: ")
    shutil.copy(server.folder / "key", path)
    path.chmod(0o644)
    assert error().startswith(f"{let_in}The key file {path} is left alone, as others may read it")
    path.chmod(0o600)
    subprocess.run(["ssh-keygen", "-q", "-p", "-N", "a pass", "-f", path], check=True)
    assert error().startswith(f"{let_in}It would take {path} ED25519 SHA256:")
    assert "a passphrase" in error()
    subprocess.run(["ssh-keygen", "-q", "-p", "-P", "a pass", "-N", "", "-f", path], check=True)
    assert run_on(server.as_host(identity_file=str(path))).error is None


def test_a_server_that_is_not_there_is_said(server: SshServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    error = error_on(server.as_host(port=port))

    assert error == f"127.0.0.1 refused the connection: nothing listens at its port {port}"


def test_a_name_that_nobody_knows_is_said(server: SshServer) -> None:
    error = error_on(server.as_host(name="no-such-host.invalid"))

    assert "no-such-host.invalid" in error
    assert "is not known" in error or "could not be looked up" in error


def test_a_server_that_never_answers_is_given_up(
    server: SshServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        result = run_on(server.as_host(port=silent.getsockname()[1]))

    assert result.error == (
        "127.0.0.1 took the connection and then did not answer: no SSH server, or one that hangs"
    )
    assert result.duration_ms < 15_000


def test_a_command_waits_for_its_connection_no_longer_than_its_time(server: SshServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host = server.as_host(port=silent.getsockname()[1])
        results = [run_on(host, timeout_seconds=0.5) for _ in range(2)]

    assert [result.error for result in results] == [
        "127.0.0.1 did not let us in before the time was over"
    ] * 2
    assert all(result.duration_ms < 1500 for result in results)


def test_an_address_that_swallows_everything_is_given_up(server: SshServer) -> None:
    with _black_hole() as port:
        error = error_on(server.as_host(port=port))

    assert error.startswith(f"127.0.0.1 did not answer at port {port}: it is down")


def test_by_way_of_a_jump_host_with_the_keys_of_an_agent(server: SshServer) -> None:
    host = server.as_host(jump=f"{getpass.getuser()}@localhost:{server.port}", identity_file=None)

    with _agent(server.folder / "key") as socket_path:
        result = run_on(host, "echo $SSH_AUTH_SOCK; echo there", SSH_AUTH_SOCK=socket_path)

    assert (result.error, result.stdout.text) == (None, "\nthere\n")


def test_a_jump_host_that_cannot_be_reached_is_said(server: SshServer) -> None:
    error = error_on(server.as_host(jump="nobody@127.0.0.1:1"))

    assert error.endswith("nothing listens at its port 1 (by way of nobody@127.0.0.1:1)")


def test_a_client_that_is_not_installed_is_said(
    server: SshServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    error = error_on(server.as_host(port=1))

    assert "ssh: not found" in error


def test_what_killed_processes_left_is_swept(tmp_path: Path) -> None:
    left = tmp_path / "ai-log-monitor-ssh-left"
    left.mkdir()
    (left / "lock").touch()

    connections._sweep(tmp_path)

    assert not left.exists()


@contextmanager
def _black_hole() -> Iterator[int]:
    """A port whose queue of connections is full: what comes to it is never answered."""
    with ExitStack() as held, socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        port = server.getsockname()[1]
        for _ in range(4):
            one = held.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        yield port


@contextmanager
def _agent(key: Path) -> Iterator[str]:
    with TemporaryDirectory() as folder:
        path = f"{folder}/agent"
        with subprocess.Popen(["ssh-agent", "-D", "-a", path], stdout=subprocess.DEVNULL) as agent:
            until(Path(path).is_socket)
            variables = {**os.environ, "SSH_AUTH_SOCK": path}
            subprocess.run(["ssh-add", "-q", key], env=variables, check=True)
            yield path
            agent.terminate()
