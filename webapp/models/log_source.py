from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import JSON, ForeignKey, String, Text, cast, select
from sqlalchemy.orm import Mapped, contains_eager, joinedload, mapped_column, relationship

from webapp.clock import utc_now
from webapp.extensions import Base, UtcDateTime, db, lock, writing
from webapp.models.lookup import Lookup, having
from webapp.models.target import Target, refuse_to_break, refuse_while_used
from webapp.schemas import Invalid, LogSourceIn
from webapp.schemas.log_source import MODES, details_of, place_of

if TYPE_CHECKING:
    from webapp.models.monitor import Monitor


class LogSource(Lookup, Base):
    """A named place on a Target to read; `config` is that of its `mode`."""

    __tablename__ = "log_sources"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    target_id: Mapped[int] = mapped_column(
        ForeignKey("targets.id", ondelete="RESTRICT"), index=True
    )
    name: Mapped[str] = mapped_column(String(200))
    mode: Mapped[str] = mapped_column(String(32))
    config: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, onupdate=utc_now)

    target: Mapped[Target] = relationship(back_populates="log_sources")
    monitors: Mapped[list["Monitor"]] = relationship(
        back_populates="log_source", passive_deletes="all", order_by="Monitor.id"
    )

    @property
    def place(self) -> str:
        return place_of(self.mode, self.config)

    @property
    def details(self) -> dict[str, str]:
        return details_of(self.mode, self.config)

    @classmethod
    def create(cls, data: LogSourceIn) -> Self:
        """Raises Invalid where its Target is not there, or cannot be read this way."""
        with writing():
            _check(data)
            source = cls(**data.model_dump())
            db.session.add(source)
        return source

    def change(self, change: Any) -> None:
        """Raises Invalid, as `create` does, and where a Monitor could not read it any more."""
        with writing():
            lock(self)
            data = LogSourceIn.changed(self, change)
            _check(data)
            moved, turned = data.target_id != self.target_id, data.mode != self.mode
            for name, value in data.model_dump().items():
                setattr(self, name, value)
            if moved or turned:
                db.session.flush()
                db.session.expire(self, ["target"])  # it follows its id only when read again
                refuse_to_break(self.monitors, "mode" if turned else "target_id")

    def delete(self) -> None:
        """Raises InUse while a Monitor reads it."""
        with writing():
            refuse_while_used(f"LogSource “{self.name}”", Monitor=self.monitors)
            db.session.delete(self)

    @classmethod
    def all(cls) -> list[Self]:
        """By name, each with its Target."""
        query = select(cls).options(joinedload(cls.target)).order_by(cls.name, cls.id)
        return list(db.session.scalars(query))

    @classmethod
    def found(cls, text: str, limit: int) -> list[Self]:
        """By name, those that have every word in their name, mode, place or Target's name."""
        return cls._having(text, limit, cls.name, cls.mode, cast(cls.config, Text), Target.name)

    @classmethod
    def named(cls, text: str, limit: int) -> list[Self]:
        """By name, those that have every word in it or in their Target's name."""
        return cls._having(text, limit, cls.name, Target.name)

    @classmethod
    def _having(cls, text: str, limit: int, *places: Any) -> list[Self]:
        """Each with its Target."""
        query = select(cls).join(cls.target).options(contains_eager(cls.target))
        query = query.where(*having(text, *places)).order_by(cls.name, cls.id).limit(limit)
        return list(db.session.scalars(query))


def target_of(data: LogSourceIn) -> Target:
    """Where it would be read. Raises Invalid where it could not be saved."""
    return _judged(data, Target.get(data.target_id))


def _check(data: LogSourceIn) -> None:
    _judged(data, Target.kept(data.target_id))


def _judged(data: LogSourceIn, target: Target | None) -> Target:
    Invalid.unless((target is not None, "target_id", f"There is no Target {data.target_id}."))
    assert target is not None, "just checked"
    Invalid.unless(
        (
            data.mode in MODES[target.type],
            "mode",
            f"A Target of type {target.type} cannot be read by mode {data.mode}.",
        )
    )
    return target
