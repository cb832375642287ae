"""RQ workers: python worker.py"""

import os

from webapp import create_app
from webapp.jobs import Doorbell, Worker
from webapp.processes import die_with_parent, stop_event


def main() -> None:
    stop = stop_event()
    app = create_app()
    settings = app.extensions["settings"]
    die_with_parent(settings)
    Worker(app, settings, Doorbell.of(settings)).serve(stop)
    # A thread that hangs cannot be ended, and would hold the interpreter back.
    os._exit(0)


if __name__ == "__main__":
    main()
