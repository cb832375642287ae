import time

import structlog

log = structlog.stdlib.get_logger(__name__)

SAY_EVERY_SECONDS = 30


class Trouble:
    """An outage of something that we need; the log hears of it after a patience, then by and by."""

    def __init__(self, patience_seconds: float = 0) -> None:
        self._patience_seconds = patience_seconds
        self._since: float | None = None
        self._say_at = 0.0
        self._said = False

    def goes_on(self, reason: object) -> None:
        now = time.monotonic()
        if self._since is None:
            self._since, self._say_at = now, now + self._patience_seconds
        if now >= self._say_at:
            self._say_at = now + SAY_EVERY_SECONDS
            self._said = True
            log.warning("no answer", seconds=round(now - self._since), reason=str(reason))

    def is_over(self) -> None:
        if self._since is not None and self._said:
            log.warning("back", seconds=round(time.monotonic() - self._since))
        self._since, self._said = None, False
