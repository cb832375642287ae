"""How gunicorn serves the app; it reads this file."""

import threading
from typing import Any

from webapp import create_app, logs
from webapp.config import Settings
from webapp.database import require_schema
from webapp.processes import adopt_orphans, begin

settings = Settings.load()
begin(settings)
logs.configure(settings)

bind = settings.address
worker_class = "gthread"
workers = 1
# run-once?wait=60 holds one that long.
threads = 64
timeout = 90
graceful_timeout = 10
loglevel = "warning"
# Nothing that a proxy says is believed.
forwarded_allow_ips = ""
# It would listen on a socket in the user's home, which may be read-only, for commands of nobody.
control_socket_disable = True


def on_starting(server: Any) -> None:
    # Its lines come out as all others do.
    server.log.error_log.handlers.clear()
    server.log.error_log.propagate = True
    require_schema(create_app(settings), threading.Event())


def post_fork(_server: object, _worker: object) -> None:
    """Reading a LogSource runs commands here too."""
    adopt_orphans()
