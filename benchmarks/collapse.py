"""Masking and collapsing, in lines a second beside drain3; and what a window holds by it.

`python -m benchmarks.collapse [FOLDER]`: logs to read, by default ../shared/logs; where there are
none, lines are made up. Exit status 1 where it falls short of the goal.
"""

import random
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.apart import python_with
from webapp.pipeline.collapse import collapse
from webapp.pipeline.masking import mask, masks
from webapp.pipeline.sections import lines_of
from webapp.pipeline.values import Slice
from webapp.pipeline.window import fit

LEAST_PER_SECOND = 100_000
ROUNDS = 5
WINDOW = (500, 8000)
LOGS = Path("../shared/logs")

PEER = "drain3==0.9.11"
_PEER_SCRIPT = """
import logging, sys, time
from drain3 import TemplateMiner
logging.disable()
lines, seconds = sys.stdin.read().split("\\n"), []
for _ in range(3):
    miner, began = TemplateMiner(), time.process_time()
    for line in lines:
        miner.add_log_message(line)
    seconds.append(time.process_time() - began)
print(min(seconds))
"""


def main() -> int:
    """Measure, print, and return the exit status."""
    logs = _logs(Path(sys.argv[1]) if len(sys.argv) > 1 else LOGS)
    lines = [line for log in logs.values() for line in log]
    per_second = len(lines) / _best(lambda: [collapse(log) for log in logs.values()])
    masked = len(lines) / _best(lambda: [masks(log) for log in logs.values()])
    print(f"mask           {masked:9,.0f} lines/s  (best of {ROUNDS}, {len(lines):,} lines)")
    print(f"mask, collapse {per_second:9,.0f} lines/s  goal >= {LEAST_PER_SECOND:,}")
    _beside_peer(lines, per_second)
    for name, log in logs.items():
        _tell_window(name, log)
    return 0 if per_second >= LEAST_PER_SECOND else 1


def _logs(folder: Path) -> dict[str, list[str]]:
    found = sorted(folder.glob("*.log"))
    if not found:
        print(f"there are no logs in {folder}; these lines are made up")
        return {"made up": _made_up(20_000)}
    return {path.stem: _lines(path) for path in found}


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8", errors="replace").removesuffix("\n").split("\n")


def _made_up(count: int) -> list[str]:
    chance = random.Random(5)
    kinds = [f"INFO worker.{name} handled request" for name in ("web", "mail", "db", "cache")]
    return [
        f"2026-01-31T08:{n // 60 % 60:02}:{n % 60:02}Z app[{chance.randrange(9999)}]: "
        f"{chance.choice(kinds)} {chance.randbytes(8).hex()} in {chance.random():.3f} s"
        for n in range(count)
    ]


def _best(work: Callable[[], object]) -> float:
    seconds = []
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        seconds.append(time.process_time() - began)
    return min(seconds)


def _beside_peer(lines: Sequence[str], per_second: float) -> None:
    text = "\n".join(lines)
    command = [str(python_with(PEER)), "-c", _PEER_SCRIPT]
    answer = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    peer = len(lines) / float(answer.stdout)
    print(f"drain3         {peer:9,.0f} lines/s")
    print(f"ratio          {per_second / peer:9.1f}")


def _tell_window(name: str, log: Sequence[str]) -> None:
    """How many kinds of line, and how many lines, the same window tells of."""
    text = [Slice(name, "\n".join(log))]
    (raw_kinds, raw_lines), (kinds, lines) = (
        _told(fit(text, *WINDOW, collapsed=collapsed).text, name) for collapsed in (False, True)
    )
    told = f"{kinds:>3} kinds of line, raw {raw_kinds:>2}; {lines:>5,} lines, raw {raw_lines:>3,}"
    print(f"{name:<14} {WINDOW[1]:,} characters of {len(log):,} lines tell of {told}")


def _told(text: str, name: str) -> tuple[int, int]:
    shown = [line for line in lines_of(text, [name]) if line.kind == "log"]
    return len({mask(line.text) for line in shown}), sum(line.times for line in shown)


if __name__ == "__main__":
    sys.exit(main())
