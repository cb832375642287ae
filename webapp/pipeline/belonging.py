"""Which process belongs to which command; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from webapp.pipeline.cgroup import Cgroup
from webapp.pipeline.process_table import Process
from webapp.pipeline.values import Bounds


@dataclass(eq=False)
class Watch:
    """A command, whose shell is `pid` and leads a session of its own.

    `excess` says which bound it broke. `sessions` are those that its processes were seen in.
    `cgroup` is its own, where it has one.
    """

    pid: int
    bounds: Bounds
    excess: str | None = None
    ended: bool = False
    sessions: set[int] = field(default_factory=set)
    cgroup: Cgroup | None = None


class Belonging:
    """Sorts processes into the `members` of each command, `strays`, and those `left_behind`.

    A process belongs to a command by its session or by its parents. `orphans` have neither any
    more. Such a one began after its command, so that it can only belong to commands that run and
    began before it did: of one it is a member, of several a stray, of none it is left behind, as
    is all that belongs to a command that ended.
    """

    def __init__(
        self, table: Mapping[int, Process], watches: Iterable[Watch], orphans: Iterable[Process]
    ) -> None:
        self.members: dict[Watch, list[Process]] = {watch: [] for watch in watches}
        self.strays: list[Process] = []
        self.left_behind: list[Process] = []
        self._table = table
        self._owners = {session: watch for watch in self.members for session in watch.sessions}
        self._sorted: set[int] = set()
        self._children: dict[int, list[Process]] = {}
        for process in table.values():
            self._children.setdefault(process.parent, []).append(process)
        for process in table.values():
            if owner := self._owners.get(process.session):
                self._give(owner, process)
        for orphan in orphans:
            self._place(orphan)

    def _place(self, orphan: Process) -> None:
        owner = self._owners.get(orphan.session)
        possible = [owner] if owner else [w for w in self.members if self._may_own(w, orphan)]
        if len(possible) == 1:
            self._give(possible[0], orphan)
        else:
            (self.strays if possible else self.left_behind).extend(self._tree(orphan))

    def _may_own(self, watch: Watch, orphan: Process) -> bool:
        shell = self._table.get(watch.pid)
        return not watch.ended and shell is not None and shell.started <= orphan.started

    def _give(self, owner: Watch, process: Process) -> None:
        for one in self._tree(process):
            if not owner.ended:
                owner.sessions.add(one.session)
                self._owners[one.session] = owner
            (self.left_behind if owner.ended else self.members[owner]).append(one)

    def _tree(self, root: Process) -> Iterable[Process]:
        """It and its descendants, but for those that are sorted already."""
        left = [root]
        while left:
            process = left.pop()
            if process.pid not in self._sorted:
                self._sorted.add(process.pid)
                left.extend(self._children.get(process.pid, ()))
                yield process
