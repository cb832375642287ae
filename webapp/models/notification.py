import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, Self

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    String,
    Text,
    case,
    func,
    literal,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.clock import SKEW
from webapp.extensions import Base, UtcDateTime, changed_rows, db, writing

if TYPE_CHECKING:
    from webapp.models.run import Run

# An attempt that has not ended by then was lost with its worker, and is made again.
LEASE = timedelta(seconds=90)
# How long to wait after the first, second ... attempt that failed; after the last: `failed`.
BACK_OFF = tuple(timedelta(seconds=s) for s in (30, 120, 600, 1800, 7200))
MAX_ATTEMPTS = len(BACK_OFF) + 1
# To the letter what the partial index says, or no planner would use it.
IS_PENDING = text("status = 'pending'")
# By the number of attempts: how long it waits at most, for the next one or for the end of one.
LONGEST_WAIT = dict(enumerate(max(wait, LEASE) for wait in (timedelta(0), *BACK_OFF, LEASE)))
GIVEN_UP = "The workers that tried to send it did not come to an end."
ON_ITS_WAY = "It is on its way already, and is tried until it is out."


class NotResent(Exception):
    """It cannot be sent again; the text is a sentence that says why."""


class Notification(Base):
    """One message to one recipient of one Run: a row of the outbox."""

    __tablename__ = "notifications"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), index=True)
    channel: Mapped[str] = mapped_column(String(32))
    recipient: Mapped[str] = mapped_column(String(320), default="")
    status: Mapped[str] = mapped_column(String(16), default="pending")
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(Text)
    # What it tells in place of how the Run came out.
    notice: Mapped[str | None] = mapped_column(Text)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    rung_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    token: Mapped[str | None] = mapped_column(String(32))

    run: Mapped["Run"] = relationship(back_populates="notifications")

    __table_args__ = (
        Index(
            "ix_notifications_pending",
            "due_at",
            sqlite_where=IS_PENDING,
            postgresql_where=IS_PENDING,
        ),
        {"sqlite_autoincrement": True},
    )

    @classmethod
    def of_run(cls, run_id: int, notification_id: int) -> Self | None:
        return db.session.scalar(select(cls).where(cls.run_id == run_id, cls.id == notification_id))

    @property
    def can_resend(self) -> bool:
        """It was tried, or there is somebody whom it could be tried for."""
        return self.status != "pending" and bool(self.recipient)

    def resend(self, now: datetime) -> None:
        """Due again at once, with all its attempts anew. Raises NotResent.

        `sent_at` stays: it did go out then, whatever becomes of it now.
        """
        cls = type(self)
        again = {"status": "pending", "attempts": 0, "error": None, "due_at": now, "rung_at": None}
        # Of two who ask at once one is heard, and a worker that sends it is not disturbed.
        settled = (cls.id == self.id) & (cls.status != "pending") & (cls.recipient != "")
        with writing():
            resent = changed_rows(update(cls).where(settled).values(**again))
        if not resent:
            raise NotResent(ON_ITS_WAY if self.recipient else f"Nobody to send it to: {self.error}")

    @classmethod
    def claim(cls, notification_id: int, now: datetime) -> str | None:
        """Take it for one attempt; the token to settle it with, or None: not due, or taken."""
        token = secrets.token_hex(16)
        due = (cls.id == notification_id) & (cls.status == "pending") & is_due(now)
        with writing():
            taken = changed_rows(
                update(cls)
                .where(due, cls.attempts < MAX_ATTEMPTS)
                .values(token=token, attempts=cls.attempts + 1, due_at=now + LEASE)
            )
        return token if taken else None

    @classmethod
    def give_up(cls, notification_id: int, now: datetime) -> bool:
        """Close it where its last attempt was lost with its worker; whether that was so."""
        due = (cls.id == notification_id) & (cls.status == "pending") & is_due(now)
        with writing():
            closed = changed_rows(
                update(cls)
                .where(due, cls.attempts >= MAX_ATTEMPTS)
                .values(status="failed", error=func.coalesce(cls.error, GIVEN_UP), token=None)
            )
        return bool(closed)

    @classmethod
    def settle_sent(cls, notification_id: int, token: str, now: datetime) -> bool:
        """False: another worker has it by now, and nothing was written."""
        return cls._settle(notification_id, token, status="sent", sent_at=now, error=None)

    @classmethod
    def settle_failed(
        cls, notification_id: int, token: str, error: str, now: datetime, *, permanent: bool
    ) -> Literal["failed", "retried"] | None:
        """Write why the attempt failed; what becomes of it: it is tried again, unless the failure
        is final or the attempt was the last. None: another worker has it by now, and nothing was
        written."""
        attempts = db.session.scalar(select(cls.attempts).where(cls.id == notification_id)) or 0
        if permanent or attempts >= MAX_ATTEMPTS:
            settled = cls._settle(notification_id, token, status="failed", error=error)
            return "failed" if settled else None
        due_at = now + BACK_OFF[attempts - 1]
        settled = cls._settle(notification_id, token, error=error, due_at=due_at)
        return "retried" if settled else None

    @classmethod
    def _settle(cls, notification_id: int, token: str, **values: Any) -> bool:
        with writing():
            settled = changed_rows(
                update(cls)
                .where(cls.id == notification_id, cls.token == token, cls.status == "pending")
                .values(token=None, rung_at=None, **values)
            )
        return bool(settled)

    @classmethod
    def pending_number(cls) -> int:
        return db.session.scalar(select(func.count()).select_from(cls).where(IS_PENDING)) or 0

    @classmethod
    def due_since(cls) -> datetime | None:
        """When the longest waiting one is, or was, due."""
        return db.session.scalar(select(cls.due_at).where(IS_PENDING).order_by(cls.due_at).limit(1))

    @classmethod
    def pending_of(cls, run_id: int) -> list[int]:
        return list(
            db.session.scalars(
                select(cls.id).where(cls.run_id == run_id, cls.status == "pending").order_by(cls.id)
            )
        )

    @classmethod
    def unheard(cls, now: datetime, since: timedelta, limit: int) -> list[int]:
        """Ids of what is due and nobody was called for since `since` ago, longest waiting first."""
        return list(
            db.session.scalars(
                select(cls.id)
                .where(IS_PENDING, is_due(now))
                .where(rung_long_ago(cls.rung_at, now, since))
                .order_by(cls.due_at)
                .limit(limit)
            )
        )

    @classmethod
    def rung(cls, notification_ids: list[int], now: datetime) -> None:
        """Workers were called for these; one that is being sent just now is left out."""
        free = select(cls.id).where(cls.id.in_(notification_ids)).order_by(cls.id)
        kept = free.with_for_update(skip_locked=True, key_share=True).scalar_subquery()
        with writing():
            db.session.execute(update(cls).where(cls.id.in_(kept)).values(rung_at=now))


def is_due(now: datetime) -> ColumnElement[bool]:
    """Its time has come, or lies further ahead than any wait: the clock was set back since."""
    furthest = {n: _moment(now + wait + SKEW) for n, wait in LONGEST_WAIT.items()}
    due_at = Notification.due_at
    return or_(due_at <= now, due_at > case(furthest, value=Notification.attempts))


def rung_long_ago(
    rung_at: Mapped[datetime | None], now: datetime, since: timedelta
) -> ColumnElement[bool]:
    """Nobody was called since `since` ago; a call that lies ahead of now is as good as none."""
    return or_(rung_at.is_(None), rung_at <= now - since, rung_at > now + SKEW)


def _moment(moment: datetime) -> ColumnElement[datetime]:
    return literal(moment, UtcDateTime())
