import logging

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from tests.api.making import make_target
from webapp.extensions import db, writing
from webapp.models import InUse, Target
from webapp.schemas import Invalid
from webapp.schemas.base import FieldError

BROWSER = {"Accept": "text/html"}


def raising(app: Flask, error: Exception) -> None:
    """Let /api/broken and /broken raise it."""

    def broken() -> str:
        raise error

    app.add_url_rule("/api/broken", "broken_json", broken)
    app.add_url_rule("/broken", "broken_page", broken)


def test_a_failure_of_ours_tells_nothing_of_itself_and_is_logged(
    app: Flask, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    raising(app, RuntimeError("password=hunter2"))

    answer = client.get("/broken")
    page = client.get("/broken", headers=BROWSER)

    assert answer.status_code == 500
    assert answer.json == {
        "error": "The service hit an error of its own; its log has the details.",
        "errors": [],
    }
    assert (page.status_code, page.mimetype) == (500, "text/html")
    assert "hunter2" not in page.text
    logged = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [str(record.exc_info[1]) for record in logged if record.exc_info] == [
        "password=hunter2",
        "password=hunter2",
    ]


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (InUse("It is used by “a”."), 409, "It is used by “a”."),
        (
            IntegrityError("INSERT secret", {}, Exception("secret")),
            409,
            "Something that this stands on changed at the same time; look at it and try again.",
        ),
        (
            Invalid([FieldError(field="name", message="No.")]),
            422,
            "What was sent is not valid, and nothing was changed.",
        ),
    ],
    ids=["in use", "integrity", "invalid"],
)
def test_an_error_is_a_sentence_for_scripts_and_a_page_for_people(
    app: Flask, client: FlaskClient, error: Exception, status: int, sentence: str
) -> None:
    raising(app, error)

    answer = client.get("/broken")
    page = client.get("/broken", headers=BROWSER)

    assert (answer.status_code, answer.json["error"]) == (status, sentence)
    assert (page.status_code, page.mimetype) == (status, "text/html")
    assert "secret" not in page.text


def test_a_row_that_is_deleted_meanwhile_is_not_found(app: Flask, client: FlaskClient) -> None:
    def delete_too_late() -> str:
        row = db.session.get(Target, 1)
        assert row
        with writing():
            db.session.execute(delete(Target), execution_options={"synchronize_session": False})
        row.delete()
        return "not reached"

    app.add_url_rule("/api/late", view_func=delete_too_late)
    make_target(client)
    answer = client.get("/late")

    assert answer.status_code == 404
    assert answer.json == {"error": "This was deleted in the meantime.", "errors": []}


def test_a_database_that_cannot_be_read_is_said_and_its_reason_logged(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    db.drop_all()

    answer = client.get("/targets")

    assert answer.status_code == 503
    assert answer.json == {
        "error": "The database does not answer; try again in a moment.",
        "errors": [],
    }
    (said,) = [record.msg for record in caplog.records if record.levelno == logging.WARNING]
    assert (said["event"], said["reason"]) == (
        "database does not answer",
        "no such table: targets",
    )


def test_an_address_of_static_files_answers_as_it_is_asked(client: FlaskClient) -> None:
    answer = client.get("/static/none.css")
    page = client.get("/static/none.css", headers=BROWSER)

    assert (answer.status_code, answer.mimetype) == (404, "application/json")
    assert (page.status_code, page.mimetype) == (404, "text/html")
