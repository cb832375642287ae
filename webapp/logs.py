"""What the service says of itself, on standard error: one line an event.

Our own events carry their values as fields, and those of the Run that is worked on; libraries'
lines come out the same way. Whatever is said is cleaned and redacted before it is written.
"""

import json
import logging
import re
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from types import TracebackType
from typing import Any

import structlog
from structlog.contextvars import get_contextvars
from structlog.stdlib import ProcessorFormatter
from structlog.types import EventDict, Processor

from webapp.clock import iso
from webapp.config import Settings
from webapp.pipeline.clean import clean_text
from webapp.pipeline.redact import Redactor, secret_values

BARE = re.compile(r'[^\s"=\\]+')
# More of one value than anybody reads.
MAX_CHARS = 20_000


def configure(settings: Settings) -> None:
    """Libraries speak up from WARNING on; an exception that nobody catches is an event too."""
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter(settings))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.captureWarnings(True)
    logging.getLogger("webapp").setLevel(settings.log_level)
    _listen_to_failures()


def warn_of_misspelt() -> None:
    """To be called once where a process starts, or all of them do."""
    log = structlog.stdlib.get_logger("webapp.config")
    for name, meant in Settings.misspelt().items():
        reason = f"{name} is no variable of this service, and has no effect. {meant} is."
        log.warning("variable not known", reason=reason)


def formatter(settings: Settings) -> logging.Formatter:
    """Makes one line of a record, ours or a library's."""
    return ProcessorFormatter(
        processors=[
            structlog.processors.format_exc_info,
            _in_order,
            _without_secrets(settings),
            RENDERERS[settings.log_format],
        ]
    )


def _listen_to_failures() -> None:
    """What nobody catches is an event, wherever it happens; the loop of asyncio logs by itself.

    A test runner that listens already, to fail the test, keeps on.
    """
    sys.excepthook = _log_uncaught
    if threading.excepthook is threading.__excepthook__:
        threading.excepthook = _log_thread_failed
    if sys.unraisablehook is sys.__unraisablehook__:
        sys.unraisablehook = _log_unraisable


def _log_uncaught(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    if issubclass(kind, Exception):
        log = structlog.stdlib.get_logger("webapp")
        log.critical("process failed", exc_info=(kind, error, traceback))
    else:  # Ctrl-C
        sys.__excepthook__(kind, error, traceback)


def _log_thread_failed(failed: threading.ExceptHookArgs) -> None:
    if issubclass(failed.exc_type, SystemExit):  # which ends a thread in order
        return
    log = structlog.stdlib.get_logger("webapp")
    name = failed.thread.name if failed.thread else None
    what = (failed.exc_type, failed.exc_value, failed.exc_traceback)
    log.critical("thread failed", thread=name, exc_info=what)


def _log_unraisable(failed: "sys.UnraisableHookArgs") -> None:
    """Such as what an object raises while it is collected: it ends nothing."""
    log = structlog.stdlib.get_logger("webapp")
    reason = f"{failed.err_msg or 'Exception ignored in'}: {failed.object!r}"
    what = (failed.exc_type, failed.exc_value, failed.exc_traceback)
    log.error("failure ignored", reason=reason, exc_info=what)


def _in_order(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """When, how severe and what; then which Run; then the rest."""
    record: logging.LogRecord = event.pop("_record")
    event.pop("_from_structlog")
    return {
        "time": iso(datetime.fromtimestamp(record.created, UTC)),
        "level": record.levelname,
        "event": event.pop("event"),
        **get_contextvars(),
        **event,
        "logger": record.name,
    }


def _without_secrets(settings: Settings) -> Processor:
    """As all text that the service stores: no secrets, no terminal escapes, no bidi tricks."""

    # Made once, and not before something is said: to look for so many secrets takes preparation.
    @cache
    def prepared() -> Redactor:
        known = (*settings.held_secrets, *secret_values(settings.passed_env))
        return Redactor(known, own=settings.own_patterns)

    def clean(_logger: Any, _method: str, event: EventDict) -> EventDict:
        # A new one for each line, as it remembers what it saw.
        redactor = prepared().anew()
        return {name: _plain(value, redactor) for name, value in event.items()}

    return clean


def _plain(value: object, redactor: Redactor) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    text = redactor.redact(clean_text(str(value))).text
    lost = len(text) - MAX_CHARS
    return text if lost <= 0 else f"{text[:MAX_CHARS]} … {lost:,} more characters not shown …"


def _as_json(_logger: Any, _method: str, event: EventDict) -> str:
    return json.dumps(event, ensure_ascii=False)


def _as_text(_logger: Any, _method: str, event: EventDict) -> str:
    time, level, what = (event.pop(name) for name in ("time", "level", "event"))
    said = str(what).replace("\n", "\\n").replace("\t", "\\t")
    return " ".join((time, level, said, *(f"{name}={_word(v)}" for name, v in event.items())))


def _word(value: object) -> str:
    """The value, in quotes where it would not read as one word."""
    text = "-" if value is None else str(value)
    return text if BARE.fullmatch(text) else json.dumps(text, ensure_ascii=False)


RENDERERS: dict[str, Callable[[Any, str, EventDict], str]] = {"text": _as_text, "json": _as_json}
