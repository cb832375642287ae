from flask.testing import FlaskClient


def test_rules_are_tested_on_lines(client: FlaskClient) -> None:
    rules = {"ignore": ["health"], "must_alert": ["(?i)memory"]}
    text = "GET /health\nOut of memory\nfine\n"

    answer = client.post("/api/rules/test", json={"rules": rules, "text": text})

    assert answer.json == [
        {"line": "GET /health", "ignored_by": ["health"], "alerts": []},
        {"line": "Out of memory", "ignored_by": [], "alerts": ["(?i)memory"]},
        {"line": "fine", "ignored_by": [], "alerts": []},
    ]


def test_a_bad_pattern_is_no_test(client: FlaskClient) -> None:
    answer = client.post("/api/rules/test", json={"rules": {"ignore": ["("]}, "text": ""})

    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "rules.ignore.0"
