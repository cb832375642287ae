"""Whole Runs of Monitors with rules and with repeats collapsed, with real commands."""

from typing import Any

import pytest
from flask import Flask

from tests.pipeline.analyze.llm_stub import Stub, fails
from tests.pipeline.test_run import an_input, carried_out
from webapp.config import Settings

HEALTH = 'for n in 1 2 3; do echo "INFO GET /health $n"; done; echo INFO paid -1'
FLOOD = 'for n in $(seq 100 999); do echo "job INFO request $n served"; done'


def rules(**patterns: Any) -> dict[str, Any]:
    return {"rules": patterns}


def test_ignored_lines_are_gone_from_all_and_counted(app: Flask, settings: Settings) -> None:
    run = carried_out(settings, an_input("WEB", HEALTH), **rules(ignore=["GET /health"]))

    notice = "… 3 lines ignored by the Monitor's rules …"
    assert run.logs_text == f"[WEB]\nINFO paid -1\n{notice}"
    assert (run.inputs[0]["ignored_lines"], run.inputs[0]["lines"]) == (3, 1)


def test_where_all_is_ignored_the_run_is_well(app: Flask, settings: Settings) -> None:
    command = f"{HEALTH}; echo hello >&2"

    run = carried_out(settings, an_input("WEB", command), **rules(ignore=["INFO"]))

    assert (run.status, run.logs_text) == (
        "ok",
        "[WEB]\n… 4 lines ignored by the Monitor's rules …",
    )


def test_a_line_that_must_alert_does_though_the_reading_is_content(
    app: Flask, settings: Settings
) -> None:
    run = carried_out(settings, an_input("WEB", HEALTH), **rules(must_alert=[r"paid -\d"]))

    said = r"The rule “paid -\d” matches a line."
    assert run.status == "alert"
    expected = {
        "severity": "alert",
        "label": "WEB",
        "line": 5,
        "quote": "INFO paid -1",
        "explanation": said,
        "verified": True,
        "new": True,
        "by": "rule",
    }
    assert run.findings[0] | expected == run.findings[0]
    assert run.summary.startswith(f"WEB: {said} Built-in reading")


def test_a_rule_alerts_though_the_model_cannot_be_asked(app: Flask, settings: Settings) -> None:
    with Stub(fails(401)) as llm:
        run = carried_out(
            settings.model_copy(update={"openai_base_url": llm.url}),
            an_input("WEB", HEALTH),
            llm_model="openai:gpt-5-mini",
            **rules(must_alert=["paid -"]),
        )

    assert (run.status, run.error_kind) == ("alert", "llm_unavailable")
    assert run.findings[0]["quote"] == "INFO paid -1"
    assert run.summary.startswith("WEB: The rule “paid -” matches a line. The rest was not judged:")


def test_a_rule_that_matches_nothing_leaves_an_error_an_error(
    app: Flask, settings: Settings
) -> None:
    run = carried_out(settings, an_input("WEB", "exit 3"), **rules(must_alert=["paid"]))

    assert (run.status, run.error_kind) == ("error", "inputs_failed")


def test_a_secret_in_a_line_that_must_alert_is_not_told(app: Flask, settings: Settings) -> None:
    secret = "hunter2hunter2"
    command = f"echo 'INFO login password={secret} done'"

    run = carried_out(settings, an_input("WEB", command), **rules(must_alert=["login"]))

    assert run.findings[0]["quote"] == "INFO login password=[REDACTED:password:1] done"
    assert secret not in f"{run.summary} {run.logs_text} {run.raw_text}"


def test_a_rule_can_alert_on_a_secret_that_was_logged(app: Flask, settings: Settings) -> None:
    command = "echo 'INFO login password=hunter2hunter2 done'"

    run = carried_out(
        settings, an_input("WEB", command), **rules(must_alert=[r"\[REDACTED:password"])
    )

    assert run.status == "alert"


def test_a_full_window_shows_lines_alike_once_and_keeps_the_raw_one(
    app: Flask, settings: Settings
) -> None:
    window = {"window_config": {"max_lines": 20, "max_chars": 900}}

    raw = carried_out(settings, an_input("WEB", FLOOD), collapse_repeats=False, **window)
    raw_texts = (raw.logs_text, raw.raw_text)
    target_id = raw.monitor.target_id
    run = carried_out(settings, an_input("WEB", FLOOD), target_id=target_id, **window)

    assert run.logs_text == ("[WEB]\n… 899 more like the next line …\njob INFO request 999 served")
    assert (run.inputs[0]["alike_lines"], run.inputs[0]["truncated"]) == (899, False)
    assert raw_texts == (run.raw_text, None)


def test_a_flood_does_not_hide_the_line_that_must_alert(app: Flask, settings: Settings) -> None:
    flood = "seq -f '2026-01-31 08:00:01 INFO request %.0f served from the cache' 1 20000"
    command = f"echo '2026-01-31 08:00:00 INFO margin call for account 7'; {flood}"

    run = carried_out(settings, an_input("BOT", command), **rules(must_alert=["margin call"]))

    assert run.status == "alert"
    (found,) = [one for one in run.findings if one["quote"] and "margin call" in one["quote"]]
    assert (run.logs_text or "").split("\n")[found["line"] - 1] == found["quote"]


@pytest.mark.parametrize("labels", [["BOT"], ["BOT", "WEB"]])
def test_a_line_longer_than_the_window_is_quoted_as_the_text_shows_it(
    app: Flask, settings: Settings, labels: list[str]
) -> None:
    fill = "head -c 5000 /dev/zero | tr '\\0' x"
    command = f"""seq 50; {fill}; printf ' margin call '; {fill}; echo; seq 50"""

    run = carried_out(
        settings, *(an_input(label, command) for label in labels), **rules(must_alert=["margin"])
    )

    lines = (run.logs_text or "").split("\n")
    assert [found["label"] for found in run.findings] == labels
    assert all(" margin call " in found["quote"] for found in run.findings)
    assert all(lines[found["line"] - 1] == found["quote"] for found in run.findings)
    assert len(run.logs_text or "") <= 8000
