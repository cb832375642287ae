"""How the OpenSSH client is called; it reads its user's own configuration after ours."""

import os
from collections.abc import Sequence
from pathlib import Path

from webapp.pipeline.values import SshHost

CONNECT_SECONDS = 10
ALIVE_SECONDS, ALIVE_COUNT = 10, 3
KNOWN_HOSTS = "known_hosts"

# The first value wins, and jump hosts get the same file: nothing of theirs makes us ask, trust a
# key by itself, forward or leave a connection behind. Approved keys stand beside the system's, so
# that the user's own known_hosts stay what the user's configuration says. SendEnv comes last, as
# it takes back what was named before.
_CONFIG = """\
# Written by the service. What is yours stands in ~/.ssh/config, and is read after this.
BatchMode yes
StrictHostKeyChecking yes
UpdateHostKeys no
GlobalKnownHostsFile /etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2 "{known_hosts}"
ConnectTimeout {connect_seconds}
ConnectionAttempts 1
ServerAliveInterval {alive_seconds}
ServerAliveCountMax {alive_count}
ForwardAgent no
ForwardX11 no
ClearAllForwardings yes
PermitLocalCommand no
RemoteCommand none
RequestTTY no
ControlMaster no
ControlPersist no
Include ~/.ssh/config
Include /etc/ssh/ssh_config
SendEnv -*
"""


def ssh(host: SshHost, *options: str, config: Path | None = None) -> list[str]:
    """The client and its options, up to the host; what follows is the command there.

    Raises OSError where our folder cannot be written.
    """
    to = [
        *(["-p", str(host.port)] if host.port else []),
        *(["-l", host.user] if host.user else []),
        *(["-J", host.jump] if host.jump else []),
        *(_identity(host.identity_file) if host.identity_file else []),
    ]
    return ["ssh", "-F", str(config or own_config(host.folder)), *options, *to, "--", host.name]


def own_config(folder: Path) -> Path:
    """Raises OSError."""
    config = _CONFIG.format(
        known_hosts=str(folder / KNOWN_HOSTS).replace("%", "%%"),
        connect_seconds=CONNECT_SECONDS,
        alive_seconds=ALIVE_SECONDS,
        alive_count=ALIVE_COUNT,
    )
    return written(folder / "config", config)


def written(path: Path, text: str) -> Path:
    """The file with this text in it, whole for whoever reads it meanwhile."""
    if not path.is_file() or path.read_text() != text:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = path.with_name(f"{path.name}.{os.getpid()}")
        new.write_text(text)
        new.chmod(0o600)
        new.replace(path)
    return path


def _identity(path: str) -> Sequence[str]:
    """That key alone: a server hangs up on whoever tries all that an agent has.

    With `-i`, a file that is not there would let the client try those that it finds by itself.
    """
    escaped = path.replace("%", "%%").replace("\\", "\\\\").replace('"', '\\"')
    return "-o", "IdentitiesOnly=yes", "-o", f'IdentityFile="{escaped}"'
