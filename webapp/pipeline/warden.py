"""Sees that nothing which a command began outgrows its bounds or outlives it.

The group of a command is ended with it (hosts.py), but a process may leave that group, as by
`setsid` and as every daemon does. One thread per process looks at the process table while
commands run, and once more after the last of them.

Where this process adopts orphans (processes.py), what left a command and lost its parent becomes
a child of ours. What tells it from a child that other code of this process has just begun is a
mark that commands get before they begin, and that all that comes of them inherits: a higher
oom_score_adj than ours. What has no mark is never touched. The mark serves its first purpose
too: where memory runs out, the kernel ends a command before its worker.
"""

import os
import signal
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress

from webapp.pipeline.belonging import Belonging, Watch
from webapp.pipeline.cgroup import Cgroup
from webapp.pipeline.lifeline import Lifeline
from webapp.pipeline.limits import limit
from webapp.pipeline.process_table import (
    Process,
    end_sooner,
    held_bytes,
    oom_score_adj,
    processes,
)
from webapp.pipeline.values import Bounds

LOOK_SECONDS = 0.5
# Among thousands of processes a look takes long; it never takes more than this part of the time.
_MOST_OF_THE_TIME = 0.05
# Weighs as much as a tenth of the machine's memory.
_SOONER = 100
_SOONEST = 1000
_MB = 1 << 20


def watch(pid: int, bounds: Bounds) -> Watch:
    """Begin with the command whose shell is `pid`; it must do nothing until this returns.

    Raises OSError where nothing would end it if this process died.
    """
    return _warden.watch(pid, bounds)


def can_mark() -> bool:
    """Whether commands can be told from other children of this process, by the mark they get."""
    return _warden.can_mark()


def release(watched: Watch) -> None:
    """Its shell is gone; what it left behind is ended within a look or two."""
    _warden.release(watched)


def hold(group: int) -> None:
    """A group that is no command's is not to outlive this process either. Raises OSError."""
    _warden.lifeline.hold(group)


def let_go(group: int) -> None:
    _warden.lifeline.let_go(group)


def look() -> None:
    """Look at once, in a process that ends and will not come to it any more.

    What is left of commands that ended is ended; what left others dies with this process.
    """
    _warden.look()


class _Warden:
    def __init__(self) -> None:
        self._watches: set[Watch] = set()
        self._work = threading.Condition()
        self._looking = threading.Lock()
        self._thread: threading.Thread | None = None
        self.lifeline = Lifeline()
        self._escaped: set[int] = set()
        self._score = oom_score_adj(os.getpid())
        self._mark = min(self._score + _SOONER, _SOONEST)

    def watch(self, pid: int, bounds: Bounds) -> Watch:
        watched = Watch(pid, bounds, sessions={pid})
        with self._work:
            # Before it is marked, or a look might take it for an orphan.
            self._watches.add(watched)
            self._keep_looking()
        with suppress(OSError):  # it was killed already, or /proc may not be written
            end_sooner(pid, self._mark)
        with suppress(OSError):  # it was killed already
            limit(pid, bounds)
        try:
            if bounds.cgroup:
                watched.cgroup = Cgroup(pid, bounds)
            self.lifeline.hold(pid)
        except OSError:
            self.release(watched)
            raise
        return watched

    def can_mark(self) -> bool:
        try:
            end_sooner(os.getpid(), self._score)  # as it is: to see whether /proc can be written
        except OSError:
            return False
        return self._score < self._mark

    def release(self, watched: Watch) -> None:
        self.lifeline.let_go(watched.pid)
        if watched.cgroup:
            watched.excess = watched.excess or watched.cgroup.excess()
            watched.cgroup.end()
        watched.ended = True

    def _keep_looking(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._look_on, name="warden", daemon=True)
            self._thread.start()
        self._work.notify()

    def _look_on(self) -> None:
        pause, more = LOOK_SECONDS, False
        while True:
            if not more:
                with self._work:
                    self._work.wait_for(lambda: self._watches)
            time.sleep(pause)
            began = time.thread_time()
            more = self.look()
            pause = max(LOOK_SECONDS, (time.thread_time() - began) / _MOST_OF_THE_TIME)

    def look(self) -> bool:
        """End what is to be ended; whether the next look may find more of it."""
        with self._looking:
            return self._look()

    def _look(self) -> bool:
        with self._work:
            done = {watched for watched in self._watches if watched.ended and _is_empty(watched)}
        table = processes()
        with self._work:
            # With those that began or ended meanwhile: each of their shells is known for one.
            watches = tuple(self._watches)
        belonging = Belonging(table, watches, self._orphans(table, watches))
        self._hold_escaped(belonging)
        for watched, members in belonging.members.items():
            self._bound(watched, members)
        self._bound_strays(belonging)
        found_more = _end([one for one in belonging.left_behind if self._is_marked(one)])
        with self._work:
            self._watches -= done
        return found_more

    def _orphans(self, table: dict[int, Process], watches: Iterable[Watch]) -> list[Process]:
        """Those that live; the dead are reaped here, which takes no child from other code."""
        own, shells = os.getpid(), {watched.pid for watched in watches}
        children = [one for one in table.values() if one.parent == own and one.pid not in shells]
        orphans = [one for one in children if self._is_marked(one)]
        for orphan in orphans:
            if orphan.zombie:
                del table[orphan.pid]
                with suppress(ChildProcessError):
                    os.waitpid(orphan.pid, os.WNOHANG)
        return [orphan for orphan in orphans if not orphan.zombie]

    def _is_marked(self, process: Process) -> bool:
        # Where we have the highest score ourselves, nothing can be told apart.
        return self._score < self._mark <= oom_score_adj(process.pid)

    def _bound(self, watched: Watch, members: Sequence[Process]) -> None:
        excess = None if watched.ended else _excess(watched.bounds, members)
        if watched.cgroup and not watched.ended:
            excess = excess or watched.cgroup.excess()
        if excess:
            watched.excess = excess
            _end(members)

    def _bound_strays(self, belonging: Belonging) -> None:
        """Together they may use what one of those commands may, of which they are."""
        if all(_excess(watched.bounds, belonging.strays) for watched in belonging.members):
            _end(belonging.strays)

    def _hold_escaped(self, belonging: Belonging) -> None:
        """Groups that are no command's own are not to outlive this process either."""
        found = [*belonging.strays, *belonging.left_behind]
        for members in belonging.members.values():
            found.extend(members)
        escaped = {one.group for one in found} - {watched.pid for watched in belonging.members}
        for group in escaped - self._escaped:
            with suppress(OSError):  # said where the next command cannot start
                self.lifeline.hold(group)
        for group in self._escaped - escaped:
            self.lifeline.let_go(group)
        self._escaped = escaped


def _is_empty(watched: Watch) -> bool:
    """What was killed in its control group may take a moment to be gone."""
    return watched.cgroup is None or watched.cgroup.end()


def _excess(bounds: Bounds, members: Sequence[Process]) -> str | None:
    if 0 < bounds.processes < len(members):
        return f"ran more than {bounds.processes} processes at once"
    if bounds.memory_mb and _use_more(members, bounds.memory_mb * _MB):
        return f"used more than {bounds.memory_mb} MB of memory"
    if 0 < bounds.cpu_seconds < sum(one.cpu_seconds for one in members):
        return f"used more than {bounds.cpu_seconds} s of CPU time"
    return None


def _use_more(members: Sequence[Process], limit: int) -> bool:
    """What is resident counts shared pages for each; where that is too much, it is looked at."""
    if sum(one.resident for one in members) <= limit:
        return False
    return sum(map(held_bytes, members)) > limit


def _end(found: Sequence[Process]) -> bool:
    """Kill their groups, as those cannot fork away from it; whether there was any to kill."""
    killed = [_kill(group) for group in {one.group for one in found}]
    return any(killed)


def _kill(group: int) -> bool:
    # PermissionError: all that is left in it runs as another user, as behind sudo.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
        return True
    return False


def _begin_anew() -> None:
    """A fork has neither the thread nor the commands of its parent."""
    global _warden
    _warden = _Warden()


_warden = _Warden()
os.register_at_fork(after_in_child=_begin_anew)
