"""Redaction of mixed logs against the same rules on every line, and of hostile texts.

`python -m benchmarks.redaction [FOLDER]`: FOLDER has `*.log` of real systems, by default generated
lines are taken. Exit status 1 where it falls short of a goal.
"""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

from tests.pipeline.secrets import clean, hidden
from webapp.pipeline.redact import redact
from webapp.pipeline.redact.redactor import Redactor

LINES, ONE_SECRET_IN = 50_000, 50
LINES_GOAL, MEGABYTE_GOAL, GROWTH_GOAL = 75_000, 1.0, 3.0
MEGABYTE = 1_000_000
ROUNDS = 3
# How something grows that takes less than so many seconds is noise.
LEAST_TOLD = 0.1


def main() -> int:
    """Compare, print, and return the exit status."""
    text = "\n".join(_mixed(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
    count = text.count("\n") + 1
    ours = min(_seconds(text) for _ in range(ROUNDS))
    part = text[: len(text) // 20]
    thorough = min(_every_line(part) for _ in range(ROUNDS)) * 20
    rate = count / ours
    print(
        f"{count:,} lines, one secret in {ONE_SECRET_IN}: {rate:,.0f} lines/s; "
        f"with every rule on every line {count / thorough:,.0f}; ratio {thorough / ours:.1f}"
    )
    slowest, growth = 0.0, 0.0
    for name, piece in _hostile():
        once, twice = (_seconds(piece * (n * MEGABYTE // len(piece) + 1)) for n in (1, 2))
        slowest = max(slowest, once)
        if once >= LEAST_TOLD:
            growth = max(growth, twice / once)
        print(f"1 MB of {name}: {once:.2f} s; 2 MB: {twice / once:.1f} times that")
    print(f"goals: {LINES_GOAL:,} lines/s; 1 MB within {MEGABYTE_GOAL} s, 2 MB < {GROWTH_GOAL} x")
    well = rate >= LINES_GOAL and slowest <= MEGABYTE_GOAL and growth < GROWTH_GOAL
    return 0 if well else 1


def _mixed(folder: Path | None) -> Iterator[str]:
    random = Random(1)
    secrets = [one.text for one in hidden(random, of_each=1)]
    lines = list(clean(random, LINES))
    if folder:
        lines = [
            line
            for file in sorted(folder.glob("*.log"))
            for line in file.read_text(errors="replace").splitlines()
        ]
    for number in range(LINES):
        line = lines[number % len(lines)]
        yield random.choice(secrets) if number % ONE_SECRET_IN == 0 else line


def _seconds(text: str) -> float:
    began = time.perf_counter()
    redact(text)
    return time.perf_counter() - began


def _every_line(text: str) -> float:
    """As if each line were a suspect."""
    redactor = Redactor()
    began = time.perf_counter()
    redactor._by_rules(text)
    return time.perf_counter() - began


def _hostile() -> Iterator[tuple[str, str]]:
    yield "BEGIN lines without an END", "-----BEGIN PRIVATE KEY-----\n"
    yield "base64 without a line end", "QUJD"
    yield "names that assign nothing", "password=password=token=secret="
    yield "addresses that never end", "://a:b://"
    yield "quotes and backslashes", 'token="\\\\\\"'
    yield "beginnings of tokens", "eyJ.eyJ.sk-ghp_AKIA"
    yield "names of blocks", "db_password: |\n x\n"
    yield "blocks in blocks", "\n".join(" " * depth + "token: >" for depth in range(200)) + "\n"
    yield "manifests", "kind: Secret\ndata:\n a: b\n"
    yield "lines of keys that are none", "Private-Lines: 500\n-\n"
    yield "names in pairs", "name=\"token\" value=\"value='password',token',"
    yield "words of programs", "curl mysql sshpass redis-cli ldapsearch chpasswd a:b a: auth plain "
    yield "cookies", "Cookie: a=b; Set-Cookie: "
    yield "one letter", "a"
    yield "line ends", "\n"


if __name__ == "__main__":
    sys.exit(main())
