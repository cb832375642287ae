"""The configuration and known hosts that its user has for the SSH client count as in a terminal.

The client finds known hosts in the home that the system has for its user, whatever HOME says. So
what connects here runs where another list of users is mounted in the place of the system's.
"""

import getpass
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.parts import require
from tests.ssh_server import SshServer, ssh_server

pytestmark = pytest.mark.takes(seconds=30)

_CONNECTING = """
import json, sys
from dataclasses import asdict
from pathlib import Path
from webapp.pipeline.hosts import run
from webapp.pipeline.values import Host, SshHost
name, folder, command = sys.argv[1:]
host = Host("ssh", ssh=SshHost(name, Path(folder)))
result = run(host, command, timeout_seconds=30, keep_bytes=1000)
print(json.dumps([result.stdout.text, result.error]))
"""
_ALONE = ("unshare", "--map-root-user", "--mount", "/bin/sh", "-c")
_WITH_USERS = 'mount --bind "$1" /etc/passwd && shift && exec "$@"'


@dataclass
class Home:
    """Of the user that connects; `ours` is the folder of the service."""

    folder: Path
    ours: Path

    def configure(self, text: str) -> None:
        (self.folder / ".ssh" / "config").write_text(text)

    def know(self, *servers: SshServer) -> None:
        lines = (
            f"[127.0.0.1]:{one.port} {(one.folder / 'host_key.pub').read_text()}" for one in servers
        )
        (self.folder / ".ssh" / "known_hosts").write_text("".join(lines))

    def run_on(self, name: str, command: str = "echo there") -> tuple[str, str | None]:
        """What it printed, and the error."""
        users = self.folder / "passwd"
        users.write_text(f"root:x:0:0::{self.folder}:/bin/sh\n")
        words = (sys.executable, "-c", _CONNECTING, name, str(self.ours), command)
        variables = {**os.environ, "HOME": str(self.folder)}
        told = subprocess.check_output(
            [*_ALONE, _WITH_USERS, "sh", users, *words], text=True, env=variables
        )
        text, error = json.loads(told)
        return text, error


@pytest.fixture
def home(tmp_path: Path) -> Home:
    tried = subprocess.run([*_ALONE, "true"], capture_output=True) if shutil.which("unshare") else 0
    require(bool(tried and tried.returncode == 0), "no mounts of one's own (unshare --mount)")
    folder = tmp_path / "home"
    (folder / ".ssh").mkdir(parents=True, mode=0o700)
    return Home(folder, tmp_path / "ours")


@pytest.fixture(scope="module")
def bastion(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    with ssh_server(tmp_path_factory.mktemp("bastion") / "server") as running:
        yield running


def entry(name: str, server: SshServer, *more: str) -> str:
    lines = (
        f"Host {name}",
        "HostName 127.0.0.1",
        f"Port {server.port}",
        f"User {getpass.getuser()}",
        f"IdentityFile {server.folder}/key",
        *more,
    )
    return "\n  ".join(lines) + "\n"


def test_an_alias_leads_to_its_host_with_port_user_and_key(home: Home, server: SshServer) -> None:
    home.configure(entry("web", server))
    home.know(server)

    assert home.run_on("web") == ("there\n", None)


def test_a_key_that_is_not_known_is_refused_whatever_it_says(home: Home, server: SshServer) -> None:
    lax = ("StrictHostKeyChecking no", "BatchMode no", "UpdateHostKeys yes", "ForwardAgent yes")
    home.configure(entry("web", server, *lax))

    text, error = home.run_on("web")

    assert text == ""
    assert error
    assert f"the host key of [127.0.0.1]:{server.port} is not known" in error
    assert not (home.folder / ".ssh" / "known_hosts").exists()


def test_a_jump_host_of_the_configuration_is_gone_through(
    home: Home, server: SshServer, bastion: SshServer
) -> None:
    home.configure(entry("web", server, "ProxyJump bastion") + entry("bastion", bastion))
    home.know(server, bastion)
    before = bastion.log().count("Accepted publickey")

    assert home.run_on("web") == ("there\n", None)
    assert bastion.log().count("Accepted publickey") == before + 1


def test_a_jump_host_that_is_not_known_is_said(
    home: Home, server: SshServer, bastion: SshServer
) -> None:
    home.configure(entry("web", server, "ProxyJump bastion") + entry("bastion", bastion))
    home.know(server)

    error = home.run_on("web")[1]

    assert error
    assert f"the host key of [127.0.0.1]:{bastion.port} is not known" in error
