import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.pipeline.http_server import (
    Reply,
    Request,
    elasticsearch,
    loki,
    own_ca,
    serving,
    written,
)
from tests.waiting import until
from webapp.pipeline.sources import READERS
from webapp.pipeline.sources.http.config import HttpConfig
from webapp.pipeline.values import CommandResult, GatherLimits, Host, InputSpec, NewLines, Tail

LIMITS = GatherLimits(
    max_workers=1,
    timeout_seconds=20,
    keep_bytes=100_000,
    secrets={"LOKI": "the-loki-token"},
)
SECOND = 10**9
FAILED_SHARDS = {"total": 5, "failed": 2, "failures": [{"reason": {"reason": "index closed"}}]}


def read(
    limits: GatherLimits = LIMITS,
    position: Any = None,
    timeout: float = 20,
    new_lines: NewLines = "marked",
    **config: Any,
) -> CommandResult:
    kept = json.loads(json.dumps(position))
    spec = InputSpec("A", "http", config=config, position=kept, new_lines=new_lines)
    return READERS["http"](Host("local"), spec, replace(limits, timeout_seconds=timeout))


def answered(
    body: bytes | Iterator[bytes] = b"", status: int = 200, timeout: float = 20, **config: Any
) -> CommandResult:
    with serving(lambda _: Reply(body, status)) as server:
        return read(url=f"{server.url}/log", timeout=timeout, **config)


def parts(result: CommandResult) -> tuple[list[str], list[str]]:
    """The lines that were read before, and the new ones, without their times."""
    assert result.error is None
    lines = [line.partition("Z ")[2] for line in result.stdout.text.splitlines()]
    return lines[: result.stdout.context_lines], lines[result.stdout.context_lines :]


def test_text_is_read_as_it_is() -> None:
    result = answered(b"one\ntwo\n")

    assert (result.stdout, result.error) == (Tail("one\ntwo\n", 8, 2), None)


def test_of_long_text_the_newest_lines_are_kept_and_the_rest_is_counted() -> None:
    result = answered(b"".join(b"line %d\n" % i for i in range(50)), tail=2)

    assert result.stdout.text == "line 48\nline 49\n"
    assert (result.stdout.lost_lines, result.stdout.total_lines) == (48, 50)


def test_a_gigabyte_goes_through_a_few_megabytes() -> None:
    block = b"2026-01-31 08:00:00 INFO all is well with order 123456\n" * 20_000
    blocks = (block for _ in range((1 << 30) // len(block) + 1))

    result = answered(blocks, timeout=60)

    assert result.error is None
    assert result.stdout.total_bytes > 1 << 30
    assert len(result.stdout.text) <= LIMITS.keep_bytes


def test_json_lines_of_any_length_are_bounded_too() -> None:
    block = b'{"t": 1769846400, "msg": "order 1 done"}\n' * 10_000
    blocks = (block for _ in range(50))

    result = answered(blocks, format="json_lines", message_at="msg", timeout=60)

    assert result.error is None
    assert result.stdout.total_lines == 500_000
    assert result.stdout.text == "order 1 done\n" * 2000


def test_what_the_range_is_stands_in_address_and_body() -> None:
    with serving(lambda _: Reply(b"x\n")) as server:
        read(
            url=f"{server.url}/{{since}}?from={{since_s}}&to={{until_ms}}&n={{until_ns}}",
            query='{"gte": "{since}", "other": "{unknown}"}',
            since_seconds=60,
        )

    (request,) = server.requests
    since, until_ms = int(request.query["from"]), int(request.query["to"])
    assert request.method == "POST"
    assert until_ms // 1000 - since == 60
    assert int(request.query["n"]) // 10**6 == until_ms
    assert json.loads(request.body)["gte"].startswith(f"{time.gmtime(since).tm_year}-")
    assert json.loads(request.body)["other"] == "{unknown}"


@pytest.mark.parametrize(
    ("login", "header", "value"),
    [
        ("bearer LOKI", "Authorization", "Bearer the-loki-token"),
        ("basic ops loki", "Authorization", "Basic b3BzOnRoZS1sb2tpLXRva2Vu"),
        ("header X-Api-Key LOKI", "X-Api-Key", "the-loki-token"),
    ],
)
def test_a_login_is_by_the_name_of_a_secret(login: str, header: str, value: str) -> None:
    with serving(lambda _: Reply(b"x\n")) as server:
        read(url=server.url, auth=login, headers=["X-Scope-OrgID: team-a"])

    (request,) = server.requests
    assert request.headers[header] == value
    assert request.headers["X-Scope-OrgID"] == "team-a"


def test_nothing_is_asked_where_the_secret_is_missing() -> None:
    with serving(lambda _: Reply(b"x\n")) as server:
        result = read(url=server.url, auth="bearer OTHER")

    assert result.error == "there is no secret OTHER: set LOG_SECRET_OTHER for the workers"
    assert server.requests == []


def test_what_loki_has_is_read_in_order_with_its_times_and_labels() -> None:
    now = time.time_ns()
    entries = [(now - i * SECOND, f"line {i}") for i in range(5)]

    with serving(loki(entries, {"app": "shop", "level": "warn"})) as server:
        result = read(url=server.url, format="loki", query='{app="shop"}', shown=["level"])

    assert parts(result) == ([], [f"level=warn line {i}" for i in reversed(range(5))])
    assert result.stdout.text.startswith(time.strftime("%Y-%m-%dT", time.gmtime()))
    assert server.requests[0].query["query"] == '{app="shop"}'


def test_a_line_that_tells_its_time_is_not_told_it_twice() -> None:
    line = "2026-01-31 08:00:00,123 ERROR no space left"

    with serving(loki([(time.time_ns(), line)])) as server:
        result = read(url=server.url, format="loki", query='{app="shop"}')

    assert result.stdout.text == f"{line}\n"


def test_more_than_one_page_is_read_and_no_line_twice() -> None:
    """Though the pages meet between lines of the same moment."""
    now = time.time_ns()
    entries = [(now - (i // 7) * SECOND, f"line {i:04}") for i in range(1200)]

    with serving(loki(entries)) as server:
        result = read(url=server.url, format="loki", query='{app="shop"}', since_seconds=7200)

    assert sorted(parts(result)[1]) == [f"line {i:04}" for i in range(1200)]
    assert len(server.requests) == 3


def test_only_the_newest_so_many_lines_are_read_and_more_are_said_to_be_there() -> None:
    now = time.time_ns()
    entries = [(now - i * SECOND, f"line {i}") for i in range(1000)]

    with serving(loki(entries)) as server:
        result = read(url=server.url, format="loki", query='{app="shop"}', tail=600)

    assert result.stdout.at_least
    assert parts(result)[1] == [f"line {i}" for i in reversed(range(600))]


def rounds(
    service: str, entries: list[Any], later: list[Any], **config: Any
) -> tuple[CommandResult, CommandResult]:
    """What two Runs read, between which `later` came."""
    answer = {"loki": loki, "elasticsearch": elasticsearch}[service](entries)
    with serving(answer) as server:
        given = {"url": server.url, "format": service, **config}
        first = read(**given)
        entries.extend(later)
        return first, read(position=first.position, **given)


def test_what_the_last_run_read_is_context_and_the_rest_is_new() -> None:
    now = time.time_ns()
    entries = [(now - 2 * SECOND, "old"), (now - SECOND, "older than new")]
    later = [(now - SECOND, "of the same moment"), (now - SECOND // 2, "new")]

    _, second = rounds("loki", entries, later, query='{app="shop"}')

    assert parts(second) == (["old", "older than new"], ["of the same moment", "new"])


def test_a_line_that_arrives_late_is_new_though_later_ones_were_read() -> None:
    now = time.time_ns()

    _, second = rounds(
        "loki", [(now - SECOND, "read")], [(now - 60 * SECOND, "late")], query='{app="shop"}'
    )

    assert parts(second) == (["read"], ["late"])


def test_nothing_is_skipped_after_an_hours_pause() -> None:
    now = time.time_ns()
    entries = [(now - 3000 * SECOND, "before")]
    later = [(now - 2900 * SECOND, "while nobody read"), (now, "now")]
    with serving(loki(entries)) as server:
        given: dict[str, Any] = {"url": server.url, "format": "loki", "query": '{app="shop"}'}
        first = read(since_seconds=3600, **given)
        entries.extend(later)

        second = read(since_seconds=60, position=first.position, **given)

    assert parts(second) == (["before"], ["while nobody read", "now"])


def test_a_silent_log_keeps_its_place() -> None:
    now = time.time_ns()

    first, second = rounds("loki", [], [(now, "the first")], query='{app="shop"}')

    assert parts(first) == ([], [])
    assert parts(second) == ([], ["the first"])


def test_more_new_lines_than_are_read_at_once_are_said_to_be_left_out() -> None:
    now = time.time_ns()
    later = [(now - i, f"line {i}") for i in range(20)]

    _, second = rounds("loki", [(now - SECOND, "old")], later, query='{app="shop"}', tail=10)

    assert parts(second)[0] == []
    assert second.notices == (
        "More came since the last Run than is read at once; the oldest of it was left out.",
    )


def test_elasticsearch_is_asked_for_a_range_and_known_documents_are_context() -> None:
    now = time.time_ns() // 10**6 * 10**6
    entries: list[Any] = [
        {"@timestamp": written(now - SECOND), "message": "one", "log": {"level": "warn"}},
        {"@timestamp": written(now), "message": "two", "log.level": "error"},
    ]
    later = [{"@timestamp": written(now), "message": "two"}]

    _, second = rounds("elasticsearch", entries, later, shown=["log.level"])

    assert parts(second) == (["log.level=warn one", "log.level=error two"], ["two"])


def test_more_documents_than_a_page_are_read() -> None:
    now = time.time_ns()
    documents = [
        {"@timestamp": written(now - i // 3 * SECOND), "message": f"doc {i}"} for i in range(700)
    ]

    with serving(elasticsearch(documents)) as server:
        result = read(url=server.url, format="elasticsearch")

    assert sorted(parts(result)[1]) == sorted(f"doc {i}" for i in range(700))


def test_a_query_of_elasticsearch_goes_with_the_range() -> None:
    with serving(elasticsearch([])) as server:
        read(url=server.url, format="elasticsearch", query='{"match": {"level": "error"}}')

    asked = json.loads(server.requests[0].body)
    assert asked["query"]["bool"]["must"] == [{"match": {"level": "error"}}]


def test_a_list_in_json_is_read_with_what_is_named() -> None:
    body = {
        "data": {
            "items": [
                {"at": "2026-01-31T08:00:01Z", "text": "second", "host": {"name": "web-1"}},
                {"at": "2026-01-31T08:00:00Z", "text": "first", "host": {"name": "web-2"}},
            ]
        }
    }

    result = answered(
        json.dumps(body).encode(),
        format="json",
        list_at="data.items",
        time_at="at",
        message_at="text",
        shown=["host.name"],
    )

    assert result.stdout.text == (
        "2026-01-31T08:00:00.000Z host.name=web-2 first\n"
        "2026-01-31T08:00:01.000Z host.name=web-1 second\n"
    )


def test_equal_lines_in_the_same_second_are_each_read_once() -> None:
    line = b'{"t": "2026-01-31T08:00:00Z", "m": "same"}\n'
    bodies = [line * 2, line * 3]
    with serving(lambda _: Reply(bodies.pop(0))) as server:
        given = {"url": server.url, "format": "json_lines", "time_at": "t", "message_at": "m"}
        first = read(**given)
        second = read(position=first.position, **given)

    assert parts(first) == ([], ["same", "same"])
    assert parts(second) == (["same", "same"], ["same"])


@pytest.mark.parametrize("format_", ["text", "json_lines"])
def test_without_times_the_overlap_with_the_last_answer_is_context(format_: str) -> None:
    lines = ['"08:00:00 one"\n', '"08:00:01 two"\n', '"08:00:02 three"\n']
    bodies = ["".join(lines[:2]).encode(), "".join(lines[1:]).encode()]
    with serving(lambda _: Reply(bodies.pop(0))) as server:
        first = read(url=server.url, format=format_)
        second = read(url=server.url, format=format_, position=first.position)

    assert (first.stdout.context_lines, second.stdout.context_lines) == (0, 1)


def test_all_is_read_as_new_where_the_author_wants_it_so() -> None:
    with serving(loki([(time.time_ns(), "there")])) as server:
        config = {"url": server.url, "format": "loki", "query": '{app="shop"}'}
        spec = InputSpec("A", "http", config=config, new_lines="all", position={"odd": 1})

        result = READERS["http"](Host("local"), spec, LIMITS)

    assert parts(result) == ([], ["there"])
    assert result.whole


@pytest.mark.parametrize(
    ("format_", "new_lines"),
    [("text", "marked"), ("json", "marked"), ("text", "all"), ("json_lines", "only")],
)
def test_lines_without_times_are_asked_for_from_the_end_of_the_last_run_on(
    format_: str, new_lines: NewLines
) -> None:
    bodies = {"text": b"tick\n", "json": b'["08:00:00 tick"]', "json_lines": b'"tick"\n'}
    with serving(lambda _: Reply(bodies[format_])) as server:
        given: dict[str, Any] = {
            "url": f"{server.url}/?from={{since_ns}}&to={{until_ns}}",
            "format": format_,
            "new_lines": new_lines,
            "since_seconds": 1,
        }
        first = read(**given)
        begin = time.time_ns() - 3600 * SECOND
        read(position={**(first.position or {}), "until": begin}, **given)

    ended, later = (request.query for request in server.requests)
    assert (first.position or {})["until"] == int(ended["to"])
    assert int(later["from"]) == begin


def test_all_of_a_log_with_times_reaches_back_to_the_last_run_too() -> None:
    entries = [(time.time_ns() - 600 * SECOND, "between"), (time.time_ns(), "now")]
    with serving(loki(entries)) as server:
        result = read(
            url=server.url,
            format="loki",
            query='{app="shop"}',
            since_seconds=1,
            new_lines="all",
            position={"until": time.time_ns() - 3600 * SECOND},
        )

    assert parts(result) == ([], ["between", "now"])


@pytest.mark.parametrize(("range_", "missing"), [("", True), ("?from={since_s}", False)])
def test_lines_may_be_missing_where_nothing_ties_an_answer_to_the_last_one(
    range_: str, missing: bool
) -> None:
    bodies = [b"08:00:00 one\n", b"09:00:00 two\n"]
    with serving(lambda _: Reply(bodies.pop(0))) as server:
        first = read(url=f"{server.url}/{range_}")
        second = read(url=f"{server.url}/{range_}", position=first.position)

    assert any("may be missing" in notice for notice in second.notices) == missing


def test_after_a_very_long_pause_it_is_said_what_was_left_out() -> None:
    position = {"until": time.time_ns() - 31 * 24 * 3600 * SECOND}

    with serving(lambda _: Reply(b"tick\n")) as server:
        result = read(url=server.url, position=position)

    assert result.notices == (
        "The last Run was more than 30 days ago; what came before that time was left out.",
    )


@pytest.mark.parametrize(
    ("status", "body", "sentence"),
    [
        (401, b"", "asks for another login (401)"),
        (403, b'{"message": "no role"}', "does not allow this login to read it (403): no role"),
        (404, b"<html>Not here</html>", "does not know this address (404)"),
        (429, b"", "has had too many requests (429): try again after 7 s"),
        (400, b"parse error at line 1", "did not take the query (400): parse error at line 1"),
        (
            503,
            b'{"error": {"type": "x", "reason": "all shards failed"}}',
            "failed (503): try again after 7 s: all shards failed",
        ),
    ],
)
def test_what_a_server_refuses_is_a_sentence(status: int, body: bytes, sentence: str) -> None:
    with serving(lambda _: Reply(body, status, {"Retry-After": "7"})) as server:
        result = read(url=f"{server.url}/log?days=1")

    assert result.error == f"{server.url}/log {sentence}"


def test_a_redirect_is_named_and_not_followed() -> None:
    with serving(lambda _: Reply(b"", 302, {"Location": "http://else.where/log?key=1"})) as server:
        result = read(url=server.url, auth="bearer LOKI")

    assert result.error == (
        f"{server.url} redirects to http://else.where/log, which is not followed: "
        "write that address"
    )
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("body", "format_", "sentence"),
    [
        (b"<html>Log in</html>", "json", "its answer is no JSON; it begins with: <html>Log in"),
        (b"<html>Log in", "json_lines", "its answer is no JSON; it begins with: <html>Log in"),
        (b'{"a": 1}', "json", "there is no list as its answer: say in which field it lies"),
        (b'{"hits": 1}', "elasticsearch", "the answer has no hits: the address must end in"),
        (
            json.dumps({"hits": {"hits": []}, "_shards": FAILED_SHARDS}).encode(),
            "elasticsearch",
            "2 of 5 shards did not answer: index closed",
        ),
        (b'{"data": {"resultType": "matrix"}}', "loki", "Loki answered without lines: ask for"),
        (b"[" * 200_000, "json", "its answer is no JSON; it begins with: [[["),
        (b'[{"a": "' + b"x" * (9 << 20) + b'"}]', "json", "its answer is larger than 8 MB"),
    ],
)
def test_what_is_not_as_its_format_has_it_is_a_sentence(
    body: bytes, format_: str, sentence: str
) -> None:
    result = answered(body, format=format_, query='{"match_all": {}}')

    assert (result.error or "").startswith(sentence)


def test_a_server_that_is_silent_is_given_up_in_time() -> None:
    done = threading.Event()

    def wait(_: Request) -> Reply:
        done.wait(30)
        return Reply(b"late\n")

    with serving(wait) as server:
        started = time.monotonic()
        result = read(url=server.url, timeout=0.5)
        done.set()

    assert time.monotonic() - started < 5
    assert result.error == f"{server.url.removeprefix('http://')} did not answer in time"


def test_of_a_slow_answer_what_came_in_time_is_kept() -> None:
    done = threading.Event()

    def slowly() -> Iterator[bytes]:
        yield b"the first line\n"
        while not done.wait(0.1):
            yield b"x"

    with serving(lambda _: Reply(slowly())) as server:
        result = read(url=server.url, timeout=1)
        done.set()

    assert result.stdout.text.startswith("the first line\n")
    assert (result.error or "").endswith("; what was read until then was kept")


def test_a_head_that_never_ends_is_hung_up_on() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        gone = threading.Event()

        def drip() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(10_000)
                connection.send(b"HTTP/1.1 200 OK\r\nX-Long: ")
                while not gone.wait(0.1):
                    try:
                        connection.send(b"x")
                    except OSError:
                        gone.set()

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        result = read(url=url, timeout=1)
        until(gone.is_set)
        thread.join()

    assert result.error == f"{url} did not answer within 1 s"


def test_an_answer_that_breaks_off_is_partial() -> None:
    with serving(lambda _: Reply(b"one\n", length=100)) as server:
        result = read(url=server.url)

    assert result.stdout.text == "one\n"
    assert result.error == (
        f"{server.url} broke its answer off after 4 bytes; what was read until then was kept"
    )


def test_a_failure_leaves_the_position_as_it_was() -> None:
    position = {"since": 1, "ids": ["a"]}

    result = answered(status=500, format="loki", query='{app="shop"}')
    with serving(lambda _: Reply(b"", 500)) as server:
        kept = read(url=server.url, format="loki", query="{}", position=position)

    assert (result.position, kept.position) == (None, position)


def test_nobody_there_and_unknown_names_are_sentences() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        place = f"127.0.0.1:{server.getsockname()[1]}"

    assert read(url=f"http://{place}").error == (
        f"{place} refused the connection: nothing listens there"
    )
    unknown = read(url="http://no-such-host.invalid/").error or ""
    assert unknown.startswith("the name no-such-host.invalid is not known: ")


def test_a_certificate_is_verified_and_an_own_ca_is_trusted(tmp_path: Path) -> None:
    ca_file, trust = own_ca(tmp_path)
    with serving(lambda _: Reply(b"safe\n"), trust) as server:
        distrusted = read(url=server.url)
        trusted = read(url=server.url, ca_file=str(ca_file))
        (tmp_path / "empty.pem").write_text("nothing\n")
        empty = read(url=server.url, ca_file=str(tmp_path / "empty.pem"))
        missing = read(url=server.url, ca_file=str(tmp_path / "none.pem"))

    place = server.url.removeprefix("https://")
    assert distrusted.error == (
        f"no safe connection to {place}: its certificate is not trusted (self-signed certificate)"
    )
    assert (trusted.stdout.text, trusted.error) == ("safe\n", None)
    assert empty.error == f"no safe connection to {place}: the CA file holds no certificate"
    assert missing.error == (
        f"cannot read the CA file {tmp_path}/none.pem: No such file or directory"
    )


def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")

    assert answered(b"direct\n").stdout.text == "direct\n"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"url": "ftp://host/x"}, "This must be an address such as"),
        ({"url": "http://user:pw@host/x"}, "An address must not hold a user or a password. Keep"),
        ({"url": "http://host/x?api_key=abcdef123456"}, "This address looks as if it held a"),
        ({"headers": ["Authorization: x"]}, "This header looks as if it held a secret. Keep"),
        ({"headers": ["no colon"]}, "This must be a header such as"),
        ({"auth": "the-token-itself"}, "This must be bearer NAME, basic USER NAME or header"),
        ({"format": "loki"}, "Loki is asked in LogQL"),
        ({"format": "elasticsearch", "query": "level:error"}, "This must be a query as JSON"),
    ],
)
def test_what_cannot_be_asked_is_refused_where_it_is_written(
    given: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        HttpConfig.model_validate({"url": "http://host/x"} | given)

    assert sentence in str(refused.value)


def test_of_a_busy_log_no_line_is_judged_twice_though_few_are_remembered() -> None:
    now = time.time_ns()
    entries = [(now - i * 10**6, f"line {i}") for i in range(1500)]
    later = [(now - 500 + i, f"new {i}") for i in range(3)]

    first, second = rounds("loki", entries, later, query='{app="shop"}')

    assert len(parts(first)[1]) == 1500
    assert len(str(first.position)) < 25_000
    assert sorted(parts(second)[1]) == ["new 0", "new 1", "new 2"]
