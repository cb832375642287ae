"""The process manager of one machine: python -P webapp/manager.py -c supervisord.conf

It knows nothing of the app, which it would have to load to watch it.
"""

import json
import os
import signal
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from supervisor import events
from supervisor.options import ServerOptions
from supervisor.supervisord import go

# A scheduler and a worker touch their file every 10 seconds, and after 75 where the database holds
# them up. By then the leases of a worker are over, so that its Runs are others'.
HUNG_LOOKS = 36  # of 5 s each
STOPS = (
    "The parts stop. Runs under way are given 20 seconds, and begin anew at the next start if that "
    "is not enough. Another Ctrl-C does not hurry it."
)


class Options(ServerOptions):  # type: ignore[misc]
    """Supervisor's, but for SIGHUP: it would start all parts anew when a terminal is closed."""

    def setsignals(self) -> None:
        ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN  # by nohup
        super().setsignals()
        signal.signal(signal.SIGHUP, signal.SIG_IGN if ignored else self._stop)
        # Here, as supervisor forgets all that listen before it starts.
        events.subscribe(events.ProcessStateExitedEvent, self._tell_end)
        events.subscribe(events.ProcessStateBackoffEvent, self._tell_end)
        events.subscribe(events.SupervisorStoppingEvent, lambda _: say("INFO", "stops", STOPS))
        events.subscribe(events.Tick5Event, Watch(Path(os.environ["DATA_DIR"]) / "alive").look)

    def set_uid_or_exit(self) -> None:
        """It stays whoever started it; supervisor's would warn root of being root."""

    def waitpid(self) -> tuple[int | None, int | None]:
        """Supervisor's, which keeps no number of the signal that ended a part."""
        pid, status = super().waitpid()
        self._status = os.waitstatus_to_exitcode(status) if pid else None
        return pid, status

    def _stop(self, _number: int, frame: Any) -> None:
        self.signal_receiver.receive(signal.SIGTERM, frame)

    def _tell_end(self, event: Any) -> None:
        part = event.process.config.name
        why = f"{part} ended with {self._status}; it is started again."
        say("INFO" if self._status == 0 else "WARNING", "part ended", why)


class Watch:
    """Ends a part that hangs, for supervisor to start it again.

    It counts its own looks, and no time: where the whole machine slept, or this process was
    stopped, it saw nothing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # When each file was touched, and at how many looks it was so.
        self._seen: dict[Path, tuple[float, int]] = {}

    def look(self, event: Any) -> None:
        """At the files of the parts that supervisor runs; `event` is its tick."""
        pids = {process.pid for process in _processes(event.supervisord) if process.pid}
        before, self._seen = self._seen, {}
        for file in self._folder.glob("*-*"):
            pid = file.name.rpartition("-")[2]
            if pid.isdecimal() and int(pid) in pids:
                self._count(file, int(pid), before)

    def _count(self, file: Path, pid: int, before: dict[Path, tuple[float, int]]) -> None:
        try:
            touched = file.stat().st_mtime
        except OSError:  # it ends just now
            return
        at, looks = before.get(file, (touched, 0))
        looks = looks + 1 if at == touched else 0
        self._seen[file] = (touched, looks)
        if looks == HUNG_LOOKS:
            why = f"{file.name} showed no life for {HUNG_LOOKS * 5} s, so it is killed."
            say("ERROR", "part hangs", why)
            os.kill(pid, signal.SIGKILL)


def say(level: str, event: str, reason: str) -> None:
    """A line of the log as webapp/logs.py writes it."""
    moment = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    values = {"time": moment, "level": level, "event": event, "reason": reason, "logger": "manager"}
    if os.environ["LOG_FORMAT"] == "json":
        line = json.dumps(values)
    else:
        line = f'{moment} {level} {event} reason="{reason}" logger=manager'
    # By its name, as supervisor does for the parts: in a file each line then comes after the last.
    # OSError: nobody reads it any more.
    with suppress(OSError), Path("/dev/fd/1").open("a") as out:
        out.write(f"{line}\n")


def _processes(supervisor: Any) -> list[Any]:
    return [one for group in supervisor.process_groups.values() for one in group.processes.values()]


def main() -> None:
    options = Options()
    options.realize(sys.argv[1:])
    options.first = True
    options.test = False
    go(options)
    say("INFO", "stopped", "All parts have ended.")


if __name__ == "__main__":
    main()
