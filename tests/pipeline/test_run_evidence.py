"""What a whole Run says of its evidence: what is missing, partial, cut or taken out."""

import json

import pytest
from flask import Flask

from tests.pipeline.analyze.llm_stub import Stub, fails, good, says
from tests.pipeline.test_run import HEALTHY, an_input, carried_out, whole_row
from webapp.clock import utc_now
from webapp.config import Settings
from webapp.models import LlmUsage

PARTIAL = "… this Input failed; what it gave until then is above …"
NOTHING = "… this Input failed and gave no lines …"


def test_an_input_that_failed_half_way_is_told_as_read_in_part(
    app: Flask, settings: Settings
) -> None:
    run = carried_out(
        settings,
        an_input("GOOD", HEALTHY),
        an_input("HALF", "echo almost; exit 3"),
        an_input("NONE", "exit 3"),
    )

    assert run.logs_text and run.logs_text.endswith(
        f"\n\n[HALF]\nalmost\n{PARTIAL}\n\n[NONE]\n{NOTHING}"
    )
    assert run.summary == (
        "Built-in reading, no LLM: nothing suspicious in 2 lines. "
        "Not gathered: NONE. Read only in part: HALF."
    )


def test_an_llm_is_told_what_is_missing_and_what_was_read_in_part(
    app: Flask, settings: Settings
) -> None:
    with Stub(good()) as stub:
        mine = settings.model_copy(
            update={"llm_model": "openai:test-model", "openai_base_url": stub.url}
        )
        carried_out(
            mine,
            an_input("GOOD", HEALTHY),
            an_input("HALF", "echo almost; exit 3"),
            an_input("NONE", "exit 3"),
        )

    message = stub.asked[0]["messages"][1]["content"]
    assert "missing from this excerpt: NONE." in message
    assert "Read only in part, as reading failed: HALF." in message
    assert f"\n5: almost\n{PARTIAL}\n" in message


def test_a_model_that_gave_no_verdict_is_named_and_cost_nothing(
    app: Flask, settings: Settings
) -> None:
    with Stub(fails(401)) as stub:
        mine = settings.model_copy(
            update={"llm_model": "openai:test-model", "openai_base_url": stub.url}
        )
        run = carried_out(mine, an_input("GOOD", HEALTHY))

    assert (run.error_kind, run.llm_model) == ("llm_unavailable", "openai:test-model")
    assert LlmUsage.since(utc_now().date()).runs == 0


def test_answers_that_could_not_be_used_are_paid_for_and_counted(
    app: Flask, settings: Settings
) -> None:
    with Stub(says("It all looks fine to me.")) as stub:
        mine = settings.model_copy(
            update={"llm_model": "openai:test-model", "openai_base_url": stub.url}
        )
        run = carried_out(mine, an_input("GOOD", HEALTHY))

    assert (run.error_kind, run.input_tokens, run.output_tokens) == ("llm_invalid", 200, 40)
    assert LlmUsage.since(utc_now().date(), run.monitor_id) == (1, 200, 40, 0.0, 1, 0)


def test_a_log_cannot_hide_a_line_as_a_header(app: Flask, settings: Settings) -> None:
    killed = "[CRITICAL: Out of memory: Killed process 12 (x)]"

    run = carried_out(settings, an_input("APP", f"echo fine; echo; echo '{killed}'"))

    assert run.status == "alert"
    assert run.findings[0]["quote"] == killed


def test_what_stood_before_endless_progress_output_is_said_to_be_gone(
    app: Flask, settings: Settings
) -> None:
    progress = r"for n in 1 2 3; do echo FATAL; done; seq -s '%' 1 30000 | tr '%' '\r'"

    run = carried_out(settings, an_input("JOB", progress), collapse_repeats=False)

    (of_input,) = run.inputs
    assert run.logs_text
    marker, *lines = run.logs_text.split("\n")[1:]
    assert (of_input["lines"], of_input["truncated"]) == (30_003, True)
    assert marker == f"… {30_003 - len(lines):,} earlier lines not shown …"
    assert lines[-1] == "30000"


def test_the_secrets_that_commands_are_given_are_not_stored(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_PASSWORD", "of the service")
    mine = settings.model_copy(update={"command_env": "A_PASSWORD"})

    run = carried_out(
        mine,
        an_input(
            "OWN",
            'echo "$MY_TOKEN, $A_PASSWORD" >&2; echo "$MY_TOKEN"',
            env={"MY_TOKEN": "open-sesame"},
        ),
        an_input("OTHER", 'echo "$A_PASSWORD and open-sesame"'),
    )

    stored = json.dumps(whole_row(run.id), default=str)
    assert [word for word in ("open-sesame", "of the service") if word in stored] == []
    assert run.logs_text == (
        "[OWN]\n[REDACTED:secret:1]\n\n[OTHER]\n[REDACTED:secret:2] and [REDACTED:secret:1]"
    )
