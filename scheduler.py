"""Starts what is due: python scheduler.py"""

from webapp import create_app
from webapp.database import require_schema
from webapp.jobs import Doorbell, Scheduler
from webapp.processes import begin, stop_event


def main() -> None:
    stop = stop_event()
    app = create_app()
    settings = app.extensions["settings"]
    begin(settings)
    require_schema(app, stop)
    with app.app_context():
        Scheduler(settings, Doorbell.of(settings)).serve(stop)


if __name__ == "__main__":
    main()
