import time

import structlog

log = structlog.stdlib.get_logger(__name__)

SAY_EVERY_SECONDS = 30


class Trouble:
    """An outage of something that we need; the log hears of it after a patience, then by and by.

    Its seconds count from when the first call began that failed, not from when it gave up.
    """

    def __init__(self, part: str, patience_seconds: float = 0) -> None:
        """`part`: as /health calls it."""
        self._part = part
        self._patience_seconds = patience_seconds
        self._since: float | None = None
        self._say_at = 0.0
        self._said = False

    def goes_on(self, reason: object, asked_at: float | None = None) -> None:
        """`asked_at`: when the call began, by the monotonic clock; by default just now."""
        now = time.monotonic()
        if self._since is None:
            self._since = now if asked_at is None else asked_at
            self._say_at = self._since + self._patience_seconds
        if now >= self._say_at:
            self._say_at = now + SAY_EVERY_SECONDS
            self._said = True
            seconds = round(now - self._since)
            log.warning("no answer", part=self._part, seconds=seconds, reason=str(reason))

    def is_over(self) -> None:
        if self._since is not None and self._said:
            seconds = round(time.monotonic() - self._since)
            log.info("answers again", part=self._part, seconds=seconds)
        self._since, self._said = None, False
