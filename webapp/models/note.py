from datetime import datetime, timedelta
from typing import Any, Self

from sqlalchemy import ForeignKey, Index, String, Text, bindparam, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Base, UtcDateTime, db, writing
from webapp.models.past_finding import PastFinding
from webapp.schemas.base import Invalid
from webapp.schemas.note import NoteIn

# Of a Monitor: each Run looks at them all.
MOST_NOTES = 200
FULL = f"This Monitor has {MOST_NOTES} notes already; delete one that holds no more."


class Note(Base):
    """What somebody said of a finding or a Run of a Monitor: it was noise, or something was missed.

    A `noise` is about findings of its `fingerprint` alone; `label` and `quote` are of the last one
    that was seen when it was written. `run_id`: the Run that it was said of, which may be gone.
    It holds until `expires_at`; None: for ever.
    """

    __tablename__ = "notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    monitor_id: Mapped[int] = mapped_column(ForeignKey("monitors.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(16))
    fingerprint: Mapped[str | None] = mapped_column(String(24))
    label: Mapped[str | None] = mapped_column(String(64))
    quote: Mapped[str | None] = mapped_column(Text)
    run_id: Mapped[int | None]
    reason: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (Index("ix_notes_monitor", "monitor_id", "id"), {"sqlite_autoincrement": True})

    @classmethod
    def create(cls, monitor_id: int, data: NoteIn, now: datetime) -> Self:
        """Raises Invalid where the Monitor never had the finding that it is about."""
        note = cls(monitor_id=monitor_id, created_at=now)
        Invalid.unless((cls._number(monitor_id) < MOST_NOTES, "kind", FULL))
        note._say(data)
        note.expires_at = _end(data, now)
        with writing():
            db.session.add(note)
        return note

    def change(self, change: Any, now: datetime) -> None:
        """What is not named stays; how long it holds is counted from now where it is named.

        Raises Invalid.
        """
        data = NoteIn.changed(self, change)
        with writing():
            self._say(data)
            if "expires_in_days" in change:
                self.expires_at = _end(data, now)

    def delete(self) -> None:
        with writing():
            db.session.delete(self)

    @property
    def expires_in_days(self) -> int | None:
        """As it was written."""
        return max(1, (self.expires_at - self.created_at).days) if self.expires_at else None

    @classmethod
    def _number(cls, monitor_id: int) -> int:
        return db.session.scalar(select(func.count()).where(cls.monitor_id == monitor_id)) or 0

    def _say(self, data: NoteIn) -> None:
        past = _known(self.monitor_id, data.fingerprint) if data.fingerprint else None
        for name in ("kind", "fingerprint", "run_id", "reason", "author"):
            setattr(self, name, getattr(data, name))
        self.label, self.quote = (past.label, past.quote) if past else (None, None)

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


def _known(monitor_id: int, fingerprint: str) -> PastFinding:
    """Raises Invalid."""
    past = PastFinding.of(monitor_id, [fingerprint]).get(fingerprint)
    told = past is not None and past.by in ("rule", "silence")
    Invalid.unless(
        (past is not None, "fingerprint", "This Monitor had no finding with this fingerprint."),
        (
            not told,
            "fingerprint",
            "What a rule or a silence says is no noise; change the rule, or the Input.",
        ),
    )
    assert past, "what is None was refused"
    return past


def _end(data: NoteIn, now: datetime) -> datetime | None:
    return now + timedelta(days=data.expires_in_days) if data.expires_in_days else None
