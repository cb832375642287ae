import json
import signal
import socket
import sqlite3
import stat
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import flask_migrate
import psutil
import pytest
from sqlalchemy import text

from tests.service import PARTS, Service, example_is_done, free_port, launched, start
from tests.waiting import until
from webapp import create_app, launch
from webapp.config import Settings
from webapp.embedded import VALKEY_LOCK
from webapp.extensions import db, writing

pytestmark = pytest.mark.takes(seconds=200)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with launched(tmp_path_factory.mktemp("launch") / "data") as service:
        yield service


A_MONITOR = {
    "name": "Shop",
    "target_id": 1,
    "prompt": "Look for errors.",
    "inputs": [{"label": "LOGS", "mode": "command", "command": "echo all is well"}],
}
A_LONG_RUN = A_MONITOR | {
    "inputs": [{"label": "LOGS", "mode": "command", "command": "trap '' TERM; sleep 50; sleep 50"}]
}


def latest(service: Service, monitor: dict[str, Any]) -> dict[str, Any]:
    status, run = service.curl(f"/monitors/{monitor['id']}/runs/latest")
    return run if status == 200 else {"status": None, "stage": None}


def parts_on(data_dir: Path) -> dict[str, int]:
    """How many processes of each part there are on this data, whoever started them."""
    ours: Counter[str] = Counter()
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get("DATA_DIR") == str(data_dir):
                words = " ".join(process.cmdline())
                ours.update(name for name, mark in PARTS.items() if mark in words)
            # Valkey writes over its environment; it holds this open as long as it lives.
            ours["valkey"] += str(data_dir / VALKEY_LOCK) in [f.path for f in process.open_files()]
    return dict(ours)


@contextmanager
def hanging_server() -> Iterator[int]:
    """The port of a server that takes every call and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as server:
        yield server.getsockname()[1]


@contextmanager
def heeding_hangups() -> Iterator[None]:
    """Also where the tests themselves run under nohup, which children would take over."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)


def refusal(data_dir: Path, port: int | None = None, **variables: str) -> str:
    """What it says when it does not start."""
    process = start(data_dir, port or free_port(), **variables)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "Traceback" not in said
    return said


def test_every_part_is_well_soon_after_the_start(service: Service) -> None:
    status, health = service.curl("/health")

    assert status == 200
    assert health.pop("status") == "ok"
    assert {part: how["ok"] for part, how in health.items()} == {
        "scheduler": True,
        "database": True,
        "queue": True,
        "workers": True,
        "llm": True,
    }
    assert service.seconds_to_start < 60


def test_the_example_runs_by_itself_on_something_real(service: Service) -> None:
    until(lambda: example_is_done(service))

    _, targets = service.curl("/targets")
    _, run = service.curl("/monitors/1/runs/latest")

    assert [(target["name"], target["type"]) for target in targets] == [("local", "local")]
    assert run["trigger"] == "schedule"
    assert run["status"] in ("ok", "warn", "alert")
    assert run["summary"]
    assert [item["label"] for item in run["inputs"]][1] == "DISKS"
    assert all(item["lines"] > 1 for item in run["inputs"])


def connections_of(process: psutil.Process) -> list[Any]:
    """None of one that is gone: a shell of the service sleeps again and again."""
    with suppress(psutil.NoSuchProcess):
        return process.net_connections("inet")
    return []


def test_only_the_web_server_listens_and_only_on_this_machine(service: Service) -> None:
    listening = {
        (connection.laddr.ip, connection.laddr.port)
        for process in service.everything()
        for connection in connections_of(process)
        if connection.status == psutil.CONN_LISTEN
    }

    assert listening == {("127.0.0.1", service.port)}


def test_what_it_keeps_is_for_its_user_only(service: Service) -> None:
    socket_path = service.data_dir / "valkey" / "valkey.sock"

    modes = [
        stat.S_IMODE(path.stat().st_mode)
        for path in (service.data_dir, service.data_dir / "secret_key", socket_path)
    ]

    assert modes == [0o700, 0o600, 0o700]


def test_a_second_start_on_the_same_data_is_refused(service: Service) -> None:
    said = refusal(service.data_dir)

    assert said == (
        "AI Log Monitor does not start.\n"
        f"It runs already on DATA_DIR {service.data_dir}. Stop that one first: Ctrl-C where it "
        f"was started, or kill {service.process.pid}.\n"
    )
    assert service.well()


def test_a_port_that_is_taken_is_refused(service: Service, tmp_path: Path) -> None:
    said = refusal(tmp_path / "data", service.port)

    assert said == (
        "AI Log Monitor does not start.\n"
        f"Port {service.port} on 127.0.0.1 cannot be had: Address already in use. "
        "Set PORT or HOST to another.\n"
    )


def test_bad_variables_are_refused_all_at_once(tmp_path: Path) -> None:
    said = refusal(tmp_path / "data", WORKER_THREADS="many", DATABASE_URL="nonsense")

    first, *rest = said.splitlines()
    assert first == "AI Log Monitor does not start."
    assert sorted(line.split(":")[0] for line in rest) == ["DATABASE_URL", "WORKER_THREADS"]


def test_a_folder_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")

    said = refusal(tmp_path / "file")

    assert said == (
        f"AI Log Monitor does not start.\nDATA_DIR {tmp_path}/file cannot be used: File exists.\n"
    )


def test_a_database_that_does_not_answer_is_refused(tmp_path: Path) -> None:
    url = f"postgresql://user:a-password@127.0.0.1:{free_port()}/name"

    said = refusal(tmp_path / "data", DATABASE_URL=url)

    assert said.startswith("AI Log Monitor does not start.\nThe database postgresql")
    assert "Connection refused" in said
    assert "a-password" not in said


def test_a_queue_that_does_not_answer_is_said_and_stops_no_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"redis://127.0.0.1:{free_port()}/0"

    launch._look_for_queue(Settings(_env_file=None, data_dir=tmp_path, redis_url=url))  # type: ignore[call-arg]

    said = capsys.readouterr().out
    assert said.startswith("The queue at 127.0.0.1:")
    assert said.endswith("Runs wait in the database until it does. It is set by REDIS_URL.\n")


def test_a_database_of_a_newer_version_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path)  # type: ignore[call-arg]
    with create_app(settings).app_context():
        flask_migrate.upgrade()
        with writing():
            db.session.execute(text("UPDATE alembic_version SET version_num = 'newer'"))
        db.session.remove()
        db.engine.dispose()
    before = (tmp_path / "monitor.db").read_bytes()

    said = refusal(tmp_path)

    assert said == (
        "AI Log Monitor does not start.\n"
        "The database was made by a newer version, and was left as it is: "
        "Can't locate revision identified by 'newer'.\n"
    )
    assert (tmp_path / "monitor.db").read_bytes() == before


def test_a_stop_leaves_nothing_running_and_the_next_start_finds_all_data(
    tmp_path: Path,
) -> None:
    with launched(tmp_path / "data") as first:
        status, made = first.send("POST", "/targets", {"name": "kept", "type": "local"})
        everything = first.everything()
        stopped_at = time.monotonic()
        first.process.send_signal(signal.SIGINT)
        first.process.wait(timeout=60)
        seconds = time.monotonic() - stopped_at
    _, left = psutil.wait_procs(everything, timeout=5)

    with launched(tmp_path / "data") as second:
        found = second.curl("/targets")
        monitors = second.curl("/monitors")

    assert (status, left, first.process.returncode) == (201, [], 0)
    assert seconds < 40
    assert made in found[1]
    assert [monitor["id"] for monitor in monitors[1]] == [1]


@pytest.mark.parametrize("part", ["worker", "scheduler", "valkey", "web"])
def test_a_part_that_is_killed_is_started_again(service: Service, part: str) -> None:
    until(lambda: example_is_done(service))  # or a killed worker would have its lease for 45 s
    killed = service.parts()[part]
    family = [killed, *killed.children(recursive=True)]

    killed.kill()

    until(lambda: not any(process.is_running() for process in family))
    until(lambda: part in service.parts())
    until(service.well)
    status, run = service.curl("/monitors/1/run-once?wait=30", "--request", "POST")
    assert (status, run["error"]) == (200, None)


def test_nothing_outlives_the_process_manager_even_if_that_is_killed(service: Service) -> None:
    until(service.well)
    everything = service.everything()
    parts = service.parts()

    service.process.kill()
    _, alive = psutil.wait_procs(everything, timeout=20)

    assert set(parts) == {"valkey", "web", "scheduler", "worker"}
    assert alive == []
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", service.port)) != 0


def test_a_start_just_after_the_process_manager_was_killed_comes_up_by_itself_and_once(
    tmp_path: Path,
) -> None:
    data_dir = tmp_path / "data"
    with launched(data_dir) as first:
        _, made = first.send("POST", "/monitors", A_LONG_RUN)
        first.send("POST", f"/monitors/{made['id']}/run-once", {})
        until(lambda: latest(first, made)["status"] == "running")
        old = first.everything()
        first.process.kill()
        first.process.wait()

        with launched(data_dir, WORKER_PROCESSES="1") as second:
            alive = [process for process in old if process.is_running()]
            ours = parts_on(data_dir)
            taken = latest(second, made)["status"]

    assert alive == []
    assert ours == {"valkey": 1, "web": 2, "scheduler": 1, "worker": 1}  # gunicorn has a child
    assert taken in ("queued", "running")


def test_its_output_as_json_tells_of_parts_that_end_and_of_its_own_stop(tmp_path: Path) -> None:
    odd = {"LOG_FORMAT": "json", "LOG_FROMAT": "text"}
    with (
        (tmp_path / "out").open("w") as out,
        launched(tmp_path / "data", out, **odd, WORKER_PROCESSES="1") as service,
    ):
        service.parts()["scheduler"].kill()
        until(lambda: "part ended" in (tmp_path / "out").read_text())

    first, *rest = map(json.loads, (tmp_path / "out").read_text().splitlines())
    told = [line for line in rest if line["logger"] == "manager"]
    assert first["event"].startswith("AI Log Monitor: http://127.0.0.1:")
    assert [(line["level"], line["event"]) for line in told] == [
        ("WARNING", "part ended"),
        ("INFO", "stops"),
        ("INFO", "stopped"),
    ]
    assert told[0]["reason"] == "scheduler ended with -9; it is started again."
    assert [line for line in rest if line["event"] in ("no answer", "answers again")] == []


def test_a_closed_terminal_ends_it_in_order(tmp_path: Path) -> None:
    with heeding_hangups(), launched(tmp_path / "data") as service:
        everything = service.everything()
        service.process.send_signal(signal.SIGHUP)
        service.process.wait(timeout=60)
        _, left = psutil.wait_procs(everything, timeout=5)

    assert (service.process.returncode, left) == (0, [])


def test_a_stop_ends_within_a_minute_and_leaves_no_run_running_whatever_hangs(
    tmp_path: Path,
) -> None:
    with (
        hanging_server() as port,
        launched(
            tmp_path / "data",
            OPENAI_API_KEY="none",
            OPENAI_BASE_URL=f"http://127.0.0.1:{port}",
            SMTP_HOST="127.0.0.1",
            SMTP_PORT=str(port),
            WORKER_PROCESSES="2",
        ) as service,
    ):
        asking = A_MONITOR | {"llm_model": "openai:a-model"}
        telling = A_MONITOR | {
            "notification_config": {"email_recipients": ["a@example.com"], "notify_on": "all"}
        }
        sent = [service.send("POST", "/monitors", one) for one in (A_LONG_RUN, asking, telling)]
        made = [monitor for _, monitor in sent]
        for monitor in made:
            service.send("POST", f"/monitors/{monitor['id']}/run-once", {})
        stages = ["gathering", "analyzing", "notifying"]
        until(lambda: [latest(service, monitor)["stage"] for monitor in made] == stages)
        stopped_at = time.monotonic()
        service.process.terminate()
        service.process.wait(timeout=60)
        seconds = time.monotonic() - stopped_at

    with sqlite3.connect(tmp_path / "data" / "monitor.db") as connection:
        rows = connection.execute("SELECT status, stage, token FROM runs WHERE monitor_id > 1")
        left = rows.fetchall()
    assert seconds < 50
    assert len(left) == 3
    assert [row for row in left if row[0] == "running" or row[1] or row[2]] == []


def test_it_starts_where_its_output_is_a_socket_and_keeps_its_files_to_itself(
    tmp_path: Path,
) -> None:
    ours, theirs = socket.socketpair()
    (tmp_path / "data").mkdir(mode=0o755)

    with launched(tmp_path / "data", stdout=theirs, DATABASE_PATH=str(tmp_path / "my.db")):
        theirs.close()
        modes = {path.name: oct(path.stat().st_mode & 0o777) for path in tmp_path.glob("my.db*")}

    assert modes == dict.fromkeys(modes, "0o600")
    assert "my.db" in modes
    assert ours.recv(1000).startswith(b"AI Log Monitor: http://127.0.0.1:")
    ours.close()
