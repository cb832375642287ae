"""Whatever is sent, the answer is a Problem that says what is wrong, and never a failure."""

from io import BytesIO

import pytest
from flask.testing import FlaskClient

from tests.api.making import make_monitor, make_target
from tests.conftest import BOTH_DATABASES

JSON = "application/json"
COLLECTIONS = ("/targets", "/log-sources", "/monitors")
ROWS = ("/targets/1", "/log-sources/1", "/monitors/1")

NOT_JSON = {
    "nothing": b"",
    "blanks": b" \n",
    "a torn object": b'{"name": ',
    "more after the end": b'{"name": "a"} x',
    "NaN": b'{"name": NaN}',
    "Infinity": b'{"name": -Infinity}',
    "no UTF-8": b'{"name": "\xff"}',
    "a lone surrogate": b'{"name": "\\ud800"}',
    "a bare control character": b'{"name": "a\x01"}',
    "100,000 brackets": b"[" * 100_000,
    "100,000 objects": b'{"a":' * 100_000,
    "a number of 5,000 digits": b'{"name": ' + b"9" * 5000 + b"}",
    "UTF-16": '{"name": "a"}'.encode("utf-16"),
}
HUGE, BEYOND = b"9" * 4000, b"2147483648"
NOT_VALID = {
    "a list": b"[]",
    "null": b"null",
    "a number": b"1e400",
    "a string": b'"name"',
    "a NUL in a name": b'{"name": "a\\u0000b"}',
    "an escape in a name": b'{"name": "a\\u001bb"}',
    "a line end in a name": b'{"name": "a\\nb"}',
    "a line separator in a name": b'{"name": "a\\u2028b"}',
    "an infinite name": b'{"name": 1e400}',
    "a name of null": b'{"name": null}',
    "a name that is too long": b'{"name": "' + b"a" * 201 + b'"}',
    "an unknown field": b'{"nmae": "a"}',
    "an empty field": b'{"": "a"}',
    "a field that only the service writes": b'{"id": 7}',
    "nesting": b'{"name": ' + b"[" * 150 + b"]" * 150 + b"}",
}
NOT_VALID_MONITORS = {
    "a huge id": b'{"log_source_id": ' + HUGE + b"}",
    "an id beyond the column": b'{"log_source_id": ' + BEYOND + b"}",
    "an id beyond the column, in a string": b'{"log_source_id": "' + BEYOND + b'"}',
    "an infinite id": b'{"log_source_id": 1e400}',
    "a broken id": b'{"log_source_id": 1.5}',
    "a true id": b'{"log_source_id": true}',
    "a whole id with a point": b'{"log_source_id": 1.0}',
    "an id in other digits": '{"log_source_id": "١"}'.encode(),
    "an id of zero": b'{"log_source_id": "0"}',
    "a huge interval": b'{"interval_seconds": ' + HUGE + b"}",
    "an infinite interval": b'{"interval_seconds": 1e400}',
    "a whole interval with a point": b'{"interval_seconds": 300.0}',
    "an interval with an exponent": b'{"interval_seconds": 3e2}',
    "an interval with a point, in a string": b'{"interval_seconds": "300.0"}',
    "an interval in other digits": '{"interval_seconds": "٣٠٠"}'.encode(),
    "a true number of lines": b'{"window_config": {"max_lines": true}}',
    "a true time-out": (b'{"inputs": [{"label": "A", "command": "a", "timeout_seconds": true}]}'),
    "a NUL in a command": b'{"inputs": [{"label": "A", "command": "a\\u0000"}]}',
    "a NUL in a variable": b'{"inputs": [{"label": "A", "command": "a", "env": {"A": "\\u0000"}}]}',
    "a NUL in its name": b'{"inputs": [{"label": "A", "command": "a", "env": {"A\\u0000": "a"}}]}',
    "a NUL in a folder": b'{"inputs": [{"label": "A", "command": "a", "workdir": "/\\u0000"}]}',
    "a NUL in a path": (
        b'{"inputs": [{"label": "A", "mode": "file", "config": {"path": "/\\u0000"}}]}'
    ),
    "a NUL in a model": b'{"llm_model": "openai:\\u0000"}',
    "a NUL in a recipient": b'{"notification_config": {"email_recipients": ["a\\u0000@b.org"]}}',
    "inputs of another type": b'{"inputs": {"label": "A"}}',
    "an input of another type": b'{"inputs": [[]]}',
    "a window of another type": b'{"window_config": [1]}',
    "a mode of another type": b'{"inputs": [{"label": "A", "mode": {}}]}',
}


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON)
def test_what_is_no_json_is_refused(client: FlaskClient, body: bytes) -> None:
    make_monitor(client)

    answers = [
        *(client.post(address, data=body, content_type=JSON) for address in COLLECTIONS),
        *(client.put(address, data=body, content_type=JSON) for address in ROWS),
    ]

    assert [answer.status_code for answer in answers] == [400] * 6
    assert {answer.json["error"].split(":")[0].split(";")[0] for answer in answers} <= {
        "The body is empty",
        "The body is not JSON",
    }


@BOTH_DATABASES
def test_what_breaks_a_rule_is_refused_and_changes_nothing(client: FlaskClient) -> None:
    make_monitor(client)
    before = [client.get(address).json for address in COLLECTIONS]

    answers = [
        (sent, address, client.open(address, method=method, data=body, content_type=JSON))
        for method, addresses in (("POST", COLLECTIONS), ("PATCH", ROWS))
        for address in addresses
        for sent, body in NOT_VALID.items()
    ]

    wrong = [
        (sent, address, answer.status_code, answer.json)
        for sent, address, answer in answers
        if answer.status_code != 422 or not answer.json["errors"]
    ]
    assert wrong == []
    assert [client.get(address).json for address in COLLECTIONS] == before


@BOTH_DATABASES
def test_a_monitor_that_breaks_a_rule_is_refused_and_changes_nothing(client: FlaskClient) -> None:
    made = make_monitor(client)

    answers = {
        sent: client.patch("/monitors/1", data=body, content_type=JSON)
        for sent, body in NOT_VALID_MONITORS.items()
    }

    wrong = {sent: a.json for sent, a in answers.items() if a.status_code != 422}
    assert wrong == {}
    assert client.get("/monitors/1").json == made


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "", "text/json"])
def test_a_body_that_is_not_declared_as_json_is_refused(client: FlaskClient, kind: str) -> None:
    refused = client.post("/targets", data=b'{"name": "a"}', content_type=kind)

    assert refused.status_code == 415
    assert refused.json == {
        "error": "Send JSON, with the header Content-Type: application/json.",
        "errors": [],
    }


def test_a_form_is_refused_by_the_address_for_scripts(client: FlaskClient) -> None:
    refused = client.post("/api/targets", data={"name": "a", "type": "local"})

    assert (refused.status_code, refused.is_json) == (415, True)


def test_json_may_say_its_charset(client: FlaskClient) -> None:
    body = '{"name": "Größe", "type": "local"}'.encode()

    made = client.post("/targets", data=body, content_type="application/json; charset=utf-8")

    assert (made.status_code, made.json["name"]) == (201, "Größe")


def test_a_body_that_is_too_large_is_refused(client: FlaskClient) -> None:
    body = b'{"name": "' + b"a" * 1024 * 1024 + b'"}'

    refused = client.post("/targets", data=body, content_type=JSON)

    assert refused.status_code == 413
    assert refused.json == {
        "error": "What was sent is larger than this service takes: 1 MB.",
        "errors": [],
    }


def test_a_body_that_names_no_length_is_refused_where_it_is_too_large(
    client: FlaskClient,
) -> None:
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    body = b'{"name": "a", "type": "local"}'

    answers = [
        client.post(
            "/targets",
            input_stream=BytesIO(body + b" " * padding),
            content_type=JSON,
            environ_overrides=chunked,
        )
        for padding in (0, 2 * 1024 * 1024)
    ]

    assert [answer.status_code for answer in answers] == [201, 413]
    assert len(client.get("/targets").json) == 1


@pytest.mark.parametrize(
    ("address", "noun"),
    [
        ("/targets/7", "Target"),
        ("/log-sources/7", "LogSource"),
        ("/monitors/7", "Monitor"),
        ("/runs/7", "Run"),
    ],
)
def test_an_unknown_id_names_its_noun(client: FlaskClient, address: str, noun: str) -> None:
    answer = client.get(address)

    assert answer.status_code == 404
    assert answer.json == {"error": f"There is no {noun} 7.", "errors": []}


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("PUT", "/targets/7"),
        ("DELETE", "/log-sources/7"),
        ("POST", "/log-sources/7/test"),
        ("POST", "/monitors/7/run-once"),
        ("POST", "/monitors/7/pause"),
        ("POST", "/monitors/7/resume"),
        ("GET", "/monitors/7/runs"),
        ("GET", "/monitors/7/runs/latest"),
    ],
)
def test_what_is_asked_of_an_unknown_id_is_not_found(
    client: FlaskClient, method: str, address: str
) -> None:
    answer = client.open(address, method=method, json={})

    assert answer.status_code == 404
    assert answer.json["error"].endswith(" 7.")


@BOTH_DATABASES
def test_the_greatest_id_is_looked_for_and_what_can_be_none_is_nowhere(
    client: FlaskClient,
) -> None:
    make_target(client)
    sentence = "There is nothing at this address; it may be mistyped, or what was here was deleted."
    nowhere = {"error": sentence, "errors": []}

    greatest = client.get("/targets/2147483647")
    others = [
        client.get(f"/targets/{part}")
        for part in ("2147483648", "9" * 5000, "0", "-1", "01", "1.0", "١", "%00", "x")
    ]

    assert greatest.json == {"error": "There is no Target 2147483647.", "errors": []}
    assert [answer.status_code for answer in others] == [404] * 9
    assert [answer.json for answer in others] == [nowhere] * 9


def test_a_method_that_an_address_does_not_take_is_named_with_those_it_takes(
    client: FlaskClient,
) -> None:
    refused = client.delete("/targets")

    assert refused.status_code == 405
    assert set(refused.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}
    assert refused.json == {
        "error": "This address does not take that method; the Allow header names those it takes.",
        "errors": [],
    }


def test_head_and_options_answer_without_a_body(client: FlaskClient) -> None:
    make_target(client)

    head = client.head("/targets/1")
    options = client.options("/targets/1")

    assert (head.status_code, head.data, head.is_json) == (200, b"", True)
    assert (options.status_code, options.data) == (200, b"")
    assert set(options.headers["Allow"].split(", ")) == {
        *("GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE")
    }


def test_a_query_parameter_that_is_not_known_is_refused(client: FlaskClient) -> None:
    refused = client.get("/health?verbose=1")

    assert refused.status_code == 422
    assert refused.json["errors"] == [
        {"field": "verbose", "message": "This field is not known here."}
    ]
