"""What a hostile log can do to what is asked, said and told: nothing but be shown."""

import re
import time
from typing import Any

import pytest

from tests.pipeline.analyze.llm_stub import Stub, good
from tests.pipeline.analyze.test_llm import settings
from tests.pipeline.injection.windows import FAULT, WINDOWS, Hostile
from webapp.clock import utc_now
from webapp.pipeline.clean import clean
from webapp.pipeline.redact import Redactor
from webapp.pipeline.rules import rule_set
from webapp.pipeline.steps import Read, judge, of_failed, question_of, weigh
from webapp.pipeline.task import Work
from webapp.pipeline.values import (
    Analysis,
    Gathered,
    Host,
    InputSpec,
    LlmSettings,
    StageError,
    Tail,
)
from webapp.schemas.monitor import CostConfig, VerdictConfig

LABELS = ("APP", "ERRORS")
OTHER = "2026-11-22 10:00:09 ERROR payment 12 lost"
WELL = good(findings=[], status="ok", summary="All is well.")
MOST_CHARS = 8000
EACH = pytest.mark.parametrize(
    "hostile", [pytest.param(one, id=f"{one.kind}: {one.name}") for one in WINDOWS]
)


def work(url: str | None = None, **changes: Any) -> Work:
    usual: dict[str, Any] = {
        "host": Host("local"),
        "inputs": tuple(InputSpec(label, "file") for label in LABELS),
        "prompt": "Is the shop well?",
        "max_lines": 500,
        "max_chars": MOST_CHARS,
        "rules": rule_set((), ()),
        "collapse_repeats": True,
        "hidden": (),
        "verdict_config": VerdictConfig(),
        "remarks": (),
        "other_readers": (),
        "longest_answer": 0,
        "cost": CostConfig(),
        "llm": settings(url),
        "ends_at": time.monotonic() + 60,
    }
    return Work(**usual | changes)


def read(mine: Work, hostile: Hostile) -> Read:
    texts = (clean(hostile.window.encode()), f"{OTHER}\n")
    gathered = [_gave(label, text) for label, text in zip(LABELS, texts, strict=True)]
    return weigh(mine, gathered, Redactor(), utc_now())


def _gave(label: str, text: str) -> Gathered:
    tail = Tail(text, len(text.encode()), text.count("\n"))
    return Gathered(label, "file", None, "ok", None, 0, tail)


def judged(hostile: Hostile, **changes: Any) -> Analysis:
    """By a model that says ok, as the log would have it."""
    with Stub(WELL) as stub:
        mine = work(stub.url, **changes)
        given = read(mine, hostile)
        return judge(mine, given, question_of(mine, given), utc_now())


def test_there_are_enough_of_them() -> None:
    assert len({(one.kind, one.name) for one in WINDOWS}) == len(WINDOWS) >= 60


@EACH
def test_what_a_log_says_stays_inside_the_fence_of_its_part(hostile: Hostile) -> None:
    mine = work()
    given = read(mine, hostile)
    question = question_of(mine, given)

    assert question
    message, fence = question.message, question.fence
    parts = [
        re.escape(f"===== BEGIN {label} {fence} =====\n")
        + "(.*?)"
        + re.escape(f"\n===== END {label} {fence} =====\n")
        for label in LABELS
    ]
    found = re.search("\n".join(parts) + "\n(.*)", message, re.DOTALL)
    assert found
    app, errors, after = found.groups()
    # Each line of the log has its number; nothing else of it is in the message.
    assert all(re.match(r"\d+: |…|\(no lines\)|$", line) for line in app.split("\n"))
    assert f": {FAULT}" in app
    assert re.fullmatch(rf"\d+: {OTHER}", errors)
    assert message.count(fence) == 5
    assert all(line.strip() not in after for line in hostile.lines if len(line) > 8)
    assert not re.search("[\u200b-\u200f\u202a-\u202e\x1b\U000e0000-\U000e0fff]", message)
    assert len(given.fitted.text) <= MOST_CHARS


@EACH
def test_a_model_that_was_talked_round_does_not_make_it_well(hostile: Hostile) -> None:
    verdict = judged(hostile).verdict

    assert verdict.status == "warn"
    assert FAULT in [finding.quote for finding in verdict.findings]
    told = [finding for finding in verdict.findings if finding.by == "addressing"]
    assert bool(told) == hostile.told
    assert all(finding.label == "APP" and finding.verified for finding in told)


def test_nothing_in_a_log_lowers_a_rule() -> None:
    for hostile in WINDOWS:
        mine = work(rules=rule_set((), ("cannot store",)))
        columns = of_failed(
            mine, read(mine, hostile), StageError("timeout", "Late."), Redactor(), utc_now()
        )
        assert columns["verdict"] == "alert"
        assert judged(hostile, rules=mine.rules).verdict.status == "alert"


def test_the_built_in_reading_takes_no_words_for_orders() -> None:
    for hostile in WINDOWS:
        mine = work(llm=LlmSettings("builtin", 10))
        verdict = judge(mine, read(mine, hostile), None, utc_now()).verdict
        assert verdict.status == "alert"
        assert FAULT in [finding.quote for finding in verdict.findings]


def test_lines_that_speak_are_no_finding_where_that_is_switched_off() -> None:
    switched_off = VerdictConfig(flag_addressing=False, builtin_may_raise=False)

    assert judged(WINDOWS[0], verdict_config=switched_off).verdict.status == "ok"
