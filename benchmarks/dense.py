"""Runs that wait on an LLM at once, per GiB of the workers' memory: ours, and stock RQ workers.

`python -m benchmarks.dense`; exit status 1 where it falls short of the goal.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from benchmarks.fleet import Fleet, Processes, fleet, pss_bytes, until

PROCESSES = 2
# What it is unless somebody sets it, and what a machine for long waits may have.
THREADS, MORE_THREADS = 100, 400
PEERS = 4
GIB = 1 << 30
GOAL = 400
# Nothing is answered, and nobody gives up, while it is measured.
LLM_SECONDS = 600

Workers = Callable[[Fleet], AbstractContextManager[Processes]]


def main() -> int:
    """Compare, print, and return the exit status."""
    ours = measure(PROCESSES * THREADS, _by_us, THREADS)
    more = measure(PROCESSES * MORE_THREADS, _by_us, MORE_THREADS)
    peer = measure(PEERS, _by_stock_workers)
    print(f"our worker     {ours:8.1f} Runs waiting per GiB  ({PROCESSES} x {THREADS})")
    print(f"our worker     {more:8.1f} Runs waiting per GiB  ({PROCESSES} x {MORE_THREADS})")
    print(f"rq worker      {peer:8.1f} Runs waiting per GiB  ({PEERS} processes)")
    print(f"ratio          {ours / peer:8.1f} and {more / peer:.1f}")
    print(f"goal           {ours:8.0f} >= {GOAL}")
    return 0 if ours >= GOAL else 1


def measure(number: int, workers: Workers, threads: int = THREADS) -> float:
    """Runs that wait for the LLM at once, for each GiB of all workers."""
    patient = {"LLM_TIMEOUT_SECONDS": str(LLM_SECONDS), "RUN_TIMEOUT_SECONDS": str(LLM_SECONDS)}
    with fleet(LLM_SECONDS, WORKER_THREADS=str(threads), **patient) as service:
        service.add_monitors(number)
        with workers(service) as processes:
            until(lambda: service.asked() == number)
            return number * GIB / pss_bytes(processes)


@contextmanager
def _by_us(service: Fleet) -> Iterator[Processes]:
    with service.running(["worker.py"], PROCESSES) as processes:
        service.start_all()
        yield processes


@contextmanager
def _by_stock_workers(service: Fleet) -> Iterator[Processes]:
    with service.stock_workers(PEERS) as processes:
        yield processes


if __name__ == "__main__":
    sys.exit(main())
