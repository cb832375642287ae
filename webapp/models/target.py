from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import JSON, String, Text, bindparam, cast, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.clock import utc_now
from webapp.extensions import Base, UtcDateTime, db, lock, writing
from webapp.models.lookup import Lookup, having
from webapp.schemas import Invalid, TargetIn
from webapp.schemas.base import FieldError
from webapp.schemas.log_source import MODES
from webapp.schemas.target import place_of

if TYPE_CHECKING:
    from webapp.models.log_source import LogSource
    from webapp.models.monitor import Monitor


class InUse(Exception):
    """It cannot be deleted; the text is a sentence that names what uses it."""


class Target(Lookup, Base):
    """Where logs live; `connection_config` says how to reach it."""

    __tablename__ = "targets"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    type: Mapped[str] = mapped_column(String(32))
    connection_config: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, onupdate=utc_now)

    log_sources: Mapped[list["LogSource"]] = relationship(
        back_populates="target", passive_deletes="all", order_by="LogSource.id"
    )
    monitors: Mapped[list["Monitor"]] = relationship(
        back_populates="own_target", passive_deletes="all", order_by="Monitor.id"
    )

    @property
    def place(self) -> str:
        return place_of(self.type, self.connection_config)

    @classmethod
    def create(cls, data: TargetIn) -> Self:
        with writing():
            target = cls(**data.model_dump())
            db.session.add(target)
        return target

    def change(self, change: Any) -> None:
        """Raises Invalid where what stands on it cannot be read on what it would become."""
        with writing():
            lock(self)
            data = TargetIn.changed(self, change)
            replaced = data.type != self.type
            unread = [s.name for s in self.log_sources if s.mode not in MODES[data.type]]
            Invalid.unless(
                (
                    not unread,
                    "type",
                    f"A Target of type {data.type} cannot have the LogSources {', '.join(unread)}.",
                )
            )
            for name, value in data.model_dump().items():
                setattr(self, name, value)
            if replaced:
                of_sources = (monitor for s in self.log_sources for monitor in s.monitors)
                refuse_to_break([*self.monitors, *of_sources], "type")

    def delete(self) -> None:
        """Raises InUse while a LogSource or a Monitor stands on it."""
        with writing():
            refuse_while_used(
                f"Target “{self.name}”", LogSource=self.log_sources, Monitor=self.monitors
            )
            db.session.delete(self)

    @classmethod
    def names(cls, limit: int, always: int | None) -> dict[int, str]:
        """The first of them, and the one with the id `always`, by id and in their order."""
        found = db.session.execute(_NAMES, {"most": limit, "always": always})
        return {row.id: row.name for row in found}

    @classmethod
    def number(cls) -> int:
        return db.session.scalar(_NUMBER) or 0

    @classmethod
    def all(cls) -> list[Self]:
        """By name."""
        return list(db.session.scalars(select(cls).order_by(cls.name, cls.id)))

    @classmethod
    def found(cls, text: str, limit: int) -> list[Self]:
        """By name, those that have every word in their name, type or address."""
        address = cast(cls.connection_config, Text)
        return cls._having(text, limit, cls.name, cls.type, address)

    @classmethod
    def named(cls, text: str, limit: int) -> list[Self]:
        """By name, those that have every word in it."""
        return cls._having(text, limit, cls.name)

    @classmethod
    def _having(cls, text: str, limit: int, *places: Any) -> list[Self]:
        query = select(cls).order_by(cls.name, cls.id).limit(limit)
        return list(db.session.scalars(query.where(*having(text, *places))))


# Composed once, as the overview asks.
_IN_ORDER = (func.lower(Target.name), Target.id)
_FIRST = select(Target.id).order_by(*_IN_ORDER).limit(bindparam("most")).scalar_subquery()
_NAMES = (
    select(Target.id, Target.name)
    .order_by(*_IN_ORDER)
    .where(or_(Target.id.in_(_FIRST), Target.id == bindparam("always")))
)
_NUMBER = select(func.count()).select_from(Target)


def refuse_to_break(monitors: Iterable["Monitor"], field: str) -> None:
    """Raise Invalid, at `field`, where one of them cannot be read on what stands below it now."""
    db.session.flush()
    for monitor in monitors:
        try:
            monitor.check()
        except Invalid as broken:
            reason = broken.errors[0].message
            sentence = f"Monitor “{monitor.name}” ({monitor.id}) could not be read then: {reason}"
            raise Invalid([FieldError(field=field, message=sentence)]) from broken


def refuse_while_used(what: str, **users: list[Any]) -> None:
    """Raise InUse naming the users, a list of named rows by their noun, if there is any."""
    named = [f"{noun} “{row.name}” ({row.id})" for noun, rows in users.items() for row in rows]
    if named:
        raise InUse(f"{what} is used by {', '.join(named)}. Delete or change these first.")
