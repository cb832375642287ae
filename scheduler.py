"""Starts what is due: python scheduler.py"""

from webapp import create_app
from webapp.clock import utc_now
from webapp.jobs import Doorbell, Scheduler
from webapp.processes import begin, stop_event

TICK_SECONDS = 1


def main() -> None:
    stop = stop_event()
    app = create_app()
    settings = app.extensions["settings"]
    begin(settings)
    with app.app_context():
        scheduler = Scheduler(settings, Doorbell.of(settings))
        while not stop.wait(TICK_SECONDS):
            scheduler.tick(utc_now())
        scheduler.stop()


if __name__ == "__main__":
    main()
