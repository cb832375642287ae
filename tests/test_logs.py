import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import structlog
from flask import Flask
from pydantic import SecretStr
from structlog.contextvars import bound_contextvars

from tests.jobs.conftest import run_is, worker_process
from tests.pipeline.analyze.llm_stub import Stub, good
from tests.rows import A_COMMAND, new_claim, new_monitor
from tests.service import launched
from tests.waiting import until
from webapp import logs
from webapp.clock import utc_now
from webapp.config import Settings
from webapp.jobs import start
from webapp.pipeline.redact import Redactor
from webapp.pipeline.run import execute
from webapp.pipeline.sources import READERS

ROOT = Path(__file__).parent.parent
Said = Callable[[], list[str]]


@pytest.fixture
def settings(settings: Settings, request: pytest.FixtureRequest) -> Settings:
    return settings.model_copy(update={"log_format": getattr(request, "param", "json")})


@pytest.fixture
def said(app: Flask, settings: Settings) -> Iterator[Said]:
    """Every line so far, as it would stand on standard error."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.formatter(settings))
    logging.getLogger().addHandler(handler)
    yield lambda: stream.getvalue().splitlines()
    logging.getLogger().removeHandler(handler)


def only(said: Said) -> dict[str, Any]:
    (line,) = said()
    event: dict[str, Any] = json.loads(line)
    return event


log = structlog.stdlib.get_logger("webapp.test")
AS_TEXT = pytest.mark.parametrize("settings", ["text"], indirect=True)
BOTH_FORMATS = pytest.mark.parametrize("settings", ["text", "json"], indirect=True)


def test_an_event_is_one_object_with_its_fields(said: Said) -> None:
    with bound_contextvars(run_id=7):
        log.warning("disk full", path="/var", left=0, since=None)

    event = only(said)
    assert event.pop("time").endswith("Z")
    assert event == {
        "level": "WARNING",
        "event": "disk full",
        "run_id": 7,
        "path": "/var",
        "left": 0,
        "since": None,
        "logger": "webapp.test",
    }


@AS_TEXT
def test_as_text_a_value_that_is_no_single_word_stands_in_quotes(said: Said) -> None:
    log.warning("disk full", path="/var", reason='no "room" left', number=3, none=None, empty="")

    (line,) = said()
    time, _, rest = line.partition(" ")
    assert time.endswith("Z")
    assert rest == (
        'WARNING disk full path=/var reason="no \\"room\\" left" number=3 none=- empty="" '
        "logger=webapp.test"
    )


@BOTH_FORMATS
def test_nothing_makes_a_second_line_of_an_event(said: Said) -> None:
    hostile = "one\nFORGED two\r\nthree\x1b[2J\x85four\u2028five\x0bsix"

    log.warning(hostile, value=hostile)
    logging.getLogger("library").warning("%s", hostile)
    try:
        raise ValueError(hostile)
    except ValueError:
        log.exception("it failed")

    assert len(said()) == 3
    assert not any(sign in line for line in said() for sign in "\x1b\x85\u2028\x0b")


@BOTH_FORMATS
def test_no_secret_is_said_wherever_it_shows_up(said: Said, settings: Settings) -> None:
    held, aws = settings.signing_key(), "AKIAIOSFODNN7EXAMPLE"

    log.warning(f"event {held} {aws}", value=f"{held} {aws}", nested={"key": [held, aws]})
    logging.getLogger("library").warning("password=%s and %s", "hunter2hunter2", held)
    try:
        raise ValueError(f"cannot log in with {held} or {aws}")
    except ValueError:
        log.exception("it failed")

    everything = "\n".join(said())
    assert len(said()) == 3
    assert [secret for secret in (held, aws, "hunter2") if secret in everything] == []
    assert everything.count("[REDACTED:secret:1]") >= 5
    assert "cannot log in with" in everything


def test_what_is_secret_is_prepared_once_and_not_for_each_line(settings: Settings) -> None:
    held = {f"N{n}": SecretStr(f"{n:032x}") for n in range(200)}
    formatter = logs.formatter(settings.model_copy(update={"log_secret": held}))
    record = logging.LogRecord("library", logging.WARNING, "", 1, f"said {7:032x}", None, None)
    lines = 20

    assert "said [REDACTED:secret:1]" in formatter.format(record)
    began = time.perf_counter()
    for _ in range(lines):
        assert "said [REDACTED:secret:1]" in formatter.format(record)
    took = time.perf_counter() - began

    began = time.perf_counter()
    for _ in range(lines):
        Redactor(secret.get_secret_value() for secret in held.values())
    assert took < (time.perf_counter() - began) / 2


def test_a_failure_is_told_with_where_it_happened(said: Said) -> None:
    try:
        raise ValueError("no")
    except ValueError:
        log.exception("it failed")

    assert only(said)["exception"].startswith("Traceback (most recent call last):\n")
    assert only(said)["exception"].endswith("\nValueError: no")


def test_what_is_endless_is_cut_and_the_cut_is_said(said: Said) -> None:
    log.warning("long", value="x" * 50_000)

    assert only(said)["value"].endswith("x … 30,000 more characters not shown …")


def test_a_run_ends_with_one_line_that_says_how(said: Said, settings: Settings) -> None:
    monitor = new_monitor()
    claim = new_claim(monitor, utc_now())

    execute(claim, settings)

    (event,) = [event for event in map(json.loads, said()) if event["event"] == "run finished"]
    assert event.pop("lag_ms") >= 0
    assert event.pop("duration_ms") >= 0
    del event["time"]
    assert event == {
        "level": "INFO",
        "event": "run finished",
        "run_id": claim.run_id,
        "monitor_id": monitor.id,
        "status": "ok",
        "error_kind": None,
        "trigger": "manual",
        "attempt": 1,
        "llm_model": "builtin",
        "input_tokens": 0,
        "output_tokens": 0,
        "cost_usd": 0.0,
        "logger": "webapp.pipeline.run",
    }


def test_what_is_said_in_threads_and_in_the_loop_of_the_llm_names_the_run_too(
    said: Said, settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    read = READERS["command"]

    def read_and_say(*args: Any) -> Any:  # as no reader says anything of itself
        logging.getLogger("library").warning("reading")
        return read(*args)

    monkeypatch.setitem(READERS, "command", read_and_say)
    caplog.set_level(logging.INFO, "httpx2")  # which tells each request
    inputs = [A_COMMAND | {"label": label} for label in ("A", "B")]
    with Stub(good()) as stub, bound_contextvars(run_id=7, monitor_id=3):
        asked = {"llm_model": "openai:test-model", "openai_base_url": stub.url}
        claim = new_claim(new_monitor(inputs=inputs), utc_now())
        execute(claim, settings.model_copy(update=asked))

    events = [json.loads(line) for line in said()]
    names = [
        (e["logger"], e.get("run_id"), e.get("monitor_id")) for e in events if e["level"] != "DEBUG"
    ]
    assert names.count(("library", 7, 3)) == 2
    assert names.count(("httpx2", 7, 3)) == 1


@pytest.mark.usefixtures("valkey")
def test_every_line_of_a_run_that_a_real_worker_carries_names_it(
    app: Flask, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOG_FORMAT", "json")
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    monitor = new_monitor()
    with (tmp_path / "stderr").open("w") as stderr, worker_process(settings, stderr) as process:
        run_id = start(monitor.id, "manual", app.extensions["doorbell"])
        until(lambda: run_is(run_id, "ok"))
        process.terminate()
        process.wait(timeout=30)

    events = [json.loads(line) for line in (tmp_path / "stderr").read_text().splitlines()]
    named = [e["event"] for e in events if (e.get("run_id"), e.get("monitor_id")) == (run_id, 1)]
    assert named == ["stage done", "stage done", "run finished"]
    assert [e["event"] for e in events if "run_id" not in e] == ["worker began", "worker ends"]


def said_alone(code: str, data_dir: Path) -> tuple[int, list[dict[str, Any]]]:
    """The status and the events of a process that runs `code` once its logs are set up."""
    begins = "from webapp import logs; from webapp.config import Settings; import warnings;"
    told = {"DATA_DIR": str(data_dir), "LOG_FORMAT": "json"}
    result = subprocess.run(
        [sys.executable, "-c", f"{begins} logs.configure(Settings.load()); {code}"],
        cwd=ROOT,
        env=os.environ | told,
        capture_output=True,
        text=True,
    )
    return result.returncode, [json.loads(line) for line in result.stderr.splitlines()]


def test_a_process_that_fails_says_so_in_one_line(tmp_path: Path) -> None:
    status, (event,) = said_alone("raise RuntimeError('a\\nb')", tmp_path)

    assert (status, event["level"], event["event"]) == (1, "CRITICAL", "process failed")
    assert event["exception"].endswith("RuntimeError: a\nb")


FAILS = """
def fails(*_):
    raise RuntimeError("of AKIAIOSFODNN7EXAMPLE\\nFORGED")
"""
IN_A_THREAD = """
import threading
thread = threading.Thread(target=fails, name="reader")
thread.start()
thread.join()
"""
WHILE_COLLECTED = """
class Left:
    __del__ = fails
Left()
"""
IN_THE_LOOP = """
import asyncio, gc
async def main():
    asyncio.get_running_loop().call_soon(fails)
    await asyncio.sleep(0)
asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (IN_A_THREAD, ("CRITICAL", "thread failed", "webapp")),
        (WHILE_COLLECTED, ("ERROR", "failure ignored", "webapp")),
        (IN_THE_LOOP, ("ERROR", "Exception in callback fails()", "asyncio")),
    ],
    ids=["in a thread", "while collected", "in the loop"],
)
def test_what_nobody_catches_is_one_line_without_secrets(
    code: str, told: tuple[str, str, str], tmp_path: Path
) -> None:
    _, (event,) = said_alone(f"\n{FAILS}{code}", tmp_path)

    assert (event["level"], event["event"].split(" at ")[0].split("\n")[0], event["logger"]) == told
    assert event["exception"].endswith("RuntimeError: of [REDACTED:aws-key:1]\nFORGED")


def test_a_thread_that_exits_says_nothing(tmp_path: Path) -> None:
    code = "import threading; threading.Thread(target=sys.exit, args=(1,)).start()"

    assert said_alone(f"import sys; {code}", tmp_path) == (0, [])


def test_warnings_of_libraries_are_events(tmp_path: Path) -> None:
    status, (event,) = said_alone("warnings.warn('this goes away')", tmp_path)

    assert (status, event["level"], event["logger"]) == (0, "WARNING", "py.warnings")
    assert "UserWarning: this goes away" in event["event"]


def test_all_parts_of_the_service_speak_the_same_way(tmp_path: Path) -> None:
    with (tmp_path / "said").open("w+") as output:
        with launched(tmp_path / "data", output, LOG_FORMAT="json") as service:
            worker = service.parts()["worker"]
            worker.kill()
            until(lambda: service.parts().get("worker", worker).pid != worker.pid)
        output.seek(0)
        events = [json.loads(line) for line in output.read().splitlines()]

    assert events[0]["event"].startswith("AI Log Monitor: http://")
    assert {"worker began", "worker ends"} <= {event["event"] for event in events}
