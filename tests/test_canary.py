"""Secrets that a Run's Inputs print, looked for wherever the service keeps, sends or shows."""

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import create_engine, inspect, text

from tests.pipeline.analyze.llm_stub import Stub, fails, good
from tests.pipeline.notify.smtp_server import Mailbox, smtp_server
from tests.pipeline.secrets import Hidden, hidden
from tests.service import Service, launched
from tests.waiting import until

# So much of a secret is as good as all of it.
PIECE = 10
HELD, API_KEY = "correct horse+battery/staple-7", "made-up-key-of-ours"
GIVEN, TYPED = "given-by-the-env-4711", "typed-into-the-command-1"
TICKET, REPEATED = "TCK-482913-577102", "ghp_" + "k3J9" * 9
FORMS = {
    "plain": HELD,
    "url": quote(HELD, safe=""),
    "json": json.dumps(HELD)[1:-1],
    "base64": b64encode(HELD.encode()).decode(),
}
LOGIN = b64encode(f"user:{HELD}:end".encode()).decode()
CANARIES = [
    *hidden(Random(11), of_each=1),
    *(Hidden("held", form, told, f"said {told} aloud") for form, told in FORMS.items()),
    Hidden("held", "login", LOGIN[8:-8], f"said {LOGIN} aloud"),
    Hidden("own pattern", "log", TICKET, f"closes {TICKET}"),
    Hidden("environment", "command", GIVEN, ""),
    Hidden("text", "command", TYPED, ""),
    Hidden("repeated", "model", REPEATED, f"pushed with {REPEATED}"),
    Hidden("key", "model's server", API_KEY, ""),
]
# What somebody wrote into a Monitor, who is shown it as it was written.
AUTHORED = (GIVEN, TYPED)
DEFINITION = (
    "/monitors as",
    "/monitors/<id:monitor_id> as",
    "/monitors/<id:monitor_id>/edit as",
    "monitor.db",
    "table monitors",
)
HTML, JSON = "text/html", "application/json"
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
    told = [one for one in CANARIES if one.text]
    lines = [f"ERROR {n} {line}" for n, one in enumerate(told) for line in one.text.split("\n")]
    file.write_text("\n".join([*lines, "ERROR the disk is full", ""]))
    return file


def test_no_secret_of_a_log_is_kept_sent_or_shown(app: Flask, tmp_path: Path, log: Path) -> None:
    data, said = tmp_path / "service", tmp_path / "said"
    patterns = tmp_path / "patterns"
    patterns.write_text("ticket = TCK-\\d{6}-\\d{6}\n")
    mailbox = Mailbox({"refused@example.com": f"550 no {HELD} {REPEATED}"})
    cited = {"severity": "alert", "explanation": "Full.", "lines": [2, 3, 4, 5, 6]}
    repeats = good(
        findings=[cited], summary=f"The disk is full, says {REPEATED}.", report=f"{HELD} {TICKET}"
    )
    refuses = fails(401, f"Incorrect API key provided: {API_KEY} {REPEATED}")
    with smtp_server(mailbox) as port, Stub(repeats, repeats, refuses) as model:
        variables = {
            "LLM_MODEL": "openai:a-model",
            "OPENAI_BASE_URL": model.url,
            "OPENAI_API_KEY": API_KEY,
            "LOG_SECRET_SHOP": HELD,
            "REDACT_PATTERNS_FILE": str(patterns),
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(port),
            "SMTP_SECURITY": "none",
            "LOG_LEVEL": "DEBUG",
        }
        with said.open("w") as stdout, launched(data, stdout, **variables) as service:
            monitor, sinks = _judged(service, log)
            until(lambda: mailbox.letters)
            failed = _run(service, monitor["id"])

            for name, kept in (
                *_answers(service, app, monitor["id"], failed["id"]),
                *_stored(data),
            ):
                sinks[name] = f"{sinks.get(name, '')}\n{kept}"
        sinks["standard output"] = said.read_text()
        sinks["model"] = json.dumps(model.asked, ensure_ascii=False)
        sinks["mail"] = "\n".join(str(part) for one in mailbox.letters for part in one.walk())

    assert failed["status"] == "error"
    assert [name for name in REDACTED_IN if "[REDACTED:" not in sinks[name]] == []
    assert "disk is full" in sinks["mail"]
    assert _given_away(sinks) == set()


# That the secrets went there at all.
REDACTED_IN = (
    "model",
    "mail",
    "preview",
    "try",
    "test of the source",
    "table runs",
    "table notifications",
    "/runs/<id:run_id>/raw as text/html",
    "/api/runs/<id:run_id>/logs.txt as application/json",
    "/api/feed.atom as application/json",
    "standard output",
)


def _given_away(sinks: Mapping[str, str]) -> set[tuple[str, str, str]]:
    return {
        (sink, one.kind, one.context)
        for sink, kept in sinks.items()
        for one in CANARIES
        if one.secret[-PIECE:] in kept
        if not (one.secret in AUTHORED and sink.removeprefix("/api").startswith(DEFINITION))
    }


def _judged(service: Service, log: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """A Monitor with Inputs that are read and one that fails, all full of secrets; it was judged.

    And what a preview, a try and a look at its LogSource gave.
    """
    target = service.send("POST", "/targets", {"name": "here", "type": "local"})[1]
    config = {"path": str(log)}
    source = {"target_id": target["id"], "name": "shop", "mode": "file", "config": config}
    source_id = service.send("POST", "/log-sources", source)[1]["id"]
    monitor = {
        "name": "Shop",
        "log_source_id": source_id,
        "prompt": "Is all well?",
        "interval_seconds": 3600,
        "tags": ["shop"],
        "inputs": [
            {"label": "LOGS", "mode": "command", "command": f"cat {log}"},
            {
                "label": "TOLD",
                "mode": "command",
                "command": f'echo "ERROR $SHOP_TOKEN"; echo password={TYPED}',
                "env": {"SHOP_TOKEN": GIVEN},
            },
            {"label": "FAILED", "mode": "command", "command": f"tac {log} >&2; exit 3"},
        ],
        "window_config": {"max_lines": 500, "max_chars": 20000},
        "notification_config": {
            "email_recipients": ["ops@example.com", "refused@example.com"],
            "notify_on": "all",
        },
    }
    status, made = service.send("POST", "/monitors", monitor)
    assert status == 201, made
    assert _run(service, made["id"])["status"] == "alert"
    looks = {
        "try": service.send("POST", "/monitors/try", monitor),
        "preview": service.send("POST", "/monitors/preview", monitor),
        "test of the source": service.send("POST", f"/log-sources/{source_id}/test", {}),
    }
    assert {name: status for name, (status, _) in looks.items()} == dict.fromkeys(looks, 200)
    return made, {name: json.dumps(body, ensure_ascii=False) for name, (_, body) in looks.items()}


def _run(service: Service, monitor_id: int) -> dict[str, Any]:
    address = f"/monitors/{monitor_id}/run-once?wait=60"
    status, run = service.curl(address, "--request", "POST")
    assert status == 200, run
    assert isinstance(run, dict)
    return run


def _answers(
    service: Service, app: Flask, monitor_id: int, run_id: int
) -> Iterator[tuple[str, str]]:
    """Whatever can be asked for, of the Run that failed and the one before, by its address."""
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint == "static":
            continue
        for run in (run_id, run_id - 1):
            values = {"monitor": monitor_id, "run": run, "log_source": 1, "target": 1}
            address = rule.rule.replace("<tag:tag>", "shop")
            for name, value in values.items():
                address = address.replace(f"<id:{name}_id>", str(value))
            for kind in (HTML, JSON):
                yield (
                    f"{rule.rule} as {kind}",
                    _asked(f"http://127.0.0.1:{service.port}{address}", kind),
                )


def _asked(url: str, kind: str) -> str:
    try:
        with urlopen(Request(url, headers={"Accept": kind})) as answer:
            return str(answer.read().decode())
    except HTTPError as error:
        assert error.code < 500 or "health" in url, url
        return error.read().decode()


def _stored(data: Path) -> Iterator[tuple[str, str]]:
    for file in data.rglob("*"):
        if file.is_file():
            name = str(file.relative_to(data)).removesuffix("-wal").removesuffix("-shm")
            yield name, file.read_bytes().decode(errors="replace")
    engine = create_engine(f"sqlite:///{data / 'monitor.db'}")
    with engine.connect() as connection:
        for table in inspect(engine).get_table_names():
            rows = connection.execute(text(f'SELECT * FROM "{table}"')).all()
            yield f"table {table}", "\n".join(map(repr, rows))
    engine.dispose()
    with Redis(unix_socket_path=str(data / "valkey" / "valkey.sock")) as queue:
        keys = [(key, queue.type(key).decode()) for key in queue.scan_iter()]
        yield "queue", "\n".join(repr(READERS[kind](queue, key)) for key, kind in keys)
