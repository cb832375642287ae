"""A host key is trusted once a person has approved it, and never by itself."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.ssh_server import SshServer, ssh_server
from webapp.pipeline.hosts import run
from webapp.pipeline.ssh.keys import OfferedKey, approve, offered_key
from webapp.pipeline.ssh.trouble import Trouble
from webapp.pipeline.values import Host, SshHost


def to(host: Host) -> SshHost:
    assert host.ssh
    return host.ssh


def ask(host: Host) -> OfferedKey | None:
    return offered_key(to(host), os.environ, 20)


def say_yes(host: Host, fingerprint: str) -> None:
    approve(to(host), os.environ, 20, fingerprint)


def fingerprint_of(public_key: Path) -> str:
    told = subprocess.check_output(["ssh-keygen", "-lf", public_key], text=True)
    return told.split()[1]


def test_an_unknown_key_is_shown_as_the_machine_itself_shows_it(
    server: SshServer, tmp_path: Path
) -> None:
    key = ask(server.as_host(folder=tmp_path))

    assert key
    assert (key.host, key.type) == (f"[127.0.0.1]:{server.port}", "ssh-ed25519")
    assert key.fingerprint == fingerprint_of(server.folder / "host_key.pub")
    assert key.known is None
    assert not (tmp_path / "known_hosts").exists()


def test_an_approved_key_is_known_from_then_on(server: SshServer, tmp_path: Path) -> None:
    host = server.as_host(folder=tmp_path)
    key = ask(host)
    assert key

    say_yes(host, key.fingerprint)

    result = run(host, "echo in", timeout_seconds=20, keep_bytes=1000)
    assert (result.stdout.text, result.error) == ("in\n", None)
    assert (tmp_path / "known_hosts").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "known_hosts").read_text().count("\n") == 1


def test_another_key_than_the_one_that_was_shown_is_not_kept(
    server: SshServer, tmp_path: Path
) -> None:
    with pytest.raises(Trouble, match="now offers another key than the one that was approved"):
        say_yes(server.as_host(folder=tmp_path), "SHA256:shown-before")

    assert not (tmp_path / "known_hosts").exists()


def test_a_changed_key_is_shown_beside_the_known_one_and_not_approved(tmp_path: Path) -> None:
    with ssh_server(tmp_path / "server") as server:
        server.know(server.folder / "other_key.pub")
        before = (server.ours / "known_hosts").read_text()

        key = ask(server.host)
        assert key
        with pytest.raises(Trouble, match="has changed, and is not replaced by a click"):
            say_yes(server.host, key.fingerprint)

        assert key.fingerprint == fingerprint_of(server.folder / "host_key.pub")
        assert key.known == fingerprint_of(server.folder / "other_key.pub")
        assert (server.ours / "known_hosts").read_text() == before


def test_the_key_of_a_jump_host_is_asked_for_first(server: SshServer, tmp_path: Path) -> None:
    host = server.as_host(folder=tmp_path, jump=f"somebody@localhost:{server.port}")

    key = ask(host)

    assert key
    assert key.host == f"[localhost]:{server.port}"


def test_a_machine_that_is_not_there_shows_no_key(server: SshServer) -> None:
    assert ask(server.as_host(port=1)) is None
