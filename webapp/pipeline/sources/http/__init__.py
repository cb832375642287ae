"""What an HTTP server answers: text, JSON, Loki, Elasticsearch."""

from webapp.pipeline.sources.http.config import HttpConfig
from webapp.pipeline.sources.http.read import read_http
from webapp.pipeline.sources.kind import Kind

KIND = Kind(
    called="HTTP",
    about="what a web server, Loki or Elasticsearch answers",
    on=("local",),
    config=HttpConfig,
    read=read_http,
    place=lambda config: str(config["url"]),
)
