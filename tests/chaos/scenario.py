"""A service under fire, from its first Monitor to the verdict on it."""

import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_hex

import flask_migrate
import psutil
from sqlalchemy import func, select, update

from tests.chaos import audit
from tests.chaos.fire import FOLDER_DELETED, KILLED_AND_DELETED, Fire, Pace
from tests.chaos.fleet import Fleet, marked, running
from tests.chaos.judge import Evidence, Findings, judge
from tests.chaos.load import MARK, SlowModel, Visitor, make_monitors, make_poisoned
from tests.chaos.named import teach_connections
from tests.pipeline.notify.smtp_server import Mailbox, smtp_server
from tests.service import free_port
from tests.waiting import until
from webapp import create_app
from webapp.clock import utc_now
from webapp.config import Settings
from webapp.extensions import db, writing
from webapp.models import Monitor, Notification, Run
from webapp.models.run import IS_LIVE

START_SECONDS = 60
# A Run that kills its workers has two leases, after each of which the scheduler has to look.
QUIET_SECONDS = 300
# What the issue asks for.
RESUME_SECONDS = 60
# Less than the shortest absence; the overview shows the parts as they were a moment ago.
TELL_SECONDS = 4
LOOK_SECONDS = 0.1
LEFT_SECONDS = 5
# The part of the calls that may be refused, to be tried again.
MOST_BUSY = 0.01
FIRST = timedelta(seconds=10)


@dataclass(frozen=True)
class Plan:
    """`seconds` of fire, then an absence of Valkey for each of `outages`, in seconds.

    `fast`: workers whose leases are a tenth as long.
    """

    pace: Pace
    seconds: float
    outages: tuple[float, ...]
    monitors: int
    workers: int
    fast: bool
    seed: int


def play(plan: Plan, database_url: str | None) -> Findings:
    """Put a service on the empty database under fire; what was found, then and afterwards."""
    findings = Findings()
    with _folder(findings) as folder:
        _play(plan, folder, database_url, findings)
    return findings


def _play(plan: Plan, folder: Path, database_url: str | None, findings: Findings) -> None:
    mark, mailbox, model = token_hex(8), Mailbox(), SlowModel()
    with smtp_server(mailbox) as smtp_port, model:
        told = _variables(folder, database_url, smtp_port, model.url)
        with _prepared(told):
            first = utc_now() + FIRST
            first_slots = make_monitors(plan.monitors, mark, first)
            visitor = Visitor(int(told["PORT"]), list(first_slots))
            poisoned = make_poisoned(mark, first)
            with running(folder, told, workers=plan.workers, fast=plan.fast) as fleet:
                fire = Fire(fleet, folder, plan.pace, plan.seed)
                scenario = Scenario(fleet, visitor, fire)
                scenario.go_through(plan)
                commands_left = _left(MARK, mark)
                ends = fleet.ends
            evidence = Evidence(
                first_slots=first_slots | poisoned,
                poisoned=frozenset(poisoned),
                ends=ends,
                deleted=fire.strikes[FOLDER_DELETED] + fire.strikes[KILLED_AND_DELETED],
                fire=scenario.burnt,
                promised=frozenset(visitor.promised),
                letters=mailbox.letters,
            )
            judged = judge(evidence)
    processes_left = _left("DATA_DIR", told["DATA_DIR"])
    findings.counts |= scenario.counts | judged.counts
    findings.violations += scenario.violations + judged.violations
    if commands_left or processes_left:
        findings.violations.append(f"left running: {commands_left}, {processes_left}")


class Scenario:
    """Fire, then Valkey's absences, then quiet; `counts` and `violations` say what was seen, and
    `burnt` from when to when."""

    burnt: tuple[datetime, datetime]

    def __init__(self, fleet: Fleet, visitor: Visitor, fire: Fire) -> None:
        self.counts: dict[str, object] = {}
        self.violations: list[str] = []
        self._fleet = fleet
        self._visitor = visitor
        self._fire = fire

    def go_through(self, plan: Plan) -> None:
        self._until(lambda: self._visitor.health()[0] == 200, START_SECONDS)
        self._visitor.start()
        began = utc_now()
        self._burn(plan.seconds)
        self.burnt = began, utc_now()
        for seconds in plan.outages:
            self._outage(seconds)
        self._visitor.finish()
        self._settle()
        self._note(plan)

    def _burn(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._fire.turn()
            self._fleet.look()
            time.sleep(LOOK_SECONDS)
        self._fleet.heal()

    def _outage(self, seconds: float) -> None:
        """Keep Valkey away, see what people are told meanwhile, and how soon work resumes."""
        self._until(lambda: self._visitor.health()[0] == 200, START_SECONDS)
        (valkey,) = self._fleet.of("valkey")
        valkey.kill(seconds)
        gone = time.monotonic()
        end = gone + seconds
        self._until(self._is_told, TELL_SECONDS)
        told = time.monotonic() - gone
        self._until(lambda: time.monotonic() >= end, seconds + START_SECONDS)
        self._until(lambda: valkey.well, START_SECONDS)
        back_at, back = utc_now(), time.monotonic()
        self._until(lambda: _runs_started_since(back_at), RESUME_SECONDS)
        outage = f"{seconds:g} s without Valkey"
        self.counts[f"seconds until the pages told of {outage}"] = round(told, 1)
        self.counts[f"seconds to the first Run after {outage}"] = round(time.monotonic() - back, 1)

    def _is_told(self) -> bool:
        """Whether the dashboard and /health say that Valkey is gone."""
        status, page = self._visitor.page()
        ill, said = self._visitor.health()
        if status != 200:
            self.violations.append(f"without Valkey: dashboard {status}")
        return ill == 503 and "does not answer" in page and "does not" in said

    def _settle(self) -> None:
        """Let everything work, begin nothing new, and wait until all is told."""
        self._fleet.heal()
        with writing():
            db.session.execute(update(Monitor).values(paused=True))  # its next slot stays
        began = time.monotonic()
        self._until(_quiet, QUIET_SECONDS)
        self.counts["seconds until all was quiet"] = round(time.monotonic() - began)

    def _note(self, plan: Plan) -> None:
        answers = self._visitor.answers
        # A process that was stopped within a transaction holds others up, and they are told so.
        busy, calls = answers["run-once 503"], answers["run-once 503"] + answers["run-once 202"]
        refused_otherwise = set(answers) - {"dashboard 200", "run-once 202", "run-once 503"}
        if refused_otherwise or busy > max(1, MOST_BUSY * calls):
            self.violations += self._visitor.refusals
        strikes = self._fire.strikes
        ended = Counter(end.kind for end in self._fleet.ends)
        self.counts = {
            "seconds under fire": plan.seconds,
            "strikes": strikes.total(),
            **{f"· {kind}": strikes[kind] for kind in sorted(strikes)},
            "processes that ended by themselves": len(self._fleet.ends),
            **{f"· {kind}": number for kind, number in sorted(ended.items())},
            "pages and calls answered": answers.total() - busy,
            "calls refused, to be tried again": busy,
            "slowest page, seconds": round(self._visitor.slowest, 1),
        } | self.counts

    def _until(self, condition: Callable[[], object], seconds: float) -> None:
        """As `until`, while the processes are kept up."""

        def holds() -> object:
            self._fleet.look()
            return condition()

        until(holds, seconds)


@contextmanager
def _folder(findings: Findings) -> Iterator[Path]:
    """With a short path, as that of Valkey's socket has to be; kept where something failed."""
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    well = False
    try:
        yield folder
        well = not findings.violations
    finally:
        if well:
            shutil.rmtree(folder)
        else:
            print(f"What the processes said is in {folder}")


def _variables(
    folder: Path, database_url: str | None, smtp_port: int, llm_url: str
) -> dict[str, str]:
    told = {
        "DATA_DIR": str(folder),
        "PORT": str(free_port()),
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(smtp_port),
        "OPENAI_API_KEY": "sk-of-the-stub",
        "OPENAI_BASE_URL": llm_url,
        "MAX_RUN_HISTORY_PER_MONITOR": "100000",
    }
    return told | ({"DATABASE_URL": database_url} if database_url else {})


@contextmanager
def _prepared(told: dict[str, str]) -> Iterator[None]:
    """Inside an app's context, on a database that is migrated and watched."""
    teach_connections()
    given = {name.lower(): value for name, value in told.items()}
    app = create_app(Settings(_env_file=None, **given))  # type: ignore[arg-type]
    with app.app_context():
        flask_migrate.upgrade()
        with db.engine.begin() as connection:
            audit.install(connection)
        yield
        db.session.remove()
        db.engine.dispose()


def _left(variable: str, value: str) -> list[psutil.Process]:
    """Processes with this variable that do not end within a moment."""
    deadline = time.monotonic() + LEFT_SECONDS
    while (found := marked(variable, value)) and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)
    return found


def _runs_started_since(moment: datetime) -> bool:
    started = db.session.scalar(select(Run.id).where(Run.started_at >= moment).limit(1))
    db.session.rollback()  # or PostgreSQL would end a session that idles within a transaction
    return started is not None


def _quiet() -> bool:
    live = select(func.count()).select_from(Run).where(IS_LIVE)
    telling = select(func.count()).where(Notification.status == "pending")
    number = (db.session.scalar(live) or 0) + (db.session.scalar(telling) or 0)
    db.session.rollback()
    return not number
