import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from threading import Lock
from typing import Protocol

from webapp.clock import milliseconds_since
from webapp.pipeline.sources.command import told_apart
from webapp.pipeline.sources.http.client import Client, HttpTrouble
from webapp.pipeline.sources.http.config import HttpConfig
from webapp.pipeline.sources.http.formats import FORMATS, as_written
from webapp.pipeline.sources.http.records import Record, numbered
from webapp.pipeline.sources.http.seen import Seen
from webapp.pipeline.sources.http.times import NANO, Span
from webapp.pipeline.sources.within import OutOfTimeError, within
from webapp.pipeline.tail import TailKeeper
from webapp.pipeline.values import NOTHING, CommandResult, GatherLimits, Host, InputSpec, Tail

_PAGE = 500
# Services refuse a longer range, and would do so for ever after a long pause.
_MOST_SECONDS = 30 * 24 * 3600
# The client ends by its own clock, and says more of where it stood.
_GRACE_SECONDS = 0.5
_KEPT = "what was read until then was kept"
_TOO_MUCH = "More came since the last Run than is read at once; the oldest of it was left out."
_LONG_PAUSE = "The last Run was more than 30 days ago; what came before that time was left out."


class _Reading(Protocol):
    @property
    def span(self) -> Span:
        """What is asked for."""

    def take(self, client: Client) -> None:
        """Ask, and keep what comes. Raises HttpTrouble."""

    def result(self) -> CommandResult:
        """What was taken until now, however long that took."""


def read_http(_: Host, spec: InputSpec, limits: GatherLimits) -> CommandResult:
    """What an HTTP server answers, its newest lines where there are more than may be kept.

    Entries with a time are told apart from those that the last Run read; of others the position has
    `until` when they were asked for. `timeout_seconds` bounds everything, however slow the server
    is; where reading failed the position stays as it was.
    """
    started = time.monotonic()
    try:
        config = HttpConfig.model_validate(spec.config)
        login = config.login.headers(limits.secrets) if config.login else {}
    except HttpTrouble as problem:
        return CommandResult(None, 0, NOTHING, error=str(problem), position=spec.position)
    deadline = started + limits.timeout_seconds
    client = Client(config.url, config.plain_headers | login, config.ca_file, deadline)
    reading = _reading(config, spec, limits.keep_bytes)
    error = _carry_out(lambda: reading.take(client), client, limits.timeout_seconds)
    result = replace(reading.result(), duration_ms=milliseconds_since(started))
    if error:
        error = f"{error}; {_KEPT}" if result.stdout.text else error
        return replace(result, error=error, position=spec.position)
    return result if _by_times(config, spec) else _by_overlap(result, spec, config, reading.span)


def _reading(config: HttpConfig, spec: InputSpec, keep_bytes: int) -> _Reading:
    position = spec.position or {}
    span = _span(position.get("until", position.get("since")), config.since_seconds)
    if config.format == "text":
        return _Text(config, span, keep_bytes)
    known = position if "ids" in position else None
    seen = Seen(known) if _by_times(config, spec) else None
    return _Entries(config, seen, span, keep_bytes)


def _by_times(config: HttpConfig, spec: InputSpec) -> bool:
    return config.tells_times and spec.new_lines != "all"


def _by_overlap(
    result: CommandResult, spec: InputSpec, config: HttpConfig, span: Span
) -> CommandResult:
    last = (spec.position or {}).get("until")
    is_all = last is not None and config.asks_for_range and not result.stdout.lost_lines
    told = told_apart(result, spec, reaches_back=is_all)
    long_pause = last is not None and last < span.since
    return replace(
        told,
        position={**(told.position or {}), "until": span.until},
        notices=(*told.notices, *([_LONG_PAUSE] if long_pause else [])),
    )


def _carry_out(take: Callable[[], None], client: Client, seconds: float) -> str | None:
    """None, or the sentence that says why it failed."""
    try:
        return within(seconds + _GRACE_SECONDS, lambda: _trouble_of(take))
    except OutOfTimeError:
        client.cut()
        return f"{client.shown} did not answer within {seconds:g} s"


def _trouble_of(take: Callable[[], None]) -> str | None:
    try:
        take()
    except HttpTrouble as problem:
        return str(problem)
    return None


def _span(since: int | None, back_seconds: int) -> Span:
    """Back as far as is asked for, and further to where the last Run ended."""
    now = time.time_ns()
    wanted = min(since or now, now - back_seconds * NANO)
    return Span(max(wanted, now - _MOST_SECONDS * NANO), now)


class _Text:
    """Lines as they are; the reader may be given up while it reads on."""

    def __init__(self, config: HttpConfig, span: Span, keep_bytes: int) -> None:
        self._config, self.span = config, span
        self._lock = Lock()
        self._keeper = TailKeeper(keep_bytes)

    def take(self, client: Client) -> None:
        asked = as_written(self._config, self.span)
        for block in client.ask(asked.url, asked.body):
            with self._lock:
                self._keeper.feed(block)

    def result(self) -> CommandResult:
        with self._lock:
            tail = self._keeper.tail()
        return CommandResult(None, 0, _newest(tail, self._config.tail))


class _Entries:
    """Entries, of which the newest pages are read first; `seen` None: none was there before."""

    def __init__(self, config: HttpConfig, seen: Seen | None, span: Span, keep_bytes: int) -> None:
        self._config, self._seen, self._keep_bytes = config, seen, keep_bytes
        self._format = FORMATS[config.format]
        self.span = span
        self._records: dict[str, Record] = {}
        self._more = False
        self._lost_lines = self._lost_bytes = 0

    def take(self, client: Client) -> None:
        span, most = self.span, min(_PAGE, self._config.tail)
        while True:
            page = self._page(client, span, most)
            new = [one for one in page if one.id not in self._records]
            # At once, as whoever has given up waiting may be looking.
            self._records = self._records | {one.id: one for one in new}
            self._more = self._format.paged and len(page) >= most
            if not self._more or not new or self._is_enough():
                return
            # A whole page, as it begins with those of that moment, which are known.
            span, most = Span(span.since, min(one.time or span.since for one in page)), _PAGE

    def _page(self, client: Client, span: Span, most: int) -> list[Record]:
        asked = self._format.ask(self._config, span, most)
        blocks = client.ask(asked.url, asked.body)
        try:
            records = self._bounded(self._format.read(self._config, blocks))
        except (AttributeError, IndexError, KeyError, TypeError, ValueError):
            raise HttpTrouble(f"{client.shown} did not answer as its format has it") from None
        return records if self._format.paged else numbered(records)

    def _bounded(self, records: Iterable[Record]) -> list[Record]:
        """The last ones of an answer, however long it is."""
        kept: deque[Record] = deque()
        chars = 0
        for one in records:
            kept.append(one)
            chars += len(one.text)
            while len(kept) > self._config.tail or (chars > self._keep_bytes and len(kept) > 1):
                gone = kept.popleft()
                chars -= len(gone.text)
                self._lost_lines += 1
                self._lost_bytes += len(gone.text.encode("utf-8", "replace")) + 1
        return list(kept)

    def _is_enough(self) -> bool:
        if len(self._records) >= self._config.tail:
            return True
        return sum(len(one.text) for one in self._records.values()) >= self._keep_bytes

    def result(self) -> CommandResult:
        ordered = _by_time(list(self._records.values()))
        records = ordered[-self._config.tail :]
        more = self._more or len(records) < len(ordered)
        known, new = self._seen.split(records) if self._seen else ([], records)
        tail = self._with_lost(_tail_of(known, new, self._keep_bytes), more)
        result = CommandResult(None, 0, tail)
        if self._seen is None:
            return result
        cut = more or self._lost_lines > 0
        return replace(
            result,
            position=self._seen.after(records, self.span.since, cut=cut),
            notices=self._notices(self._seen, cut=cut and not known),
        )

    def _with_lost(self, tail: Tail, more: bool) -> Tail:
        return replace(
            tail,
            lost_lines=tail.lost_lines + self._lost_lines,
            total_lines=tail.total_lines + self._lost_lines,
            lost_bytes=tail.lost_bytes + self._lost_bytes,
            total_bytes=tail.total_bytes + self._lost_bytes,
            at_least=more,
        )

    def _notices(self, seen: Seen, *, cut: bool) -> tuple[str, ...]:
        if seen.since is None:
            return ()
        paused = seen.since < self.span.since
        return tuple(says for holds, says in ((paused, _LONG_PAUSE), (cut, _TOO_MUCH)) if holds)


def _by_time(records: list[Record]) -> list[Record]:
    """What has no time of its own stays behind what it came after."""
    last, keyed = 0, []
    for one in records:
        last = last if one.time is None else one.time
        keyed.append((last, one))
    return [one for _, one in sorted(keyed, key=lambda pair: pair[0])]


def _tail_of(known: Sequence[Record], new: Sequence[Record], keep_bytes: int) -> Tail:
    keeper = TailKeeper(keep_bytes)
    for one in known:
        keeper.feed(f"{one.text}\n".encode("utf-8", "replace"))
    known_lines = keeper.tail().total_lines
    for one in new:
        keeper.feed(f"{one.text}\n".encode("utf-8", "replace"))
    tail = keeper.tail()
    return replace(tail, context_lines=max(0, known_lines - tail.lost_lines))


def _newest(tail: Tail, most_lines: int) -> Tail:
    lines = tail.text.splitlines(keepends=True)
    gone, kept = lines[:-most_lines], lines[-most_lines:]
    if not gone:
        return tail
    lost_bytes = tail.lost_bytes + len("".join(gone).encode())
    lost_lines = tail.lost_lines + len(gone)
    return replace(tail, text="".join(kept), lost_lines=lost_lines, lost_bytes=lost_bytes)
