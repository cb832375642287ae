"""The write path under fire: python -m tests.chaos --seconds 180 --database both

Exit status 1 where anything was lost, doubled, or left behind.
"""

import argparse
import random
import sys

from tests.chaos.fire import FULL
from tests.chaos.judge import Findings
from tests.chaos.scenario import Plan, play
from tests.parts import postgresql_server

DATABASES = ("sqlite", "postgresql")


def main() -> None:
    told = _arguments()
    plan = Plan(
        pace=FULL,
        seconds=told.seconds,
        outages=tuple(told.outages),
        monitors=20,
        workers=3,
        fast=False,
        seed=told.seed,
    )
    names = DATABASES if told.database == "both" else (told.database,)
    found = {name: _played(plan, name) for name in names}
    print(f"seed {told.seed}\n\n{table(found)}")
    violations = [(name, one) for name in found for one in found[name].violations]
    for name, one in violations:
        print(f"{name}: {one}")
    sys.exit(1 if violations else 0)


def table(found: dict[str, Findings]) -> str:
    """A column for each database, as Markdown has it."""
    counts = {name: one.counts | {"violations": len(one.violations)} for name, one in found.items()}
    rows = list(dict.fromkeys(row for column in counts.values() for row in column))
    lines = [["", *counts], ["---"] + ["---:"] * len(counts)]
    lines += [[row, *(f"{counts[name].get(row, 0):,}" for name in counts)] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _played(plan: Plan, database: str) -> Findings:
    if database == "sqlite":
        return play(plan, None)
    with postgresql_server() as server:
        return play(plan, server.get_uri())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos")
    parser.add_argument("--seconds", type=float, default=180, help="seconds under fire")
    parser.add_argument("--database", choices=(*DATABASES, "both"), default="both")
    parser.add_argument(
        "--outages",
        type=float,
        nargs="*",
        default=[5, 20, 120],
        help="seconds without Valkey, after it",
    )
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    return parser.parse_args()


if __name__ == "__main__":
    main()
