from flask import current_app, request

from webapp import scrape
from webapp.api.endpoint import Answer, endpoint
from webapp.clock import utc_now


@endpoint("GET", "/metrics", "Show what Prometheus reads", answers={200: str})
def show_metrics() -> Answer:
    parts = current_app.extensions
    accept = request.headers.get("Accept", "")
    text, kind = scrape.text(parts["settings"], parts["doorbell"], utc_now(), accept)
    return Answer(text, headers={"Content-Type": kind})
