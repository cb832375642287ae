"""How the parts of the service are, each in a sentence."""

from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from webapp.clock import iso
from webapp.config import Settings
from webapp.extensions import db, writing
from webapp.jobs import Doorbell, QueueDown
from webapp.models import Heartbeat, Run
from webapp.pipeline.analyze import check_model
from webapp.schemas.health import HealthOut, PartHealth

# Failures of the model that are younger than this count.
RECENT = timedelta(minutes=15)
# A Run that nobody took for so long says that workers are missing or stuck.
LONG_WAIT = timedelta(seconds=60)
# How long another writer may hold the database up before it counts as not writable.
PATIENCE_MS = 2000


def check(settings: Settings, doorbell: Doorbell, now: datetime) -> HealthOut:
    """Every part, as it is at `now`; `status` is `ok` when all are."""
    database = _database()
    parts = {
        "scheduler": _scheduler(now) if database.ok else _unknown(),
        "database": database,
        "queue": _queue(doorbell, Run.waiting_since() if database.ok else None, now),
        "workers": _workers(now) if database.ok else _unknown(),
        "llm": _llm(settings, now) if database.ok else _unknown(),
    }
    well = all(part.ok for part in parts.values())
    return HealthOut(status="ok" if well else "failing", **parts)


def _database() -> PartHealth:
    try:
        with writing(patience_ms=PATIENCE_MS):
            Heartbeat.try_to_write()
    except SQLAlchemyError as error:
        reason = str(error.__cause__ or type(error).__name__).strip()
        return PartHealth(ok=False, message=f"The database cannot be written: {reason}.")
    return PartHealth(ok=True, message=f"The {db.engine.dialect.name} database can be written.")


def _scheduler(now: datetime) -> PartHealth:
    beats = Heartbeat.alive("scheduler", now)
    if not beats:
        return PartHealth(ok=False, message="No scheduler runs, so nothing starts by itself.")
    return PartHealth(ok=True, message=f"The scheduler was last seen at {iso(beats[0].beat_at)}.")


def _workers(now: datetime) -> PartHealth:
    number = len(Heartbeat.alive("worker", now))
    if not number:
        return PartHealth(ok=False, message="No worker runs, so Runs stay queued.")
    return PartHealth(ok=True, message=f"{number} worker{'s' * (number > 1)} at work.")


def _queue(doorbell: Doorbell, oldest: datetime | None, now: datetime) -> PartHealth:
    try:
        waiting = doorbell.waiting()
    except QueueDown as error:
        return PartHealth(ok=False, message=str(error))
    if oldest and now - oldest > LONG_WAIT:
        seconds = (now - oldest).total_seconds()
        return PartHealth(ok=False, message=f"A Run has waited for a worker for {seconds:.0f} s.")
    return PartHealth(ok=True, message="No job waits." if not waiting else f"{waiting} jobs wait.")


def _llm(settings: Settings, now: datetime) -> PartHealth:
    problem = check_model(settings.llm())
    if problem:
        return PartHealth(ok=False, message=problem)
    failed = Run.last_llm_failure(now - RECENT)
    if failed:
        return PartHealth(ok=False, message=f"Run {failed.id} failed: {failed.error_message}")
    if settings.llm_model == "builtin":
        return PartHealth(ok=True, message="The built-in reading judges; no LLM_MODEL is set.")
    return PartHealth(ok=True, message=f"{settings.llm_model} judges.")


def _unknown() -> PartHealth:
    return PartHealth(ok=False, message="Not known, as the database does not answer.")
