"""A command in a shell of another machine, which needs nothing there but /bin/sh.

Its script comes by its input: so nothing of it passes through the login shell, whichever that is,
and what is secret in its environment is in no list of processes. The input then stays open, and
where it ends the command is ended: because its time is over, because we died or the connection
did. Two marks tell what the command says from what shells and the client say before it and after.
"""

import os
import re
import secrets
from collections.abc import Mapping
from shlex import quote

from webapp.pipeline.ssh.trouble import Trouble, trouble_of
from webapp.pipeline.tail import Keeper, TailKeeper
from webapp.pipeline.values import SshHost, Tail

# Anything a login shell may be takes this as it is, csh and fish too.
LINE = (
    """exec /bin/sh -c 'IFS= read -r t; n=$(printf "\\nx"); s=; """
    """while IFS= read -r l || exit 0; do [ "$l" = "$t" ] && break; s=$s$l${n%x}; done; """
    """eval "$s"'"""
)

# The server has made this shell the leader of a session, so that group 0 is all of ours and
# nobody else; a server that does not is refused. One process waits for the end of the input; one
# for the case that the network is gone and nobody says so. TERM first, as here, so that a command
# may tidy up. What this shell itself has to say of that is nobody's stderr. The status is told
# before the group is ended, as this shell is in it.
_SCRIPT = """\
printf '%s\\n' "$t"
printf '%s\\n' "$t" >&2
exec 3<&0 </dev/null 4>&2 2>/dev/null
told() {{ printf '%s %s\\n' "$t" "$1" >&4; }}
if [ -r /proc/$$/stat ]; then
    read -r group </proc/$$/stat
    group=${{group##*) }} group=${{group#* * }} group=${{group%% *}}
else
    group=$(ps -o pgid= -p $$)
fi
[ "$((group))" -eq $$ ] || {{ told shared; exit 1; }}
trap : TERM
(trap '' TERM; read -r _ <&3; kill -s TERM 0; sleep 2; kill -s KILL 0) >/dev/null 4>&- &
(sleep {seconds}; kill -s KILL 0) >/dev/null 3<&- 4>&- &
{enter}
set -- {command}
({exports}
exec /bin/sh -c "$1" 2>&4 3<&- 4>&-)
told $?
kill -s KILL 0
"""
_ENTER = "cd -- {workdir} || {{ told folder; kill -s KILL 0; }}"
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# How long after its time a command that nobody can end any more ends by itself.
_SPARE_SECONDS = 15
_CLIENT_FAILED = 255
_KEPT_BEFORE = 4096
_READ_BYTES = 1 << 16


class Remote:
    """`sent` is the begin of its input; `out` and `err` keep what it prints.

    Raises ValueError for what no shell takes.
    """

    def __init__(
        self,
        host: SshHost,
        command: str,
        *,
        workdir: str | None,
        env: Mapping[str, str],
        seconds: float,
        out: Keeper,
        err: TailKeeper,
    ) -> None:
        mark = secrets.token_hex(16)
        script = _SCRIPT.format(
            seconds=round(seconds) + _SPARE_SECONDS,
            enter=_ENTER.format(workdir=quote(workdir)) if workdir else "",
            command=quote(command),
            exports="; ".join(_export(name, value) for name, value in env.items()),
        )
        if "\0" in script:
            raise ValueError("embedded null byte")
        self._host, self._workdir = host, workdir
        self.sent = f"{mark}\n{script}{mark}\n".encode(errors="surrogateescape")
        self.out = AfterMark(mark.encode(), out)
        self.err = UntilTold(mark.encode(), err)

    def exit_code(self, of_client: int) -> int:
        """That of the command, which the client's is not. Raises Trouble where there is none."""
        told = self.err.told
        if told == "folder":
            raise Trouble(f"could not start: {self._workdir} on {self._name} cannot be entered")
        if told == "shared":
            raise Trouble(
                f"the SSH server of {self._name} gives commands no session of their own, as "
                "OpenSSH's does, so that they could not be ended; nothing was run"
            )
        if told:
            return int(told)
        if self.out.found or self.err.found:
            raise Trouble(f"the connection to {self._name} was lost before the command ended")
        if of_client == _CLIENT_FAILED:
            raise trouble_of(self._host, self._said_before())
        raise Trouble(f"the account on {self._name} runs no shell; it said: {self._said_before()}")

    @property
    def _name(self) -> str:
        return self._host.name

    def _said_before(self) -> str:
        """By the client or the login shell, where nothing of ours ran."""
        said = (self.err.before + self.out.before).decode(errors="replace")
        return said.strip() or "nothing"


class AfterMark:
    """Keeps what comes after a line that is the mark, and of what comes before it the end."""

    def __init__(self, mark: bytes, keeper: Keeper) -> None:
        self._line = mark + b"\n"
        self._keeper = keeper
        self.found = False
        self.before = b""

    def read_from(self, fd: int) -> int:
        """As TailKeeper does."""
        if self.found:
            return self._keeper.read_from(fd)
        data = os.read(fd, _READ_BYTES)
        self._keeper.feed(self.after_mark(data))
        return len(data)

    def after_mark(self, data: bytes) -> bytes:
        self.before, line, after = (self.before + data).partition(self._line)
        self.found = bool(line)
        self.before = self.before[-_KEPT_BEFORE:]
        return after

    def tail(self) -> Tail:
        return self._keeper.tail()


class UntilTold(AfterMark):
    """`told`: how it ended, by a second mark, after which nothing of it comes."""

    def __init__(self, mark: bytes, keeper: TailKeeper) -> None:
        super().__init__(mark, keeper)
        self._end = re.compile(re.escape(mark) + rb" ([a-z0-9]+)\n")
        self._held_bytes = len(mark) + 10
        self._held = b""
        self.told: str | None = None

    def read_from(self, fd: int) -> int:
        data = os.read(fd, _READ_BYTES)
        self._take(data if self.found else self.after_mark(data))
        return len(data)

    def tail(self) -> Tail:
        self._give(len(self._held))
        return super().tail()

    def _take(self, data: bytes) -> None:
        """Hold back what may be the begin of the mark."""
        self._held += data
        if end := self._end.search(self._held):
            self.told = end[1].decode()
            self._held = self._held[: end.start()] + self._held[end.end() :]
        self._give(len(self._held) - self._held_bytes)

    def _give(self, size: int) -> None:
        if size > 0:
            self._keeper.feed(self._held[:size])
            self._held = self._held[size:]


def _export(name: str, value: str) -> str:
    if not _VARIABLE.fullmatch(name):
        raise ValueError(f"no shell knows a variable {name!r}")
    return f"export {name}={quote(value)}"
