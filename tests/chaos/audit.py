"""A witness inside the database: every write to a Run, as a trigger saw it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

from sqlalchemy import Connection, text

from webapp.models import Run
from webapp.models.run import DONE, MAX_ATTEMPTS

SEEN = ("token", "status", "stage", "verdict", "attempt", "lease_until")
# That somebody was called is no work on the Run.
_WATCHED = [c.name for c in Run.__table__.columns if c.name not in ("id", "rung_at")]
# SQLite's clock shows milliseconds.
_CLOCK = timedelta(milliseconds=2)


@dataclass(frozen=True)
class State:
    """What matters of a Run, before a write or after it."""

    token: str | None
    status: str
    stage: str | None
    verdict: str | None
    attempt: int
    lease_until: datetime | None


@dataclass(frozen=True)
class Write:
    """`writer` is the process, by the name that it has in the fleet."""

    run_id: int
    at: datetime
    writer: str | None
    old: State
    new: State


def install(connection: Connection) -> None:
    """Make the table and the trigger, on an empty database."""
    sqlite = connection.dialect.name == "sqlite"
    # Of PostgreSQL's JSON only the text can be compared.
    differs = "OLD.{0} IS NOT NEW.{0}" if sqlite else "OLD.{0}::text IS DISTINCT FROM NEW.{0}::text"
    words = {
        "columns": ", ".join(f"{age}_{name} TEXT" for age in ("old", "new") for name in SEEN),
        "old": ", ".join(f"OLD.{name}" for name in SEEN),
        "new": ", ".join(f"NEW.{name}" for name in SEEN),
        "changed": " OR ".join(differs.format(name) for name in _WATCHED),
    }
    for statement in _SQLITE if sqlite else _POSTGRESQL:
        connection.exec_driver_sql(statement.format(**words))


_TABLE = """
CREATE TABLE chaos_writes
    (seq {serial}, run_id INTEGER, at TEXT, writer TEXT, {columns})
"""
_SQLITE = (
    _TABLE.replace("{serial}", "INTEGER PRIMARY KEY AUTOINCREMENT"),
    """
    CREATE TRIGGER chaos AFTER UPDATE ON runs WHEN {changed} BEGIN
        INSERT INTO chaos_writes
        SELECT NULL, OLD.id, strftime('%Y-%m-%d %H:%M:%f', 'now'), writer(), {old}, {new};
    END
    """,
)
# A Run's writes are in the order of their numbers: each waits for the one before to be committed.
_POSTGRESQL = (
    _TABLE.replace("{serial}", "BIGSERIAL PRIMARY KEY"),
    """
    CREATE FUNCTION chaos() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO chaos_writes
        SELECT nextval('chaos_writes_seq_seq'), OLD.id, clock_timestamp()::text,
            current_setting('application_name'), {old}, {new};
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER chaos AFTER UPDATE ON runs FOR EACH ROW WHEN ({changed})
    EXECUTE FUNCTION chaos()
    """,
)


def writes(connection: Connection) -> list[Write]:
    """All that the witness saw, a Run after the other, each in order."""
    rows = connection.execute(text("SELECT * FROM chaos_writes ORDER BY run_id, seq")).mappings()
    return [
        Write(
            run_id=row["run_id"],
            at=_moment(row["at"]),
            writer=row["writer"],
            old=_state([row[f"old_{name}"] for name in SEEN]),
            new=_state([row[f"new_{name}"] for name in SEEN]),
        )
        for row in rows
    ]


def faults(seen: Sequence[Write]) -> list[str]:
    """A sentence for each write that was not its writer's to make."""
    return [
        f"run {run_id}: {fault}"
        for run_id, group in groupby(seen, key=lambda write: write.run_id)
        for fault in _faults_of_one(list(group))
    ]


def _faults_of_one(seen: list[Write]) -> list[str]:
    found = []
    holders: dict[str, str | None] = {}  # each token, and the process that took the Run with it
    stages = set()
    for write in seen:
        old, new = write.old, write.new
        if old.status in DONE:
            found.append(f"written after its end, by {write.writer}")
        if old.verdict is not None and new.verdict != old.verdict:
            found.append(f"judged {old.verdict} and then {new.verdict}")
        if new.token and new.token != old.token:
            found += _faults_of_taking(write, holders)
            holders[new.token] = write.writer
        else:
            found += _faults_of_work(write, holders)
        if new.stage and new.stage != old.stage:
            if (new.token, new.stage) in stages:
                found.append(f"{new.stage} twice under one token")
            stages.add((new.token, new.stage))
    return found


def _faults_of_taking(write: Write, holders: dict[str, str | None]) -> list[str]:
    """Only what is queued, or whose lease is over, may be taken, and no more than twice."""
    old, new = write.old, write.new
    found = []
    if new.token in holders:
        found.append("taken anew with a token that was replaced")
    if old.status == "running" and (not old.lease_until or old.lease_until > write.at + _CLOCK):
        found.append(f"taken by {write.writer} while the lease of another ran")
    closing = new.attempt == old.attempt == MAX_ATTEMPTS
    if not closing and (new.attempt != old.attempt + 1 or new.attempt > MAX_ATTEMPTS):
        found.append(f"attempt {new.attempt} after attempt {old.attempt}")
    return found


def _faults_of_work(write: Write, holders: dict[str, str | None]) -> list[str]:
    """Only the holder of that moment may write."""
    token = write.old.token
    if not token:
        return [f"written by {write.writer}, and held by nobody"]
    if holders.get(token) != write.writer:
        return [f"written by {write.writer}, and held by {holders.get(token)}"]
    return []


def _state(values: list[str | None]) -> State:
    token, status, stage, verdict, attempt, lease_until = values
    assert status and attempt is not None, "no Run is without"
    moment = _moment(lease_until) if lease_until else None
    return State(token, status, stage, verdict, int(attempt), moment)


def _moment(shown: str) -> datetime:
    moment = datetime.fromisoformat(shown)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
