from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Self

from sqlalchemy import String, delete, not_, select
from sqlalchemy.orm import Mapped, mapped_column

from webapp.clock import SKEW
from webapp.extensions import Base, UtcDateTime, db, insert_into, writing

ALIVE = timedelta(seconds=30)
FORGOTTEN = timedelta(hours=1)


class Heartbeat(Base):
    """The last sign of life of a process: a scheduler, a worker, or a web server that was asked
    for /health."""

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
            cls.sign(kind, name, now)

    @classmethod
    def sign(cls, kind: str, name: str, now: datetime) -> None:
        """Write that the process lives, inside the caller's transaction."""
        insert = insert_into(cls).values(kind=kind, name=name, beat_at=now)
        db.session.execute(
            insert.on_conflict_do_update(
                index_elements=["kind", "name"], set_={"beat_at": insert.excluded.beat_at}
            )
        )

    @classmethod
    def stop(cls, kind: str, name: str) -> None:
        """The process ended in order, and is not missed."""
        with writing():
            db.session.execute(delete(cls).where(cls.kind == kind, cls.name == name))

    @classmethod
    def all_of(cls, kinds: Collection[str]) -> list[Self]:
        """The last of each process that did not end in order, until it is forgotten."""
        query = select(cls).where(cls.kind.in_(kinds)).order_by(cls.kind, cls.name)
        return list(db.session.scalars(query))

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
