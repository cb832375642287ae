"""`flask judge`: windows in files, against older logs."""

import json
from pathlib import Path
from typing import Any, Protocol

import pytest
from click.testing import Result
from flask import Flask

from tests.pipeline.analyze.llm_stub import SILENT, Reply, Stub, fails, good, says
from tests.pipeline.normal.made_up import window
from webapp.pipeline.analyze import PROMPT_VERSION
from webapp.schemas.run import FindingOut, LlmOut, OutcomeOut

NEW = "2026-11-22 10:00:30 ERROR ledger and journal disagree by 12 cents"
FULL = "2026-11-22 10:00:31 ERROR cannot store order: No space left on device"


class Files:
    """Logs in a folder, and the command that judges them."""

    def __init__(self, app: Flask, folder: Path) -> None:
        self._app, self._folder = app, folder

    def write(self, name: str, lines: list[str]) -> str:
        path = self._folder / name
        path.write_text("".join(f"{line}\n" for line in lines))
        return str(path)

    def judge(self, *arguments: str) -> Result:
        return self._app.test_cli_runner().invoke(args=["judge", *arguments])


@pytest.fixture
def files(app: Flask, tmp_path: Path) -> Files:
    return Files(app, tmp_path)


class Asking(Protocol):
    """Judges a line by a model that answers so; what it was asked is beside it."""

    def __call__(
        self, line: str, *script: Reply, **changes: object
    ) -> tuple[dict[str, Any], list[dict[str, Any]]]: ...


@pytest.fixture
def asking(app: Flask, files: Files, monkeypatch: pytest.MonkeyPatch) -> Asking:
    def judge(
        line: str, *script: Reply, **changes: object
    ) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        with Stub(*script) as stub:
            changed = app.extensions["settings"].model_copy(
                update={"openai_base_url": stub.url, **changes}
            )
            monkeypatch.setitem(app.extensions, "settings", changed)
            path = files.write("a.log", [line])
            return json.loads(files.judge("--json", path, "--model", "openai:x").output), stub.asked

    return judge


@pytest.fixture
def older(files: Files) -> str:
    return files.write("older.log", [line for seed in range(20) for line in window(seed)])


def test_a_window_as_ever_is_ok_and_one_with_news_is_told_with_its_line(
    files: Files, older: str
) -> None:
    calm = files.write("calm.log", window(100))
    bad = files.write("bad.log", [*window(101)[:30], FULL, *window(101)[30:]])

    result = files.judge(calm, bad, "--history", older)

    assert result.exit_code == 2
    told = (
        "full disk: a line that reports an error, of a kind that none of the 21 normal windows "
        "before had (1,050 lines)."
    )
    assert result.output == (
        f"{calm}: ok\n"
        "  Built-in reading, no LLM: nothing suspicious in 50 lines.\n"
        f"{bad}: alert\n"
        f"  Built-in reading, no LLM: a {told}\n"
        f"  alert: A {told}\n"
        f"    line 31: {FULL}\n"
    )


def test_json_is_an_object_a_line_for_each_window(files: Files, older: str) -> None:
    calm = files.write("calm.log", window(100))
    bad = files.write("bad.log", [*window(101)[:30], NEW, *window(101)[30:]])

    result = files.judge("--json", calm, bad, "--history", older)

    first, second = map(json.loads, result.output.splitlines())
    assert (first["window"], first["status"], first["findings"]) == (calm, "ok", [])
    assert first["history"] == {"windows": 20, "lines": 1000, "enough": True}
    (finding,) = second["findings"]
    assert (second["status"], finding["window_line"], finding["quote"]) == ("alert", 31, NEW)
    assert second["logs_text"].split("\n")[finding["line"] - 1] == NEW


def test_what_is_ok_is_normal_for_those_after_it_and_what_alarms_is_not(
    files: Files, older: str
) -> None:
    calm = files.write("calm.log", window(100))
    bad = files.write("bad.log", [*window(101)[1:], NEW])

    result = files.judge("--json", calm, bad, bad, "--history", older)

    judged = list(map(json.loads, result.output.splitlines()))
    assert [one["status"] for one in judged] == ["ok", "alert", "alert"]
    assert [one["history"]["windows"] for one in judged] == [20, 21, 21]


def test_several_histories_are_one_after_the_other(files: Files) -> None:
    halves = [
        files.write(f"{start}.log", [line for s in range(start, start + 5) for line in window(s)])
        for start in (0, 5)
    ]
    calm = files.write("calm.log", window(100))

    result = files.judge("--json", calm, "--history", halves[0], "--history", halves[1])

    assert json.loads(result.output)["history"]["windows"] == 10


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (["INFO all is well"], 0),
        (["WARN slow"], 1),
        (["ERROR lost"], 2),
    ],
)
def test_the_exit_code_is_the_verdict(files: Files, lines: list[str], code: int) -> None:
    assert files.judge(files.write("a.log", lines)).exit_code == code


def test_without_history_it_says_that_it_is_too_short(files: Files) -> None:
    result = files.judge("--json", files.write("a.log", ["ERROR lost"]))

    judged = json.loads(result.output)
    assert judged["history"] == {"windows": 0, "lines": 0, "enough": False}
    assert "LOG: the history is too short to say what is unusual" in judged["report"]


@pytest.mark.parametrize("arguments", [(), ("--nonsense",), ("/nowhere/a.log",), ("/",)])
def test_a_wrong_call_is_an_error_and_no_alert(files: Files, arguments: tuple[str, ...]) -> None:
    result = files.judge(*arguments)

    assert result.exit_code == 3
    assert "Traceback" not in result.output


def test_a_model_that_cannot_be_asked_is_an_error(files: Files) -> None:
    result = files.judge("--model", "openai:x", files.write("a.log", ["ERROR lost"]))

    assert result.exit_code == 3
    assert "error (llm_unavailable)" in result.output
    assert "OPENAI_API_KEY" in result.output
    assert result.output.endswith(
        "  The built-in reading counted this all the same. It is no verdict.\n"
        "  alert: An ERROR line.\n"
        "    line 1: ERROR lost\n"
    )


def test_of_an_error_it_shows_what_was_counted_and_what_was_taken(asking: Asking) -> None:
    judged, _ = asking("ERROR lost", says("no JSON"))

    assert (judged["status"], judged["error"]["kind"]) == ("error", "llm_invalid")
    assert [(one["by"], one["window_line"]) for one in judged["findings"]] == [("builtin", 1)]
    assert (judged["llm"]["input_tokens"], judged["llm"]["output_tokens"]) == (200, 40)
    assert [call["purpose"] for call in judged["llm"]["calls"]] == ["verdict"]


def test_a_verdict_has_the_fields_of_a_run(asking: Asking) -> None:
    nothing = good(findings=[{"severity": "warn", "explanation": "Slow.", "lines": [99]}])

    judged, _ = asking("INFO slow", nothing)

    assert judged.keys() >= OutcomeOut.model_fields.keys()
    assert judged["no_line_cited"]
    assert judged["findings"][0].keys() == {*FindingOut.model_fields, "window_line"}
    assert judged["llm"].keys() == LlmOut.model_fields.keys()
    assert judged["llm"]["prompt_version"] == PROMPT_VERSION
    calls = [(call["purpose"], call["dropped_citations"]) for call in judged["llm"]["calls"]]
    assert calls == [("verdict", 1), ("citation", 1)]


def test_where_a_model_is_silent_the_fallback_has_as_long_as_it(asking: Asking) -> None:
    judged, asked = asking("ERROR lost", SILENT, llm_fallback="openai:y", llm_timeout_seconds=2)

    assert [one["model"] for one in asked] == ["x", "y"]
    assert judged["error"]["kind"] == "timeout"
    assert judged["error"]["message"].count("gave no verdict within 2 s") == 2


def test_a_window_has_the_time_of_a_run(asking: Asking) -> None:
    judged, _ = asking("ERROR lost", SILENT, llm_timeout_seconds=60, run_timeout_seconds=1)

    assert "gave no verdict within 1 s" in judged["error"]["message"]


def test_who_judged_in_whose_place_is_said(asking: Asking) -> None:
    judged, _ = asking("ERROR lost", fails(401), good(), llm_fallback="openai:y")

    assert (judged["status"], judged["llm"]["model"]) == ("alert", "openai:y")
    assert judged["llm"]["instead_of"] == "openai:x"


def test_a_model_judges_with_the_prompt_and_the_facts(
    app: Flask, files: Files, older: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = files.write("bad.log", [*window(101)[1:], NEW])

    with Stub(good(status="warn")) as stub:
        changed = app.extensions["settings"].model_copy(update={"openai_base_url": stub.url})
        monkeypatch.setitem(app.extensions, "settings", changed)
        arguments = ("--model", "openai:x", "--prompt", "Find lost money.", "--history", older)
        result = files.judge("--json", bad, *arguments)

    assert result.exit_code >= 1
    judged = json.loads(result.output)
    assert judged["llm"]["model"] == "openai:x"
    assert judged["message"] == stub.asked[0]["messages"][-1]["content"]
    assert "Find lost money." in judged["message"]
    assert "Unusual: A line that reports an error" in judged["message"]


def test_secrets_are_redacted_before_anything_is_shown(files: Files) -> None:
    path = files.write("a.log", ["ERROR login with password=hunter2hunter2 failed"])

    assert "hunter2" not in files.judge("--json", path).output


def test_a_line_too_long_to_be_shown_whole_has_its_number_in_the_file(files: Files) -> None:
    bad = f"ERROR {'x' * 9000} {'y' * 9000}"
    path = files.write("a.log", [*window(1)[:20], bad, *window(2)[20:]])

    judged = json.loads(files.judge("--json", path).output)

    (finding,) = [one for one in judged["findings"] if "ERROR xxx" in one["quote"]]
    assert finding["window_line"] == 21
    assert finding["quote"] == judged["logs_text"].split("\n")[finding["line"] - 1]
