"""What a new installation starts with: this machine, and one Monitor that reads it."""

import os
import shutil
import stat
from datetime import datetime
from pathlib import Path

from webapp.models import Monitor, Target
from webapp.models.first_steps import PROMPT, PROMPT_WITHOUT_LOG
from webapp.schemas import MonitorIn, TargetIn, validate

NAME = "This machine"
# Where systems without a journal keep their main log.
LOG_FILES = (
    "/var/log/syslog",
    "/var/log/messages",
    "/var/log/system.log",
    "/var/log/auth.log",
)
JOURNALS = ("/var/log/journal", "/run/log/journal")
JOURNAL = "journalctl --no-pager --lines 400"
# A machine that keeps no logs, such as a small container, still has processes. Its Runs say so.
PROCESSES = "echo 'No system log can be read here: neither a journal nor a syslog.'; ps aux"
DISKS = "df -h"


def add(now: datetime) -> None:
    """The Target `local` and a Monitor whose first run is due at once, as far as they are missing.

    A start that was killed may have made the one and not the other.
    """
    if Monitor.all():
        return
    local = validate(TargetIn, {"name": "local", "type": "local"})
    target = next(iter(Target.all()), None) or Target.create(local)
    label, command = _system_log() or ("PROCESSES", PROCESSES)
    monitor = {
        "name": NAME,
        "target_id": target.id,
        "prompt": PROMPT_WITHOUT_LOG if command == PROCESSES else PROMPT,
        "inputs": [
            {"label": label, "mode": "command", "command": command},
            {"label": "DISKS", "mode": "command", "command": DISKS},
        ],
    }
    Monitor.create(validate(MonitorIn, monitor), now).run_next(now)


def _system_log() -> tuple[str, str] | None:
    """The best there is to read here, as a label and a command; None: nothing."""
    if shutil.which("journalctl") and any(_has_journal(Path(folder)) for folder in JOURNALS):
        return "JOURNAL", JOURNAL
    for path in LOG_FILES:
        if _readable(path):
            return "SYSTEM_LOG", f"tail -n 400 {path}"
    return None


def _has_journal(folder: Path) -> bool:
    return os.access(folder, os.R_OK | os.X_OK) and any(folder.glob("*/*.journal"))


def _readable(path: str) -> bool:
    try:
        found = Path(path).stat()
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size > 0 and os.access(path, os.R_OK)
