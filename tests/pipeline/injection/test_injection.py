"""What a hostile log can do to what is asked, said and told: nothing but be shown."""

import re
import time
from collections.abc import Sequence
from typing import Any

import pytest

from tests.pipeline.analyze.llm_stub import Stub, good
from tests.pipeline.analyze.test_llm import settings
from tests.pipeline.injection.windows import FAULT, QUIET, WINDOWS, Hostile
from webapp.clock import utc_now
from webapp.pipeline.analyze import Question
from webapp.pipeline.clean import clean
from webapp.pipeline.masking import mask
from webapp.pipeline.normal import Normal, learn_all
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


def parted(question: Question) -> tuple[dict[str, str], str]:
    """What stands within each fence, and what outside of all; the fence is in no other place."""
    message, fence = question.message, question.fence
    part = re.compile(
        rf"^===== BEGIN (.+) {fence} =====\n(.*?)\n===== END \1 {fence} =====$", re.M | re.S
    )
    inside = {found[1]: found[2] for found in part.finditer(message)}
    assert message.count(fence) == 1 + 2 * len(inside)
    return inside, part.sub("", message)


def said_of(lines: Sequence[str], text: str) -> list[str]:
    """The lines whose words are in it; those of a word or two are in many a text."""
    return [line for line in lines if len(line.strip()) > 8 and line.strip() in text]


def usual_of(windows: Sequence[Sequence[str]]) -> dict[str, Any]:
    normal = Normal()
    learn_all(normal, (clean("\n".join(lines).encode()).split("\n") for lines in windows))
    return normal.to_json()


def judged(hostile: Hostile, **changes: Any) -> Analysis:
    """By a model that says ok, as the log would have it."""
    with Stub(WELL) as stub:
        mine = work(stub.url, **changes)
        given = read(mine, hostile)
        return judge(mine, given, question_of(mine, given, utc_now()), utc_now())


def test_there_are_enough_of_them() -> None:
    assert len({(one.kind, one.name) for one in WINDOWS}) == len(WINDOWS) >= 60


@EACH
@pytest.mark.parametrize("windows", [0, 25], ids=["without history", "with a calm history"])
def test_what_a_log_says_stays_inside_the_fence_of_its_part(hostile: Hostile, windows: int) -> None:
    normal = usual_of([QUIET] * windows)
    mine = work(inputs=tuple(InputSpec(label, "file", normal=normal) for label in LABELS))
    given = read(mine, hostile)
    question = question_of(mine, given, utc_now())

    assert question
    inside, outside = parted(question)
    assert list(inside) == ["COUNTED", "APP", "ERRORS"]
    # Each line of the log has its number; nothing else of it is in the message.
    assert all(re.match(r"\d+: |…|\(no lines\)|$", line) for line in inside["APP"].split("\n"))
    assert f": {FAULT}" in inside["APP"]
    assert re.fullmatch(rf"\d+: {OTHER}", inside["ERRORS"])
    assert not said_of(hostile.lines, outside)
    assert not re.search("[\u200b-\u200f\u202a-\u202e\x1b\U000e0000-\U000e0fff]", question.message)
    assert len(given.fitted.text) <= MOST_CHARS


@EACH
def test_what_a_log_used_to_say_stays_inside_of_a_fence_too(hostile: Hostile) -> None:
    """It is normal there, and missing now, which the program tells the model."""
    usual = [*QUIET, *hostile.lines[:3] * 20]
    normal = usual_of([usual] * 25)
    mine = work(inputs=tuple(InputSpec(label, "file", normal=normal) for label in LABELS))
    given = read(mine, Hostile("none", "gone", (*QUIET * 9,)))
    question = question_of(mine, given, utc_now())

    assert question
    inside, outside = parted(question)
    missing = set(normal["kinds"]).difference(map(mask, QUIET))
    assert not missing or "No line such as" in inside["COUNTED"]
    assert not said_of((*hostile.lines, *missing, *usual), outside)


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
