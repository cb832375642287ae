"""The README's curl list, top to bottom, against the real service."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.service import Service, launched
from tests.waiting import until


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with launched(tmp_path_factory.mktemp("end-to-end") / "data") as service:
        yield service


def made(answer: tuple[int, Any]) -> str:
    """The id of what was made, as the string that a script may send."""
    status, body = answer
    assert status == 201, body
    return str(body["id"])


def test_the_whole_list_of_curl_examples(service: Service) -> None:
    target = made(
        service.send(
            "POST",
            "/targets",
            {
                "name": "trade-bot-host-1",
                "type": "docker_host",
                "connection_config": {"host": "localhost"},
            },
        )
    )
    source = made(
        service.send(
            "POST",
            "/log-sources",
            {
                "target_id": target,
                "name": "btc-bot-docker-log",
                "mode": "docker_logs",
                "config": {"container_name": "btc_trading_service"},
            },
        )
    )
    monitor = made(
        service.send(
            "POST",
            "/monitors",
            {
                "name": "BTC bot anomaly detector",
                "log_source_id": source,
                "interval_seconds": 300,
                "prompt": "You are monitoring a crypto trading bot. Look for errors, stuck "
                "loops, abnormal fills, and API failures.",
                "inputs": [
                    {
                        "label": "FULL_LOGS",
                        "mode": "command",
                        "command": "docker logs --since 5m btc_trading_service",
                    }
                ],
                "window_config": {"max_lines": 500, "max_chars": 8000},
                "notification_config": {
                    "email_recipients": ["ops@example.com"],
                    "notify_on": "alert_only",
                },
            },
        )
    )

    status, queued = service.curl(f"/monitors/{monitor}/run-once", "--request", "POST")
    assert (status, queued["monitor_id"]) == (202, int(monitor))
    assert queued["status"] in ("queued", "running")

    status, run = service.curl(f"/monitors/{monitor}/run-once?wait=30", "--request", "POST")
    assert status == 200
    assert (run["status"], run["error"]["kind"], run["summary"]) == ("error", "inputs_failed", None)
    assert run["error"]["message"].startswith("No Input could be read. FULL_LOGS: ")
    (item,) = run["inputs"]
    assert item["command"] == "docker logs --since 5m btc_trading_service"
    assert item["status"] == "failed"
    assert item["error"].startswith(f"exited with status {item['exit_code']}: ")
    assert item["stderr"]
    assert run["notifications"] == [
        {
            "channel": "email",
            "recipient": "ops@example.com",
            "status": "skipped",
            "attempts": 0,
            "error": "No e-mail server is configured; set SMTP_HOST.",
        }
    ]

    status, reading = service.curl(f"/log-sources/{source}/test", "--request", "POST")
    assert (status, reading["ok"], reading["lines"]) == (200, False, [])
    assert reading["error"]
    assert reading["duration_ms"] >= 0

    status, runs = service.curl(f"/monitors/{monitor}/runs")
    assert status == 200
    assert run["id"] in [one["id"] for one in runs]
    assert [one["id"] for one in runs] == sorted((one["id"] for one in runs), reverse=True)
    assert "logs_text" not in runs[0]
    assert service.curl(f"/monitors/{monitor}/runs?limit=1")[1] == runs[:1]
    assert service.curl(f"/monitors/{monitor}/runs?before={runs[-1]['id']}")[1] == []
    assert service.curl(f"/monitors/{monitor}/runs?status=ok")[1] == []
    assert service.curl(f"/monitors/{monitor}/runs/latest")[1]["id"] == runs[0]["id"]
    assert service.curl(f"/runs/{run['id']}") == (200, run)

    status, health = service.curl("/health")
    assert (status, health["status"]) == (200, "ok")

    status, renamed = service.send(
        "PUT",
        f"/targets/{target}",
        {"name": "trade-bot-host-1a", "connection_config": {"host": "localhost"}},
    )
    assert (status, renamed["name"], renamed["type"]) == (200, "trade-bot-host-1a", "docker_host")
    assert service.curl(f"/targets/{target}") == (200, renamed)

    status, moved = service.send(
        "PUT", f"/log-sources/{source}", {"config": {"container_name": "btc_trading_2"}}
    )
    assert (status, moved["config"]["container_name"]) == (200, "btc_trading_2")
    assert (moved["name"], moved["mode"]) == ("btc-bot-docker-log", "docker_logs")
    assert service.curl(f"/log-sources/{source}") == (200, moved)

    status, slowed = service.send("PUT", f"/monitors/{monitor}", {"interval_seconds": 600})
    assert (status, slowed["interval_seconds"]) == (200, 600)
    assert slowed["name"] == "BTC bot anomaly detector"
    assert service.curl(f"/monitors/{monitor}") == (200, slowed)

    for kind, one in (("targets", renamed), ("log-sources", moved), ("monitors", slowed)):
        assert one in service.curl(f"/{kind}")[1]

    for address in (f"/log-sources/{source}", f"/targets/{target}"):
        status, refused = service.curl(address, "--request", "DELETE")
        assert status == 409
        assert refused["error"].endswith("Delete or change these first.")
    assert (
        "Monitor “BTC bot anomaly detector”"
        in (service.curl(f"/log-sources/{source}", "--request", "DELETE")[1]["error"])
    )
    assert "LogSource “btc-bot-docker-log”" in refused["error"]

    for address in (f"/monitors/{monitor}", f"/log-sources/{source}", f"/targets/{target}"):
        assert service.curl(address, "--request", "DELETE") == (204, "")
        assert service.curl(address)[0] == 404
    assert service.curl(f"/runs/{run['id']}")[0] == 404


def test_a_monitor_made_by_curl_runs_by_itself(service: Service, tmp_path: Any) -> None:
    log = tmp_path / "shop.log"
    log.write_text("INFO order 1 filled\n")
    target = made(service.send("POST", "/targets", {"name": "here", "type": "local"}))
    source = made(
        service.send(
            "POST",
            "/log-sources",
            {
                "target_id": target,
                "name": "shop log",
                "mode": "file",
                "config": {"path": str(log)},
            },
        )
    )

    monitor = made(
        service.send(
            "POST",
            "/monitors",
            {
                "name": "Shop",
                "log_source_id": source,
                "prompt": "Is all well?",
                "interval_seconds": 10,
            },
        )
    )

    until(lambda: service.curl(f"/monitors/{monitor}/runs/latest")[1].get("finished_at"))
    _, run = service.curl(f"/monitors/{monitor}/runs/latest")
    assert (run["status"], run["trigger"]) == ("ok", "schedule")
    assert run["logs_text"] == "[SHOP_LOG]\nINFO order 1 filled"
