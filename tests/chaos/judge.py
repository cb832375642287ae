"""What must hold after the fire, asked of the database and of those who were told."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

from sqlalchemy import select

from tests.chaos import audit
from tests.chaos.ends import lost_beside, unexplained
from tests.chaos.fleet import End
from webapp.extensions import db
from webapp.models import Monitor, Notification, Run
from webapp.models.run import DONE

LINK = re.compile(r"/runs/([0-9]+)")


@dataclass(frozen=True)
class Evidence:
    """What the database does not know: first slots by Monitor, promised Runs, arrived letters.

    `poisoned`: Monitors whose command kills its worker; `ends`: of the processes that nobody
    struck; `deleted`: how often the fire took Valkey's folder away; `fire`: from when to when.
    """

    first_slots: Mapping[int, datetime]
    poisoned: frozenset[int]
    ends: Sequence[End]
    deleted: int
    fire: tuple[datetime, datetime]
    promised: frozenset[int]
    letters: Sequence[EmailMessage]


@dataclass
class Findings:
    """`counts` for the table, in its order; `violations` are sentences."""

    counts: dict[str, Any] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)


def judge(evidence: Evidence) -> Findings:
    """Inside an app's context, when all is quiet."""
    findings = Findings()
    db.session.rollback()
    runs = db.session.scalars(select(Run).order_by(Run.id)).all()
    for look in (_ends, _poison, _slots, _under_fire, _holders, _news):
        look(runs, evidence, findings)
    return findings


def _slots(runs: Sequence[Run], evidence: Evidence, findings: Findings) -> None:
    """Every slot that was due has one Run, or is counted as skipped."""
    totals: Counter[str] = Counter()
    for monitor in db.session.scalars(select(Monitor).where(Monitor.id.in_(evidence.first_slots))):
        interval = timedelta(seconds=monitor.interval_seconds)
        first = evidence.first_slots[monitor.id]
        assert monitor.next_run_at, "it was paused in a way that keeps it"
        due, rest = divmod(monitor.next_run_at - first, interval)
        slots = [run.slot for run in runs if run.monitor_id == monitor.id and run.slot]
        if rest or any((slot - first) % interval for slot in slots):
            findings.violations.append(f"monitor {monitor.id}: it left its grid")
        if len(set(slots)) != len(slots):
            findings.violations.append(f"monitor {monitor.id}: a slot has two Runs")
        if due != len(slots) + monitor.skipped_slots:
            findings.violations.append(
                f"monitor {monitor.id}: {due} slots were due, {len(slots)} have a Run and "
                f"{monitor.skipped_slots} are counted as skipped"
            )
        totals["slots due"] += due
        totals["slots with a Run"] += len(slots)
        totals["slots skipped and counted"] += monitor.skipped_slots
    findings.counts |= totals


def _under_fire(runs: Sequence[Run], evidence: Evidence, findings: Findings) -> None:
    """How many of the slots had a Run while the fire burnt, and before Valkey was kept away."""
    began, ended = evidence.fire
    there = [run for run in runs if run.slot and began <= run.slot < ended]
    due = 0
    for monitor in db.session.scalars(select(Monitor).where(Monitor.id.in_(evidence.first_slots))):
        first = evidence.first_slots[monitor.id]
        interval = timedelta(seconds=monitor.interval_seconds)
        due += _slots_before(ended, first, interval) - _slots_before(began, first, interval)
    findings.counts["slots under fire with a Run, per cent"] = round(100 * len(there) / max(due, 1))


def _slots_before(moment: datetime, first: datetime, interval: timedelta) -> int:
    return max(0, -((first - moment) // interval))


def _poison(runs: Sequence[Run], evidence: Evidence, findings: Findings) -> None:
    """What kills its workers is closed as lost and takes nobody with it; no other process ends."""
    poisoned = [run for run in runs if run.monitor_id in evidence.poisoned]
    others = [run for run in runs if run.monitor_id not in evidence.poisoned]
    killed = {"worker": sum(run.attempt for run in poisoned), "valkey": evidence.deleted}
    with db.engine.connect() as connection:
        seen = audit.writes(connection)
    findings.counts["· of those, that kill their workers"] = len(poisoned)
    findings.violations += [
        f"run {run.id}: kills its workers, and is {run.status}"
        for run in poisoned
        if run.error_kind != "lost"
    ]
    findings.violations += [
        f"run {run_id}: lost beside one that kills its workers"
        for run_id in lost_beside(others, seen, evidence.ends)
    ]
    findings.violations += unexplained(evidence.ends, killed)


def _ends(runs: Sequence[Run], evidence: Evidence, findings: Findings) -> None:
    """Every Run has come to its end, and every one that somebody was promised is there."""
    open_ones = [run for run in runs if run.status not in DONE or run.status != run.verdict]
    missing = evidence.promised - {run.id for run in runs}
    findings.violations += [f"run {run.id}: {run.status} with {run.verdict}" for run in open_ones]
    findings.violations += [f"run {run_id}: promised, and not there" for run_id in missing]
    findings.counts |= {
        "Runs": len(runs),
        "taken a second time": sum(run.attempt > 1 for run in runs),
        "closed as lost": sum(run.error_kind == "lost" for run in runs),
    }


def _holders(runs: Sequence[Run], _evidence: Evidence, findings: Findings) -> None:
    """Every write was its writer's to make, and every Run ended once."""
    with db.engine.connect() as connection:
        seen = audit.writes(connection)
    ends = Counter(w.run_id for w in seen if w.new.status in DONE and w.old.status not in DONE)
    once = {run.id: 1 for run in runs}
    findings.counts["writes to Runs"] = len(seen)
    findings.violations += audit.faults(seen)
    if ends != once:
        findings.violations.append("some Run did not end exactly once")


def _news(runs: Sequence[Run], evidence: Evidence, findings: Findings) -> None:
    """Every verdict has its Notifications, all sent, and each of them arrived."""
    rows = db.session.scalars(select(Notification)).all()
    arrived = Counter(_told_of(letter) for letter in evidence.letters)
    for run in runs:
        told = run.monitor.notification_config
        wanted = told["notify_on"] == "all" or run.verdict in ("alert", "error")
        expected = [("email", one, "sent") for one in told["email_recipients"] if wanted]
        there = [(row.channel, row.recipient, row.status) for row in rows if row.run_id == run.id]
        if there != expected:
            findings.violations.append(f"run {run.id}: {there} where {expected} was asked for")
        if len(expected) > arrived[run.id]:
            findings.violations.append(f"run {run.id}: its news did not arrive")
    findings.counts |= {
        "notifications": len(rows),
        "mails that came more than once": sum(number > 1 for number in arrived.values()),
    }


def _told_of(letter: EmailMessage) -> int:
    found = LINK.search(letter.get_content())
    assert found, "every letter links to its Run"
    return int(found[1])
