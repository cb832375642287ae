from datetime import datetime, timedelta
from typing import Any, Self

from sqlalchemy import ForeignKey, Index, String, Text, bindparam, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.extensions import Base, UtcDateTime, db, writing
from webapp.models.correction import Correction, kept_run
from webapp.models.past_finding import PastFinding
from webapp.models.run import Run
from webapp.schemas.base import Invalid
from webapp.schemas.correction import CorrectionKind, Said
from webapp.schemas.note import NoteIn

# Of a Monitor: each Run looks at them all.
MOST_NOTES = 200
NO_NOISE = "What a rule or a silence says is no noise; change the rule, or the Input."
AN_ALERT = "What a rule or a silence says is an alert already."
FULL = f"This Monitor has {MOST_NOTES} notes already; delete one that holds no more."


class Note(Base):
    """What holds for a Monitor's Runs from now on, as somebody said so: this is noise, or this is
    not to be missed.

    One with a `fingerprint` is about findings of that alone; `label` and `quote` are of one that
    was seen when it was written. `run_id`: the Run that it was said of, `correction`: the mark on
    that; both may be gone. It holds until `expires_at`; None: for ever.
    """

    __tablename__ = "notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    monitor_id: Mapped[int] = mapped_column(ForeignKey("monitors.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(16))
    fingerprint: Mapped[str | None] = mapped_column(String(24))
    label: Mapped[str | None] = mapped_column(String(64))
    quote: Mapped[str | None] = mapped_column(Text)
    run_id: Mapped[int | None] = mapped_column(ForeignKey("runs.id", ondelete="SET NULL"))
    correction_id: Mapped[int | None] = mapped_column(
        ForeignKey("corrections.id", ondelete="SET NULL")
    )
    reason: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    correction: Mapped[Correction | None] = relationship(back_populates="notes")

    __table_args__ = (
        Index("ix_notes_monitor", "monitor_id", "id"),
        Index("ix_notes_run", "run_id"),
        Index("ix_notes_correction", "correction_id"),
        {"sqlite_autoincrement": True},
    )

    @classmethod
    def create(cls, monitor_id: int, data: NoteIn, now: datetime) -> Self:
        """Where it names a Run, that is marked as corrected.

        Raises Invalid where the Monitor never had the Run, or the finding, that it is about.
        """
        with writing():
            cls.make_room(monitor_id, 1, "kind")
            note = cls(monitor_id=monitor_id, created_at=now, expires_at=end_of(data, now))
            run = note._say(data)
            note.correction = _mark(run, data, now) if run else None
            db.session.add(note)
        return note

    @classmethod
    def make_room(cls, monitor_id: int, number: int, field: str) -> None:
        """Raises Invalid where there is none for so many more."""
        there = db.session.scalar(select(func.count()).where(cls.monitor_id == monitor_id)) or 0
        Invalid.unless((there + number <= MOST_NOTES, field, FULL))

    def change(self, change: Any, now: datetime) -> None:
        """What is not named stays; how long it holds is counted from now where it is named.

        What was said of the Run stays as it was said. Raises Invalid.
        """
        data = NoteIn.changed(self, change)
        with writing():
            self._say(data)
            if "expires_in_days" in change:
                self.expires_at = end_of(data, now)

    def delete(self) -> None:
        with writing():
            db.session.delete(self)

    @property
    def expires_in_days(self) -> int | None:
        """As it was written."""
        return max(1, (self.expires_at - self.created_at).days) if self.expires_at else None

    def _say(self, data: NoteIn) -> Run | None:
        """The Run that it is said of. Raises Invalid."""
        run = kept_run(self.monitor_id, data.run_id) if data.run_id else None
        past = _known(self.monitor_id, data) if data.fingerprint else None
        for name in ("kind", "fingerprint", "run_id", "reason", "author"):
            setattr(self, name, getattr(data, name))
        self.label, self.quote = (past.label, past.quote) if past else (None, None)
        return run

    @classmethod
    def get(cls, note_id: int) -> Self | None:
        return db.session.get(cls, note_id)

    @classmethod
    def of(cls, monitor_id: int) -> list[Self]:
        """The newest first, those that hold no more among them."""
        query = select(cls).where(cls.monitor_id == monitor_id).order_by(cls.id.desc())
        return list(db.session.scalars(query))

    @classmethod
    def holding(cls, monitor_id: int, now: datetime) -> list[Self]:
        """The newest first."""
        return list(db.session.scalars(_HOLDING, {"monitor": monitor_id, "now": now}))


# Composed once, as every Run asks.
_HOLDING = (
    select(Note)
    .where(Note.monitor_id == bindparam("monitor"))
    .where(or_(Note.expires_at.is_(None), Note.expires_at > bindparam("now")))
    .order_by(Note.id.desc())
)


def end_of(data: Said, now: datetime) -> datetime | None:
    return now + timedelta(days=data.expires_in_days) if data.expires_in_days else None


def _known(monitor_id: int, data: NoteIn) -> PastFinding:
    """Raises Invalid."""
    key = data.fingerprint or ""
    past = PastFinding.of(monitor_id, [key]).get(key)
    told = past is not None and past.by in ("rule", "silence")
    Invalid.unless(
        (past is not None, "fingerprint", "This Monitor had no finding with this fingerprint."),
        (not told, "fingerprint", NO_NOISE if data.kind == "noise" else AN_ALERT),
    )
    assert past, "what is None was refused"
    return past


def _mark(run: Run, data: NoteIn, now: datetime) -> Correction:
    """Raises Invalid."""
    known = {one.get("fingerprint") for one in run.findings}
    other = f"Run {run.id} had no finding with this fingerprint."
    Invalid.unless((data.fingerprint in (None, *known), "fingerprint", other))
    kind: CorrectionKind = "false_alarm" if data.kind == "noise" else "missed"
    return Correction.add(run, kind, data, now, data.fingerprint)
