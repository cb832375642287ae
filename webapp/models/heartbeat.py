import time
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Self

from sqlalchemy import String, delete, not_, select
from sqlalchemy.orm import Mapped, mapped_column

from webapp.clock import SKEW
from webapp.extensions import Base, UtcDateTime, db, insert_into, writing

ALIVE = timedelta(seconds=30)
# A process that was killed, or is on a host that is gone, is missed for so long.
FORGOTTEN = timedelta(minutes=5)


class Heartbeat(Base):
    """The last sign of life of a process: a scheduler, a worker, or a web server that was asked
    for /health."""

    __tablename__ = "heartbeats"

    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    beat_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @classmethod
    def beat(cls, kind: str, name: str, now: datetime) -> None:
        """Write that the process lives, and forget those that are long gone.

        The seconds that it waited for its turn are added to `now`: it lives when it is written.
        """
        asked_at = time.monotonic()
        with writing():
            now += timedelta(seconds=int(time.monotonic() - asked_at))
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
    def all_of(cls, kinds: Collection[str], now: datetime) -> list[Self]:
        """The last of each process that did not end in order, until it is forgotten."""
        known = cls.beat_at > now - FORGOTTEN
        query = select(cls).where(cls.kind.in_(kinds), known).order_by(cls.kind, cls.name)
        return list(db.session.scalars(query))

    @classmethod
    def alive(cls, kind: str, now: datetime) -> list[Self]:
        """Newest first. A beat that lies ahead was made before the clock was set back."""
        return cls._between(kind, now - ALIVE, now + SKEW)

    @classmethod
    def silent(cls, kind: str, now: datetime) -> list[Self]:
        """Those that are missed: neither alive nor forgotten, and not ended in order."""
        return cls._between(kind, now - FORGOTTEN, now - ALIVE)

    @classmethod
    def _between(cls, kind: str, after: datetime, until: datetime) -> list[Self]:
        query = select(cls).where(cls.kind == kind, cls.beat_at > after, cls.beat_at <= until)
        return list(db.session.scalars(query.order_by(cls.beat_at.desc())))
