"""A file of another machine, read by a script of its shell, in one go."""

import secrets
import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from glob import has_magic
from pathlib import Path
from typing import Any

from webapp.pipeline.hosts import run
from webapp.pipeline.sources.file.log import Mark
from webapp.pipeline.tail import line_count
from webapp.pipeline.values import NOTHING, CommandResult, GatherLimits, Host, InputSpec, Tail

_SCRIPT = Path(__file__).with_name("remote.sh").read_text("utf-8")
# What it prints besides the log; more than it needs.
_SPARE_BYTES = 8192
_FAILED = 3


@dataclass(frozen=True)
class _Facts:
    """What the script says first; of `fresh` bytes that are new, the first are `lost`."""

    mark: Mark
    how: str
    more: bool
    fresh: int
    lost: int
    before_from: int
    old_size: int

    @classmethod
    def of(cls, line: str) -> "_Facts":
        device, inode, size, end, to, digest, how, more, *counts = line.split()
        mark = Mark(int(device), int(inode), int(end), digest, int(to), int(size), 0)
        return cls(mark, how, more == "1", *map(int, counts))


def read_remote(host: Host, spec: InputSpec, limits: GatherLimits) -> CommandResult:
    """As `read_file`, but for patterns, and for rotated files that are packed."""
    path = spec.config["path"]
    if has_magic(path):
        reason = "on another machine one file is read, and no pattern"
        return CommandResult(None, 0, NOTHING, error=f"cannot read {path}: {reason}")
    token = secrets.token_hex(16)
    result = run(
        host,
        f"{_told(path, token, limits.keep_bytes, spec.position)}\n{_SCRIPT}",
        timeout_seconds=limits.timeout_seconds,
        keep_bytes=limits.keep_bytes + _SPARE_BYTES,
        passed_env=limits.passed_env,
        bounds=replace(limits.bounds, user=None),
    )
    if result.error or token not in result.stdout.text:
        return replace(result, stdout=NOTHING, error=_why(path, result))
    return _given(path, token, result, first=spec.position is None)


def _told(path: str, token: str, keep: int, position: Mapping[str, Any] | None) -> str:
    """The variables of the script, each quoted."""
    names = ("device", "inode", "offset", "digest", "read_to", "size")
    last = (position or {}).get(path, {})
    told = {"path": path, "token": token, "keep": keep} | {n: last.get(n, "") for n in names}
    return "\n".join(f"{name}={shlex.quote(str(value))}" for name, value in told.items())


def _why(path: str, result: CommandResult) -> str:
    said = " ".join(result.stderr.text.split())
    if result.exit_code == _FAILED or not result.error:
        return f"cannot read {path}: {said or 'its shell printed nothing'}"
    return f"cannot read {path}: {result.error}{said and ': '}{said}"


def _given(path: str, token: str, result: CommandResult, *, first: bool) -> CommandResult:
    line, rest = result.stdout.text.split("\n", 1)
    facts = _Facts.of(line)
    before, new = rest.split(f"\n{token}\n", 1)
    if facts.before_from:
        before = before.partition("\n")[2]
    if facts.lost:
        before, new = "", new.partition("\n")[2]
    return replace(
        result,
        exit_code=None,
        stdout=_tail(before, new, facts),
        position={path: asdict(facts.mark)},
        notices=() if first else _notices(path, new, facts),
    )


def _tail(before: str, new: str, facts: _Facts) -> Tail:
    """The bytes of what is shown are those of its text, which may have lost a few by cleaning."""
    text, total = before + new, facts.mark.size + facts.old_size
    cut = facts.lost > 0 or facts.before_from > 0
    return Tail(
        text,
        total_bytes=total,
        total_lines=line_count(text) + cut,
        lost_lines=int(cut),
        lost_bytes=max(0, total - len(text.encode())) if cut else 0,
        at_least=cut,
        context_lines=line_count(before),
    )


def _notices(path: str, new: str, facts: _Facts) -> tuple[str, ...]:
    said = {
        "rotated": f"{path} was rotated since; the rest of its old file was read",
        "gap": f"{path} was emptied or replaced since; lines that came before may be missing",
    }
    more = f"{path} was rotated more than once since; lines between are missing"
    lost = (
        f"of {facts.fresh:,} bytes that are new in {path}, the last "
        f"{facts.fresh - facts.lost:,} were read"
    )
    told = (said.get(facts.how), more if facts.more else None, lost if facts.lost else None)
    return tuple(sentence for sentence in told if sentence)
