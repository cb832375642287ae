from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import ForeignKey, Index, String, Text, bindparam, func, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.extensions import Base, UtcDateTime, db, writing
from webapp.models.run import Run
from webapp.schemas.base import Invalid
from webapp.schemas.correction import CorrectionKind, Said

if TYPE_CHECKING:
    from webapp.models.note import Note

JUDGED = ("ok", "warn", "alert")
# Of one Run: it is read with each of its lists.
MOST_CORRECTIONS = 50


class Correction(Base):
    """What somebody said of a past Run: it, or one finding of it, was a false alarm or missed.

    It stays as it was said for as long as the Run is kept. What holds from then on are the notes
    that were made of it, which may be changed, end, and be deleted. `fingerprint`: of the finding;
    None: the whole Run.
    """

    __tablename__ = "corrections"

    id: Mapped[int] = mapped_column(primary_key=True)
    monitor_id: Mapped[int] = mapped_column(ForeignKey("monitors.id", ondelete="CASCADE"))
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(16))
    fingerprint: Mapped[str | None] = mapped_column(String(24))
    reason: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    run: Mapped[Run] = relationship(back_populates="corrections")
    notes: Mapped[list["Note"]] = relationship(
        back_populates="correction", passive_deletes="all", order_by="Note.id", lazy="selectin"
    )

    __table_args__ = (
        Index("ix_corrections_monitor", "monitor_id", "run_id"),
        Index("ix_corrections_run", "run_id", "id"),
        {"sqlite_autoincrement": True},
    )

    @property
    def note_ids(self) -> list[int]:
        return [note.id for note in self.notes]

    @classmethod
    def add(
        cls, run: Run, kind: CorrectionKind, said: Said, now: datetime, fingerprint: str | None
    ) -> Self:
        """Within `writing`, of a Run that is kept there. Raises Invalid."""
        full = f"Run {run.id} has been corrected {MOST_CORRECTIONS} times already."
        Invalid.unless((len(run.corrections) < MOST_CORRECTIONS, "run_id", full))
        correction = cls(
            monitor_id=run.monitor_id,
            kind=kind,
            fingerprint=fingerprint,
            reason=said.reason,
            author=said.author,
            created_at=now,
            notes=[],
        )
        run.corrections.append(correction)
        _weigh(run)
        return correction

    @classmethod
    def of_run(cls, run_id: int, correction_id: int) -> Self | None:
        correction = db.session.get(cls, correction_id)
        return correction if correction and correction.run_id == run_id else None

    def take_back(self) -> None:
        """It was never said: its notes go with it, and what is not learned yet never is."""
        with writing():
            run = kept_run(self.monitor_id, self.run_id)
            for note in self.notes:
                db.session.delete(note)
            run.corrections.remove(self)
            db.session.delete(self)
            _weigh(run)

    @classmethod
    def kinds(cls, monitor_ids: list[int]) -> dict[int, frozenset[str]]:
        """Of the Monitors' Runs that were corrected, by the ids of the Runs."""
        found: dict[int, frozenset[str]] = {}
        for run_id, kind in db.session.execute(_KINDS, {"monitors": monitor_ids}):
            found[run_id] = found.get(run_id, frozenset()) | {kind}
        return found

    @classmethod
    def versions(cls, monitor_ids: list[int]) -> dict[int, tuple[int, int]]:
        """Of the Monitors with any: another one whenever more, or less, was said of their Runs."""
        found = db.session.execute(_VERSIONS, {"monitors": monitor_ids})
        return {row[0]: (row[1], row[2]) for row in found}


# Composed once, as every list asks.
_KINDS = select(Correction.run_id, Correction.kind).where(
    Correction.monitor_id.in_(bindparam("monitors", expanding=True))
)
_VERSIONS = (
    select(Correction.monitor_id, func.count(), func.max(Correction.id))
    .where(Correction.monitor_id.in_(bindparam("monitors", expanding=True)))
    .group_by(Correction.monitor_id)
)


def kept_run(monitor_id: int, run_id: int) -> Run:
    """One of the Monitor's that was judged: read again within `writing`, and kept until its end.

    Raises Invalid.
    """
    run = db.session.get(Run, run_id, populate_existing=True, with_for_update={"key_share": True})
    there = run is not None and run.monitor_id == monitor_id
    missing = f"This Monitor has no Run {run_id}, or keeps it no longer."
    Invalid.unless((there, "run_id", missing))
    assert run, "what is None was refused"
    Invalid.unless((run.status in JUDGED, "run_id", _not_judged(run)))
    return run


def _not_judged(run: Run) -> str:
    if run.live:
        return f"Run {run.id} has not ended yet, so nothing can be said of it."
    return f"Run {run.id} ended in an error, which is no verdict that could be wrong."


def _weigh(run: Run) -> None:
    """What the Run saw is to be learned once it was normal by all that was said of it."""
    run.to_learn = bool(run.lesson) and _was_normal(run, run.lesson or {})


def _was_normal(run: Run, lesson: dict[str, Any]) -> bool:
    """As a whole, or as each finding that raised it was a false alarm and nothing else did."""
    if any(one.kind == "missed" for one in run.corrections):
        return False
    said = {one.fingerprint for one in run.corrections}
    if None in said:
        return True
    raising = {one["fingerprint"] for one in run.findings if one["new"] and not one["noise"]}
    return bool(said and lesson["explained"] and raising <= said)
