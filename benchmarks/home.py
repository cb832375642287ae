"""The overview with 1,000 Monitors and 200,000 Runs against a page that says hello.

Both are served by gunicorn in the same way and asked in turn over one connection each.
`python -m benchmarks.home`; exit status 1 where it falls short of a goal. The overview of
changedetection.io with 1,000 watches is measured too; see benchmarks/peer.py.
"""

import gzip
import http.client
import os
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import insert, select, update

from benchmarks.fleet import LINE, Fleet, fleet, until
from benchmarks.peer import python_of_peer, serving
from tests.service import free_port
from webapp import htmx
from webapp.clock import utc_now
from webapp.extensions import db, writing
from webapp.models import Claim, Heartbeat, Monitor, MonitorTag, Run, Standing, Target
from webapp.models.run import IS_LIVE
from webapp.schemas import TargetIn, validate

MONITORS, RUNS_EACH = 1000, 200
# Monitors that never ran.
NEW = 5
TARGETS = [
    {"name": "shop-engine", "type": "docker_host", "connection_config": {"host": "localhost"}},
    *({"name": name, "type": "local"} for name in ("web-1", "web-2", "db-1", "batch")),
]
TAGS = ("prod", "staging", "web", "database", "shop", "backup", "team-red", "team-blue")
SIGN_EVERY = 50
ROUNDS, WATCHES = 300, 1000
PAGE_GOAL, POLL_GOAL = 10, 2
POLL_BYTES, PAGE_BYTES = 1000, 150_000
SERVED_BY = ("-m", "gunicorn", "--worker-class", "gthread", "--workers", "1", "--threads", "64")
HTML = {"Accept": "text/html", "Accept-Encoding": "gzip, br, zstd"}
POLL = HTML | {"HX-Request": "true"}
HTMX_FILE = Path(os.environ.get("HTMX_DIST", ".cache/htmx/htmx.min.js"))


class Answer(NamedTuple):
    seconds: float
    status: int
    body: bytes


def main() -> int:
    """Compare, print, and return the exit status."""
    with fleet(0, PORT=str(free_port())) as service, ExitStack() as stack:
        _fill(service)
        ours = stack.enter_context(_ours(service))
        hello = stack.enter_context(_hello(service))
        other = stack.enter_context(_peer(service))
        quiet = _in_turn(hello, lambda: ours.get("/"))
        moving = _in_turn(hello, lambda: ours.get("/"), before=_ends_of_runs())
        _show_life()
        seen = _seen(ours)
        polls = _in_turn(hello, lambda: ours.get(f"/overview?seen={seen}", POLL))
        watches = _in_turn(hello, lambda: other.get("/")) if other else None
        weight = _weight(ours)
    ratios = {
        "page": _told("page, nothing new", *quiet),
        "moving": _told("page, a Run ended before each", *moving),
        "poll": _told("poll, nothing new", *polls),
    }
    poll_bytes = len(polls[0][-1].body)
    print(f"a poll with nothing new: {polls[0][-1].status}, {poll_bytes} bytes of body")
    print(f"first screen, compressed, with styles, scripts and htmx: {weight:,} bytes")
    faster = True
    if watches:
        _told(f"changedetection.io, {WATCHES:,} watches", *watches)
        faster = _median(watches[0]) > _median(moving[0])
    else:
        print("changedetection.io: left out, by CHANGEDETECTION=no")
    print(f"goals: page <= {PAGE_GOAL}, poll <= {POLL_GOAL} x hello; {PAGE_BYTES:,} bytes")
    well = max(ratios["page"], ratios["moving"]) <= PAGE_GOAL and ratios["poll"] <= POLL_GOAL
    return 0 if well and poll_bytes <= POLL_BYTES and weight <= PAGE_BYTES and faster else 1


class Server:
    """What listens on a port of this machine, asked over one connection."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def get(self, path: str, headers: dict[str, str] = HTML) -> Answer:
        try:
            return self._asked(path, headers)
        except OSError:  # it was idle for so long that the server closed it
            self._connection.close()
            return self._asked(path, headers)

    def _asked(self, path: str, headers: dict[str, str]) -> Answer:
        began = time.perf_counter()
        self._connection.request("GET", path, headers=headers)
        response = self._connection.getresponse()
        body = response.read()
        return Answer(time.perf_counter() - began, response.status, body)

    def answers(self) -> bool:
        try:
            return self.get("/").status == 200
        except OSError:  # it does not listen yet
            self._connection.close()
            return False


def _in_turn(
    hello: Server, ask: Callable[[], Answer], before: Iterator[None] | None = None
) -> tuple[list[Answer], list[Answer]]:
    """Pair by pair, so that both meet the same noise."""
    _show_life()
    ask(), hello.get("/")
    asked, greeted = [], []
    for number in range(ROUNDS):
        if number % SIGN_EVERY == 0:
            _show_life()
        if before:
            next(before)
        asked.append(ask())
        greeted.append(hello.get("/"))
    assert {answer.status for answer in asked} <= {200, 204}, asked[-1]
    return asked, greeted


def _show_life() -> None:
    """As a scheduler and a worker do; what fails is told with seconds that change all the time."""
    for kind in ("scheduler", "worker"):
        Heartbeat.beat(kind, "here", utc_now())


def _told(name: str, asked: Sequence[Answer], greeted: Sequence[Answer]) -> float:
    """Print how it compares; the ratio of the 95th percentiles."""
    ratio = _p95(asked) / _p95(greeted)
    print(
        f"{name}: median {1000 * _median(asked):.2f} ms, p95 {1000 * _p95(asked):.2f} ms; "
        f"hello {1000 * _median(greeted):.2f} and {1000 * _p95(greeted):.2f} ms; "
        f"ratio of the p95 {ratio:.1f}"
    )
    return ratio


def _median(answers: Sequence[Answer]) -> float:
    return statistics.median(answer.seconds for answer in answers)


def _p95(answers: Sequence[Answer]) -> float:
    return statistics.quantiles([answer.seconds for answer in answers], n=20)[-1]


def _weight(ours: Server) -> int:
    """The page, and all that it loads before it is whole, as sent."""
    page = _plain(ours)
    paths = set(re.findall(r'(?:href|src)="(/(?:static|api)/[^"]+)"', page.partition("<body>")[0]))
    sent = [len(ours.get("/").body), *(len(ours.get(path).body) for path in paths)]
    if htmx.URL in page:  # the CDN compresses it to about this
        assert HTMX_FILE.exists(), "run .ci/fetch_htmx.sh"
        sent.append(len(gzip.compress(HTMX_FILE.read_bytes())))
    return sum(sent)


def _seen(ours: Server) -> str:
    match = re.search(r"seen=([0-9a-f]+)", _plain(ours))
    assert match, "the page polls"
    return match[1]


def _plain(ours: Server) -> str:
    return ours.get("/", {"Accept": "text/html"}).body.decode()


@contextmanager
def _ours(service: Fleet) -> Iterator[Server]:
    port = int(service.environment["PORT"])
    command = ["-m", "gunicorn", "--config", "webapp/gunicorn.py", "webapp:create_app()"]
    with service.running(command):
        yield _up(Server(port))


@contextmanager
def _hello(service: Fleet) -> Iterator[Server]:
    port = free_port()
    with service.running([*SERVED_BY, "--bind", f"127.0.0.1:{port}", "benchmarks.hello:app"]):
        yield _up(Server(port))


def _up(server: Server) -> Server:
    until(server.answers, 60)
    return server


@contextmanager
def _peer(service: Fleet) -> Iterator[Server | None]:
    python = python_of_peer()
    if python is None:
        yield None
        return
    with serving(service, python, WATCHES) as port:
        yield _up(Server(port))


def _fill(service: Fleet) -> None:
    """Monitors of several Targets, with tags and in every state; the Runs of each are like those
    of a day's work, with their texts."""
    service.add_monitors(MONITORS, next_run_at=utc_now() + timedelta(days=1))
    ids = db.session.scalars(select(Monitor.id).order_by(Monitor.id)).all()
    now = utc_now()
    _spread(ids, now)
    for place, monitor_id in enumerate(ids[:-NEW]):
        runs = [_run(monitor_id, place + number, now, number) for number in range(RUNS_EACH)]
        with writing():
            db.session.execute(insert(Run), runs)
    with writing():
        last = select(Run.id).where(Run.slot == _moment(now, RUNS_EACH - 1))
        for run_id in db.session.scalars(last).all():
            Standing.follow(run_id)


def _spread(ids: Sequence[int], now: datetime) -> None:
    """Over Targets and tags; some are paused, some muted, and some have a Run under way."""
    targets = [Target.create(validate(TargetIn, target)) for target in TARGETS]
    tags = [
        {"monitor_id": monitor_id, "tag": tag}
        for place, monitor_id in enumerate(ids)
        for tag in {TAGS[place % len(TAGS)], TAGS[place // 7 % len(TAGS)]}
    ]
    with writing():
        for number, target in enumerate(targets):
            chosen = ids[number :: len(targets) + 1]
            db.session.execute(_set(chosen, target_id=target.id))
        db.session.execute(insert(MonitorTag), tags)
        db.session.execute(_set(ids[::40], paused=True, next_run_at=None))
        db.session.execute(_set(ids[1::40], muted_at=now))
    for monitor_id in ids[2::100]:
        run_id, _ = Run.start(monitor_id, "manual", now)
        Claim.take(run_id, now, timedelta(hours=1))


def _set(ids: Sequence[int], **values: Any) -> Any:
    return update(Monitor).where(Monitor.id.in_(ids)).values(**values)


def _run(monitor_id: int, dice: int, now: datetime, number: int) -> dict[str, Any]:
    status = {0: "alert", 1: "error", 2: "warn", 3: "warn"}.get(dice * 7919 % 41, "ok")
    at = _moment(now, number)
    said = "error_message" if status == "error" else "summary"
    text = {"summary": None, "error_message": None} | {said: f"{status}: 120 lines, as usual."}
    return text | {
        "monitor_id": monitor_id,
        "trigger": "schedule",
        "slot": at,
        "status": status,
        "verdict": status,
        "attempt": 1,
        **dict.fromkeys(("created_at", "queued_at", "started_at"), at),
        "finished_at": at + timedelta(seconds=3),
        "report": "What happened, in a few sentences. " * 10,
        "recommendations": [],
        "findings": [],
        "inputs": [],
        "redactions": {},
        "logs_text": "".join(LINE.format(second) for second in range(30)),
        "llm_model": "openai:benchmark",
    }


def _moment(now: datetime, number: int) -> datetime:
    return now - timedelta(minutes=5 * (RUNS_EACH - number))


def _ends_of_runs() -> Iterator[None]:
    """Each time another Monitor's Run began and ended just now."""
    idle = select(Monitor.id).where(Monitor.id.not_in(select(Run.monitor_id).where(IS_LIVE)))
    ids = db.session.scalars(idle.order_by(Monitor.id)).all()
    for monitor_id in ids:
        run_id, _ = Run.start(monitor_id, "manual", utc_now())
        claim = Claim.take(run_id, utc_now(), timedelta(minutes=5))
        assert claim
        claim.finish(utc_now(), RUNS_EACH, verdict="alert", summary="It broke just now.")
        yield


if __name__ == "__main__":
    sys.exit(main())
