"""Whole Runs in a second, with an LLM that takes 2 s: ours, cron's way, and stock RQ workers.

`python -m benchmarks.whole_runs`; exit status 1 where it falls short of the goal. A Run is a
command, its redaction, its window, the LLM's verdict, and all of it in SQLite.
"""

import sys
import time
from concurrent.futures import ThreadPoolExecutor

from benchmarks.fleet import Fleet, fleet, until

LLM_SECONDS = 2
PROCESSES = 2
RUNS = 1200
# What is under way at once, and how many in all: enough to keep both cores busy for half a minute.
PEERS, PEER_RUNS = 8, 24
GOAL = 40


def main() -> int:
    """Compare, print, and return the exit status."""
    with fleet(LLM_SECONDS) as service:
        ours = _by_us(service)
    with fleet(LLM_SECONDS) as service:
        cron = _like_cron(service)
    with fleet(LLM_SECONDS) as service:
        stock = _by_stock_workers(service)
    print(f"our workers    {ours:8.2f} Runs/s  ({PROCESSES} processes)  goal >= {GOAL}")
    print(f"like cron      {cron:8.2f} Runs/s  ({PEERS} processes at once)")
    print(f"rq worker      {stock:8.2f} Runs/s  ({PEERS} workers that fork)")
    print(f"ratio          {ours / cron:8.1f} to cron, {ours / stock:.1f} to rq worker")
    return 0 if ours >= GOAL else 1


def _by_us(service: Fleet) -> float:
    with service.running(["worker.py"], PROCESSES):
        service.add_monitors(2 * PROCESSES)  # so that all have loaded what they need
        service.start_all()
        until(lambda: service.live_runs() == 0)
        service.add_monitors(RUNS)
        started = time.monotonic()
        number = len(service.start_all())
        return _rate(service, number, started)


def _like_cron(service: Fleet) -> float:
    """A process for each Run, so many at once."""
    service.add_monitors(PEER_RUNS)
    started = time.monotonic()
    run_ids = service.queue_runs()
    command = ["-m", "benchmarks.one_run"]
    with ThreadPoolExecutor(PEERS) as threads:
        ended = threads.map(lambda run_id: service.call([*command, str(run_id)]), run_ids)
        if any(ended):
            sys.exit("a Run like cron's failed")
    return _rate(service, PEER_RUNS, started)


def _by_stock_workers(service: Fleet) -> float:
    service.add_monitors(PEERS)
    with service.stock_workers(PEERS):
        until(lambda: service.live_runs() == 0)  # all of them are up
        service.add_monitors(PEER_RUNS - PEERS)
        started = time.monotonic()
        service.queue_for_stock_workers()
        return _rate(service, PEER_RUNS, started)


def _rate(service: Fleet, number: int, started: float) -> float:
    """Runs in a second, once none of them is left."""
    until(lambda: service.live_runs() == 0)
    seconds = time.monotonic() - started
    if service.failed_runs():
        sys.exit("not every Run got its verdict")
    return number / seconds


if __name__ == "__main__":
    sys.exit(main())
