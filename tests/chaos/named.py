"""A program of the service whose writes on SQLite can be told from those of others:
python -m tests.chaos.named scheduler.py, or python -m tests.chaos.named -m gunicorn ...

PostgreSQL knows the name of whoever writes; on SQLite each connection is taught it.
"""

import os
import runpy
import sys
from sqlite3 import Connection
from typing import Any

from sqlalchemy import Engine, event


def teach_connections() -> None:
    """From now on every connection of this process to SQLite knows writer()."""
    event.listen(Engine, "connect", _teach)


def main() -> None:
    teach_connections()
    del sys.argv[0]
    if sys.argv[0] == "-m":
        del sys.argv[0]
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    else:
        sys.path.insert(0, "")
        runpy.run_path(sys.argv[0], run_name="__main__")


def _teach(connection: Any, _record: Any) -> None:
    if isinstance(connection, Connection):
        connection.create_function("writer", 0, lambda: os.environ.get("PGAPPNAME"))


if __name__ == "__main__":
    main()
