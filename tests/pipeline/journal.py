"""Real files of systemd's journal, with entries of ours."""

import subprocess
from pathlib import Path

from tests.parts import require

WRITER = Path("/lib/systemd/systemd-journal-remote")
BEGAN = 1_769_850_000_000_000
BOOT = "1" * 32


class Journal:
    """A folder of journal files; an entry comes a millisecond after the one before."""

    def __init__(self, folder: Path) -> None:
        require(WRITER.exists(), f"no {WRITER} (Debian: systemd-journal-remote)")
        self.folder = folder
        self._number = 0
        folder.mkdir()

    def write(self, *messages: str, file: str = "system", **fields: str) -> None:
        entries = "".join(self._entry(message, fields) for message in messages)
        subprocess.run(
            [WRITER, f"--output={self.folder}/{file}.journal", "-"],
            input=entries.encode("utf-8", "surrogateescape"),
            capture_output=True,
            check=True,
        )

    def vacuum(self, file: str) -> None:
        (self.folder / f"{file}.journal").unlink()

    def _entry(self, message: str, fields: dict[str, str]) -> str:
        self._number += 1
        usual = {
            "__REALTIME_TIMESTAMP": str(BEGAN + 1000 * self._number),
            "__MONOTONIC_TIMESTAMP": str(1000 * self._number),
            "_BOOT_ID": BOOT,
            "_HOSTNAME": "web-1",
            "SYSLOG_IDENTIFIER": "app",
            "_PID": "12",
            "PRIORITY": "6",
            "_SYSTEMD_UNIT": "app.service",
        }
        lines = [f"{name}={value}" for name, value in (usual | fields).items()]
        return "\n".join([*lines, _binary("MESSAGE", message)]) + "\n\n"


def _binary(name: str, value: str) -> str:
    """A field as it is exported where it holds line ends: its length, then its bytes."""
    size = len(value.encode("utf-8", "surrogateescape"))
    length = size.to_bytes(8, "little").decode("latin-1")
    if not length.isascii():
        raise ValueError("a message of this length cannot be told as text")
    return f"{name}\n{length}{value}"
