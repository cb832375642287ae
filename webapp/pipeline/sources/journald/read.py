import os
import shlex
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

from webapp.pipeline.hosts import run
from webapp.pipeline.sources.journald.entries import FIELDS, Entry, entries_in
from webapp.pipeline.sources.places import open_folder
from webapp.pipeline.tail import TailKeeper, line_count
from webapp.pipeline.values import NOTHING, CommandResult, GatherLimits, Host, InputSpec, Tail

# Where nothing was read before, and before what is new.
MOST_LINES, MOST_CONTEXT = 5000, 1000
_PRINTED = ("--no-pager", "--all", "--output=json", f"--output-fields={','.join(FIELDS)}")
# For what is asked last, however long the rest took.
_LEAST_SECONDS = 0.1
# Of an entry's JSON to its line.
_JSON_FACTOR = 8

_GAP = (
    "the journal has forgotten where the last Run ended; entries that came after it may be missing"
)
_NO_JOURNALCTL = (
    "there is no journalctl on this machine; read a file instead, such as /var/log/syslog"
)
_GROUP = "a member of the group systemd-journal"
_NOT_ALL = f"only messages of the user who reads are seen; to see all, make it {_GROUP}"
_NOTHING = f"the journal may not be read; make the user who reads {_GROUP}"


@dataclass(frozen=True)
class _Journal:
    """Where it lies is `placed` by options; `opened` are descriptors that they name."""

    host: Host
    spec: InputSpec
    limits: GatherLimits
    placed: Sequence[str]
    opened: Sequence[int] = ()


@dataclass(frozen=True)
class _Found:
    """The entries that journalctl printed, of which `lost` so many more are before."""

    entries: Sequence[Entry]
    lost: int
    result: CommandResult


def read_journald(host: Host, spec: InputSpec, limits: GatherLimits) -> CommandResult:
    """The entries that came since the last Run, after some of before; the newest at the first.

    `position`: the `cursor` of the last entry; empty where there was none. Where what is new could
    not be read, nothing else is asked for; both together take no longer than `timeout_seconds`.
    """
    with ExitStack() as held:
        try:
            journal = _journal(host, spec, limits, held)
        except OSError as problem:
            folder = spec.config["directory"]
            return CommandResult(
                None, 0, NOTHING, error=f"cannot read {folder}: {problem.strerror}"
            )
        return _read_on(journal)


def _journal(host: Host, spec: InputSpec, limits: GatherLimits, held: ExitStack) -> _Journal:
    """Raises OSError where a folder of this machine is not for us."""
    folder = spec.config.get("directory")
    if not folder or host.ssh:
        return _Journal(host, spec, limits, [f"--directory={folder}"] if folder else [])
    fd = open_folder(folder, limits.log_paths)
    held.callback(os.close, fd)
    # By the descriptor: a link could be swapped for the name once that was looked at.
    return _Journal(host, spec, limits, [f"--directory=/proc/self/fd/{fd}"], [fd])


def _read_on(journal: _Journal) -> CommandResult:
    deadline = time.monotonic() + journal.limits.timeout_seconds
    cursor = (journal.spec.position or {}).get("cursor")
    if cursor is None:
        return _first(journal)
    since = _read(journal, f"--cursor={cursor}")
    if since.result.error:
        return _ended(since.result, _new(since, cursor, journal.limits), (), cursor)
    left = max(_LEAST_SECONDS, round(deadline - time.monotonic(), 1))
    hurried = replace(journal, limits=replace(journal.limits, timeout_seconds=left))
    before = _read(hurried, f"--cursor={cursor}", "--reverse", f"--lines={MOST_CONTEXT}")
    return _joined(before, since, cursor, journal.limits)


def _first(journal: _Journal) -> CommandResult:
    """One more is asked for than is shown, as it says that there are earlier ones.

    What is too old to be shown is asked for all the same: the next Run goes on behind it.
    """
    found = _read(journal, f"--lines={MOST_LINES + 1}")
    young = _young(found.entries, journal.spec)
    is_all = len(young) == len(found.entries)
    more = len(young) > MOST_LINES
    lost = (found.lost if is_all else 0) + more
    tail = _tail(young[-MOST_LINES:], journal.limits.keep_bytes, lost)
    return _ended(found.result, replace(tail, at_least=more), found.entries, None)


def _young(entries: Sequence[Entry], spec: InputSpec) -> Sequence[Entry]:
    """Where nothing was read before, those that are young enough to be."""
    back = spec.config.get("since_seconds") if spec.position is None else None
    since = (time.time() - back) * 1_000_000 if back else 0
    return [entry for entry in entries if entry.at >= since]


def _joined(before: _Found, since: _Found, cursor: str, limits: GatherLimits) -> CommandResult:
    """Of both, the first entry is the one where the last Run ended, if it is still there."""
    kept = before.entries[:1] and before.entries[0].cursor == cursor
    new = _new(since, cursor, limits)
    room = 0 if new.lost_lines else limits.keep_bytes - len(new.text.encode())
    old = _tail(before.entries[::-1], room, 0) if kept and room else NOTHING
    tail = replace(
        new,
        text=old.text + new.text,
        total_bytes=old.total_bytes + new.total_bytes,
        total_lines=old.total_lines + new.total_lines,
        lost_bytes=old.lost_bytes + new.lost_bytes,
        lost_lines=old.lost_lines + new.lost_lines,
        context_lines=line_count(old.text),
    )
    notices = [] if kept or before.result.error else [_GAP]
    if new.lost_lines:
        notices.append(f"of the new lines only the last {line_count(new.text):,} were read")
    took = before.result.duration_ms + since.result.duration_ms
    ended = _ended(replace(before.result, duration_ms=took), tail, since.entries, cursor)
    return replace(ended, notices=(*ended.notices, *notices))


def _new(since: _Found, cursor: str, limits: GatherLimits) -> Tail:
    fresh = [entry for entry in since.entries if entry.cursor != cursor]
    return _tail(fresh, limits.keep_bytes, since.lost)


def _tail(entries: Sequence[Entry], keep_bytes: int, lost: int) -> Tail:
    keeper = TailKeeper(keep_bytes)
    for entry in entries:
        keeper.feed(entry.line.encode())
    tail = keeper.tail()
    lines = tail.lost_lines + lost
    return replace(tail, lost_lines=lines, total_lines=tail.total_lines + lost)


def _ended(
    result: CommandResult, tail: Tail, entries: Sequence[Entry], cursor: str | None
) -> CommandResult:
    """Where journalctl failed, the next Run begins where this one did."""
    last = entries[-1].cursor if entries else cursor
    position: Mapping[str, Any] | None = {"cursor": last} if last else {}
    error = _why(result)
    notices = (_NOT_ALL,) if "not seeing messages" in result.stderr.text and not error else ()
    return replace(
        result, stdout=tail, error=error, position=None if error else position, notices=notices
    )


def _why(result: CommandResult) -> str | None:
    """A sentence for the person who must act."""
    said = result.stderr.text
    if result.exit_code == 127:  # the shell's own, for what it cannot find
        return _NO_JOURNALCTL
    if "insufficient permissions" in said:
        return _NOTHING
    if "No journal files were found" in said:
        return "there is no journal on this machine or in this folder"
    if not result.error or not said.strip():
        return result.error
    return f"journalctl {result.error}: {' '.join(said.split())}"


def _read(journal: _Journal, *which: str) -> _Found:
    """Runs as we do ourselves, not as the user of commands: what is run is none of theirs."""
    limits = journal.limits
    # What cannot be read is only said, on stderr, where entries are printed as for a person.
    hints = shlex.join(["journalctl", "--no-pager", "--lines=0", *journal.placed])
    chosen = [*journal.placed, *_choice(journal.spec.config), *which]
    entries = shlex.join(["exec", "journalctl", *_PRINTED, *chosen])
    result = run(
        journal.host,
        f"{hints} >/dev/null; {entries}",
        timeout_seconds=limits.timeout_seconds,
        keep_bytes=_JSON_FACTOR * limits.keep_bytes,
        passed_env=limits.passed_env,
        bounds=replace(limits.bounds, user=None),
        opened=journal.opened,
    )
    return _Found(list(entries_in(result.stdout.text)), result.stdout.lost_lines, result)


def _choice(config: Mapping[str, Any]) -> list[str]:
    """Each value behind its `=`, so that none is taken for an option."""
    priority = config.get("priority", "debug")
    return [
        *(f"--unit={unit}" for unit in config.get("units", [])),
        *(f"--identifier={name}" for name in config.get("identifiers", [])),
        *([f"--priority={priority}"] if priority != "debug" else []),  # some entries have none
        *(["--boot=0"] if config.get("boot") else []),
    ]
