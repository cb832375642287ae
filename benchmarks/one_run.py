"""One Run in a process of its own, as cron would do it: python -m benchmarks.one_run RUN_ID

The peers of the other benchmarks: the very same pipeline, without the worker.
"""

import sys
from datetime import timedelta
from functools import cache

from flask import Flask

from webapp import create_app
from webapp.clock import utc_now
from webapp.models import Claim
from webapp.pipeline.run import execute


def carry_out(run_id: int) -> None:
    """Also the job of a stock RQ worker."""
    app = _app()
    settings = app.extensions["settings"]
    with app.app_context():
        timeout = timedelta(seconds=settings.run_timeout_seconds)
        claim = Claim.take(run_id, utc_now(), timeout)
        if claim:
            execute(claim, settings)


@cache
def _app() -> Flask:
    return create_app()


if __name__ == "__main__":
    carry_out(int(sys.argv[1]))
