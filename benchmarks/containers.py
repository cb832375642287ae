"""1 GB of a container's log, by the reader of containers and by `docker logs | tail -n 500`.

`python -m benchmarks.containers`; exit status 1 where it falls short of the goals. Needs a Docker
engine, the `docker` program and /bin/busybox; without them it says so and passes. Each is a process
of its own: its seconds are wall time, and ours tells by how much reading made its memory grow.
"""

import io
import re
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import docker  # type: ignore[import-untyped]

from webapp.pipeline.sources import READERS
from webapp.pipeline.sources.engine import EngineTrouble, look_at_engine
from webapp.pipeline.values import GatherLimits, Host, InputSpec

LINES, LINE_BYTES = 100_000, 10_000
ROUNDS = 2
MOST_RATIO = 1.5
MOST_MB = 32
# What a Run keeps of an Input for the usual window.
KEEP_BYTES = 64 << 10

_BUSYBOX = Path("/bin/busybox")
_IMAGE = "ai-log-monitor-bench"
_SECONDS = 600


def main() -> int:
    """Compare, print, and return the exit status."""
    if missing := _missing():
        print(f"skipped: {missing}")
        return 0
    with _container() as name:
        rounds = [(_by_us(name), _by_peer(name)) for _ in range(ROUNDS)]
    return _report(rounds)


def read_here(name: str) -> int:
    """In a process of its own: prints its seconds, and the MB by which its peak grew."""
    config = {"container_name": name, "tail": LINES}
    limits = GatherLimits(max_workers=1, timeout_seconds=_SECONDS, keep_bytes=KEEP_BYTES)
    before, started = _peak_mb(), time.perf_counter()
    result = READERS["docker_logs"](
        Host("local"), InputSpec("A", "docker_logs", config=config), limits
    )
    print(time.perf_counter() - started, _peak_mb() - before)
    return 0 if not result.error and result.stdout.total_lines == LINES else 1


def _missing() -> str | None:
    try:
        look_at_engine(Host("local").docker_url, 10)
    except EngineTrouble as trouble:
        return str(trouble)
    if not shutil.which("docker"):
        return "there is no program docker"
    return None if _BUSYBOX.exists() else "there is no /bin/busybox (Debian: busybox-static)"


@contextmanager
def _container() -> Iterator[str]:
    """One that printed 1 GB to its end."""
    engine = docker.from_env(timeout=_SECONDS)
    engine.api.import_image_from_data(_archive(), repository=_IMAGE)
    line = "a" * (LINE_BYTES - 1)
    printing = ["/bin/busybox", "sh", "-c", f"busybox yes {line} | busybox head -n {LINES}"]
    container = engine.containers.run(_IMAGE, printing, network_mode="none", detach=True)
    try:
        container.wait(timeout=_SECONDS)
        yield str(container.name)
    finally:
        container.remove(force=True)
        engine.images.remove(_IMAGE, force=True)
        engine.close()


def _archive() -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        tar.add(_BUSYBOX, "bin/busybox")
    return archive.getvalue()


def _by_us(name: str) -> tuple[float, float]:
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.containers", name],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    seconds, grown_mb = map(float, ran.stdout.split())
    return seconds, grown_mb


def _by_peer(name: str) -> float:
    started = time.perf_counter()
    with subprocess.Popen(["docker", "logs", name], stdout=subprocess.PIPE) as logs:
        subprocess.run(["tail", "-n", "500"], stdin=logs.stdout, stdout=subprocess.PIPE, check=True)
    return time.perf_counter() - started


def _peak_mb() -> float:
    """Of this program; that of getrusage is also its parent's, from before it was begun."""
    status = Path("/proc/self/status").read_text()
    [peak_kb] = re.findall(r"VmHWM:\s*(\d+) kB", status)
    return int(peak_kb) / 1024


def _report(rounds: list[tuple[tuple[float, float], float]]) -> int:
    ours, peers = min(our for (our, _), _ in rounds), min(peer for _, peer in rounds)
    grown_mb = max(grown for (_, grown), _ in rounds)
    megabytes, ratio = LINES * LINE_BYTES / 1e6, ours / peers
    print(f"our reader            {megabytes / ours:8.0f} MB/s   (best of {ROUNDS})")
    print(f"docker logs | tail    {megabytes / peers:8.0f} MB/s")
    print(f"ratio of the times    {ratio:8.2f}        goal <= {MOST_RATIO}")
    print(f"our memory grew by    {grown_mb:8.1f} MB     goal <= {MOST_MB}")
    return 0 if ratio <= MOST_RATIO and grown_mb <= MOST_MB else 1


if __name__ == "__main__":
    sys.exit(read_here(sys.argv[1]) if len(sys.argv) > 1 else main())
