"""RQ workers: python worker.py"""

import logging
import os

from webapp import create_app
from webapp.database import require_schema
from webapp.jobs import Doorbell, Worker
from webapp.processes import adopt_orphans, begin, stop_event


def main() -> None:
    stop = stop_event()
    app = create_app()
    settings = app.extensions["settings"]
    begin(settings)
    adopt_orphans()
    require_schema(app, stop)
    status = 1
    try:
        Worker(app, settings, Doorbell.of(settings)).serve(stop)
        status = 0
    except Exception:
        logging.getLogger("webapp").exception("worker failed")
        raise
    finally:
        # A thread that hangs cannot be ended, and would hold the interpreter back.
        os._exit(status)


if __name__ == "__main__":
    main()
