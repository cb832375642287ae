"""The README's curl list, top to bottom, against the real service."""

import secrets
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.parts import require
from tests.service import Service, launched
from tests.waiting import until

pytestmark = pytest.mark.takes(seconds=15)

IMAGE = f"ai-log-monitor-end-to-end-{secrets.token_hex(4)}"
# A trading bot, as its log goes: each second two fine lines and a failure.
BOT = """
while :; do
    echo "INFO engine tick BTC-USD bid=97214.10 ask=97216.80"
    echo "INFO risk exposure within limits"
    echo "ERROR exchange order rejected by API: insufficient funds"
    /bin/busybox sleep 1
done
"""
FAILURE = "ERROR exchange order rejected by API: insufficient funds"


@dataclass(frozen=True)
class Seen:
    """What the list showed of its Run and of the test of its LogSource."""

    run: dict[str, Any]
    reading: dict[str, Any]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with launched(tmp_path_factory.mktemp("end-to-end") / "data") as service:
        yield service


@pytest.fixture
def bot() -> Iterator[str]:
    """The name of a container in which the bot runs, on a real engine."""
    require(_engine_runs(), "no Docker engine, or no docker command")
    require(shutil.which("/bin/busybox") is not None, "no /bin/busybox (Debian: busybox-static)")
    name = _name()
    busybox = subprocess.run(["tar", "-C", "/", "-c", "bin/busybox"], capture_output=True)
    subprocess.run(["docker", "import", "-", IMAGE], input=busybox.stdout, check=True)
    shell = ["/bin/busybox", "sh", "-c", BOT]
    options = ["--detach", "--name", name, "--network", "none"]
    subprocess.run(["docker", "run", *options, IMAGE, *shell], check=True)
    yield name
    subprocess.run(["docker", "rm", "--force", name], check=True)
    subprocess.run(["docker", "rmi", IMAGE], check=True)


def test_the_whole_list_on_a_container_that_fails_gives_a_verdict_with_its_line(
    service: Service, bot: str
) -> None:
    until(lambda: FAILURE in _docker("logs", bot))

    seen = the_whole_list(service, bot)

    run, reading = seen.run, seen.reading
    assert (run["status"], run["error"]) == ("alert", None)
    quoted = [one for one in run["findings"] if one["quote"] == FAILURE]
    assert [(one["label"], one["verified"]) for one in quoted] == [("FULL_LOGS", True)]
    assert run["logs_text"].split("\n")[quoted[0]["line"] - 1] == FAILURE
    assert (run["inputs"][0]["status"], run["inputs"][0]["exit_code"]) == ("ok", 0)
    assert (reading["ok"], reading["error"]) == (True, None)
    assert FAILURE in reading["lines"]


def test_the_whole_list_on_a_container_that_is_not_there_says_so(service: Service) -> None:
    seen = the_whole_list(service, _name())

    run, reading = seen.run, seen.reading
    assert (run["status"], run["error"]["kind"], run["summary"]) == ("error", "inputs_failed", None)
    assert run["error"]["message"].startswith(
        "No Input could be read to its end, so nothing was judged. FULL_LOGS: "
    )
    (item,) = run["inputs"]
    assert item["status"] == "failed"
    assert item["error"].startswith(f"exited with status {item['exit_code']}: ")
    assert item["stderr"]
    assert (reading["ok"], reading["lines"]) == (False, [])
    assert reading["error"]


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


def the_whole_list(service: Service, container: str) -> Seen:
    """Every step of it, with this container's name."""
    target, source, monitor = _create(service, container)
    # No Run of its schedule comes between two steps.
    assert service.curl(f"/monitors/{monitor}/pause", "--request", "POST")[0] == 200
    seen = _try(service, source, monitor)
    _read(service, monitor, seen.run)
    changed = _change(service, target, source, monitor)
    for kind, one in zip(("targets", "log-sources", "monitors"), changed, strict=True):
        assert service.curl(f"/{kind}/{one['id']}") == (200, one)
        assert one in service.curl(f"/{kind}")[1]
    _delete(service, target, source, monitor)
    assert service.curl(f"/runs/{seen.run['id']}")[0] == 404
    return seen


def _create(service: Service, container: str) -> tuple[str, str, str]:
    """A Target, its LogSource and its Monitor: their ids."""
    target = {
        "name": "trade-bot-host-1",
        "type": "docker_host",
        "connection_config": {"host": "localhost"},
    }
    target_id = made(service.send("POST", "/targets", target))
    source = {
        "target_id": target_id,
        "name": "btc-bot-docker-log",
        "mode": "docker_logs",
        "config": {"container_name": container},
    }
    source_id = made(service.send("POST", "/log-sources", source))
    command = f"docker logs --since 5m {container}"
    monitor = {
        "name": "BTC bot anomaly detector",
        "log_source_id": source_id,
        "interval_seconds": 300,
        "prompt": "You are monitoring a crypto trading bot. Look for errors, stuck "
        "loops, abnormal fills, and API failures.",
        "inputs": [{"label": "FULL_LOGS", "mode": "command", "command": command}],
        "window_config": {"max_lines": 500, "max_chars": 8000},
        "notification_config": {
            "email_recipients": ["ops@example.com"],
            "notify_on": "alert_only",
        },
    }
    return target_id, source_id, made(service.send("POST", "/monitors", monitor))


def _try(service: Service, source: str, monitor: str) -> Seen:
    status, queued = service.curl(f"/monitors/{monitor}/run-once", "--request", "POST")
    assert (status, queued["monitor_id"]) == (202, int(monitor))
    assert queued["status"] in ("queued", "running")

    status, run = service.curl(f"/monitors/{monitor}/run-once?wait=30", "--request", "POST")
    assert status == 200
    assert run["inputs"][0]["command"].startswith("docker logs --since 5m ")
    (told,) = run["notifications"]
    assert told["due_at"] <= run["finished_at"]
    assert run["notifications"] == [
        {
            "id": told["id"],
            "channel": "email",
            "recipient": "ops@example.com",
            "status": "skipped",
            "attempts": 0,
            "error": "No e-mail server is configured; set SMTP_HOST.",
            "notice": None,
            "due_at": told["due_at"],
            "sent_at": None,
        }
    ]

    status, reading = service.curl(f"/log-sources/{source}/test", "--request", "POST")
    assert status == 200
    assert reading["duration_ms"] >= 0
    return Seen(run, reading)


def _read(service: Service, monitor: str, run: dict[str, Any]) -> None:
    status, runs = service.curl(f"/monitors/{monitor}/runs")
    assert status == 200
    ids = [one["id"] for one in runs]
    assert run["id"] in ids
    assert ids == sorted(ids, reverse=True)
    assert "logs_text" not in runs[0]
    assert service.curl(f"/monitors/{monitor}/runs?limit=1")[1] == runs[:1]
    assert service.curl(f"/monitors/{monitor}/runs?before={ids[-1]}")[1] == []
    assert service.curl(f"/monitors/{monitor}/runs?status={run['status']}")[1] == runs
    assert service.curl(f"/monitors/{monitor}/runs?status=ok")[1] == []
    assert service.curl(f"/monitors/{monitor}/runs/latest")[1]["id"] == ids[0]
    assert service.curl(f"/runs/{run['id']}") == (200, run)

    status, health = service.curl("/health")
    assert (status, health["status"]) == (200, "ok")


def _change(service: Service, target: str, source: str, monitor: str) -> list[dict[str, Any]]:
    """What each of them is then."""
    status, renamed = service.send(
        "PUT",
        f"/targets/{target}",
        {"name": "trade-bot-host-1a", "connection_config": {"host": "localhost"}},
    )
    assert (status, renamed["name"], renamed["type"]) == (200, "trade-bot-host-1a", "docker_host")

    status, moved = service.send(
        "PUT", f"/log-sources/{source}", {"config": {"container_name": "btc_trading_2"}}
    )
    assert (status, moved["config"]["container_name"]) == (200, "btc_trading_2")
    assert (moved["name"], moved["mode"]) == ("btc-bot-docker-log", "docker_logs")

    status, slowed = service.send("PUT", f"/monitors/{monitor}", {"interval_seconds": 600})
    assert (status, slowed["interval_seconds"]) == (200, 600)
    assert slowed["name"] == "BTC bot anomaly detector"
    return [renamed, moved, slowed]


def _delete(service: Service, target: str, source: str, monitor: str) -> None:
    users = {
        f"/log-sources/{source}": "Monitor “BTC bot anomaly detector”",
        f"/targets/{target}": "LogSource “btc-bot-docker-log”",
    }
    for address, user in users.items():
        status, refused = service.curl(address, "--request", "DELETE")
        assert status == 409
        assert user in refused["error"]
        assert refused["error"].endswith("Delete or change these first.")

    for address in (f"/monitors/{monitor}", *users):
        assert service.curl(address, "--request", "DELETE") == (204, "")
        assert service.curl(address)[0] == 404


def made(answer: tuple[int, Any]) -> str:
    """The id of what was made, as the string that a script may send."""
    status, body = answer
    assert status == 201, body
    return str(body["id"])


def _name() -> str:
    """One that no other container on the engine has, as it may be that of a developer."""
    return f"btc_trading_service_{secrets.token_hex(4)}"


def _engine_runs() -> bool:
    return bool(shutil.which("docker")) and _docker("version") != ""


def _docker(*words: str) -> str:
    """What the command prints; nothing where it fails."""
    result = subprocess.run(["docker", *words], capture_output=True, text=True)
    return "" if result.returncode else result.stdout
