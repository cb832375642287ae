"""A real sshd on loopback, with keys of its own and nobody's configuration."""

import getpass
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from tests.parts import require
from tests.waiting import until
from webapp.pipeline.values import Host, SshHost

SSHD = Path("/usr/sbin/sshd")
_CONFIG = """\
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host_key
PidFile none
AuthorizedKeysFile {folder}/authorized_keys
AuthenticationMethods publickey
PasswordAuthentication no
KbdInteractiveAuthentication no
StrictModes no
UsePAM no
{more}
"""


class SshServer:
    """`host` reaches it, with a key that it takes and with its own host key known."""

    def __init__(self, folder: Path, more: str) -> None:
        self.folder, self.port = folder, _free_port()
        self._more = more
        self._process: subprocess.Popen[bytes] | None = None
        for key in ("host_key", "key", "other_key"):
            make_key(folder / key)
        shutil.copy(folder / "key.pub", folder / "authorized_keys")
        self.ours = folder / "ours"
        self.ours.mkdir()
        self.know(folder / "host_key.pub")

    @property
    def host(self) -> Host:
        return self.as_host()

    def as_host(self, **changed: object) -> Host:
        values = {
            "name": "127.0.0.1",
            "folder": self.ours,
            "user": getpass.getuser(),
            "port": self.port,
            "identity_file": str(self.folder / "key"),
        }
        return Host("ssh", ssh=SshHost(**(values | changed)))  # type: ignore[arg-type]

    @property
    def config(self) -> dict[str, object]:
        """Of a Target, for which its host key is not known yet."""
        to = self.host.ssh
        assert to
        key = {"identity_file": to.identity_file}
        return {"host": to.name, "user": to.user, "port": to.port, "jump": None} | key

    def know(self, public_key: Path | None) -> None:
        """Take this for its host key; None: know none."""
        names = f"[127.0.0.1]:{self.port},[localhost]:{self.port}"
        line = public_key and f"{names} {public_key.read_text()}"
        (self.ours / "known_hosts").write_text(line or "")

    def start(self) -> None:
        config = self.folder / "config"
        config.write_text(_CONFIG.format(port=self.port, folder=self.folder, more=self._more))
        log = (self.folder / "log").open("ab")
        with log:
            command = [SSHD, "-D", "-e", "-f", config]
            self._process = subprocess.Popen(command, stderr=log, stdin=subprocess.DEVNULL)
        until(self._answers)

    def stop(self) -> None:
        if self._process:
            self.drop()
            self._process.kill()
            self._process.wait()

    def connections(self) -> list[psutil.Process]:
        """One process each, as sshd has it."""
        assert self._process
        return psutil.Process(self._process.pid).children()

    def drop(self) -> None:
        """Break every connection, as when the machine goes down."""
        self._to_each_connection(psutil.Process.kill)

    def freeze(self) -> None:
        """Say nothing more on any connection, as when the network is cut; new ones are taken."""
        self._to_each_connection(psutil.Process.suspend)

    def _to_each_connection(self, act: Callable[[psutil.Process], None]) -> None:
        for process in self.connections():
            with suppress(psutil.NoSuchProcess):
                for one in [*process.children(recursive=True), process]:
                    if one.name() == "sshd":
                        act(one)

    def log(self) -> str:
        return (self.folder / "log").read_text()

    def _answers(self) -> bool:
        assert self._process and self._process.poll() is None, self.log()
        with socket.socket() as tried:
            return tried.connect_ex(("127.0.0.1", self.port)) == 0


@contextmanager
def ssh_server(folder: Path, more: str = "") -> Iterator[SshServer]:
    require(SSHD.exists(), "no sshd (Debian: openssh-server)")
    Path("/run/sshd").mkdir(exist_ok=True)  # of its own, where no service manager has made it
    folder.mkdir(parents=True, exist_ok=True)
    server = SshServer(folder, more)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def make_key(path: Path) -> None:
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", path.name, "-f", path]
    subprocess.run(command, check=True)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as tried:
        port: int = tried.getsockname()[1]
        return port
