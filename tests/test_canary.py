"""Secrets that a Run's Inputs print, looked for wherever the service keeps, sends or shows."""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from redis import Redis

from tests.pipeline.analyze.llm_stub import Stub, good
from tests.pipeline.notify.smtp_server import Mailbox, smtp_server
from tests.pipeline.secrets import hidden
from tests.service import Service, launched
from tests.waiting import until

# So much of a secret is as good as all of it.
PIECE = 10
CANARIES = list(hidden(Random(11), of_each=1))
PAGES = ("/", "/monitors/{monitor}", "/runs/{run}")
ANSWERS = (*PAGES, "/monitors/{monitor}/runs", "/monitors/{monitor}/runs/latest")
READERS: dict[str, Any] = {
    "string": lambda queue, key: queue.get(key),
    "hash": lambda queue, key: queue.hgetall(key),
    "list": lambda queue, key: queue.lrange(key, 0, -1),
    "set": lambda queue, key: queue.smembers(key),
    "zset": lambda queue, key: queue.zrange(key, 0, -1),
    "stream": lambda queue, key: queue.xrange(key),
}


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A secret of each kind in each context, more of them than one window holds."""
    file = tmp_path / "shop.log"
    lines = [f"ERROR {n} {line}" for n, one in enumerate(CANARIES) for line in one.text.split("\n")]
    file.write_text("\n".join([*lines, "ERROR the disk is full", ""]))
    return file


def test_no_secret_of_a_log_is_kept_sent_or_shown(tmp_path: Path, log: Path) -> None:
    mailbox, data = Mailbox(), tmp_path / "data"
    with smtp_server(mailbox) as port, Stub(good()) as model:
        variables = {
            "LLM_MODEL": "openai:a-model",
            "OPENAI_BASE_URL": model.url,
            "OPENAI_API_KEY": "made-up-key-of-ours",
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(port),
            "SMTP_SECURITY": "none",
            "LOG_LEVEL": "DEBUG",
        }
        said = tmp_path / "said"
        with said.open("w") as stdout, launched(data, stdout, **variables) as service:
            run = _judged(service, log)
            until(lambda: mailbox.letters)

            sinks = dict(_sinks(service, data, run))
        sinks["standard output"] = said.read_text()
        sinks["model"] = json.dumps(model.asked, ensure_ascii=False)
        sinks["mail"] = "\n".join(str(part) for one in mailbox.letters for part in one.walk())

    assert "[REDACTED:" in sinks["/runs/{run} as JSON"]
    assert "[REDACTED:" in sinks["model"]
    assert "disk is full" in sinks["mail"]
    given_away = {
        (sink, one.kind, one.context)
        for sink, text in sinks.items()
        for one in CANARIES
        if one.secret[-PIECE:] in text
    }
    assert given_away == set()


def _judged(service: Service, log: Path) -> dict[str, Any]:
    """A Run with an Input that is read and one that fails, both full of secrets."""
    target = service.send("POST", "/targets", {"name": "here", "type": "local"})[1]
    config = {"path": str(log)}
    source = {"target_id": target["id"], "name": "shop", "mode": "file", "config": config}
    monitor = {
        "name": "Shop",
        "log_source_id": service.send("POST", "/log-sources", source)[1]["id"],
        "prompt": "Is all well?",
        "interval_seconds": 3600,
        "inputs": [
            {"label": "LOGS", "mode": "command", "command": f"cat {log}"},
            {"label": "FAILED", "mode": "command", "command": f"cat {log} >&2; exit 3"},
        ],
        "window_config": {"max_lines": 500, "max_chars": 20000},
        "notification_config": {"email_recipients": ["ops@example.com"], "notify_on": "all"},
    }
    status, made = service.send("POST", "/monitors", monitor)
    assert status == 201, made
    run: dict[str, Any]
    status, run = service.curl(f"/monitors/{made['id']}/run-once?wait=60", "--request", "POST")
    assert (status, run["status"]) == (200, "alert"), run
    return run


def _sinks(service: Service, data: Path, run: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What each gave, by its name."""
    for kind, paths in (("text/html", PAGES), ("application/json", ANSWERS)):
        for path in paths:
            address = path.format(monitor=run["monitor_id"], run=run["id"])
            status, body = service.curl(address, "--header", f"Accept: {kind}")
            assert status == 200, address
            text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
            yield path + (" as JSON" if kind == "application/json" else ""), text
    for file in data.rglob("*"):
        if file.is_file():
            yield str(file.relative_to(data)), file.read_bytes().decode(errors="replace")
    yield "queue", _queue(data / "valkey" / "valkey.sock")


def _queue(socket: Path) -> str:
    with Redis(unix_socket_path=str(socket)) as queue:
        keys = [(key, queue.type(key).decode()) for key in queue.scan_iter()]
        return "\n".join(repr(READERS[kind](queue, key)) for key, kind in keys)
