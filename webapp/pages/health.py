from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from flask import Blueprint, Response, current_app, render_template, request

from webapp import health
from webapp.clock import utc_now
from webapp.pages.bad_count import BadCount
from webapp.schemas.health import HealthOut, PartHealth

blueprint = Blueprint("health", __name__, url_prefix="/health")

# What each part is there for.
MEANINGS = {
    "scheduler": "Starts each Monitor when it is due.",
    "workers": "Carry out the Runs: read, judge, tell.",
    "queue": "Tells workers at once that a Run is there.",
    "database": "Keeps everything.",
    "llm": "Judges what was gathered.",
}
# What to do where it fails; docs/operations.md has it for each sentence.
ADVICE = {
    "scheduler": "None showed life for 30 s. Start one; its log says why it ended.",
    "workers": "Start one. If they run, they hang, or cannot reach the database or the queue: "
    "their log says `no answer`.",
    "queue": "Where it does not answer: start Redis or Valkey, and check `REDIS_URL`; Runs wait "
    "in the database, and go on by themselves. Where Runs wait: add workers, or `WORKER_THREADS`.",
    "database": "The sentence says why: not reached, full, read-only, or held by another writer. "
    "Nothing else works until then.",
    "llm": "Look at that Run, or set what the model lacks. Runs end as `error` until then, and "
    "are told. The settings have a test.",
}
NOT_KNOWN = "See the database."


@dataclass(frozen=True)
class Part:
    """`advice` is what to do, there where it fails."""

    name: str
    ok: bool
    message: str
    since: datetime | None
    meaning: str
    advice: str | None


@blueprint.get("")
def show() -> tuple[str, int]:
    """Every part in a sentence; 503 where one fails, as scripts get it."""
    now = utc_now()
    report = _report(now)
    page = render_template("health/show.html", **_told(report, now))
    return page, 200 if report.status == "ok" else 503


@blueprint.get("/health-panel")
def panel() -> Response | str:
    """What of it changes; nothing where `seen` names what the caller has."""
    now = utc_now()
    told = _told(_report(now), now)
    if request.args.get("seen") == told["seen"]:
        return Response(status=204)
    return render_template("health/_health-panel.html", **told)


def _report(now: datetime) -> HealthOut:
    extensions = current_app.extensions
    return health.check(extensions["settings"], extensions["doorbell"], now)


def _told(report: HealthOut, now: datetime) -> dict[str, object]:
    found = report.parts()
    parts = [_part(name, found[name], known=report.database.ok) for name in MEANINGS]
    # This page is for when the database fails too: then nobody can count.
    bad = BadCount.at(now) if report.database.ok else BadCount()
    return {
        "parts": parts,
        "failing": [part.name for part in parts if not part.ok],
        "bad_count": lambda: bad,
        "seen": sha256(repr((parts, bad)).encode()).hexdigest()[:16],
    }


def _part(name: str, found: PartHealth, *, known: bool) -> Part:
    """`known`: the database answers, which tells of all others."""
    advice = ADVICE[name] if known or name == "database" else NOT_KNOWN
    meaning, shown = MEANINGS[name], None if found.ok else advice
    return Part(name, found.ok, found.message, found.since, meaning, shown)
