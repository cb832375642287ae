import subprocess
import sys

import psutil

from tests.processes import killed_afterwards
from tests.waiting import until
from webapp.pipeline.process_table import end_sooner, held_bytes, oom_score_adj, processes

ODD_NAME = "open('/proc/self/comm', 'w').write(') R 1 (2')"
MB = 1 << 20


def test_a_process_is_seen_as_it_is_whatever_its_name() -> None:
    script = f"{ODD_NAME}; print(flush=True); input()"
    words = [sys.executable, "-c", script]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    ) as child:
        assert child.stdout
        child.stdout.readline()

        seen = processes()[child.pid]

        assert (seen.parent, seen.group, seen.session) == (psutil.Process().pid, *2 * [child.pid])
        assert abs(seen.resident - psutil.Process(child.pid).memory_info().rss) < MB
        assert not seen.zombie
        child.kill()
        until(lambda: processes()[child.pid].zombie)


def test_memory_that_is_held_counts_once_and_mapped_files_never() -> None:
    script = """
import mmap, os, tempfile
held = bytearray(40 << 20)
with tempfile.TemporaryFile() as file:
    file.write(bytes(40 << 20))
    mapped = mmap.mmap(file.fileno(), 40 << 20, prot=mmap.PROT_READ)
    read = bytes(mapped).count(b"x")
child = os.fork()
print(flush=True)
input() if child else os.read(0, 1)
"""
    words = [sys.executable, "-c", script]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as first:
        assert first.stdout
        first.stdout.readline()
        first.stdout.readline()
        seen = [one for one in processes().values() if first.pid in (one.pid, one.parent)]

        held = sum(map(held_bytes, seen))

        assert len(seen) == 2
        assert sum(one.resident for one in seen) > 120 * MB
        assert 40 * MB < held < 80 * MB
        psutil.Process(seen[-1].pid).kill()
        first.kill()


def test_what_a_marked_process_begins_is_marked_too() -> None:
    words = ["sh", "-c", "read _; setsid sleep 1000"]
    with killed_afterwards(subprocess.Popen(words, stdin=subprocess.PIPE)) as shell:
        assert shell.stdin
        end_sooner(shell.pid, 321)
        shell.stdin.write(b"\n")
        shell.stdin.flush()
        until(psutil.Process(shell.pid).children)
        (child,) = psutil.Process(shell.pid).children()

        assert oom_score_adj(child.pid) == 321
        child.kill()


def test_a_process_that_is_gone_has_nothing() -> None:
    with subprocess.Popen(["true"]) as child:
        seen = processes()[child.pid]

    assert child.pid not in processes()
    assert (held_bytes(seen), oom_score_adj(child.pid)) == (seen.resident, 0)
