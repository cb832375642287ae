"""Host keys that are not known yet: shown to a person, and kept once one has approved them."""

import binascii
import re
import subprocess
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from webapp.pipeline.ssh.client import KNOWN_HOSTS, own_config, ssh, written
from webapp.pipeline.ssh.trouble import Trouble, no_client
from webapp.pipeline.values import SshHost

# The client itself tells each key that it is offered, on the way that it goes, jump hosts and
# aliases included, and under the name that it looks for. What it is told of known keys is nothing,
# so that it trusts none the more for it; and what a server has to say is not among what it says.
_ASKING = """\
LogLevel ERROR
KnownHostsCommand /bin/sh -c 'echo "$0" "$@" >&2' offered %H %t %K
Include "{config}"
"""
_OFFERED = re.compile(r"^offered (?P<name>\S+) (?P<type>[a-z]\S+) (?P<key>[\w+/=]{16,})\r?$", re.M)
_OFFENDING = re.compile(r"^Offending \S+ key in (?P<file>.+):(?P<line>\d+)\r?$", re.M)
_PUBLIC_KEY = re.compile(r"(?P<type>(?:ssh|ecdsa|sk)-\S+) (?P<key>[\w+/=]{16,})")


@dataclass(frozen=True)
class OfferedKey:
    """What a machine shows for its own, under the name by which keys are looked for.

    `known`: the fingerprint that it should have; None where no key of it was ever approved.
    """

    host: str
    type: str
    fingerprint: str
    line: str
    known: str | None = None


def offered_key(host: SshHost, env: Mapping[str, str], seconds: float) -> OfferedKey | None:
    """The key on the way to it that is not known or has changed. Raises Trouble."""
    said = _ask(host, env, seconds)
    found = list(_OFFERED.finditer(said))
    if not found:
        return None
    # The first that is refused is the last that is offered.
    name, type_, key = found[-1].groups()
    return OfferedKey(name, type_, _fingerprint(key), f"{name} {type_} {key}", _known(said))


def approve(host: SshHost, env: Mapping[str, str], seconds: float, fingerprint: str) -> None:
    """Keep the key that has this fingerprint, if it is still what is offered. Raises Trouble."""
    key = offered_key(host, env, seconds)
    if key is None:
        raise Trouble(f"{host.name} offered no key; Test it to see why")
    if key.known:
        raise Trouble(f"the host key of {key.host} has changed, and is not replaced by a click")
    if key.fingerprint != fingerprint:
        raise Trouble(
            f"{key.host} now offers another key than the one that was approved, with the "
            f"fingerprint {key.fingerprint}. Nothing was kept"
        )
    path = host.folder / KNOWN_HOSTS
    before = path.read_text() if path.exists() else ""
    if key.line not in before.splitlines():
        written(path, f"{before}{key.line}\n")


def _ask(host: SshHost, env: Mapping[str, str], seconds: float) -> str:
    """All that the client says on the way in; it is not let in, as it offers no key of ours."""
    try:
        config = str(own_config(host.folder))
        asking = written(host.folder / "asking", _ASKING.format(config=config))
        options = ("-S", "none", "-o", "PreferredAuthentications=none", "-T")
        done = subprocess.run(  # noqa: S603 - every part of it is validated
            [*ssh(host, *options, config=asking), "exit"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            cwd="/",
            env=env,
            start_new_session=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Trouble(f"{host.name} did not show its key in time") from None
    except OSError as problem:
        raise no_client(problem) from None
    return done.stderr.decode(errors="replace")


def _fingerprint(key: str) -> str:
    """As `ssh-keygen -l` writes it. Raises Trouble for what is no key."""
    try:
        digest = sha256(b64decode(key, validate=True)).digest()
    except binascii.Error:
        raise Trouble("what was offered is no key") from None
    return f"SHA256:{b64encode(digest).decode().rstrip('=')}"


def _known(said: str) -> str | None:
    """The key that stands where the client found another one than it was offered."""
    if not (offending := _OFFENDING.search(said)):
        return None
    lines = Path(offending["file"]).read_text(errors="replace").splitlines()
    key = _PUBLIC_KEY.search(lines[int(offending["line"]) - 1])
    return _fingerprint(key["key"]) if key else "unknown"
