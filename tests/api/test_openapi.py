import re

import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings

from tests.api.making import make_monitor
from webapp.api.openapi import document

CONFIG = {
    "seed": 1,
    "generation": {"max-examples": 25, "deterministic": True, "database": "none"},
    # The rows that are there; ids that are not have tests of their own.
    "parameters": {
        **{
            f"path.{noun}_id": 1
            for noun in (
                *("target", "log_source", "monitor", "run", "notification"),
                *("note", "correction"),
            )
        },
        "path.tag": "prod",
        "query.wait": 0,
    },
    "checks": {
        # Rules between fields, and what a path or a host is, stand in no JSON schema.
        "positive_data_acceptance": {"enabled": False},
    },
    "operations": [
        # In a test nothing works, and 503 says so.
        {"include-path": "/api/health", "checks": {"not_a_server_error": {"enabled": False}}},
    ],
}
# These would run whatever command comes to mind; they have tests of their own.
CARRYING_OUT = ["/api/monitors/preview", "/api/monitors/try"]
schema = schemathesis.openapi.from_dict(
    document(), config=schemathesis.Config.from_dict(CONFIG)
).exclude(path=CARRYING_OUT)


def test_the_document_tells_every_view_under_api_and_no_other(app: Flask) -> None:
    served = {
        (re.sub(r"<\w+:(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    told = {(path, method) for path, methods in document()["paths"].items() for method in methods}

    assert told == served


def test_the_document_is_served_at_both_addresses(client: FlaskClient) -> None:
    assert client.get("/openapi.json").json == document()
    assert client.get("/api/openapi.json").json == document()
    assert client.get("/openapi.json", headers={"Accept": "text/html"}).json == document()


def test_a_change_needs_no_field_and_promises_no_default(client: FlaskClient) -> None:
    schemas = document()["components"]["schemas"]

    change = schemas["MonitorChange"]

    assert "required" in schemas["MonitorIn"]
    assert change["properties"].keys() == schemas["MonitorIn"]["properties"].keys()
    assert "required" not in change
    assert not any("default" in field for field in change["properties"].values())


def test_names_of_operations_are_unique() -> None:
    names = [told["operationId"] for path in document()["paths"].values() for told in path.values()]

    assert len(names) == len(set(names))


def test_every_error_is_told_as_a_problem() -> None:
    problem = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}

    told = document()["paths"]["/api/targets/{target_id}"]["put"]["responses"]

    assert list(told) == ["200", "400", "403", "404", "409", "413", "415", "422", "503"]
    assert all(told[status]["content"] == problem for status in list(told)[1:])


@pytest.fixture
def furnished(client: FlaskClient) -> FlaskClient:
    """A caller who finds a Target, a LogSource, a Monitor and a Run, each with the id 1."""
    make_monitor(client, tags=["prod"])
    client.post("/monitors/1/run-once")
    return client


# One app for all examples of an operation: they are to meet what the ones before left.
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@schema.parametrize()
def test_no_request_finds_a_failure_or_an_answer_that_is_not_declared(
    case: schemathesis.Case, app: Flask, furnished: FlaskClient
) -> None:
    # The caller of a test unpacks nothing.
    plain = {"Accept-Encoding": "identity"}
    case.call_and_validate(app=app, session=furnished, headers=plain)
