"""What is done to the processes of a service under fire, at random."""

import random
import shutil
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from tests.chaos.fleet import Fleet, Part

FOLDER_DELETED = "Valkey's folder deleted"
KILLED_AND_DELETED = "Valkey killed and deleted"

Span = tuple[float, float]


@dataclass(frozen=True)
class Pace:
    """Seconds, from and to: between two strikes, and how long each keeps a process from work."""

    between: Span
    killed: Span
    worker_stopped: Span
    other_stopped: Span


# A worker's lease is 45 s.
FULL = Pace(between=(3, 5), killed=(0.2, 3), worker_stopped=(48, 60), other_stopped=(2, 15))
# The fast worker's is 4.5 s.
SHORT = Pace(between=(1, 2), killed=(0.2, 1), worker_stopped=(5, 8), other_stopped=(1, 4))


class Fire:
    """Strikes again and again; `strikes` counts by kind what it did."""

    def __init__(self, fleet: Fleet, data_dir: Path, pace: Pace, seed: int) -> None:
        self.strikes: Counter[str] = Counter()
        self._fleet = fleet
        self._valkey = data_dir / "valkey"
        self._pace = pace
        self._random = random.Random(seed)
        self._next_at = 0.0
        self._kinds: dict[str, tuple[int, str, Callable[[Part], None]]] = {
            "scheduler killed": (6, "scheduler", self._kill),
            "scheduler stopped": (4, "scheduler", self._stop),
            "worker killed": (7, "worker", self._kill),
            "worker stopped past its lease": (4, "worker", self._stop_worker),
            "Valkey killed": (3, "valkey", self._kill),
            "Valkey stopped": (1, "valkey", self._stop),
            "Valkey emptied": (1, "valkey", self._empty),
            FOLDER_DELETED: (1, "valkey", self._delete),
            KILLED_AND_DELETED: (1, "valkey", self._kill_and_delete),
        }

    def turn(self) -> None:
        """Strike, if it is time to."""
        now = time.monotonic()
        if now < self._next_at:
            return
        self._next_at = now + self._random.uniform(*self._pace.between)
        kinds = list(self._kinds)
        (kind,) = self._random.choices(kinds, [self._kinds[name][0] for name in kinds])
        _, whom, strike = self._kinds[kind]
        well = [part for part in self._fleet.of(whom) if part.well]
        # One of several is always left, or nothing would be under way to be struck.
        if len(well) > 1 or (well and whom == "valkey"):
            strike(self._random.choice(well))
            self.strikes[kind] += 1

    def _kill(self, part: Part) -> None:
        part.kill(self._random.uniform(*self._pace.killed))

    def _stop(self, part: Part) -> None:
        part.stop(self._random.uniform(*self._pace.other_stopped))

    def _stop_worker(self, part: Part) -> None:
        part.stop(self._random.uniform(*self._pace.worker_stopped))

    def _empty(self, _part: Part) -> None:
        socket = str(self._valkey / "valkey.sock")
        with Redis(unix_socket_path=socket, socket_timeout=1) as client:
            try:
                client.flushall()
            except RedisError:
                self.strikes["Valkey emptied"] -= 1  # it is only just being started

    def _delete(self, _part: Part) -> None:
        """A server that runs ends by itself then, and is started anew."""
        shutil.rmtree(self._valkey, ignore_errors=True)

    def _kill_and_delete(self, part: Part) -> None:
        self._kill(part)
        self._delete(part)
