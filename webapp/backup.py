"""A copy of the SQLite database, taken while everything runs."""

import sqlite3
from contextlib import closing
from pathlib import Path


class BackupFailed(Exception):
    """No backup was made; the text says why."""


def back_up(database: Path, file: Path) -> None:
    """Copy `database` to `file`, which must not be there yet and is only for its owner.

    It has the state of one moment, and no writer waits for it. It gets its name when it is whole
    and was checked. Raises BackupFailed.
    """
    if file.exists():
        raise BackupFailed(f"{file} is there already; name another file.")
    draft = file.with_name(f"{file.name}.partial")
    try:
        draft.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        raise BackupFailed(
            f"{draft} is there: another backup is under way, or was killed. If so, delete it."
        ) from None
    except OSError as error:
        raise BackupFailed(f"{file} cannot be written: {error.strerror}.") from error
    try:
        _copy(database, draft)
        draft.rename(file)
    except sqlite3.Error as error:
        raise BackupFailed(f"{database} cannot be copied to {file}: {error}.") from error
    finally:
        draft.unlink(missing_ok=True)


def _copy(database: Path, draft: Path) -> None:
    """All in one step: page by page, each write of another process would begin it anew."""
    with (
        closing(sqlite3.connect(f"{database.as_uri()}?mode=rw", uri=True)) as source,
        closing(sqlite3.connect(draft)) as target,
    ):
        source.backup(target)
        # One file, that can be read from where nothing can be written; the service sets its own.
        target.execute("PRAGMA journal_mode=DELETE")
        found = target.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if found != "ok":
            raise sqlite3.DatabaseError(f"the copy is damaged, {found}")
