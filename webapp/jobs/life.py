"""How a process shows that it lives."""

import os
import socket
from contextlib import suppress
from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError

from webapp.config import Settings
from webapp.metrics import write_out
from webapp.models import Heartbeat

log = structlog.stdlib.get_logger(__name__)


class Life:
    """What a scheduler or a worker shows of itself every ten seconds: a row, and a file.

    The row tells /health. The file, `DATA_DIR/alive/<kind>-<pid>`, tells whoever started the
    process, whatever becomes of the database: one that is older than a minute is stuck or was
    killed. The next of its kind clears away what those that were left: it comes in their place.
    """

    def __init__(self, kind: str, settings: Settings) -> None:
        self.title = _title(os.getpid())
        self._kind = kind
        self._file = settings.data_dir / "alive" / f"{kind}-{os.getpid()}"
        self._replaced = self._clear_away()

    def show(self, now: datetime) -> None:
        """With it goes what was counted since the last time. Raises SQLAlchemyError."""
        self._touch()
        Heartbeat.beat(self._kind, self.title, now)
        while self._replaced:
            Heartbeat.stop(self._kind, _title(self._replaced[-1]))
            self._replaced.pop()
        _write_counts()

    def end(self) -> None:
        """The process stops in order, and is not missed."""
        with suppress(OSError):
            self._file.unlink()
        Heartbeat.stop(self._kind, self.title)
        _write_counts()

    def _touch(self) -> None:
        # Where the file cannot be made, its absence says so to whoever looks for it.
        with suppress(OSError):
            self._file.parent.mkdir(mode=0o700, exist_ok=True)
            self._file.touch()

    def _clear_away(self) -> list[int]:
        """Remove the files of those that were killed; their numbers."""
        files = self._file.parent.glob(f"{self._kind}-*")
        pids = (file.name.removeprefix(f"{self._kind}-") for file in files)
        killed = [int(pid) for pid in pids if pid.isdecimal() and not _lives(int(pid))]
        for pid in killed:
            with suppress(OSError):
                self._file.with_name(f"{self._kind}-{pid}").unlink()
        return killed


def _title(pid: int) -> str:
    return f"{socket.gethostname()}:{pid}"


def _write_counts() -> None:
    """Where they cannot be written they wait for the next time, and hold no work up."""
    try:
        write_out()
    except SQLAlchemyError as error:
        log.warning("counts not written", reason=str(error.__cause__ or error))


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it is another user's
    return True
