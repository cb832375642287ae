"""How the parts of the service are, each in a sentence."""

import os
import socket
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from webapp.config import Settings
from webapp.extensions import db, writing
from webapp.jobs import Doorbell, QueueDown
from webapp.models import Heartbeat, Run
from webapp.pipeline.analyze import check_model
from webapp.probe import Probe
from webapp.schemas.health import HealthOut, PartHealth

# Failures of the model that are younger than this count.
RECENT = timedelta(minutes=15)
# A Run that nobody took for so long says that workers are missing or stuck: one whose job was
# lost is rung for again after 40.
LONG_WAIT = timedelta(seconds=50)
# How long another writer may hold the database up before it counts as not writable.
PATIENCE_MS = 2000
# How long each server may take to answer: longer than what they say of themselves takes.
DATABASE_SECONDS = 4
QUEUE_SECONDS = 3
# By then every process that lives has shown it, after an outage that let none of them write.
SETTLED = timedelta(seconds=15)
MOST_NAMES = 3


class Answers(NamedTuple):
    """How every part is; `jobs`: how many wait in the queue, None where it does not tell."""

    health: HealthOut
    jobs: int | None


def check(settings: Settings, doorbell: Doorbell, now: datetime) -> HealthOut:
    """Every part, as it is at `now`; `status` is `ok` when all are. It never takes long."""
    return ask(settings, doorbell, now).health


def ask(settings: Settings, doorbell: Doorbell, now: datetime) -> Answers:
    """The same, with what was counted, so that nobody who hangs is asked twice."""
    stored = _stored(settings, now)
    queue, jobs = _queue(doorbell, stored.oldest, now)
    parts = {
        "scheduler": stored.scheduler,
        "database": stored.database,
        "queue": queue,
        "workers": stored.workers,
        "llm": stored.llm,
    }
    well = all(part.ok for part in parts.values())
    parts = _history().of(parts, now)
    return Answers(HealthOut(status="ok" if well else "failing", **parts), jobs)


class _History:
    """Since when each part is as it is: this process looks whenever anybody asks it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[str, tuple[bool, datetime]] = {}

    def of(self, parts: Mapping[str, PartHealth], now: datetime) -> dict[str, PartHealth]:
        with self._lock:
            for name, part in parts.items():
                if self._seen.get(name, (None,))[0] != part.ok:
                    self._seen[name] = (part.ok, now)
            return {
                name: part.model_copy(update={"since": self._seen[name][1]})
                for name, part in parts.items()
            }


def _history() -> _History:
    history: _History = current_app.extensions.setdefault("health_history", _History())
    return history


NOT_KNOWN = PartHealth(ok=False, message="Not known, as the database does not answer.")
NOT_YET = PartHealth(
    ok=True, message="Not known yet, as the database could not be written until just now."
)


class _Stored(NamedTuple):
    """What the database says of itself and of others; `oldest`: since when a Run waits."""

    database: PartHealth
    scheduler: PartHealth = NOT_KNOWN
    workers: PartHealth = NOT_KNOWN
    llm: PartHealth = NOT_KNOWN
    oldest: datetime | None = None


class _Outage:
    """Whether the database could not be written until just now, as far as this process asked."""

    def __init__(self) -> None:
        self._goes_on = False
        self._over_at: datetime | None = None

    def begins(self) -> None:
        self._goes_on = True

    def is_fresh(self, now: datetime) -> bool:
        """To be asked when it could be written."""
        if self._goes_on:
            self._goes_on, self._over_at = False, now
        return self._over_at is not None and abs(now - self._over_at) < SETTLED


def _stored(settings: Settings, now: datetime) -> _Stored:
    try:
        probe: Probe[_Stored] = _probe("database")
        return probe.ask(lambda: _asked(settings, now), DATABASE_SECONDS)
    except TimeoutError:
        reason = f"it does not answer within {DATABASE_SECONDS} s"
    except SQLAlchemyError as error:
        reason = str(error.__cause__ or error).strip()
    _outage().begins()
    return _Stored(PartHealth(ok=False, message=f"The database cannot be written: {reason}."))


def _asked(settings: Settings, now: datetime) -> _Stored:
    """Raises SQLAlchemyError. It writes a row, as a full disk refuses nothing less."""
    with writing(patience_ms=PATIENCE_MS):
        Heartbeat.sign("web", f"{socket.gethostname()}:{os.getpid()}", now)
    name = db.engine.dialect.name
    fresh = _outage().is_fresh(now)
    return _Stored(
        PartHealth(ok=True, message=f"The {name} database can be written."),
        _scheduler(now, fresh),
        _workers(now, fresh),
        _llm(settings, now),
        Run.waiting_since(),
    )


def _probe(name: str) -> Probe[Any]:
    """The app's own, one for each server."""
    probes: dict[str, Probe[Any]] = current_app.extensions.setdefault("probes", {})
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    return probes.setdefault(name, Probe(app))


def _outage() -> _Outage:
    outage: _Outage = current_app.extensions.setdefault("outage", _Outage())
    return outage


def _scheduler(now: datetime, fresh: bool) -> PartHealth:
    """`fresh`: nobody could show life until just now."""
    beats = Heartbeat.alive("scheduler", now)
    if beats:
        return PartHealth(ok=True, message="The scheduler is at work.")
    if fresh:
        return NOT_YET
    silent = Heartbeat.silent("scheduler", now)
    if not silent:
        return PartHealth(ok=False, message="No scheduler runs, so nothing starts by itself.")
    silence = _silence(silent, now)
    sentence = (
        f"No scheduler has been heard of for {silence}: it hangs, was killed, or has no database."
    )
    return PartHealth(ok=False, message=sentence)


def _workers(now: datetime, fresh: bool) -> PartHealth:
    """One that is silent among others that work is told, and no failure."""
    number, silent = len(Heartbeat.alive("worker", now)), Heartbeat.silent("worker", now)
    if number:
        at_work = f"{number} worker{'s' * (number > 1)} at work"
        missed = f", {len(silent)} silent for {_silence(silent, now)}" if silent else ""
        return PartHealth(ok=True, message=f"{at_work}{missed}.")
    if fresh:
        return NOT_YET
    if not silent:
        return PartHealth(ok=False, message="No worker runs, so Runs stay queued.")
    silence = _silence(silent, now)
    sentence = (
        f"No worker has been heard of for {silence}: it hangs, was killed, or has no database."
    )
    return PartHealth(ok=False, message=sentence)


def _silence(silent: list[Heartbeat], now: datetime) -> str:
    """How long, by the one that was heard of last, and who: `40 s (web-1:1234)`."""
    names = [beat.name for beat in silent]
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    seconds = (now - silent[0].beat_at).total_seconds()
    return f"{seconds:.0f} s ({', '.join(names[:MOST_NAMES])}{more})"


def _queue(
    doorbell: Doorbell, oldest: datetime | None, now: datetime
) -> tuple[PartHealth, int | None]:
    try:
        waiting: int = _probe("queue").ask(doorbell.waiting, QUEUE_SECONDS)
    except TimeoutError:
        sentence = f"The queue at {doorbell.place} does not answer within {QUEUE_SECONDS} s."
        return PartHealth(ok=False, message=sentence), None
    except QueueDown as error:
        return PartHealth(ok=False, message=str(error)), None
    return _waiting(waiting, oldest, now), waiting


def _waiting(jobs: int, oldest: datetime | None, now: datetime) -> PartHealth:
    if oldest and now - oldest > LONG_WAIT:
        seconds = (now - oldest).total_seconds()
        return PartHealth(ok=False, message=f"A Run has waited for a worker for {seconds:.0f} s.")
    return PartHealth(ok=True, message="No job waits." if not jobs else f"{jobs} jobs wait.")


def _how_it_failed(run: Run) -> str:
    if run.instead_of:
        return f"At Run {run.id} {run.llm_model} judged in its place: {run.outage}"
    return f"Run {run.id} failed: {run.outage}"


def _llm(settings: Settings, now: datetime) -> PartHealth:
    for model in filter(None, (settings.llm_model, settings.llm_fallback)):
        problem = check_model(settings.llm(model))
        if problem:
            return PartHealth(ok=False, message=problem)
    # What a Monitor's own model did is said there, and is no news of the installation's.
    failed = Run.last_llm_failure(settings.llm_model, now - RECENT)
    if failed:
        return PartHealth(ok=False, message=_how_it_failed(failed))
    if settings.llm_model == "builtin":
        return PartHealth(ok=True, message="The built-in reading judges; no LLM_MODEL is set.")
    return PartHealth(ok=True, message=f"{settings.llm_model} judges.")
