"""A false alarm is known noise from then on, and hides nothing else."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from tests.conftest import BOTH_DATABASES
from tests.pipeline.analyze.llm_stub import Stub, good
from tests.pipeline.test_new_lines import Log, log
from webapp.clock import utc_now
from webapp.models import Note, Run
from webapp.pipeline.analyze import MOST_FINDINGS
from webapp.pipeline.asked import asked
from webapp.pipeline.fingerprint import fingerprint
from webapp.pipeline.known_noise import mind_missed, mind_noise
from webapp.pipeline.values import Finding, Remark, Verdict
from webapp.schemas.note import NoteIn

__all__ = ["log"]

FULL = "10:00:03 ERROR cannot store order 83: No space left on device"
LOST = "10:00:04 ERROR payment 12 lost"
DISK = Finding("alert", "APP", 2, FULL, "The disk is full.", verified=True)
PAYMENT = Finding("warn", "APP", 3, LOST, "A payment is lost.", verified=True)
NOISE = Remark("noise", "A drill.", "Ada", fingerprint(DISK), "APP", FULL, "2026-12-01")
ALERT = Verdict("alert", "Bad.", "", findings=(DISK, PAYMENT))


def note(monitor_id: int, **values: Any) -> Note:
    said = {"kind": "noise", "reason": "A drill.", "author": "Ada"} | values
    return Note.create(monitor_id, NoteIn.model_validate(said), utc_now())


def append(log: Log, *lines: str) -> None:
    with log.path.open("a") as file:
        file.writelines(f"{line}\n" for line in lines)


def test_noise_says_who_calls_it_so_and_the_rest_decides() -> None:
    verdict = mind_noise(ALERT, [NOISE])

    assert (verdict.status, verdict.summary) == ("warn", "Bad.")
    assert [one.noise for one in verdict.findings] == [
        "Known noise, says Ada until 2026-12-01: A drill.",
        None,
    ]


def test_where_all_is_noise_it_is_well() -> None:
    verdict = mind_noise(replace(ALERT, findings=(DISK,)), [NOISE])

    assert (verdict.status, verdict.summary) == ("ok", "Bad. All that it found is known noise.")


def test_neither_a_rule_nor_silence_nor_another_finding_is_noise() -> None:
    ruled = replace(ALERT, findings=(replace(DISK, by="rule"), replace(DISK, by="silence")))
    other = replace(ALERT, findings=(replace(DISK, label="DB"),))

    for verdict in (ruled, other):
        assert mind_noise(verdict, [NOISE]) == verdict
    missed = Remark("missed", "It burnt.", "Ada")
    assert mind_noise(ALERT, [missed]) == ALERT


def test_what_is_graver_than_its_findings_or_cites_other_lines_too_is_not_lowered() -> None:
    graver = mind_noise(replace(ALERT, findings=(replace(DISK, severity="warn"),)), [NOISE])
    mixed = mind_noise(replace(ALERT, findings=(replace(DISK, mixed=True),)), [NOISE])

    assert (graver.status, mixed.status) == ("alert", "alert")
    assert mixed.findings[0].noise is None


def test_a_list_that_may_have_been_cut_lowers_nothing() -> None:
    for by, most in MOST_FINDINGS.items():
        finding = replace(DISK, by=by)  # type: ignore[arg-type]
        verdict = mind_noise(replace(ALERT, findings=(finding,) * most), [NOISE])

        assert verdict.status == "alert"
        assert all(one.noise for one in verdict.findings)


def test_what_was_said_last_of_a_finding_holds() -> None:
    graver = replace(NOISE, kind="missed", fingerprint=fingerprint(PAYMENT), reason="It cost us.")
    noise = replace(graver, kind="noise")

    raised = mind_missed(ALERT, [graver, noise])
    quiet = mind_missed(mind_noise(ALERT, [noise, graver]), [noise, graver])

    assert raised.findings[1].severity == "alert"
    assert raised.findings[1].raised == "An alert, says Ada until 2026-12-01: It cost us."
    assert (quiet.findings[1].severity, quiet.findings[1].raised) == ("warn", None)


def test_a_finding_that_should_have_been_an_alert_raises_the_status() -> None:
    graver = replace(NOISE, kind="missed", fingerprint=fingerprint(PAYMENT))
    warned = replace(ALERT, status="warn", findings=(PAYMENT,))
    old = replace(warned, status="ok", findings=(replace(PAYMENT, new=False),))

    assert mind_missed(warned, [graver]).status == "alert"
    assert mind_missed(old, [graver]) == old
    assert mind_missed(warned, [replace(graver, fingerprint="0" * 24)]) == warned


@BOTH_DATABASES
def test_a_false_alarm_wakes_nobody_from_the_next_run_on(log: Log) -> None:
    append(log, FULL)
    first = log.run()
    note(log.monitor_id, fingerprint=first.findings[0]["fingerprint"])

    append(log, FULL.replace("83", "84"))
    second = log.run()
    append(log, LOST)
    third = log.run()

    assert [run.status for run in (first, second, third)] == ["alert", "ok", "alert"]
    (finding,) = second.findings
    assert finding["noise"].startswith("Known noise, says Ada until ")
    assert finding["seen"]["times"] == 2


def test_a_note_that_is_over_holds_no_longer(log: Log) -> None:
    append(log, FULL)
    key = log.run().findings[0]["fingerprint"]
    said = {"kind": "noise", "fingerprint": key, "reason": "A drill.", "author": "Ada"}
    data = NoteIn.model_validate(said | {"expires_in_days": 1})
    Note.create(log.monitor_id, data, utc_now() - timedelta(days=2))

    append(log, FULL)

    assert log.run().status == "alert"


def test_a_model_is_told_within_a_fence_and_the_run_keeps_what(log: Log) -> None:
    append(log, FULL)
    first = log.run()
    note(log.monitor_id, fingerprint=first.findings[0]["fingerprint"])
    note(log.monitor_id, kind="missed", reason="Orders\nstood still.", author="Bob")
    append(log, LOST)

    with Stub(good(findings=[], status="ok")) as stub:
        asking = {"llm_model": "openai:test-model", "openai_base_url": stub.url}
        log.settings = log.settings.model_copy(update=asking)
        run = log.run()

    message = stub.asked[0]["messages"][1]["content"]
    assert (
        f"===== BEGIN KNOWN NOISE {run.fence} =====\n"
        f"- “{FULL}” in LOG: A drill. (Ada)\n"
        f"===== END KNOWN NOISE {run.fence} ====="
    ) in message
    assert "\n- Orders stood still. (Bob)\n" in message
    kept = Run.get(run.id)
    assert kept
    again = asked(kept)
    assert again
    assert (again.message, again.as_sent) == (message, True)
