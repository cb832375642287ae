"""Rows to begin with, made as the service makes them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from webapp.models import Claim, LogSource, Monitor, Run, Target
from webapp.schemas import LogSourceIn, MonitorIn, TargetIn, validate

NOW = datetime(2026, 1, 31, 8, 0, tzinfo=UTC)
TIMEOUT = timedelta(minutes=5)
A_COMMAND = {"label": "LOGS", "mode": "command", "command": "echo all is well"}
# What a Run keeps of an Input that it read.
GATHERED = {
    "label": "DF",
    "mode": "command",
    "command": "df -h",
    "status": "ok",
    "exit_code": 0,
    "duration_ms": 12,
    "bytes": 40,
    "lines": 2,
    "kept_lines": 2,
    "kept_chars": 40,
    "truncated": False,
    "error": None,
    "stderr": "",
}


def new_target(name: str = "local", **values: Any) -> Target:
    return Target.create(validate(TargetIn, {"name": name, "type": "local"} | values))


def new_source(target: Target, name: str = "syslog", **values: Any) -> LogSource:
    sent = {"target_id": target.id, "name": name, "mode": "file", "config": {"path": "/a/log"}}
    return LogSource.create(validate(LogSourceIn, sent | values))


def new_monitor(now: datetime = NOW, **values: Any) -> Monitor:
    """It echoes a line every five minutes, on a Target of its own unless one is named."""
    sent = {"name": "Shop", "prompt": "Look for errors.", "inputs": [A_COMMAND]} | values
    if "target_id" not in sent and "log_source_id" not in sent:
        sent["target_id"] = new_target().id
    return Monitor.create(validate(MonitorIn, sent), now)


def new_claim(monitor: Monitor, now: datetime = NOW) -> Claim:
    """A Run of the Monitor that a worker has taken."""
    run_id, _ = Run.start(monitor.id, "manual", now)
    claim = Claim.take(run_id, now, TIMEOUT)
    assert claim, "nobody else takes it"
    return claim


def calls_of(used: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The one question to the model that a Run with these columns judged by; none by another."""
    model = used.get("llm_model")
    if model in (None, "builtin") or used.get("reused_from"):
        return []
    taken = {name: used.get(name) for name in ("input_tokens", "output_tokens", "cost_usd")}
    said = {"purpose": "verdict", "model": model, "status": used.get("verdict", "ok")}
    return [said | taken | {"error": None, "dropped_citations": 0}]


def finished_run(monitor: Monitor, now: datetime = NOW, keep: int = 200, **values: Any) -> int:
    """The id of a Run of the Monitor that came out `ok`."""
    claim = new_claim(monitor, now)
    told = {"verdict": "ok", "summary": "All is well.", "calls": calls_of(values)} | values
    claim.record_verdict([], **told)
    claim.finish(now, keep)
    return claim.run_id
