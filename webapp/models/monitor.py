from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, Self

from sqlalchemy import (
    JSON,
    ForeignKey,
    Index,
    String,
    Text,
    func,
    select,
    text,
)
from sqlalchemy.orm import (
    Mapped,
    joinedload,
    mapped_column,
    relationship,
    selectinload,
)

from webapp.caps import KINDS
from webapp.clock import utc_now
from webapp.extensions import Base, UtcDateTime, db, lock, writing
from webapp.models.log_source import LogSource
from webapp.models.lookup import Lookup
from webapp.models.run import IS_LIVE, Run
from webapp.models.standing import Standing
from webapp.models.tag import MonitorTag
from webapp.models.target import Target
from webapp.schedule import first_slot, unused
from webapp.schemas import Invalid, MonitorIn, validate
from webapp.schemas.log_source import MODES
from webapp.schemas.monitor import InputIn

# To the letter what the partial index says, or no planner would use it.
IS_SCHEDULED = text("NOT paused")


class Monitor(Lookup, Base):
    """A prompt, its inputs, its schedule, its window, its notification rules.

    It names a LogSource, a Target, or both. `inputs`, `window_config`, `rules` and
    `notification_config` are as webapp.schemas has them.
    """

    __tablename__ = "monitors"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    log_source_id: Mapped[int | None] = mapped_column(
        ForeignKey("log_sources.id", ondelete="RESTRICT"), index=True
    )
    target_id: Mapped[int | None] = mapped_column(
        ForeignKey("targets.id", ondelete="RESTRICT"), index=True
    )
    prompt: Mapped[str] = mapped_column(Text)
    inputs: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    interval_seconds: Mapped[int]
    window_config: Mapped[dict[str, Any]] = mapped_column(JSON)
    rules: Mapped[dict[str, Any]] = mapped_column(JSON)
    collapse_repeats: Mapped[bool]
    privacy_config: Mapped[dict[str, Any]] = mapped_column(JSON)
    verdict_config: Mapped[dict[str, Any]] = mapped_column(JSON)
    cost_config: Mapped[dict[str, Any]] = mapped_column(JSON)
    notification_config: Mapped[dict[str, Any]] = mapped_column(JSON)
    llm_model: Mapped[str | None] = mapped_column(String(200))
    paused: Mapped[bool] = mapped_column(default=False)
    # Muted since then, None: not at all; and until then, None: until somebody unmutes it.
    muted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    muted_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_run_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    skipped_slots: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, onupdate=utc_now)

    log_source: Mapped[LogSource | None] = relationship(back_populates="monitors")
    own_target: Mapped[Target | None] = relationship(back_populates="monitors")
    runs: Mapped[list[Run]] = relationship(back_populates="monitor", passive_deletes="all")
    standing: Mapped[Standing | None] = relationship(viewonly=True)
    tag_rows: Mapped[list[MonitorTag]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by=MonitorTag.tag
    )

    __table_args__ = (
        Index(
            "ix_monitors_due",
            "next_run_at",
            sqlite_where=IS_SCHEDULED,
            postgresql_where=IS_SCHEDULED,
        ),
        # What tells cheaply whether any list has changed.
        Index("ix_monitors_updated_at", "updated_at"),
        Index("ix_monitors_muted_until", "muted_until"),
        {"sqlite_autoincrement": True},
    )

    @property
    def target(self) -> Target:
        """The Target that its Inputs are read on."""
        target = self.own_target or (self.log_source and self.log_source.target)
        assert target, "the schema lets no Monitor in without one"
        return target

    @property
    def tags(self) -> list[str]:
        return sorted(row.tag for row in self.tag_rows)

    @tags.setter
    def tags(self, tags: Sequence[str]) -> None:
        kept = {row.tag: row for row in self.tag_rows}
        self.tag_rows = [kept.get(tag) or MonitorTag(tag=tag) for tag in sorted(set(tags))]
        self.updated_at = utc_now()

    @property
    def state(self) -> str:
        """`paused`, or the status of its last Run that ended; `new` before there is one."""
        if self.paused:
            return "paused"
        return self.standing.status if self.standing else "new"

    @property
    def muted(self) -> bool:
        return is_muted(self.muted_at, self.muted_until, utc_now())

    def effective_inputs(self) -> list[dict[str, Any]]:
        return inputs_on(self.log_source, self.inputs)

    @classmethod
    def create(cls, data: MonitorIn, now: datetime) -> Self:
        """Raises Invalid where what it reads is not there, or cannot be read so."""
        with writing():
            _check(data, *_kept(data))
            monitor = cls(**data.model_dump())
            db.session.add(monitor)
            db.session.flush()
            monitor.plan(now)
        return monitor

    def change(self, change: Any, now: datetime) -> None:
        """Change what is named in `change`; its next run moves only if its schedule does.

        Raises Invalid, as `create` does.
        """
        with writing():
            lock(self)
            data = MonitorIn.changed(self, change)
            _check(data, *_kept(data))
            replan = (data.interval_seconds, data.paused) != (self.interval_seconds, self.paused)
            for name, value in data.model_dump().items():
                setattr(self, name, value)
            if replan:
                self.plan(now)

    def check(self) -> None:
        """Raises Invalid where it cannot be read on what its LogSource and Target are now."""
        fields = {name: getattr(self, name) for name in MonitorIn.model_fields}
        _check(validate(MonitorIn, fields), self.log_source, self.target)

    def pause(self) -> None:
        """Do not run until resumed; a Run that is under way goes on."""
        with writing():
            self.paused = True
            self.plan(utc_now())

    def resume(self, now: datetime) -> None:
        with writing():
            if self.paused:
                self.paused = False
                self.plan(now)

    @classmethod
    def budgets(cls, monitor_id: int | None = None) -> list[tuple[int, str, dict[str, Any]]]:
        """Id, name and budget of all that have one, or of one."""
        query = select(cls.id, cls.name, cls.cost_config).order_by(cls.name, cls.id)
        if monitor_id is not None:
            query = query.where(cls.id == monitor_id)
        found = ((id_, name, cost.get("budget")) for id_, name, cost in db.session.execute(query))
        return [
            (id_, name, budget)
            for id_, name, budget in found
            if budget and any(budget.get(kind) is not None for kind in KINDS)
        ]

    def mute(self, now: datetime, until: datetime | None) -> None:
        """Run, but tell nobody, until then or until it is unmuted."""
        with writing():
            self.muted_at, self.muted_until = now, until

    def unmute(self) -> None:
        with writing():
            self.muted_at = self.muted_until = None

    def retag(self, add: Iterable[str] = (), remove: Iterable[str] = ()) -> None:
        """With these tags more, and those no longer. Raises Invalid where it were too many."""
        with writing():
            lock(self)
            tags = (set(self.tags) | set(add)) - set(remove)
            self.tags = MonitorIn.changed(self, {"tags": sorted(tags)}).tags

    def run_next(self, now: datetime) -> None:
        """Its next slot is now."""
        with writing():
            self.next_run_at = now

    def delete(self) -> None:
        """It and its whole Run history.

        Its live Run first: whoever ends that one deletes old ones next, and each would wait for
        what the other has.
        """
        with writing():
            live = select(Run.id).where(Run.monitor_id == self.id, IS_LIVE)
            db.session.execute(live.with_for_update())
            db.session.delete(self)

    def latest_run(self) -> Run | None:
        return db.session.scalar(
            select(Run).where(Run.monitor_id == self.id).order_by(Run.id.desc()).limit(1)
        )

    @classmethod
    def numbers(cls) -> dict[str, int]:
        """How many are active, and how many paused."""
        query = select(cls.paused, func.count()).group_by(cls.paused)
        found = {row[0]: row[1] for row in db.session.execute(query)}
        return {"active": found.get(False, 0), "paused": found.get(True, 0)}

    @classmethod
    def page(cls, limit: int, after: int | None = None) -> list[Self]:
        query = select(cls).where(cls.id > (after or 0)).order_by(cls.id).limit(limit)
        with_more = (joinedload(cls.standing), selectinload(cls.tag_rows))
        return list(db.session.scalars(query.options(*with_more)))

    @classmethod
    def some(cls, ids: Collection[int]) -> list[Self]:
        """By name."""
        return list(db.session.scalars(select(cls).where(cls.id.in_(ids)).order_by(cls.name)))

    @classmethod
    def all(cls) -> list[Self]:
        """By name, each with its LogSource and Target."""
        with_source = joinedload(cls.log_source).joinedload(LogSource.target)
        query = select(cls).options(with_source, joinedload(cls.own_target))
        return list(db.session.scalars(query.order_by(cls.name, cls.id)))

    @classmethod
    def by_model(cls) -> dict[str | None, int]:
        """How many Monitors name which model; None: LLM_MODEL."""
        return dict(list(db.session.execute(_BY_MODEL)))

    def plan(self, now: datetime) -> None:
        """Its first slot; none while it is paused. `id` must be known."""
        if self.paused:
            self.next_run_at = None
            return
        slot = first_slot(self.id, self.interval_seconds, now)
        self.next_run_at = unused(slot, self.interval_seconds, Run.slots_from(slot, self.id))


# Composed once, as the overview asks until all first steps are done.
_BY_MODEL = (
    select(Monitor.llm_model, func.count()).group_by(Monitor.llm_model).order_by(Monitor.llm_model)
)


def is_muted(at: datetime | None, until: datetime | None, now: datetime) -> bool:
    """By its columns `muted_at` and `muted_until`."""
    return at is not None and (until is None or until > now)


def inputs_on(source: LogSource | None, inputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The Inputs, each with its config; where there is none, the LogSource is the one Input."""
    if not inputs and source:
        return [{"label": label_of(source.name), "mode": source.mode, "config": source.config}]
    return [
        item | {"config": source.config} if source and _reads_source(item) else item
        for item in inputs
    ]


def place_of(data: MonitorIn) -> tuple[LogSource | None, Target]:
    """The LogSource and the Target that it would read; nothing is kept or written.

    Raises Invalid where `Monitor.create` would.
    """
    source = LogSource.get(data.log_source_id) if data.log_source_id else None
    target_id = data.target_id or (source and source.target_id)
    target = Target.get(target_id) if target_id else None
    _check(data, source, target)
    assert target, "just checked"
    return source, target


def label_of(name: str) -> str:
    """A LogSource's name as a label: `btc-bot docker.log` gives `BTC_BOT_DOCKER_LOG`."""
    words = "".join(c if c.isalnum() else " " for c in name.upper()).split()
    return "_".join(words)[:64] or "LOGS"


def _reads_source(item: dict[str, Any]) -> bool:
    return item["mode"] != "command" and not item.get("config")


def _kept(data: MonitorIn) -> tuple[LogSource | None, Target | None]:
    """Its LogSource and the Target that it is read on, both kept until the transaction ends."""
    source = LogSource.kept(data.log_source_id) if data.log_source_id else None
    target_id = data.target_id or (source and source.target_id)
    return source, Target.kept(target_id) if target_id else None


def _check(data: MonitorIn, source: LogSource | None, target: Target | None) -> None:
    missing_source = data.log_source_id is not None and source is None
    missing_target = data.target_id is not None and target is None
    Invalid.unless(
        (not missing_source, "log_source_id", f"There is no LogSource {data.log_source_id}."),
        (not missing_target, "target_id", f"There is no Target {data.target_id}."),
    )
    assert target, "the schema asks for one of them"
    elsewhere = source is not None and source.target_id != target.id
    Invalid.unless(
        (not elsewhere, "target_id", "The LogSource lies on another Target; leave this out."),
        *(_readable(n, item, target, source) for n, item in enumerate(data.inputs)),
    )


def _readable(
    number: int, item: InputIn, target: Target, source: LogSource | None
) -> tuple[bool, str, str]:
    """One check for Invalid.unless: can the Input be read on this Target?"""
    if item.mode == "command":
        return True, "", ""
    if item.mode not in MODES[target.type]:
        sentence = f"A Target of type {target.type} cannot be read by mode {item.mode}."
        return False, f"inputs.{number}.mode", sentence
    fits = item.config is not None or (source is not None and source.mode == item.mode)
    sentence = f"This is required, as the Monitor's LogSource is not of mode {item.mode}."
    return fits, f"inputs.{number}.config", sentence
