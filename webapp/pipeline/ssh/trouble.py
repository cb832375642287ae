"""Why a machine cannot be reached, for the person who must act, from what the client says."""

import re
from typing import Literal

from webapp.pipeline.values import SshHost

KeyTrouble = Literal["unknown", "changed"]


class Trouble(Exception):
    """A machine cannot be used; the text is a sentence. `key`: because of its host key."""

    def __init__(self, sentence: str, *, key: KeyTrouble | None = None) -> None:
        super().__init__(sentence)
        self.key = key


_LATE = r"[Tt]imed? ?out|[Oo]peration timed out"
# The first that fits tells: what comes further down also stands at the end of other troubles.
# `{name}` and `{way}` are the machine and how it is reached; the others are found in the text.
_TROUBLES: tuple[tuple[str, str], ...] = (
    (
        r"Could not resolve hostname (?P<host>\S+): .*[Tt]emporary failure",
        "the name {host} could not be looked up: the name service does not answer",
    ),
    (r"Could not resolve hostname (?P<host>\S+):", "the name {host} is not known"),
    (
        r"Offending \S+ key in (?P<file>[^\r\n]+):\d+[\s\S]*Host key for (?P<host>\S+) has changed",
        (
            "the host key of {host} has changed: somebody may be in its place, or it was set up "
            "anew. Compare the new key with the machine itself. Only if it is right, remove the "
            "old one: ssh-keygen -R '{host}' -f '{file}'. Then Test again"
        ),
    ),
    (
        r"No (?P<kind>\S+) host key is known for (?P<host>\S+) and",
        "the host key of {host} is not known; Test the Target to see it and approve it",
    ),
    (r"Host key verification failed", "the host key on the way to {name} could not be checked"),
    (
        r"connect to host (?P<host>\S+) port (?P<port>\d+): Connection refused",
        "{host} refused the connection: nothing listens at its port {port}",
    ),
    (
        rf"connect to host (?P<host>\S+) port (?P<port>\d+): .*({_LATE})",
        "{host} did not answer at port {port}: it is down, or a firewall drops what is sent to it",
    ),
    (
        r"connect to host (?P<host>\S+) port \d+: (?P<why>[^\r\n]+)",
        "{host} cannot be reached: {why}",
    ),
    (
        r"timed out during banner exchange",
        "{name} took the connection and then did not answer: no SSH server, or one that hangs",
    ),
    (
        r"(stdio forwarding|open) failed: (?P<why>[^\r\n]+)",
        "the jump host could not reach {name}: {why}",
    ),
    (
        r"(?P<who>\S+@\S+): Permission denied \((?P<ways>[^)]*)\)",
        "{who} was not let in. {tried}",
    ),
    (r"Too many authentication failures", "{name} did not let us in. {tried}"),
    (
        r"Unable to negotiate with \S+(?: port \d+)?: (?P<why>[^\r\n.]+)",
        "{name} and the SSH client here have nothing in common: {why}",
    ),
    (
        r"Bad configuration option: (?P<why>\S+)|(?P<line>[^\r\n]+: line \d+: [^\r\n]+)",
        "the SSH client's configuration cannot be used: {why}{line}",
    ),
    (
        r"(Connection closed|Connection reset|closed by remote host)",
        (
            "{name} closed the connection before it let us in: too many come at once, or it "
            "refuses this address"
        ),
    ),
)
# What kept a key from being used, though it may be the right one.
_KEY_TROUBLES: tuple[tuple[str, str], ...] = (
    (
        r"Permissions (?P<mode>\d+) for '(?P<file>[^\r\n]+)' are too open",
        "The key file {file} is left alone, as others may read it: chmod 600 '{file}'",
    ),
    (
        r"Load key \"(?P<file>[^\r\n]+)\": (?P<why>[^\r\n]+)",
        "The key file {file} cannot be used: {why}",
    ),
    (
        r"signing failed for [^\r\n]*: (?P<why>[^\r\n:]+)$",
        "It would take a key that could not be used: {why}",
    ),
    (
        r"Server accepts key: (?P<key>[^\r\n]*?)(?: agent| explicit)*\r?$",
        (
            "It would take {key}, but that has a passphrase, and nobody is there to type one: "
            "name a key without one, or keep it in an agent"
        ),
    ),
)
_MISSING = re.compile(r"no such identity: (?P<file>[^\r\n]+): (?P<why>[^\r\n]+)")
_OFFERED = re.compile(
    r"Offering public key: (?P<key>[^\r\n]*?)(?: agent| explicit)*$", re.MULTILINE
)
_NOISE = re.compile(r"^(debug\d: |OpenSSH_|Authenticated to ).*\n?", re.MULTILINE)


def trouble_of(host: SshHost, said: str, *, late: bool = False) -> Trouble:
    """From all that the client said by `-v`; `late`: it was ended, as it took too long."""
    text = _NOISE.sub("", said)
    for pattern, sentence in _TROUBLES:
        if found := re.search(pattern, text):
            values = {name: value or "" for name, value in found.groupdict().items()}
            told = sentence.format(name=host.name, tried=_tried(said, host), **values)
            return Trouble(told + _by(host), key=_key_trouble(found[0]))
    if late:
        return Trouble(f"{host.name} did not let us in in time{_by(host)}")
    return Trouble(f"{host.name} cannot be used: {_last_line(text)}{_by(host)}")


def no_client(problem: OSError) -> Trouble:
    return Trouble(f"the SSH client could not be started: {problem.strerror}")


def _tried(said: str, host: SshHost) -> str:
    """What kept a key from being used; else those that were offered, in their order."""
    for pattern, sentence in _KEY_TROUBLES:
        if found := re.search(pattern, said, re.MULTILINE):
            return sentence.format(**found.groupdict())
    offered = list(dict.fromkeys(found["key"] for found in _OFFERED.finditer(said)))
    if offered:
        return f"It took none of the keys that were offered: {', '.join(offered)}"
    if missing := _MISSING.search(said):
        return f"The key file {missing['file']} cannot be read: {missing['why']}"
    if host.identity_file:
        return f"The key file {host.identity_file} holds no key that could be offered"
    return "No key was offered: there is none in ~/.ssh of the service's user, and none was named"


def _key_trouble(text: str) -> KeyTrouble | None:
    if "has changed" in text:
        return "changed"
    return "unknown" if "host key is known" in text else None


def _by(host: SshHost) -> str:
    return f" (by way of {host.jump})" if host.jump else ""


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "its client ended without a word"
