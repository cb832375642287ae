from flask.testing import FlaskClient

from tests.conftest import BOTH_DATABASES
from tests.rows import NOW, finished_run, new_monitor
from webapp.clock import iso
from webapp.models import Run


@BOTH_DATABASES
def test_the_overview_is_there_for_scripts(client: FlaskClient) -> None:
    monitor = new_monitor(name="Shop", tags=["prod"])
    run_id = finished_run(monitor, verdict="alert", summary="The shop is down.")
    live_id, _ = Run.start(monitor.id, "manual", NOW)
    new_monitor(name="Bank")

    overview = client.get("/overview?q=shop").json

    assert overview["counts"] == {
        "alert": 1,
        "error": 0,
        "warn": 0,
        "new": 0,
        "ok": 0,
        "paused": 0,
    }
    assert overview["monitors"] == [
        {
            "id": monitor.id,
            "name": "Shop",
            "state": "alert",
            "muted": False,
            "tags": ["prod"],
            "target": "local",
            "run_id": run_id,
            "sentence": "The shop is down.",
            "finished_at": iso(NOW),
            "since": iso(NOW),
            "next_run_at": iso(monitor.next_run_at) if monitor.next_run_at else None,
            "live_id": live_id,
        }
    ]
    assert overview["pages"] == 1
    assert overview["health"]["database"]["ok"] is True
    assert overview["month"] == {
        "runs": 0,
        "input_tokens": 0,
        "output_tokens": 0,
        "cost_usd": 0.0,
        "unpriced_runs": 0,
        "reused_runs": 0,
    }


@BOTH_DATABASES
def test_every_order_and_filter_can_be_asked_for(client: FlaskClient) -> None:
    fine, bad, new = (new_monitor(name=name) for name in ("b fine", "c bad", "a new"))
    finished_run(fine)
    finished_run(bad, verdict="warn")

    names = {
        query: [one["name"] for one in client.get(f"/overview?{query}").json["monitors"]]
        for query in ("sort=worst", "sort=name", "status=ok", f"target_id={new.target_id}", "q=BAD")
    }

    assert names == {
        "sort=worst": ["c bad", "a new", "b fine"],
        "sort=name": ["a new", "b fine", "c bad"],
        "status=ok": ["b fine"],
        f"target_id={new.target_id}": ["a new"],
        "q=BAD": ["c bad"],
    }
    assert {m["name"] for m in client.get("/overview?sort=last").json["monitors"][:2]} == {
        "b fine",
        "c bad",
    }
    assert client.get("/overview?sort=next").status_code == 200
    assert client.get("/overview?status=bad").status_code == 422


@BOTH_DATABASES
def test_control_characters_are_asked_for_in_vain(client: FlaskClient) -> None:
    for name in ("q", "tag"):
        answer = client.get("/overview", query_string={name: "o\0k"})

        assert answer.status_code == 422
        assert "U+0000" in answer.text
        assert f'"field":"{name}"' in answer.text.replace(" ", "")


def test_one_thing_is_done_with_many_monitors(client: FlaskClient) -> None:
    shop, bank = new_monitor(name="Shop"), new_monitor(name="Bank")
    tags = [f"t{n}" for n in range(20)]
    bank.retag(add=tags)

    done = client.post(
        "/monitors/bulk", json={"ids": [shop.id, bank.id, 99], "action": "tag", "tag": "prod"}
    )
    refused = client.post("/monitors/bulk", json={"ids": [], "action": "tag"})

    assert done.json == {
        "done": [shop.id],
        "missing": [99],
        "refused": {str(bank.id): "There may be 20 at most."},
    }
    assert refused.status_code == 422
    assert {error["field"] for error in refused.json["errors"]} == {"ids", "tag"}
    assert client.get(f"/monitors/{shop.id}").json["tags"] == ["prod"]
