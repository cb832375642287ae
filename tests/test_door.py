"""Who is let in, and who is answered by which door."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.api.making import make_monitor
from webapp.config import Settings

HTML, JSON = "text/html", "application/json"
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
REFUSED = (
    "Only this machine is served, at http://127.0.0.1:80 or http://localhost:80, as there are no "
    "accounts yet. From elsewhere, use an SSH tunnel: ssh -L 80:127.0.0.1:80 HOST. "
    "ALLOWED_CLIENTS and ALLOWED_HOSTS let others in."
)
CROSS_SITE = "This request came from a page of another site, and changed nothing."


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ({}, JSON),
        ({"Accept": ""}, JSON),
        ({"Accept": "*/*"}, JSON),
        ({"Accept": "text/*"}, JSON),
        ({"Accept": "application/json"}, JSON),
        ({"Accept": "text/plain"}, JSON),
        ({"Accept": "text/html"}, HTML),
        ({"Accept": "TEXT/HTML"}, HTML),
        ({"Accept": "text/html; charset=utf-8"}, HTML),
        ({"Accept": "text/html;level=1;q=0.1, application/json"}, HTML),
        ({"Accept": "text/html;q=0"}, JSON),
        ({"Accept": "text/html;q=0, */*"}, JSON),
        ({"Accept": "text/html;q=none"}, JSON),
        (BROWSER, HTML),
        ({"HX-Request": "true"}, HTML),
        ({"HX-Request": "true", "Accept": "*/*"}, HTML),
        ({"HX-Request": "false"}, JSON),
        ({"Content-Type": "application/x-www-form-urlencoded"}, JSON),
    ],
    ids=str,
)
def test_html_is_for_whoever_asks_for_it(
    client: FlaskClient, headers: dict[str, str], kind: str
) -> None:
    answer = client.get("/targets", headers=headers)

    assert (answer.status_code, answer.mimetype) == (200, kind)


@pytest.mark.parametrize("headers", [{}, BROWSER, {"HX-Request": "true"}], ids=str)
def test_below_api_everybody_gets_json(client: FlaskClient, headers: dict[str, str]) -> None:
    found = client.get("/api/targets", headers=headers)
    missing = client.get("/api/none", headers=headers)

    assert (found.status_code, found.mimetype) == (200, JSON)
    assert (missing.status_code, missing.mimetype) == (404, JSON)


@pytest.mark.parametrize(("headers", "kind"), [({}, JSON), (BROWSER, HTML)], ids=str)
@pytest.mark.parametrize("address", ["/none", "/targets/7", "/apix", "/monitors/7/runs"])
def test_errors_go_through_the_same_door(
    client: FlaskClient, address: str, headers: dict[str, str], kind: str
) -> None:
    answer = client.get(address, headers=headers)

    assert (answer.status_code, answer.mimetype) == (404, kind)


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_who_posts_a_form_is_answered_with_a_page(client: FlaskClient, kind: str) -> None:
    answer = client.post("/targets", data={"name": "a"}, content_type=kind)

    # A form without its token.
    assert (answer.status_code, answer.mimetype) == (400, HTML)
    assert client.get("/api/targets").json == []


def test_who_posts_json_needs_no_token(client: FlaskClient) -> None:
    answer = client.post("/targets", json={"name": "a", "type": "local"})

    assert (answer.status_code, answer.mimetype) == (201, JSON)


ANSWERS = [
    ("GET", "/targets", {}, 200),
    ("GET", "/targets", BROWSER, 200),
    ("GET", "/none", {}, 404),
    ("GET", "/none", BROWSER, 404),
    ("DELETE", "/targets", {}, 405),
    ("POST", "/targets", {}, 400),
    ("POST", "/targets", {"Content-Type": "application/x-www-form-urlencoded"}, 400),
    ("GET", "/targets", {"Host": "evil.example"}, 403),
    ("GET", "/targets", {"Host": "evil.example"} | BROWSER, 403),
    ("OPTIONS", "/targets", {}, 200),
    ("HEAD", "/targets", {}, 200),
    ("GET", "/static/none.css", {}, 404),
    ("GET", "/openapi.json", {}, 200),
    ("GET", "/health", {}, 503),
]


@pytest.mark.parametrize(("method", "address", "headers", "status"), ANSWERS, ids=str)
def test_every_answer_says_what_it_varies_by_and_what_a_page_may_do(
    client: FlaskClient, method: str, address: str, headers: dict[str, str], status: int
) -> None:
    answer = client.open(address, method=method, headers=headers)

    assert answer.status_code == status
    assert {"Accept", "HX-Request"} <= set(answer.headers["Vary"].split(", "))
    policy = answer.headers["Content-Security-Policy"].split("; ")
    assert {"default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"} <= set(policy)
    assert not any("unsafe" in rule or "*" in rule for rule in policy)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_failure_of_ours_has_a_policy_too(app: Flask, client: FlaskClient) -> None:
    app.add_url_rule("/api/broken", view_func=lambda: 1 / 0)

    answer = client.get("/broken")

    assert answer.status_code == 500
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "localhost:8000", "LocalHost", "127.0.0.1", "127.0.0.1:8000", "127.0.0.2"),
        *("[::1]", "[::1]:8000", "[::ffff:127.0.0.1]"),
    ],
)
def test_a_host_that_is_this_machine_is_served(client: FlaskClient, host: str) -> None:
    assert client.get("/targets", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "192.168.0.7", ""),
        *("0.0.0.0", "0", "127.1", "2130706433", "[::]", "[", "[::1", "::1", "localhost:x"),
        *("evil.example@localhost", "localhost@evil.example", "localhost/evil.example"),
        *("localhost, evil.example", "localhost evil.example", "löcalhost", "localhost."),
    ],
)
@pytest.mark.parametrize(("headers", "kind"), [({}, JSON), (BROWSER, HTML)], ids=str)
def test_any_other_host_is_refused_with_the_reason(
    client: FlaskClient, host: str, headers: dict[str, str], kind: str
) -> None:
    refused = client.get("/targets", headers=headers, environ_overrides={"HTTP_HOST": host})

    assert (refused.status_code, refused.mimetype) == (403, kind)
    assert REFUSED in refused.text


def test_a_request_without_a_host_is_refused(client: FlaskClient) -> None:
    refused = client.get("/targets", environ_overrides={"HTTP_HOST": ""})

    assert (refused.status_code, refused.json["error"]) == (403, REFUSED)


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"])
def test_a_peer_on_this_machine_is_served(client: FlaskClient, peer: str) -> None:
    assert client.get("/targets", environ_base={"REMOTE_ADDR": peer}).status_code == 200


@pytest.mark.parametrize("peer", ["192.168.0.7", "10.0.0.1", "::ffff:10.0.0.1", "fe80::1", ""])
def test_a_peer_elsewhere_is_refused_whatever_forwarded_headers_say(
    client: FlaskClient, peer: str
) -> None:
    claims = {
        "X-Forwarded-For": "127.0.0.1",
        "X-Forwarded-Host": "localhost",
        "X-Real-IP": "127.0.0.1",
        "Forwarded": "for=127.0.0.1;host=localhost",
    }

    refused = client.get("/targets", headers=claims, environ_base={"REMOTE_ADDR": peer})

    assert (refused.status_code, refused.json["error"]) == (403, REFUSED)


def test_a_forwarded_host_does_not_stand_for_the_host(client: FlaskClient) -> None:
    headers = {"Host": "evil.example", "X-Forwarded-Host": "localhost"}

    assert client.get("/targets", headers=headers).status_code == 403


@pytest.fixture
def let_in(app: Flask, settings: Settings) -> None:
    """The door is open to some others, too."""
    app.extensions["settings"] = settings.model_copy(
        update={
            "allowed_clients": "172.30.0.0/24, 10.1.2.3, fd00::/8",
            "allowed_hosts": "web, Logs.Example.com, 192.168.0.7, FD00:0::7",
        }
    )


@pytest.mark.usefixtures("let_in")
@pytest.mark.parametrize(
    "peer",
    [
        *("127.0.0.1", "::1", "172.30.0.1", "172.30.0.254", "::ffff:172.30.0.1", "10.1.2.3"),
        "fd12::1",
    ],
)
@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "127.0.0.1", "web", "web:8000", "WEB", "logs.example.com"),
        *("192.168.0.7:8000", "[fd00::7]:8000"),
    ],
)
def test_whom_the_settings_let_in_is_served(client: FlaskClient, peer: str, host: str) -> None:
    served = client.get("/targets", headers={"Host": host}, environ_base={"REMOTE_ADDR": peer})

    assert (served.status_code, served.json) == (200, [])


@pytest.mark.usefixtures("let_in")
@pytest.mark.parametrize(
    ("peer", "host"),
    [
        *(("172.30.1.1", "web"), ("10.1.2.4", "web"), ("fe80::1", "web"), ("", "web")),
        *(("172.30.0.1", "evil.example"), ("172.30.0.1", "web.evil.example")),
        *(("127.0.0.1", "sub.logs.example.com"), ("127.0.0.1", "192.168.0.8"), ("10.1.2.3", "")),
    ],
)
def test_a_client_or_a_host_that_the_settings_do_not_name_is_refused(
    client: FlaskClient, peer: str, host: str
) -> None:
    claims = {"X-Forwarded-For": "10.1.2.3", "X-Forwarded-Host": "web", "X-Real-IP": "10.1.2.3"}
    environ = {"REMOTE_ADDR": peer, "HTTP_HOST": host}

    refused = client.get("/targets", headers=claims, environ_overrides=environ)

    assert (refused.status_code, refused.json["error"]) == (403, REFUSED)


@pytest.mark.usefixtures("let_in")
def test_a_page_of_another_site_changes_nothing_by_a_client_that_is_let_in(
    client: FlaskClient,
) -> None:
    headers = {"Host": "web", "Origin": "http://evil.example"}

    refused = client.post(
        "/targets",
        json={"name": "a", "type": "local"},
        headers=headers,
        environ_base={"REMOTE_ADDR": "172.30.0.1"},
    )

    assert refused.status_code == 403
    assert client.get("/targets").json == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "unheard-of"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost:9999"},
        {"Origin": "http://127.0.0.1"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://["},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    ],
    ids=str,
)
@pytest.mark.parametrize("accept", [{}, BROWSER], ids=["script", "browser"])
def test_what_a_page_of_another_site_sends_changes_nothing(
    client: FlaskClient, headers: dict[str, str], accept: dict[str, str]
) -> None:
    monitor = make_monitor(client)

    refused = [
        client.post("/targets", json={"name": "a", "type": "local"}, headers=headers | accept),
        client.post("/targets", data={"name": "a", "type": "local"}, headers=headers | accept),
        client.put("/monitors/1", json={"name": "a"}, headers=headers | accept),
        client.patch("/monitors/1", json={"name": "a"}, headers=headers | accept),
        client.delete("/monitors/1", headers=headers | accept),
        client.post("/monitors/1/run-once", headers=headers | accept),
    ]

    assert [answer.status_code for answer in refused] == [403] * 6
    assert all(CROSS_SITE in answer.text for answer in refused)
    assert client.get("/monitors").json == [monitor]
    assert len(client.get("/targets").json) == 1
    assert client.get("/monitors/1/runs").json == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://localhost:8000", "Host": "localhost:8000"},
    ],
    ids=str,
)
def test_what_a_script_or_a_page_of_ours_sends_is_served(
    client: FlaskClient, headers: dict[str, str]
) -> None:
    made = client.post("/targets", json={"name": "a", "type": "local"}, headers=headers)

    assert made.status_code == 201


def test_a_page_of_another_site_may_link_here(client: FlaskClient) -> None:
    headers = BROWSER | {"Sec-Fetch-Site": "cross-site"}

    assert client.get("/targets", headers=headers).status_code == 200


def test_a_get_changes_nothing(app: Flask, client: FlaskClient) -> None:
    make_monitor(client)
    before = [client.get(f"/{noun}").json for noun in ("targets", "log-sources", "monitors")]
    addresses = [
        rule.rule.replace(argument, "1")
        for rule in app.url_map.iter_rules()
        for argument in [rule.rule[rule.rule.find("<") : rule.rule.find(">") + 1] or "none"]
    ]

    for address in addresses:
        for headers in ({}, BROWSER):
            for method in ("GET", "HEAD", "OPTIONS"):
                client.open(address, method=method, headers=headers)

    after = [client.get(f"/{noun}").json for noun in ("targets", "log-sources", "monitors")]
    assert after == before
    assert client.get("/monitors/1/runs").json == []
