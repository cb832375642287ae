"""The right to work on a Run, and every write of the one who has it."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from sqlalchemy import bindparam, case, delete, func, select, update

from webapp.clock import utc_now
from webapp.extensions import changed_rows, db, writing
from webapp.models import lessons
from webapp.models.llm_usage import LlmUsage
from webapp.models.notification import Notification
from webapp.models.past_finding import PastFinding
from webapp.models.position import Position, Reached
from webapp.models.reservation import Reservation
from webapp.models.run import (
    DONE,
    IS_LIVE,
    LEASE,
    LONGEST_LEASE,
    MAX_ATTEMPTS,
    Run,
    has_lapsed,
    has_lease_outside,
)
from webapp.models.standing import Standing

# What a Run may still need after its work's deadline: to end commands, to record, to tell.
MARGIN = timedelta(seconds=30)
RELEASED = {"token": None, "lease_until": None}


# Composing these takes longer than executing them, while all others who write wait.
_TAKING = (
    update(Run)
    .where(Run.id == bindparam("run"))
    .where((Run.status == "queued") | has_lease_outside(bindparam("now"), bindparam("longest")))
    .where(Run.attempt < bindparam("most"))
    .values(
        status="running",
        attempt=Run.attempt + 1,
        token=bindparam("holder"),
        lease_until=bindparam("until"),
        started_at=func.coalesce(Run.started_at, bindparam("now")),
        stage=case((Run.verdict.is_(None), "gathering"), else_="notifying"),
    )
    .returning(Run.monitor_id)
)
_DONE = (Run.monitor_id == bindparam("monitor")) & Run.status.in_(DONE)
# The old Runs of a Monitor, but for those that still have something to tell.
_TRIMMING = delete(Run).where(
    _DONE,
    Run.id.not_in(select(Run.id).where(_DONE).order_by(Run.id.desc()).limit(bindparam("keep"))),
    Run.id.not_in(select(Notification.run_id).where(Notification.status == "pending")),
)


Notices = Callable[[], Sequence[dict[str, Any]]]


def no_notices() -> Sequence[dict[str, Any]]:
    return ()


class LeaseLost(Exception):
    """Somebody else holds the Run now, or it is gone: stop, and write nothing more."""


@dataclass(frozen=True)
class Claim:
    """Held until `ends_at`, as long as the lease is kept up by `beat`; work ends by `deadline`.

    Every write says WHERE token: a worker that was stopped and lost its lease writes nothing.
    """

    run_id: int
    monitor_id: int
    token: str
    taken_at: datetime
    deadline: datetime

    @property
    def names(self) -> dict[str, int]:
        """Which Run it is, for the log."""
        return {"run_id": self.run_id, "monitor_id": self.monitor_id}

    @property
    def ends_at(self) -> datetime:
        return self.deadline + MARGIN

    @classmethod
    def take(
        cls, run_id: int, now: datetime, timeout: timedelta, *, most: int = MAX_ATTEMPTS
    ) -> Self | None:
        """Take the Run if it is queued, or if its lease is over and it has an attempt left.

        `most`: how many attempts it may have had with this one.
        """
        token = secrets.token_hex(16)
        with writing():
            monitor_id: int | None = db.session.connection().scalar(
                _TAKING,
                {
                    "run": run_id,
                    "most": most,
                    "holder": token,
                    "now": now,
                    "until": now + LEASE,
                    "longest": now + LONGEST_LEASE,
                },
            )
        if monitor_id is None:
            return None
        return cls(run_id, monitor_id, token, now, now + timeout)

    @classmethod
    def take_lost(cls, now: datetime, timeout: timedelta, limit: int) -> list[Self]:
        """Take up to `limit` Runs whose last attempt ended without a word, to close them."""
        lost = []
        with writing():
            rows = db.session.execute(
                select(Run.id, Run.monitor_id)
                .where(IS_LIVE, has_lapsed(now))
                .where(Run.attempt >= MAX_ATTEMPTS)
                .limit(limit)
                .with_for_update(skip_locked=True, key_share=True)
            ).all()
            for run_id, monitor_id in rows:
                claim = cls(run_id, monitor_id, secrets.token_hex(16), now, now + timeout)
                values = {"token": claim.token, "lease_until": now + LEASE}
                db.session.execute(update(Run).where(Run.id == run_id).values(values))
                lost.append(claim)
        return lost

    def record(self, **values: Any) -> None:
        """Write to the Run. Raises LeaseLost, and then wrote nothing."""
        with writing():
            self._write(values)

    def record_verdict(
        self,
        planned: Sequence[dict[str, Any]],
        reached: Reached | None = None,
        notices: Notices = no_notices,
        **values: Any,
    ) -> None:
        """Write the verdict and its Notifications in one transaction, before any is sent.

        `reached`: how far its Inputs are judged with it; None: as far as before. `notices`: gives
        more Notifications, once what it took is counted.
        """
        with writing():
            self._write(values | {"stage": "notifying"})
            self._add(planned)
            self._count(values)
            self._add(notices())
            self._remember(values)
            self._go_on_from(reached)

    def finish(
        self,
        now: datetime,
        keep: int,
        planned: Sequence[dict[str, Any]] = (),
        reached: Reached | None = None,
        notices: Notices = no_notices,
        **values: Any,
    ) -> None:
        """The verdict becomes the status; of the Monitor's finished Runs the newest `keep` stay.

        The verdict was recorded before, or is among `values`, with its Notifications in `planned`:
        where none of those is to be sent at once, one transaction does for both.
        """
        end = {"status": values.get("verdict", Run.verdict), "stage": None, "finished_at": now}
        with writing():
            self._write(values | end | RELEASED)
            self._add(planned)
            self._count(values)
            self._add(notices())
            self._remember(values)
            self._go_on_from(reached)
            Standing.follow(self.run_id)
            self._trim(keep)

    def hand_back(self, now: datetime) -> None:
        """Its worker stops in order: the Run is queued again, and the attempt does not count.

        Once the Run's first start is as long ago as it may take, it does: one that never ends
        would else begin anew for ever, as often as its worker is stopped.
        """
        again = {"status": "queued", "stage": None, "queued_at": now, "attempt": Run.attempt - 1}
        with writing():
            started_at = db.session.scalar(select(Run.started_at).where(*self._held()))
            if started_at and started_at + (self.deadline - self.taken_at) <= now:
                self._write({"lease_until": now, "rung_at": None})
            else:
                self._write(again | {"rung_at": None} | RELEASED)

    def give_up(self, reason: str, now: datetime) -> None:
        """Its worker failed in a way that nobody foresaw: the lease ends, the attempt counts."""
        with writing():
            self._write({"lease_until": now, "rung_at": None, "error_message": reason})

    def _write(self, values: dict[str, Any]) -> None:
        if not changed_rows(update(Run).where(*self._held()).values(**values)):
            raise LeaseLost(f"run {self.run_id} is held by another worker, or is gone")

    def _add(self, planned: Sequence[dict[str, Any]]) -> None:
        db.session.add_all(Notification(run_id=self.run_id, **row) for row in planned)
        db.session.flush()

    def _count(self, values: Mapping[str, Any]) -> None:
        """What LLMs took for this Run, where they answered; it is held no longer."""
        day = self.taken_at.date()
        LlmUsage.add(self.monitor_id, day, values.get("calls", ()))
        if values.get("reused_from") is not None:
            LlmUsage.add_reused(self.monitor_id, day, values["llm_model"])
        if "verdict" in values:
            Reservation.drop_of(self.run_id)

    def _remember(self, values: Mapping[str, Any]) -> None:
        """Its findings, where it was judged: what was counted beside an error alarms nobody."""
        if values.get("verdict") != "error":
            findings = values.get("findings", ())
            PastFinding.keep(self.monitor_id, self.run_id, findings, utc_now())

    def _go_on_from(self, reached: Reached | None) -> None:
        if reached is not None:
            Position.keep(self.monitor_id, reached.inputs, utc_now())
            lessons.done(reached.learned)

    def _trim(self, keep: int) -> None:
        db.session.connection().execute(_TRIMMING, {"monitor": self.monitor_id, "keep": keep})

    def _held(self) -> tuple[Any, ...]:
        return (Run.id == self.run_id, Run.token == self.token, Run.status == "running")


def beat(claims: Sequence[Claim], now: datetime) -> None:
    """Keep up the leases of all claims of a process, each until its deadline at most.

    In the order of ids, as whoever writes to many Runs at once does, or two would wait for each
    other.
    """
    if not claims:
        return
    keep_up = (
        update(Run)
        .where(Run.id == bindparam("run"), Run.token == bindparam("held"))
        .where(Run.status == "running")
        .values(lease_until=bindparam("until"))
    )
    kept = [
        {"run": claim.run_id, "held": claim.token, "until": min(now + LEASE, claim.ends_at)}
        for claim in sorted(claims, key=lambda claim: claim.run_id)
    ]
    with writing():
        db.session.connection().execute(keep_up, kept)
