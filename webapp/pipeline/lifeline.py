"""Ends the commands of a process that died, however it died."""

import os
import subprocess
import threading
from contextlib import suppress

# One shell for all commands of this process. It reads which process groups there are, until its
# input ends as this process does, and then kills those that are left. It outlives what a
# terminal or a service manager sends to everybody.
_KEEPER = """
trap '' TERM INT HUP
held=' '
while read -r sign group; do
    case $sign in
        +) held="$held$group " ;;
        -) held="${held%% $group *} ${held#* $group }" ;;
    esac
done
for group in $held; do
    kill -s KILL -- "-$group"
done
"""


class Lifeline:
    """The process groups that are not to outlive this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._groups: set[int] = set()
        self._keeper: subprocess.Popen[bytes] | None = None

    def hold(self, group: int) -> None:
        """Raises OSError where no keeper can be started."""
        with self._lock:
            if group in self._groups:
                return
            self._groups.add(group)
            try:
                self._write(f"+ {group}\n")
            except OSError:  # it was killed, or it was stopped and its pipe is full
                self._renew()

    def let_go(self, group: int) -> None:
        with self._lock:
            self._groups.discard(group)
            with suppress(OSError):  # the next `hold` starts another, which never hears of it
                self._write(f"- {group}\n")

    def _write(self, lines: str) -> None:
        if self._keeper is None or self._keeper.stdin is None:
            raise BrokenPipeError
        # Whole or not at all, as it is short and the pipe does not block.
        os.write(self._keeper.stdin.fileno(), lines.encode())

    def _renew(self) -> None:
        """A keeper that knows all groups in place of one that hears nothing."""
        if self._keeper:
            self._keeper.kill()  # first: at the end of its input it would kill them all
            self._keeper.wait()
            if self._keeper.stdin:
                self._keeper.stdin.close()
        self._keeper = subprocess.Popen(  # noqa: S603 - nothing of it comes from outside
            ["/bin/sh", "-c", _KEEPER],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            cwd="/",
            env={},
            start_new_session=True,
        )
        if self._keeper.stdin:
            os.set_blocking(self._keeper.stdin.fileno(), False)
        with suppress(OSError):  # killed already: the next word to it starts another
            self._write("".join(f"+ {group}\n" for group in self._groups))
