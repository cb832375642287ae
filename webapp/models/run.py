from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import (
    JSON,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    case,
    cast,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, load_only, mapped_column, relationship, selectinload

from webapp.clock import SKEW
from webapp.extensions import Base, UtcDateTime, db, insert_unless_there, writing
from webapp.models.notification import Notification, rung_long_ago

if TYPE_CHECKING:
    from webapp.models.correction import Correction
    from webapp.models.monitor import Monitor

MAX_ATTEMPTS = 2
# A worker that has not beaten for so long has lost the Run.
LEASE = timedelta(seconds=45)
LONGEST_LEASE = LEASE + SKEW
LIVE = ("queued", "running")
# To the letter what the partial indexes say: with bound values no planner would use them.
IS_LIVE = text("status IN ('queued', 'running')")
LLM_ERRORS = ("llm_unavailable", "llm_invalid")
TO_LEARN = text("to_learn")
IS_BAD = text("status IN ('warn', 'alert', 'error')")
DONE = ("ok", "warn", "alert", "error")
IN_A_LIST = (
    "monitor_id",
    "trigger",
    "status",
    "stage",
    "created_at",
    "started_at",
    "finished_at",
    "summary",
    "error_message",
)


class Run(Base):
    """One execution of a Monitor, kept with all it gathered, sent, got and told.

    queued, running, then ok, warn, alert or error. `verdict` is what `status` will be once the
    Notifications were tried: from then on no worker judges it again. Every write of a worker
    says WHERE token, so that one that lost its lease can write nothing.
    """

    __tablename__ = "runs"

    id: Mapped[int] = mapped_column(primary_key=True)
    monitor_id: Mapped[int] = mapped_column(ForeignKey("monitors.id", ondelete="CASCADE"))
    trigger: Mapped[str] = mapped_column(String(16))
    slot: Mapped[datetime | None] = mapped_column(UtcDateTime)
    status: Mapped[str] = mapped_column(String(16), default="queued")
    stage: Mapped[str | None] = mapped_column(String(16))
    verdict: Mapped[str | None] = mapped_column(String(16))

    attempt: Mapped[int] = mapped_column(default=0)
    token: Mapped[str | None] = mapped_column(String(32))
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    rung_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # For a queued one: since when it waits for a worker, which may have handed it back.
    queued_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    summary: Mapped[str | None] = mapped_column(Text)
    report: Mapped[str | None] = mapped_column(Text, deferred=True)
    recommendations: Mapped[list[str]] = mapped_column(JSON, default=list)
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    error_kind: Mapped[str | None] = mapped_column(String(32))
    error_message: Mapped[str | None] = mapped_column(Text)

    # As it was then; the Monitor's may have changed since.
    prompt: Mapped[str | None] = mapped_column(Text, deferred=True)
    inputs: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    logs_text: Mapped[str | None] = mapped_column(Text, deferred=True)
    # The window with every line as it was read, where that is another.
    raw_text: Mapped[str | None] = mapped_column(Text, deferred=True)
    # How much of the models that may read the text the smallest known one reads at once, and what
    # was cut for it.
    context_tokens: Mapped[int | None]
    window_note: Mapped[str | None] = mapped_column(Text)
    # Of what was sent to the model, which an upgrade may compose in other words.
    fence: Mapped[str | None] = mapped_column(String(16))
    facts: Mapped[str | None] = mapped_column(Text, deferred=True)
    prompt_version: Mapped[int | None]
    # What people said of earlier findings, as the model was told it.
    notes: Mapped[dict[str, list[str]]] = mapped_column(JSON, default=dict, deferred=True)
    message_digest: Mapped[str | None] = mapped_column(String(32))
    redactions: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)

    # Known once there is a text to judge, whatever becomes of it.
    llm_model: Mapped[str | None] = mapped_column(String(200))
    input_tokens: Mapped[int | None]
    output_tokens: Mapped[int | None]
    cost_usd: Mapped[float | None]
    # Why it was judged in another way than the Monitor says, or what no budget holds.
    budget_note: Mapped[str | None] = mapped_column(Text)
    # The Run whose verdict this one reuses; it may be gone by now.
    reused_from: Mapped[int | None]
    # The model that was asked first, where it was out and another judged.
    instead_of: Mapped[str | None] = mapped_column(String(200))
    # Each question to a model: see columns.py.
    calls: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    # Where it alarmed, what is learned of it once somebody says that it was normal (see
    # pipeline/usual.py), and whether somebody did.
    lesson: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), deferred=True)
    to_learn: Mapped[bool] = mapped_column(default=False)
    # What later Runs compare themselves with, where they may reuse this verdict.
    profile: Mapped[dict[str, Any] | None] = mapped_column(JSON, deferred=True)

    monitor: Mapped["Monitor"] = relationship(back_populates="runs")
    notifications: Mapped[list[Notification]] = relationship(
        back_populates="run", passive_deletes="all", order_by=Notification.id
    )
    corrections: Mapped[list["Correction"]] = relationship(
        back_populates="run", passive_deletes="all", order_by="Correction.id"
    )

    __table_args__ = (
        UniqueConstraint("monitor_id", "slot"),
        Index("ix_runs_monitor_id_id", "monitor_id", "id"),
        # One live Run of each Monitor.
        Index(
            "uq_runs_live",
            "monitor_id",
            unique=True,
            sqlite_where=IS_LIVE,
            postgresql_where=IS_LIVE,
        ),
        Index(
            "ix_runs_live_status",
            "status",
            "lease_until",
            sqlite_where=IS_LIVE,
            postgresql_where=IS_LIVE,
        ),
        Index("ix_runs_to_learn", "monitor_id", sqlite_where=TO_LEARN, postgresql_where=TO_LEARN),
        Index("ix_runs_finished_at", "finished_at"),
        Index("ix_runs_bad", "finished_at", sqlite_where=IS_BAD, postgresql_where=IS_BAD),
        {"sqlite_autoincrement": True},
    )

    @property
    def live(self) -> bool:
        return self.status in LIVE

    @property
    def no_line_cited(self) -> bool:
        """A model says that something is wrong, and no line of the log stands behind it.

        What others say, such as a silence or the built-in reading, is not behind the model's word.
        """
        said = [call["status"] for call in self.calls if call["purpose"] != "second_opinion"]
        own = next((status for status in reversed(said) if status), "ok")
        lines = (one["verified"] for one in self.findings if one.get("by", "model") == "model")
        return self.verdict in ("warn", "alert") and own != "ok" and not any(lines)

    @hybrid_property
    def sentence(self) -> str:
        """Its summary, or why it could not judge; empty before there is one. SQL knows it too."""
        return (self.error_message if self.status == "error" else self.summary) or ""

    @sentence.inplace.expression
    @classmethod
    def _sentence(cls) -> ColumnElement[str]:
        said = case((cls.status == "error", cls.error_message), else_=cls.summary)
        return func.coalesce(said, "")

    @property
    def duration_ms(self) -> int | None:
        """From its first start to its end; None before."""
        return milliseconds(self.started_at, self.finished_at)

    @classmethod
    def insert(
        cls, monitor_id: int, trigger: str, now: datetime, slot: datetime | None = None
    ) -> int | None:
        """Insert a queued Run inside the caller's transaction; its id, None if it was refused."""
        return cls.insert_all({monitor_id: slot}, trigger, now).get(monitor_id)

    @classmethod
    def insert_all(
        cls, slots: Mapping[int, datetime | None], trigger: str, now: datetime
    ) -> dict[int, int]:
        """Insert queued Runs inside the caller's transaction; each one's id by its Monitor's.

        `slots` are by Monitors' ids. One that has a live Run, or whose slot had its Run, is left
        out.
        """
        always: dict[str, Any] = {
            "trigger": trigger,
            "status": "queued",
            "attempt": 0,
            "created_at": now,
            "queued_at": now,
            "recommendations": [],
            "findings": [],
            "calls": [],
            "notes": {},
            "to_learn": False,
            "inputs": [],
            "redactions": {},
        }
        rows = [{"monitor_id": id_, "slot": slot} | always for id_, slot in slots.items()]
        statement = insert_unless_there(cls).returning(cls.monitor_id, cls.id)
        inserted = db.session.connection().execute(statement, rows)
        return {row.monitor_id: row.id for row in inserted}

    @classmethod
    def start(cls, monitor_id: int, trigger: str, now: datetime) -> tuple[int, bool]:
        """A new queued Run, or the live one that is there: its id, and whether it is new."""
        live = select(cls.id).where(cls.monitor_id == monitor_id, IS_LIVE)
        while True:  # on PostgreSQL the live one may end just before it is looked up
            with writing():
                run_id = cls.insert(monitor_id, trigger, now)
                if run_id:
                    return run_id, True
                run_id = db.session.scalar(live)
                if run_id:
                    return run_id, False

    @classmethod
    def slots_from(cls, moment: datetime, monitor_id: int) -> list[datetime]:
        """Slots of the Monitor's Runs from `moment` on: none, unless a clock was set back."""
        query = select(cls.slot).where(cls.monitor_id == monitor_id, cls.slot >= moment)
        return [slot for slot in db.session.scalars(query) if slot]

    @classmethod
    def usage(cls, monitor_id: int, model: str, limit: int) -> list[tuple[int, int, int]]:
        """What the Monitor's newest Runs that the model judged took.

        For each the characters of its `logs_text`, its input tokens and its output tokens.
        """
        columns = func.length(cls.logs_text), cls.input_tokens, func.coalesce(cls.output_tokens, 0)
        query = (
            select(*columns)
            .where(cls.monitor_id == monitor_id, cls.llm_model == model, cls.input_tokens > 0)
            .where(cls.logs_text.is_not(None))
            .order_by(cls.id.desc())
            .limit(limit)
        )
        return [(row[0], row[1], row[2]) for row in db.session.execute(query)]

    @classmethod
    def live_numbers(cls) -> dict[str, int]:
        """How many are queued, and how many running."""
        query = select(cls.status, func.count()).where(IS_LIVE).group_by(cls.status)
        return dict.fromkeys(LIVE, 0) | {row[0]: row[1] for row in db.session.execute(query)}

    @classmethod
    def waiting_since(cls) -> datetime | None:
        """When the longest waiting Run was queued; last, if a worker handed it back."""
        return db.session.scalar(
            select(func.min(cls.queued_at)).where(IS_LIVE, cls.status == "queued")
        )

    @classmethod
    def unheard(cls, now: datetime, since: timedelta, limit: int) -> list[int]:
        """Live Runs that nobody works on, and that nobody was called for since `since` ago."""
        return list(
            db.session.scalars(
                select(cls.id)
                .where(IS_LIVE, (cls.status == "queued") | has_lapsed(now))
                .where(cls.attempt < MAX_ATTEMPTS)
                .where(rung_long_ago(cls.rung_at, now, since))
                .order_by(cls.id)
                .limit(limit)
            )
        )

    @classmethod
    def rung(cls, run_ids: list[int], now: datetime) -> None:
        """Workers were called at `now` for those of these that nobody has taken since.

        One that somebody writes to just now is left out: he has taken it, or says the same.
        """
        waiting = (cls.status == "queued") | has_lapsed(now)
        free = select(cls.id).where(cls.id.in_(run_ids), waiting).order_by(cls.id)
        kept = free.with_for_update(skip_locked=True, key_share=True).scalar_subquery()
        with writing():
            db.session.execute(update(cls).where(cls.id.in_(kept)).values(rung_at=now))

    @classmethod
    def get(cls, run_id: int) -> Self | None:
        return db.session.get(cls, run_id)

    def neighbours(self) -> tuple[int | None, int | None]:
        """The ids of the Runs of its Monitor before and after it."""
        own, cls = Run.monitor_id == self.monitor_id, Run
        before = select(func.max(cls.id)).where(own, cls.id < self.id).scalar_subquery()
        after = select(func.min(cls.id)).where(own, cls.id > self.id).scalar_subquery()
        found = db.session.execute(select(before, after)).one()
        return found[0], found[1]

    def previous_ended(self) -> Self | None:
        """The last Run of its Monitor before it that has ended."""
        cls = type(self)
        return db.session.scalar(
            select(cls)
            .where(cls.monitor_id == self.monitor_id, cls.id < self.id, cls.status.in_(DONE))
            .order_by(cls.id.desc())
            .limit(1)
        )

    @classmethod
    def history(
        cls,
        monitor_id: int,
        limit: int,
        before: int | None = None,
        status: str | None = None,
        trigger: str | None = None,
        since: datetime | None = None,
        corrected: str | None = None,
        *,
        whole: bool = False,
    ) -> list[Self]:
        """Newest first; `before` is the id that the page before ended with.

        `since`: only those that were queued at that moment or later. `corrected`: only those of
        which somebody said so. `whole`: with what they gathered and whom they told, which a page's
        list does not show.
        """
        query = (
            select(cls)
            .where(cls.monitor_id == monitor_id)
            .options(*(_whole() if whole else _brief()))
            .order_by(cls.id.desc())
            .limit(limit)
        )
        if before is not None:
            query = query.where(cls.id < before)
        if status is not None:
            query = query.where(cls.status == status)
        if trigger is not None:
            query = query.where(cls.trigger == trigger)
        if since is not None:
            query = query.where(cls.created_at >= since)
        if corrected is not None:
            query = query.where(cls.corrections.any(kind=corrected))
        return list(db.session.scalars(query))

    @property
    def corrected(self) -> list[str]:
        """The kinds of what people said of it later, each once."""
        return list(dict.fromkeys(one.kind for one in self.corrections))

    @classmethod
    def last_with_findings(cls, monitor_id: int) -> Self | None:
        """The last Run of the Monitor that ended and found something, with whom it told."""
        found = cast(cls.findings, Text) != "[]"  # PostgreSQL compares no JSON
        return db.session.scalar(
            select(cls)
            .where(cls.monitor_id == monitor_id, cls.status.in_(DONE), found)
            .options(selectinload(cls.notifications))
            .order_by(cls.id.desc())
            .limit(1)
        )

    @classmethod
    def last_llm_failure(cls, model: str, since: datetime) -> Self | None:
        """The last Run that asked this model, if it ended since then and got no verdict of it."""
        last = db.session.scalar(
            select(cls)
            .where(cls.finished_at >= since)
            .where(or_(cls.instead_of == model, cls.llm_model == model))
            .where(or_(cls.error_kind.is_(None), cls.error_kind.in_(LLM_ERRORS)))
            .order_by(cls.finished_at.desc())
            .limit(1)
        )
        failed = last and (last.error_kind in LLM_ERRORS or last.instead_of == model)
        return last if failed else None

    @property
    def outage(self) -> str | None:
        """Why the model that was to judge did not; None where it did."""
        if self.error_kind in LLM_ERRORS:
            return self.error_message
        return self.calls[0]["error"] if self.instead_of else None


def _brief() -> tuple[Any, ...]:
    return load_only(*(getattr(Run, name) for name in IN_A_LIST)), selectinload(Run.corrections)


def _whole() -> tuple[Any, ...]:
    return selectinload(Run.notifications), selectinload(Run.corrections)


def milliseconds(start: datetime | None, end: datetime | None) -> int | None:
    """From the one to the other; None where one is not known."""
    if not (start and end):
        return None
    return max(0, int((end - start) / timedelta(milliseconds=1)))  # the clock may be set back


def has_lapsed(now: datetime) -> ColumnElement[bool]:
    """Its lease is over, or ends later than any that is kept: the clock was set back since."""
    return has_lease_outside(now, now + LONGEST_LEASE)


def has_lease_outside(now: Any, longest: Any) -> ColumnElement[bool]:
    """Of two moments, or of the parameters that stand for them."""
    over = or_(Run.lease_until <= now, Run.lease_until > longest)
    return (Run.status == "running") & over
