"""What services are asked, and the entries in their answers: a new one is a line in FORMATS."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from webapp.pipeline.sources.http.client import HttpTrouble
from webapp.pipeline.sources.http.config import HttpConfig, search_of
from webapp.pipeline.sources.http.records import Record, at, named, record, words
from webapp.pipeline.sources.http.times import Span, moment_of, rfc3339

# An answer that is one piece of JSON has to be in memory as a whole.
MOST_JSON_BYTES = 8 << 20


@dataclass(frozen=True)
class Question:
    """An address, and what is sent there; None: nothing."""

    url: str
    body: str | None = None


@dataclass(frozen=True)
class Format:
    """`ask`: for the newest so many entries of a span. `read`: those of the answer to it.

    `paged`: there may be more than were asked for, before the oldest of them.
    """

    ask: Callable[[HttpConfig, Span, int], Question]
    read: Callable[[HttpConfig, Iterable[bytes]], Iterator[Record]]
    paged: bool = False


def as_written(config: HttpConfig, span: Span, _: int = 0) -> Question:
    """With the placeholders for the span filled in."""
    body = config.query and span.filled_in(config.query)
    return Question(span.filled_in(config.url), body)


def _ask_loki(config: HttpConfig, span: Span, most: int) -> Question:
    parts = urlsplit(config.url)
    asked = dict(parse_qsl(parts.query)) | ({"query": config.query} if config.query else {})
    # Loki leaves the end itself out.
    asked |= {"start": str(span.since), "end": str(span.until + 1), "limit": str(most)}
    asked["direction"] = "backward"
    return Question(urlunsplit(parts._replace(query=urlencode(asked, quote_via=quote))))


def _read_loki(config: HttpConfig, blocks: Iterable[bytes]) -> Iterator[Record]:
    data = at(_json(blocks), "data") or {}
    if at(data, "resultType") != "streams":
        raise HttpTrouble('Loki answered without lines: ask for them, as by {app="shop"}')
    for stream in data["result"]:
        labels = named(stream["stream"], config.shown)
        whole = json.dumps(stream["stream"], sort_keys=True)
        for time, line, *_ in stream["values"]:
            yield record(int(time), line, labels, f"{whole} {time} {line}")


def _ask_elasticsearch(config: HttpConfig, span: Span, most: int) -> Question:
    time_at = _time_at(config)
    written = "strict_date_optional_time_nanos"
    within = {"gte": rfc3339(span.since), "lte": rfc3339(span.until), "format": written}
    query = {"bool": {"must": [search_of(config.query)], "filter": [{"range": {time_at: within}}]}}
    # An index without a single entry may not know the field, which is no failure.
    newest_first = {time_at: {"order": "desc", "unmapped_type": "date"}}
    asked = {"size": most, "query": query, "sort": [newest_first]}
    return Question(config.url, json.dumps(asked))


def _read_elasticsearch(config: HttpConfig, blocks: Iterable[bytes]) -> Iterator[Record]:
    answer = _json(blocks)
    hits = at(answer, "hits.hits")
    if not isinstance(hits, list):
        raise HttpTrouble("the answer has no hits: the address must end in _search")
    if failed := at(answer, "_shards.failed"):
        why = at(answer, "_shards.failures.0.reason.reason") or "it gives no reason"
        raise HttpTrouble(f"{failed} of {at(answer, '_shards.total')} shards did not answer: {why}")
    for hit in hits:
        source, sort = hit.get("_source", {}), hit.get("sort") or [None]
        time = moment_of(at(source, _time_at(config))) or moment_of(sort[0])
        text = at(source, config.message_at or "message")
        own_id = f"{hit.get('_index')} {hit.get('_id')}"
        line = words(source if text is None else text)
        yield record(time, line, named(source, config.shown), own_id)


def _read_json(config: HttpConfig, blocks: Iterable[bytes]) -> Iterator[Record]:
    entries = at(_json(blocks), config.list_at)
    if not isinstance(entries, list):
        place = f"at {config.list_at}" if config.list_at else "as its answer"
        raise HttpTrouble(f"there is no list {place}: say in which field it lies")
    for entry in entries:
        yield _entry(config, entry)


def _read_json_lines(config: HttpConfig, blocks: Iterable[bytes]) -> Iterator[Record]:
    """A line that is no JSON stays as it is, but for the first, which shows what was answered."""
    first = True
    for line in _lines(blocks):
        if first or line[:1] in '{["':
            entry = _parsed(line) if first else _parsed_or_text(line)
        else:
            entry = line
        first = False
        yield _entry(config, entry)


def _entry(config: HttpConfig, entry: Any) -> Record:
    text = at(entry, config.message_at)
    time = moment_of(at(entry, config.time_at)) if config.time_at else None
    line = words(entry if text is None else text)
    return record(time, line, named(entry, config.shown), f"{time} {words(entry)}")


def _time_at(config: HttpConfig) -> str:
    return config.time_at or "@timestamp"


def _json(blocks: Iterable[bytes]) -> Any:
    whole = bytearray()
    for block in blocks:
        whole += block
        if len(whole) > MOST_JSON_BYTES:
            most = MOST_JSON_BYTES >> 20
            raise HttpTrouble(f"its answer is larger than {most} MB: ask for less, or by lines")
    return _parsed(whole.decode("utf-8", "replace"))


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        start = " ".join(text[:80].split())
        raise HttpTrouble(f"its answer is no JSON; it begins with: {start}") from None


def _parsed_or_text(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return line


def _lines(blocks: Iterable[bytes]) -> Iterator[str]:
    """Without blank ones; of one that is longer than any line may be, the start."""
    rest = b""
    for block in blocks:
        *whole, rest = (rest + block).split(b"\n")
        yield from (line.decode("utf-8", "replace") for line in whole if line.strip())
        if len(rest) > MOST_JSON_BYTES:
            raise HttpTrouble(f"a line of its answer is longer than {MOST_JSON_BYTES >> 20} MB")
    if rest.strip():
        yield rest.decode("utf-8", "replace")


FORMATS: Mapping[str, Format] = {
    "json_lines": Format(as_written, _read_json_lines),
    "json": Format(as_written, _read_json),
    "loki": Format(_ask_loki, _read_loki, paged=True),
    "elasticsearch": Format(_ask_elasticsearch, _read_elasticsearch, paged=True),
}
