from flask.testing import FlaskClient

from webapp.clock import iso, utc_now
from webapp.models import Heartbeat


def test_a_service_whose_parts_all_live_is_well(client: FlaskClient, valkey: str) -> None:
    now = utc_now()
    Heartbeat.beat("scheduler", "here:1", now)
    Heartbeat.beat("worker", "here:2", now)

    health = client.get("/health")

    told = health.json
    since = {part: how.pop("since") for part, how in told.items() if part != "status"}
    assert health.status_code == 200
    assert {moment >= iso(now) for moment in since.values()} == {True}
    assert told == {
        "status": "ok",
        "scheduler": {"ok": True, "message": "The scheduler is at work."},
        "database": {"ok": True, "message": "The sqlite database can be written."},
        "queue": {"ok": True, "message": "No job waits."},
        "workers": {"ok": True, "message": "1 worker at work."},
        "llm": {"ok": True, "message": "The built-in reading judges; no LLM_MODEL is set."},
    }


def test_each_part_that_is_missing_is_named(client: FlaskClient) -> None:
    health = client.get("/health")

    assert health.status_code == 503
    assert {part: told["ok"] for part, told in health.json.items() if part != "status"} == {
        "scheduler": False,
        "database": True,
        "queue": False,
        "workers": False,
        "llm": True,
    }
    assert "valkey.sock does not answer" in health.json["queue"]["message"]


def test_a_part_says_since_when_it_is_as_it_is(client: FlaskClient, valkey: str) -> None:
    Heartbeat.beat("scheduler", "here:1", utc_now())
    first, second = (client.get("/health").json["scheduler"] for _ in "12")
    Heartbeat.stop("scheduler", "here:1")

    third = client.get("/health").json["scheduler"]

    assert (first["ok"], second["ok"], third["ok"]) == (True, True, False)
    assert first["since"] == second["since"] < third["since"]
