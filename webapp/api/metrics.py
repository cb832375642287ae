from flask import current_app, request

from webapp import scrape
from webapp.api.endpoint import Answer, Text, endpoint
from webapp.clock import utc_now

# Whichever the caller prefers.
TEXTS = Text(("text/plain", "application/openmetrics-text"))


@endpoint("GET", "/metrics", "Show what Prometheus reads", answers={200: TEXTS})
def show_metrics() -> Answer:
    parts = current_app.extensions
    accept = request.headers.get("Accept", "")
    text, kind = scrape.text(parts["settings"], parts["doorbell"], utc_now(), accept)
    return Answer(text, headers={"Content-Type": kind})
