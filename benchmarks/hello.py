"""The least that Flask can do, for gunicorn to serve as it serves the service."""

from flask import Flask

app = Flask(__name__)


@app.get("/")
def hello() -> str:
    return "<!doctype html><title>Hello</title><p>hello"
