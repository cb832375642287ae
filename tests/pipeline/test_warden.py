"""Each test has a process of its own that runs commands, as a worker does."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.waiting import until

# As a shell does under job control: still in the session of its command.
IN_A_GROUP_OF_ITS_OWN = (
    f'{sys.executable} -c \'import subprocess as s; s.Popen(["sleep", "{{0}}"], process_group=0)\''
)
ROOT = Path(__file__).parent.parent.parent
_WORKER = """
import json, subprocess, sys
from concurrent.futures import ThreadPoolExecutor
from webapp.pipeline.hosts import run
from webapp.pipeline.values import Bounds, Host
from webapp.processes import adopt_orphans

adopt_orphans()
# Children of other code: one that lives as long as we, one that is dead and waited for at the end.
lives = subprocess.Popen(["cat"], stdin=subprocess.PIPE, start_new_session=True)
dies = subprocess.Popen(["sh", "-c", "exit 7"], start_new_session=True)

def carry_out(command):
    bounds = Bounds(memory_mb=200, processes=30, cpu_seconds=2, file_mb=3, niceness=7)
    result = run(Host("local"), command, timeout_seconds=20, keep_bytes=1000, bounds=bounds)
    told = {"command": command, "out": result.stdout.text, "error": result.error}
    print(json.dumps(told | {"milliseconds": result.duration_ms}), flush=True)

with ThreadPoolExecutor(8) as pool:
    for line in sys.stdin:
        pool.submit(carry_out, json.loads(line))
print(json.dumps([lives.poll(), dies.wait()]), flush=True)
lives.stdin.close()
lives.wait()
"""


@dataclass(frozen=True)
class Worker:
    process: subprocess.Popen[str]

    def send(self, *commands: str) -> None:
        assert self.process.stdin
        for command in commands:
            self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()

    def next_result(self) -> Any:
        assert self.process.stdout
        return json.loads(self.process.stdout.readline())

    def others(self) -> Any:
        """What became of the children that no command began, once all commands are done."""
        assert self.process.stdin
        self.process.stdin.close()
        return self.next_result()

    def all_below(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)


@pytest.fixture
def worker() -> Iterator[Worker]:
    with begun_worker() as worker:
        yield worker


@contextmanager
def begun_worker() -> Iterator[Worker]:
    words = [sys.executable, "-c", _WORKER]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            yield Worker(process)
        finally:
            process.kill()


def sleeps(number: int) -> int:
    """How many processes sleep for so many seconds; each test has a number of its own."""
    return len(sleepers(number))


def sleepers(number: int) -> list[psutil.Process]:
    words = ["sleep", str(number)]
    return [one for one in psutil.process_iter(["cmdline"]) if one.info["cmdline"] == words]


def is_up(process: psutil.Process) -> bool:
    return process.status() != psutil.STATUS_ZOMBIE


def let_it_look(worker: Worker) -> None:
    """Until its warden has seen what ran before this, and ended what a command left behind."""
    number = os.getpid() * 1000
    worker.send(IN_A_GROUP_OF_ITS_OWN.format(number))
    assert worker.next_result()["error"] is None
    until(lambda: sleeps(number) == 0)


@pytest.mark.parametrize(
    "command",
    [
        "setsid sleep {0} &",
        "setsid -f sleep {0}",
        "(setsid sh -c '(setsid -f sleep {0}); sleep {0} &' &)",
        IN_A_GROUP_OF_ITS_OWN,
        "setsid -f sh -c 'trap \"\" TERM HUP; while :; do sleep {0}; done'",
    ],
)
def test_what_left_the_group_of_its_command_does_not_outlive_it(
    worker: Worker, command: str
) -> None:
    number = os.getpid() * 1000 + 1
    worker.send(command.format(number))

    result = worker.next_result()

    assert result["error"] is None
    until(lambda: sleeps(number) == 0)
    # The children of other code and the life-line, and nothing unburied.
    until(lambda: len(worker.all_below()) == 3)


def test_children_of_other_code_are_neither_ended_nor_reaped(worker: Worker) -> None:
    number = os.getpid() * 1000 + 2
    worker.send(f"setsid -f sleep {number}")
    worker.next_result()
    until(lambda: sleeps(number) == 0)

    lives, dies = worker.others()

    assert (lives, dies) == (None, 7)


def test_what_a_command_still_waits_for_is_left_alone(worker: Worker, tmp_path: Path) -> None:
    waits = f"until [ -e {tmp_path}/go ]; do sleep 0.05; done"
    worker.send(f"setsid -f sh -c '{waits}; touch {tmp_path}/done'; {waits}")
    let_it_look(worker)

    (tmp_path / "go").touch()

    assert worker.next_result()["error"] is None
    until((tmp_path / "done").exists)


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ("{python} -c '{take_300_mb}'", "used more than 200 MB of memory"),
        ("setsid -f {python} -c '{take_300_mb}'; sleep 15", "used more than 200 MB of memory"),
        ("for i in $(seq 40); do sleep 15 & done; wait", "ran more than 30 processes at once"),
        (
            "for i in $(seq 40); do setsid -f sleep 15; done; sleep 15",
            "ran more than 30 processes at once",
        ),
        ("for i in 1 2 3; do {python} -c '{burn}' & done; wait", "used more than 2 s of CPU time"),
        ("while :; do timeout 0.2 {python} -c '{burn}'; done", "used more than 2 s of CPU time"),
        ("setsid -f {python} -c '{burn}'; sleep 15", "used more than 2 s of CPU time"),
    ],
)
def test_a_command_that_breaks_a_bound_is_ended(worker: Worker, command: str, error: str) -> None:
    take = "import time; held = bytearray(300 << 20); time.sleep(15)"
    burn = "while True: pass"
    worker.send(
        "echo before; " + command.format(python=sys.executable, take_300_mb=take, burn=burn)
    )

    result = worker.next_result()

    assert result["error"] == f"{error}; what it printed until then was kept"
    assert result["out"] == "before\n"
    assert result["milliseconds"] < 10_000
    until(lambda: len(worker.all_below()) == 3)


def test_what_the_kernel_holds_a_command_to_holds_for_all_that_it_begins(worker: Worker) -> None:
    worker.send("nice; setsid sh -c 'ulimit -c; ulimit -f; ulimit -t; ulimit -c 1 2>&- || echo no'")

    told = worker.next_result()["out"].split()

    # 3 MB are 6144 blocks of 512 bytes; the warden counts all processes, and so comes first.
    ours = os.getpriority(os.PRIO_PROCESS, worker.process.pid)
    assert told[:4] == [str(ours + 7), "0", "6144", "4"]


def test_a_command_that_writes_too_large_a_file_is_ended(worker: Worker, tmp_path: Path) -> None:
    path = tmp_path / "large"
    worker.send(f"dd if=/dev/zero of={path} bs=1M count=5 2>/dev/null")

    assert worker.next_result()["error"] == "wrote a file of more than 3 MB"
    assert path.stat().st_size == 3 << 20


def test_memory_that_processes_share_counts_once(worker: Worker, tmp_path: Path) -> None:
    script = "import os; held = bytearray(100 << 20); os.fork(); os.fork(); os.read(0, 1); "
    script += f'import time\nwhile not os.path.exists("{tmp_path}/go"): time.sleep(0.05)'
    worker.send(f"{sys.executable} -c '{script}'; echo done")
    until(lambda: len(worker.all_below()) > 3 + 4)
    let_it_look(worker)

    (tmp_path / "go").touch()

    result = worker.next_result()
    assert (result["error"], result["out"]) == (None, "done\n")


def test_a_killed_worker_leaves_nothing_that_was_seen_to_leave_its_command(worker: Worker) -> None:
    number = os.getpid() * 1000 + 4
    worker.send(f"setsid -f sleep {number}; sleep {number} & wait")
    until(lambda: sleeps(number) == 2)
    let_it_look(worker)

    worker.process.kill()

    until(lambda: sleeps(number) == 0)


def test_commands_are_held_though_their_life_line_was_killed(worker: Worker) -> None:
    number = os.getpid() * 1000 + 6
    worker.send(f"exec sleep {number}")
    until(lambda: sleeps(number) == 1)
    (life_line,) = [one for one in worker.all_below() if one.name() == "sh" and is_up(one)]
    life_line.kill()
    worker.send(f"sleep {number}")
    until(lambda: sleeps(number) == 2)

    worker.process.kill()

    until(lambda: sleeps(number) == 0)


def test_a_process_that_ends_at_once_can_look_before() -> None:
    number = os.getpid() * 1000 + 7
    script = f"""
import os
from webapp.pipeline import hosts, warden
from webapp.pipeline.values import Host
from webapp.processes import adopt_orphans
adopt_orphans()
command = "setsid -f sleep {number} >/dev/null 2>&1"
hosts.run(Host("local"), command, timeout_seconds=20, keep_bytes=1000)
warden.look()
os._exit(0)
"""
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)

    until(lambda: sleeps(number) == 0)


def test_a_process_that_can_mark_nothing_adopts_nobody_and_says_so(tmp_path: Path) -> None:
    number, left_it = os.getpid() * 1000 + 8, tmp_path / "left"
    command = (
        f"setsid -f sh -c 'touch {left_it}; exec sleep {number}' >/dev/null 2>&1; "
        f"until [ -e {left_it} ]; do sleep 0.01; done; echo fine"
    )
    script = f"""
import psutil
from pathlib import Path
Path("/proc/self/oom_score_adj").write_text("1000")  # as in a pod of Kubernetes without requests
from webapp import logs
from webapp.config import Settings
from webapp.pipeline import hosts
from webapp.pipeline.values import Host
from webapp.processes import adopt_orphans
logs.configure(Settings.load())
adopt_orphans()
ran = hosts.run(Host("local"), {command!r}, timeout_seconds=20, keep_bytes=1000)
print(ran.stdout.text.strip(), flush=True)
input()
print([one.name() for one in psutil.Process().children() if one.name() == "sleep"])
"""
    with subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=os.environ | {"DATA_DIR": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        ran = process.stdout.readline()
        until(lambda: sleeps(number) == 1)
        sleepers(number)[0].kill()
        until(lambda: sleeps(number) == 0)
        zombies, said = process.communicate("\n", timeout=30)

    assert (ran, zombies) == ("fine\n", "[]\n")
    assert said.count("commands not followed") == said.count("\n") == 1
