"""Fills an empty database, and writes the logs that its Monitors go on reading."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import takewhile
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import insert

from webapp.demo.cast import Watched, cast
from webapp.demo.history import MOST_RUNS, command, runs
from webapp.demo.told import MAIL, notifications
from webapp.extensions import db, writing
from webapp.models import LlmUsage, LogSource, Monitor, Notification, Run, Standing, Target
from webapp.models.standing import SENTENCE_CHARS
from webapp.pipeline.sections import lines_of
from webapp.schemas import LogSourceIn, MonitorIn, TargetIn, validate

SEED = 2026


class NotEmpty(Exception):
    """Somebody's own work is there; the text says what to do."""


def build(data_dir: Path, now: datetime, most_runs: int = MOST_RUNS) -> dict[str, int]:
    """The ids of its Monitors by name; the same rows for the same `now`.

    Raises NotEmpty where there is a Target or a Monitor.
    """
    if Target.all() or Monitor.page(1):
        raise NotEmpty(
            "The demo fills an empty database only, and this one has Targets or Monitors. "
            "Set DATA_DIR to a new folder, or delete this one if it is an old demo."
        )
    logs = data_dir / "logs"
    watched = cast()
    monitors = _monitors(watched, logs, now)
    random = Random(SEED)  # noqa: S311
    history = {
        one.name: runs(one, monitors[one.name].id, now, random, most_runs) for one in watched
    }
    with writing():
        _insert(watched, history, now)
    _plan(history, monitors)
    _pause_and_mute(watched, monitors, now)
    _write_logs(watched, history, logs)  # last: whoever sees them finds all of it
    return {name: monitor.id for name, monitor in monitors.items()}


def _monitors(watched: Sequence[Watched], logs: Path, now: datetime) -> dict[str, Monitor]:
    local = Target.create(validate(TargetIn, {"name": "ops-1", "type": "local"}))
    engine = {"type": "docker_host", "connection_config": {"host": "localhost"}}
    staging = Target.create(validate(TargetIn, {"name": "staging-engine"} | engine))
    return {one.name: _monitor(one, local, staging, logs, now) for one in watched}


def _monitor(
    watched: Watched, local: Target, staging: Target, logs: Path, now: datetime
) -> Monitor:
    told = {
        "name": watched.name,
        "prompt": watched.prompt,
        "interval_seconds": watched.every,
        "tags": watched.tags,
        "notification_config": {
            "email_recipients": [MAIL],
            "sms_recipients": watched.sms,
            "notify_on": watched.notify_on,
        },
        **_place(watched, local, staging, logs),
    }
    return Monitor.create(validate(MonitorIn, told), now)


def _place(watched: Watched, local: Target, staging: Target, logs: Path) -> dict[str, Any]:
    """What it reads: a container, a file by the name of its LogSource, or files by commands."""
    if watched.container:
        config = {"container_name": watched.container}
        source = _source(staging, "staging-gateway", "docker_logs", config)
        return {"log_source_id": source.id}
    if watched.source:
        config = {"path": str(logs / watched.file)}
        return {"log_source_id": _source(local, watched.source, "file", config).id}
    files = {watched.label: watched.file} | {also.label: also.file for also in watched.also}
    return {
        "target_id": local.id,
        "inputs": [_input(label, file, logs) for label, file in files.items()],
    }


def _source(target: Target, name: str, mode: str, config: dict[str, Any]) -> LogSource:
    told = {"target_id": target.id, "name": name, "mode": mode, "config": config}
    return LogSource.create(validate(LogSourceIn, told))


def _input(label: str, file: str, logs: Path) -> dict[str, Any]:
    return {"label": label, "mode": "command", "command": command(file), "workdir": str(logs)}


def _write_logs(
    watched: Sequence[Watched], history: dict[str, list[dict[str, Any]]], logs: Path
) -> None:
    """The files that are read from now on say what the last Runs were of."""
    for one in watched:
        texts = [run["logs_text"] or "" for run in history[one.name][-6:]]
        lines = [line for text in texts for line in _of_the_log(text, one.label)]
        _write(logs / one.file, "\n".join(lines))
        for also in one.also:
            _write(logs / also.file, also.text)


def _of_the_log(text: str, label: str) -> list[str]:
    """What stands under its label, without our marks."""
    lines = lines_of(text, [label])
    return [one.text for one in takewhile(lambda one: one.text, lines) if one.kind == "log"]


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{text}\n", encoding="utf-8")


def _insert(
    watched: Sequence[Watched], history: dict[str, list[dict[str, Any]]], now: datetime
) -> None:
    """All rows at once: as Runs do it, one after the other, it would take minutes."""
    told = [(one, run) for one in watched for run in history[one.name]]
    told.sort(key=lambda pair: pair[1]["created_at"])  # ids go with the time
    rows = [run for _, run in told]
    ids = db.session.scalars(insert(Run).returning(Run.id, sort_by_parameter_order=True), rows)
    sent = []
    for (one, run), run_id in zip(told, ids, strict=True):
        run["id"] = run_id
        sent += [{**row, "run_id": run_id} for row in notifications(one, run, now)]
    db.session.execute(insert(Notification), sent)
    db.session.execute(insert(Standing), [_standing(runs) for runs in history.values() if runs])
    db.session.execute(insert(LlmUsage), _usage(rows))


def _standing(history: Sequence[dict[str, Any]]) -> dict[str, Any]:
    last = history[-1]
    alike = list(takewhile(lambda run: run["status"] == last["status"], reversed(history)))
    return {
        "monitor_id": last["monitor_id"],
        "run_id": last["id"],
        "status": last["status"],
        "sentence": (last["error_message"] or last["summary"])[:SENTENCE_CHARS],
        "finished_at": last["finished_at"],
        "since": alike[-1]["finished_at"],
    }


def _usage(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    taken: dict[tuple[date, int, str], list[dict[str, Any]]] = defaultdict(list)
    for run in rows:
        if run["llm_model"] not in (None, "builtin"):
            key = (run["created_at"].date(), run["monitor_id"], run["llm_model"])
            taken[key].append(run)
    return [
        {
            "day": day,
            "monitor_id": monitor_id,
            "model": model,
            "runs": len(runs),
            "unpriced_runs": 0,
            "reused_runs": 0,
            **{n: sum(r[n] for r in runs) for n in ("input_tokens", "output_tokens", "cost_usd")},
        }
        for (day, monitor_id, model), runs in taken.items()
    ]


def _plan(history: dict[str, list[dict[str, Any]]], monitors: dict[str, Monitor]) -> None:
    """Each goes on where its history ends, and not all of them within the first minute."""
    for name, past in history.items():
        if past:
            every = timedelta(seconds=monitors[name].interval_seconds)
            monitors[name].run_next(past[-1]["slot"] + every)


def _pause_and_mute(
    watched: Sequence[Watched], monitors: dict[str, Monitor], now: datetime
) -> None:
    for one in watched:
        if one.paused:
            monitors[one.name].pause()
        if one.muted_hours:
            monitors[one.name].mute(now, now + timedelta(hours=one.muted_hours))
