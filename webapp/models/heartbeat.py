from datetime import datetime, timedelta
from typing import Self

from sqlalchemy import String, delete, false, not_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from webapp.clock import SKEW
from webapp.extensions import Base, UtcDateTime, db, insert_unless_there, writing

ALIVE = timedelta(seconds=30)
FORGOTTEN = timedelta(hours=1)


class Heartbeat(Base):
    """The last sign of life of a process: a scheduler or a worker."""

    __tablename__ = "heartbeats"

    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    beat_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @classmethod
    def beat(cls, kind: str, name: str, now: datetime) -> None:
        """Write that the process lives, and forget those that are long gone."""
        with writing():
            known = cls.beat_at.between(now - FORGOTTEN, now + FORGOTTEN)
            db.session.execute(delete(cls).where(not_(known)))
            row = db.session.get(cls, (kind, name))
            if row:
                row.beat_at = now
            else:
                db.session.execute(insert_unless_there(cls, kind=kind, name=name, beat_at=now))

    @classmethod
    def stop(cls, kind: str, name: str) -> None:
        """The process ended in order, and is not missed."""
        with writing():
            db.session.execute(delete(cls).where(cls.kind == kind, cls.name == name))

    @classmethod
    def try_to_write(cls) -> None:
        """Change no row, in a way that a database which can only be read refuses."""
        db.session.execute(update(cls).where(false()).values(beat_at=cls.beat_at))

    @classmethod
    def all(cls) -> list[Self]:
        """The last of each process that did not end in order, until it is forgotten."""
        return list(db.session.scalars(select(cls).order_by(cls.kind, cls.name)))

    @classmethod
    def alive(cls, kind: str, now: datetime) -> list[Self]:
        """Newest first. A beat that lies ahead was made before the clock was set back."""
        return list(
            db.session.scalars(
                select(cls)
                .where(cls.kind == kind, cls.beat_at > now - ALIVE, cls.beat_at <= now + SKEW)
                .order_by(cls.beat_at.desc())
            )
        )
