"""Runs one after the other: what is usual is learned, and what alarms is not."""

from tests.conftest import BOTH_DATABASES
from tests.pipeline.analyze.llm_stub import Stub, good
from tests.pipeline.normal.made_up import window
from tests.pipeline.test_new_lines import Log, log
from webapp.extensions import db
from webapp.models import Position

__all__ = ["log"]

NEW = "2026-11-22 10:00:30 ERROR ledger and journal disagree by 12 cents"


def normal_of(log: Log) -> dict[str, object] | None:
    db.session.rollback()
    normal: dict[str, object] | None = Position.of(log.monitor_id)["LOG"]["normal"]
    return normal


def append(log: Log, *lines: str) -> None:
    with log.path.open("a") as file:
        file.writelines(f"{line}\n" for line in lines)


def without_errors(seed: int, lines: int) -> list[str]:
    return [line for line in window(seed, lines) if "ERROR" not in line and "WARN" not in line]


@BOTH_DATABASES
def test_what_is_usual_is_learned_and_what_alarms_never_is(log: Log) -> None:
    append(log, *without_errors(1, 300))
    assert log.run().status == "ok"
    learned = normal_of(log)

    append(log, *without_errors(2, 50), NEW)
    first = log.run()
    after = normal_of(log)
    append(log, *without_errors(3, 50), NEW)
    second = log.run()

    assert (first.status, second.status) == ("alert", "alert")
    assert learned is not None
    assert after == learned == normal_of(log)
    (finding,) = first.findings
    assert (finding["severity"], finding["quote"], finding["verified"]) == ("alert", NEW, True)
    assert first.summary == (
        "Built-in reading, no LLM: a line that reports an error, of a kind that none of the 10 "
        f"normal windows before had ({learned['events']} lines)."
    )


def test_a_model_is_told_what_was_counted_and_the_run_keeps_it(log: Log) -> None:
    append(log, *without_errors(1, 300))
    log.run()
    append(log, *without_errors(2, 50), NEW)

    with Stub(good()) as stub:
        asking = {"llm_model": "openai:test-model", "openai_base_url": stub.url}
        log.settings = log.settings.model_copy(update=asking)
        run = log.run()

    assert "LOG: compared with 10 normal windows" in run.facts
    assert "1 kind of line was never seen before. Unusual: A line that reports" in run.facts
    assert run.facts in stub.asked[0]["messages"][-1]["content"]
