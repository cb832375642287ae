from collections.abc import Sequence

from webapp.pipeline.belonging import Belonging, Watch
from webapp.pipeline.process_table import Process
from webapp.pipeline.values import NO_BOUNDS

US = 10


def process(pid: int, parent: int, session: int, started: int = 0) -> Process:
    return Process(pid, False, parent, session, session, started, 0)


def command(pid: int, ended: bool = False) -> Watch:
    return Watch(pid, NO_BOUNDS, ended=ended, sessions={pid})


def sort(watches: Sequence[Watch], *found: Process) -> Belonging:
    """As the warden of process 10 does, who knows which of its children are orphans."""
    shells = {watch.pid for watch in watches}
    orphans = [one for one in found if one.parent == US and one.pid not in shells]
    return Belonging({one.pid: one for one in found}, watches, orphans)


def pids(processes: Sequence[Process]) -> list[int]:
    return sorted(one.pid for one in processes)


def test_a_process_belongs_to_a_command_by_its_session_or_its_parents() -> None:
    first, second = command(100), command(200)

    sorted_ = sort(
        [first, second],
        process(100, US, 100),
        process(101, 100, 100),
        process(102, 101, 102),  # by setsid
        process(103, 1, 100),  # its parent is gone
        process(200, US, 200),
        process(300, 1, 300),  # somebody else's
    )

    assert pids(sorted_.members[first]) == [100, 101, 102, 103]
    assert pids(sorted_.members[second]) == [200]
    assert (sorted_.strays, sorted_.left_behind) == ([], [])


def test_a_session_that_was_seen_once_is_known_when_its_leader_is_gone() -> None:
    first, second = command(100), command(200)
    shells = process(100, US, 100), process(200, US, 200)
    sort([first, second], *shells, process(102, 100, 102))

    later = sort([first, second], *shells, process(104, US, 102), process(105, 104, 105))

    assert pids(later.members[first]) == [100, 104, 105]


def test_an_orphan_belongs_to_the_only_command_that_began_before_it() -> None:
    first, second = command(100), command(200)

    sorted_ = sort(
        [first, second],
        process(100, US, 100, started=5),
        process(200, US, 200, started=8),
        process(300, US, 300, started=7),
        process(301, 300, 300, started=9),
    )

    assert pids(sorted_.members[first]) == [100, 300, 301]


def test_an_orphan_of_one_of_two_commands_is_a_stray() -> None:
    watches = [command(100), command(200)]
    shells = process(100, US, 100), process(200, US, 200)

    sorted_ = sort(watches, *shells, process(300, US, 300), process(301, 300, 300))

    assert pids(sorted_.strays) == [300, 301]
    assert pids(sort([*watches], shells[0], process(300, US, 300)).members[watches[0]]) == [
        100,
        300,
    ]


def test_what_no_running_command_can_have_begun_is_left_behind() -> None:
    ended, running = command(100, ended=True), command(200)

    sorted_ = sort(
        [ended, running],
        process(200, US, 200, started=8),
        process(300, US, 300, started=7),
        process(301, 300, 301, started=9),
        process(400, US, 100, started=9),  # of the session of the one that ended
    )

    assert pids(sorted_.left_behind) == [300, 301, 400]
    assert pids(sorted_.members[running]) == [200]
