"""How gunicorn serves the app; it reads this file."""

from webapp.config import Settings
from webapp.processes import die_with_parent

settings = Settings.load()
die_with_parent(settings)

bind = settings.address
worker_class = "gthread"
workers = 1
threads = 16
# run-once?wait=60 holds a thread that long, and stays in order.
timeout = 90
graceful_timeout = 10
loglevel = "warning"
# Nothing that a proxy says is believed.
forwarded_allow_ips = ""
