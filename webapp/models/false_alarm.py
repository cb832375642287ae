"""A whole Run that was a false alarm, in one word for all that it found."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from webapp.extensions import db, writing
from webapp.models.correction import Correction, kept_run
from webapp.models.note import NO_NOISE, Note, end_of
from webapp.models.run import Run
from webapp.schemas.base import Invalid
from webapp.schemas.correction import FalseAlarmIn

NO_ALARM = "Run {} raised no alarm that could be false."
IS_NOISE = "It is known noise already."


@dataclass(frozen=True)
class LeftOut:
    """A finding that no note is made of, and `why`, as a sentence."""

    finding: Mapping[str, Any]
    why: str


@dataclass(frozen=True)
class FalseAlarm:
    """`correction`: the mark on the Run; `notes`: what is known noise by it from now on."""

    correction: Correction
    notes: Sequence[Note]
    left_out: Sequence[LeftOut]

    @classmethod
    def of(cls, run: Run, data: FalseAlarmIn, now: datetime) -> Self:
        """Raises Invalid, and then nothing was changed."""
        monitor_id, run_id = run.monitor_id, run.id
        with writing():
            run = kept_run(monitor_id, run_id)
            noise, left_out = sorted_out(run, now)
            Invalid.unless((run.status in ("warn", "alert"), "run_id", NO_ALARM.format(run_id)))
            Invalid.unless((not _is_certain(run), "run_id", NO_NOISE))
            Note.make_room(monitor_id, len(noise), "run_id")
            correction = Correction.add(run, "false_alarm", data, now, fingerprint=None)
            notes = [_note(one, correction, data, now) for one in noise]
            db.session.add_all(notes)
        return cls(correction, notes, left_out)


def sorted_out(run: Run, now: datetime) -> tuple[list[dict[str, Any]], list[LeftOut]]:
    """Its findings that a note can be made of, one of each fingerprint, and all others."""
    held = {one.fingerprint for one in Note.holding(run.monitor_id, now) if one.kind == "noise"}
    noise: dict[str, dict[str, Any]] = {}
    left_out = []
    for one in run.findings:
        why = _why_no_noise(one, held)
        if why:
            left_out.append(LeftOut(one, why))
        else:
            noise.setdefault(one["fingerprint"], one)
    return list(noise.values()), left_out


def _why_no_noise(finding: Mapping[str, Any], held: Iterable[str | None]) -> str | None:
    if finding.get("by") in ("rule", "silence"):
        return NO_NOISE
    if not finding.get("fingerprint"):
        return "It was found before findings were known again."
    if not finding.get("new", True):
        return "Its line was judged at an earlier Run, so that it raised nothing here."
    if finding.get("noise") or finding["fingerprint"] in held:
        return IS_NOISE
    if finding.get("mixed"):
        return "Lines of other kinds stand behind it too, which no note may hide."
    return None


def _is_certain(run: Run) -> bool:
    """Whether all that raised it is no noise, whatever anybody says."""
    raising = [one for one in run.findings if one.get("new", True) and not one.get("noise")]
    return bool(raising) and all(one.get("by") in ("rule", "silence") for one in raising)


def _note(
    finding: Mapping[str, Any], correction: Correction, data: FalseAlarmIn, now: datetime
) -> Note:
    return Note(
        monitor_id=correction.monitor_id,
        kind="noise",
        fingerprint=finding["fingerprint"],
        label=finding["label"],
        quote=finding["quote"],
        run_id=correction.run.id,
        correction=correction,
        reason=data.reason,
        author=data.author,
        created_at=now,
        expires_at=end_of(data, now),
    )
