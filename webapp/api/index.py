from flask import url_for

from webapp.api.endpoint import Answer, endpoint


@endpoint("GET", "", "Show where everything is", answers={200: dict[str, str]})
def show_index() -> Answer:
    return Answer(
        {
            "targets": url_for(".list_targets"),
            "log_sources": url_for(".list_log_sources"),
            "monitors": url_for(".list_monitors"),
            "tags": url_for(".list_tags"),
            "health": url_for(".show_health"),
            "metrics": url_for(".show_metrics"),
            "openapi": url_for(".show_openapi"),
        }
    )
