"""Runs one after the other: what is usual is learned, and what alarms is not."""

from types import SimpleNamespace

from tests.conftest import BOTH_DATABASES
from tests.pipeline.analyze.llm_stub import Reply, Stub, good
from tests.pipeline.normal.made_up import window
from tests.pipeline.test_new_lines import Log, log
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Monitor, Note, Position
from webapp.schemas.note import NoteIn

__all__ = ["log"]

NEW = "2026-11-22 10:00:30 ERROR ledger and journal disagree by 12 cents"
OTHER = "2026-11-22 10:00:31 ERROR turbine seven overheats badly"


def normal_of(log: Log) -> dict[str, object] | None:
    db.session.rollback()
    normal: dict[str, object] | None = Position.of(log.monitor_id)["LOG"]["normal"]
    return normal


def append(log: Log, *lines: str) -> None:
    with log.path.open("a") as file:
        file.writelines(f"{line}\n" for line in lines)


def asking(log: Log, reply: Reply) -> tuple[SimpleNamespace, Stub]:
    """A Run that is judged by a model which answers so, and what that was asked."""
    with Stub(reply) as stub:
        named = {"llm_model": "openai:test-model", "openai_base_url": stub.url}
        log.settings = log.settings.model_copy(update=named)
        return log.run(), stub


def asked(log: Log, reply: Reply) -> SimpleNamespace:
    return asking(log, reply)[0]


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


@BOTH_DATABASES
def test_a_source_with_errors_of_its_own_is_known_after_some_runs(log: Log) -> None:
    statuses = []
    for seed in range(14):
        append(log, *window(seed))
        statuses.append(log.run().status)
    append(log, *window(20), NEW)

    assert statuses[0] != "ok"
    assert statuses[-3:] == ["ok", "ok", "ok"]
    assert log.run().findings[0]["quote"] == NEW


def test_what_a_model_calls_wrong_teaches_nothing(log: Log) -> None:
    append(log, *window(1))

    asked(log, good())

    assert normal_of(log) is None


def test_errors_that_a_model_is_content_with_are_learned(log: Log) -> None:
    well = good(findings=[], status="ok", summary="All is well.")
    statuses = []
    for seed in range(9):
        append(log, *window(seed))
        statuses.append(asked(log, well).status)

    normal = normal_of(log)
    assert set(statuses) == {"ok"}
    assert normal is not None
    assert normal["windows"] == 9


def test_an_alarm_is_not_learned_though_a_models_word_is_taken(log: Log) -> None:
    append(log, *without_errors(1, 300))
    log.run()
    learned = normal_of(log)
    monitor = db.session.get_one(Monitor, log.monitor_id)
    monitor.change({"verdict_config": {"builtin_may_raise": False}}, utc_now())
    append(log, *without_errors(2, 50), NEW)

    run = asked(log, good(findings=[], status="ok", summary="All is well."))

    assert run.status == "ok"
    assert normal_of(log) == learned


def test_a_model_is_told_what_was_counted_and_the_run_keeps_it(log: Log) -> None:
    append(log, *without_errors(1, 300))
    log.run()
    append(log, *without_errors(2, 50), NEW)

    run, stub = asking(log, good())

    assert "LOG: compared with 10 normal windows" in run.facts
    assert "1 kind of line was never seen before. Unusual: A line that reports" in run.facts
    assert run.facts in stub.asked[0]["messages"][-1]["content"]


def test_an_input_that_falls_silent_for_the_first_time_is_a_warning(log: Log) -> None:
    append(log, *without_errors(1, 300))
    log.run()
    for seed in range(2, 22):
        append(log, *without_errors(seed, 50))
        run = log.run()
        assert run.status == "ok"
    earlier = Position.of(log.monitor_id)
    waited = {"LOG": earlier["LOG"] | {"read": "2026-01-31T08:00:00Z"}}
    Position.keep(log.monitor_id, waited, utc_now())
    db.session.commit()

    silent = log.run()

    assert silent.status == "warn"
    assert silent.summary.startswith("Built-in reading, no LLM: not one line in ")
    assert normal_of(log) == earlier["LOG"]["normal"]


def test_known_noise_hides_no_other_finding_once_it_is_learned(log: Log) -> None:
    append(log, *without_errors(1, 300))
    log.run()
    append(log, *without_errors(2, 50), NEW)
    first = log.run()
    said = {"kind": "noise", "fingerprint": first.findings[0]["fingerprint"]}
    data = NoteIn.model_validate(said | {"reason": "It rounds.", "author": "Ada"})
    Note.create(log.monitor_id, data, utc_now())
    append(log, *without_errors(3, 50), NEW)
    second = log.run()
    append(log, *without_errors(4, 50), OTHER)
    third = log.run()

    assert [run.status for run in (first, second, third)] == ["alert", "ok", "alert"]
