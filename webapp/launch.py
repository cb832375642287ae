"""Everything on this machine under one process manager: python -m webapp.launch"""

import fcntl
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from sqlalchemy import inspect
from sqlalchemy.exc import SQLAlchemyError

from webapp import create_app, database, example, logs
from webapp.clock import iso, utc_now
from webapp.config import BadSettings, Settings
from webapp.embedded import VALKEY_LOCK
from webapp.extensions import db
from webapp.jobs import Doorbell, QueueDown
from webapp.processes import PARTS_LOCK, PRIVATE

ROOT = Path(__file__).parent.parent
# Longer than any part takes to stop.
PARTS_END_SECONDS = 60
WAITS = (
    "The one that ran before was killed, and its workers give the Runs under way 20 seconds to "
    "end. It starts after that, or says within a minute that it cannot."
)


class Refusal(Exception):
    """It cannot start; the text says why, and what to do."""


def main() -> None:
    try:
        settings = Settings.load()
        os.umask(PRIVATE)
        _hold(settings.data_dir)
        _wait_for_parts(settings)
        _check_port(settings)
        prepare_database(settings)
        _look_for_queue(settings)
        logs.warn_of_misspelt()
    except (BadSettings, Refusal) as refusal:
        sys.exit(f"AI Log Monitor does not start.\n{refusal}")
    _say(settings, f"AI Log Monitor: http://{settings.address}  (Ctrl-C stops it)")
    _become_process_manager(settings)


def _say(settings: Settings, sentence: str) -> None:
    """To whoever started it; as an event where those are read by a program."""
    line = sentence
    if settings.log_format == "json":
        event = {"time": iso(utc_now()), "level": "INFO", "event": sentence, "logger": __name__}
        line = json.dumps(event)
    print(line, flush=True)  # noqa: T201


def _hold(data_dir: Path) -> None:
    """Lock the folder for the process manager's life; its lock goes with the open file."""
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(data_dir / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise Refusal(f"DATA_DIR {data_dir} cannot be used: {error.strerror}.") from error
    os.set_inheritable(lock, True)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(lock, 20).decode("ascii")
        raise Refusal(
            f"It runs already on DATA_DIR {data_dir}. Stop that one first: Ctrl-C where it was "
            f"started, or kill {holder}."
        ) from None
    os.ftruncate(lock, 0)
    os.write(lock, str(os.getpid()).encode("ascii"))  # an exec keeps the number too


def _wait_for_parts(settings: Settings) -> None:
    """Where the process manager was killed, its parts end by themselves, but not at once.

    A worker finishes or hands back what it does; a second set beside it would be too many.
    """
    data_dir, said = settings.data_dir, False
    deadline = time.monotonic() + PARTS_END_SECONDS
    while _held(data_dir / PARTS_LOCK) or _held(data_dir / VALKEY_LOCK):
        if time.monotonic() > deadline:
            raise Refusal(
                f"Parts of the one that ran before on DATA_DIR {data_dir} do not end. Stop them "
                "first."
            )
        if not said:
            said = True
            _say(settings, WAITS)
        time.sleep(0.1)


def _held(lock_file: Path) -> bool:
    """Whether a process that lives has the file locked."""
    try:
        with lock_file.open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _check_port(settings: Settings) -> None:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise Refusal(
                f"Port {settings.port} on {settings.host} cannot be had: {error.strerror}. "
                "Set PORT or HOST to another."
            ) from error


def prepare_database(settings: Settings) -> None:
    """Migrate; a database that is new gets the example, be it at a later start.

    A file says that it has yet to get it, as this may be killed at any point.
    """
    app = create_app(settings)
    owed = settings.data_dir / "example-owed"
    with app.app_context():
        try:
            if not inspect(db.engine).has_table("alembic_version"):
                owed.touch()
            database.upgrade()
        except database.WrongSchema as error:
            raise Refusal(str(error)) from error
        except SQLAlchemyError as error:
            reason = str(error.__cause__ or error).strip()
            place = db.engine.url.render_as_string(hide_password=True)
            raise Refusal(
                f"The database {place} cannot be used: {reason}. It is set by DATABASE_URL, "
                "DATABASE_PATH or DATA_DIR."
            ) from error
        if owed.exists():
            example.add(utc_now())
            owed.unlink()
        db.engine.dispose()


def _look_for_queue(settings: Settings) -> None:
    """One that does not answer stops no start, as it stops nothing later; but it is said."""
    if settings.embedded_valkey:
        return
    try:
        Doorbell.of(settings).waiting()
    except QueueDown as error:
        waits = "Runs wait in the database until it does. It is set by REDIS_URL."
        _say(settings, f"{error} {waits}")


def _become_process_manager(settings: Settings) -> None:
    told = {
        "DATA_DIR": str(settings.data_dir),
        "EMBEDDED_VALKEY": str(settings.embedded_valkey).lower(),
        "WORKER_PROCESSES": str(settings.worker_processes),
        "LOG_FORMAT": settings.log_format,
        "PYTHON": sys.executable,
        "SUPERVISOR_PID": str(os.getpid()),  # which an exec keeps
    }
    os.chdir(ROOT)
    _let_parts_write_out()
    # By its path and not as a module, which would load the whole app to watch it.
    manager = [sys.executable, "-P", str(ROOT / "webapp" / "manager.py")]
    words = [*manager, "-c", str(ROOT / "supervisord.conf")]
    os.execve(sys.executable, words, os.environ | told)  # noqa: S606


def _let_parts_write_out() -> None:
    """Make standard output one that can be opened by name, as the process manager does for each
    part: a socket, as under systemd, or somebody else's terminal, as under su, is not."""
    try:
        os.close(os.open("/dev/fd/1", os.O_WRONLY | os.O_APPEND))
    except OSError:
        # In a session of its own, so that Ctrl-C does not end it before the last words came.
        relay = subprocess.Popen(["cat"], stdin=subprocess.PIPE, start_new_session=True)  # noqa: S607
        assert relay.stdin, "as it was asked for"
        os.dup2(relay.stdin.fileno(), sys.stdout.fileno())


if __name__ == "__main__":
    main()
