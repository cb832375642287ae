import time

import structlog

log = structlog.stdlib.get_logger(__name__)

SAY_EVERY_SECONDS = 30


class Trouble:
    """An outage of something that we need; the log hears of it at once, then by and by."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._say_at = 0.0

    def goes_on(self, reason: object) -> None:
        now = time.monotonic()
        if self._since is None:
            self._since = self._say_at = now
        if now >= self._say_at:
            self._say_at = now + SAY_EVERY_SECONDS
            log.warning("no answer", seconds=round(now - self._since), reason=str(reason))

    def is_over(self) -> None:
        if self._since is not None:
            log.warning("back", seconds=round(time.monotonic() - self._since))
        self._since = None
