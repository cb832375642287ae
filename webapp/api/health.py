from flask import current_app

from webapp.api.endpoint import Answer, endpoint
from webapp.clock import utc_now
from webapp.health import check
from webapp.schemas import HealthOut


@endpoint(
    "GET",
    "/health",
    "Show how every part of the service is; 503 where one fails",
    answers={200: HealthOut, 503: HealthOut},
)
def show_health() -> Answer:
    parts = current_app.extensions
    health = check(parts["settings"], parts["doorbell"], utc_now())
    return Answer(health, 200 if health.status == "ok" else 503)
