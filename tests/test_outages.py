"""The queue gone, as the whole service lives through it: nobody restarts anything."""

import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from redis import Redis

from tests.service import Service, example_is_done, launched
from tests.valkey import begin_valkey
from tests.waiting import until

pytestmark = pytest.mark.takes(seconds=100)

# What is asked for; each of these took a few seconds at most.
RESUMED_WITHIN = 60
BRIEFLY = 30
# An outage after which each process has tried again many times; other tests have brief ones.
LONG = 20
LONG_AGO = "2026-01-01 00:00:00.000000"


class Queue:
    """A server of the test's own, which nobody but the test starts again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "valkey.sock"
        self.process = begin_valkey(self.socket)

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def come_back(self) -> None:
        self.process = begin_valkey(self.socket)


@pytest.fixture(scope="module")
def queue() -> Iterator[Queue]:
    with TemporaryDirectory(prefix="outage-") as folder:
        queue = Queue(Path(folder, "valkey"))
        yield queue
        queue.kill()


@pytest.fixture(scope="module")
def service(queue: Queue, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A whole one, on that queue, with one worker."""
    data_dir = tmp_path_factory.mktemp("outage") / "data"
    with launched(data_dir, REDIS_URL=queue.url, WORKER_PROCESSES="1") as service:
        yield service


@pytest.fixture(scope="module")
def on_its_own() -> Iterator[Service]:
    """A whole one that has its queue embedded."""
    with TemporaryDirectory(prefix="outage-") as folder, launched(Path(folder, "data")) as service:
        yield service


def is_done(service: Service, run_id: int) -> bool:
    return service.curl(f"/runs/{run_id}")[1]["finished_at"] is not None


def run_once(service: Service) -> int:
    """The id of a Run that the service took on; it is queued, whatever became of the queue."""
    status, run = service.curl("/monitors/1/run-once", "--request", "POST")
    assert (status, run["status"]) == (202, "queued")
    return int(run["id"])


def say_that_it_was_rung_for_long_ago(service: Service, run_id: int) -> None:
    """As it is by itself after the 30 seconds that the scheduler leaves to workers."""
    database = sqlite3.connect(service.data_dir / "monitor.db", timeout=30)
    with closing(database), database:
        database.execute("UPDATE runs SET rung_at = ? WHERE id = ?", [LONG_AGO, run_id])


def everybody_is_told(service: Service, sentence: str) -> None:
    """The dashboard is up and says what is wrong; /health says it to scripts."""
    status, page = service.curl("/", "--header", "Accept: text/html")
    ill, health = service.curl("/health")
    assert (status, ill) == (200, 503)
    assert sentence in page
    assert health["queue"]["ok"] is False
    assert sentence in health["queue"]["message"]


@contextmanager
def resumed(service: Service, promised: list[int]) -> Iterator[None]:
    """What happens inside ends the outage; then all that was promised is done, and all is well."""
    yield
    until(lambda: all(is_done(service, run_id) for run_id in promised), RESUMED_WITHIN)
    until(service.well, BRIEFLY)
    until(lambda: service.curl("/monitors/1/run-once?wait=30", "--request", "POST")[0] == 200)


def test_what_is_asked_for_while_the_queue_is_gone_is_done_after_its_return(
    service: Service, queue: Queue
) -> None:
    until(lambda: example_is_done(service))
    queue.kill()
    gone_at = time.monotonic()

    everybody_is_told(service, f"The queue at {queue.socket} does not answer")
    promised = run_once(service)

    until(lambda: time.monotonic() >= gone_at + LONG)
    with resumed(service, [promised]):
        queue.come_back()


def test_a_queue_that_hangs_is_told_of_and_worked_with_when_it_goes_on(
    service: Service, queue: Queue
) -> None:
    until(lambda: example_is_done(service))
    queue.process.send_signal(signal.SIGSTOP)

    everybody_is_told(service, f"The queue at {queue.socket} ")  # took too long, or gave up
    promised = run_once(service)

    with resumed(service, [promised]):
        queue.process.send_signal(signal.SIGCONT)


def test_a_queue_that_comes_back_with_nothing_has_lost_no_run(
    service: Service, queue: Queue
) -> None:
    until(lambda: example_is_done(service))
    queue.kill()
    shutil.rmtree(queue.folder)

    everybody_is_told(service, f"The queue at {queue.socket} does not answer")
    promised = run_once(service)

    with resumed(service, [promised]):
        queue.come_back()


def test_a_queue_that_is_emptied_has_lost_no_run(service: Service, queue: Queue) -> None:
    until(lambda: example_is_done(service))
    worker = service.parts()["worker"]
    worker.suspend()  # or it would take the job before the queue is emptied
    promised = run_once(service)

    with resumed(service, [promised]):
        with Redis(unix_socket_path=str(queue.socket)) as client:
            client.flushall()
        say_that_it_was_rung_for_long_ago(service, promised)
        worker.resume()


@pytest.mark.parametrize("lost", ["valkey", "valkey/valkey.sock"])
def test_an_embedded_queue_whose_folder_or_socket_is_deleted_comes_back_by_itself(
    on_its_own: Service, lost: str
) -> None:
    service = on_its_own
    until(lambda: example_is_done(service))
    before = service.parts()["valkey"]

    subprocess.run(["rm", "-r", service.data_dir / lost], check=True)
    until(lambda: not before.is_running(), BRIEFLY)

    with resumed(service, [run_once(service)]):
        pass  # nobody does anything
