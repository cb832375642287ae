import signal
import time
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as plain

from tests.conftest import BOTH_DATABASES
from tests.rows import finished_run, new_claim, new_monitor
from tests.valkey import valkey_server
from webapp import metrics
from webapp.clock import utc_now
from webapp.config import Settings
from webapp.extensions import db
from webapp.health import QUEUE_SECONDS
from webapp.models import Heartbeat, MetricSample, Run
from webapp.models.metric_sample import SampleKey

PROMETHEUS = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,"
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)
OK_RUNS = 'runs_total{status="ok",trigger="schedule"}'


def scraped(client: FlaskClient) -> dict[str, float]:
    """Every sample, as it is written, without the prefix that all have."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    return {
        _written(sample.name, sample.labels): sample.value
        for family in plain(answer.text)
        for sample in family.samples
    }


def _written(name: str, labels: dict[str, str]) -> str:
    told = ",".join(f'{label}="{value}"' for label, value in sorted(labels.items()))
    return name.removeprefix("log_monitor_") + (f"{{{told}}}" if told else "")


def test_whoever_asks_gets_the_text_in_the_format_that_they_prefer(client: FlaskClient) -> None:
    by_curl = client.get("/metrics", headers={"Accept": "*/*"})
    by_browser = client.get("/metrics", headers={"Accept": "text/html,*/*"})
    by_prometheus = client.get("/metrics", headers={"Accept": PROMETHEUS})
    at_its_address = client.get("/api/metrics")

    assert by_curl.content_type == "text/plain; version=0.0.4; charset=utf-8"
    assert by_browser.content_type == at_its_address.content_type == by_curl.content_type
    assert by_prometheus.content_type.startswith("application/openmetrics-text; version=1.0.0")
    names = {family.name for family in plain(by_curl.text)}
    assert {family.name for family in openmetrics(by_prometheus.text)} == names


@BOTH_DATABASES
def test_what_is_known_beforehand_stands_at_nothing_from_the_first_day(client: FlaskClient) -> None:
    samples = scraped(client)

    assert samples[OK_RUNS] == 0
    assert samples['run_errors_total{kind="llm_unavailable"}'] == 0
    assert samples['notifications_total{channel="email",outcome="failed"}'] == 0
    assert samples['run_start_lag_seconds_bucket{le="+Inf",trigger="schedule"}'] == 0
    assert samples["slots_skipped_total"] == 0
    assert samples['runs_live{status="queued"}'] == 0
    assert samples['processes_alive{kind="scheduler"}'] == 0


@BOTH_DATABASES
def test_totals_are_those_of_all_processes_and_not_of_this_one(client: FlaskClient) -> None:
    metrics.RUNS.labels("ok", "schedule").inc()  # not written out yet
    MetricSample.add(
        {
            SampleKey.of("log_monitor_runs_total", {"status": "ok", "trigger": "schedule"}): 7,
            SampleKey.of("log_monitor_llm_tokens_total", {"model": "a", "direction": "input"}): 9,
            SampleKey.of("log_monitor_of_another_version_total", {}): 1,
        }
    )

    samples = scraped(client)

    assert samples[OK_RUNS] == 7
    assert samples['llm_tokens_total{direction="input",model="a"}'] == 9
    assert "of_another_version_total" not in samples


def test_a_histogram_comes_out_in_order_of_its_buckets(client: FlaskClient) -> None:
    metrics.RUN_DURATION.observe(0.2)
    metrics.write_out()

    lines = [
        line
        for line in client.get("/metrics").text.splitlines()
        if line.startswith("log_monitor_run_duration_seconds")
    ]

    bounds = [line.split('"')[1] for line in lines if "_bucket" in line]
    assert bounds[:3] == ["0.05", "0.1", "0.25"]
    assert bounds[-1] == "+Inf"
    assert [line.split()[0].rpartition("_")[2] for line in lines[-2:]] == ["count", "sum"]


@BOTH_DATABASES
@pytest.mark.usefixtures("valkey")
def test_what_waits_and_what_lives_is_told_as_it_is_now(app: Flask, client: FlaskClient) -> None:
    now = utc_now()
    monitor = new_monitor()
    finished_run(monitor, now)
    new_monitor(paused=True)
    claim = new_claim(new_monitor(), now)
    letter = {"channel": "email", "recipient": "a@b.example", "due_at": now - timedelta(minutes=5)}
    claim.record_verdict([letter], verdict="alert", summary="The shop is down.")
    Run.start(monitor.id, "manual", now - timedelta(minutes=2))
    app.extensions["doorbell"].ring_for_runs([1, 2, 3])
    Heartbeat.beat("worker", "host:1", now)
    Heartbeat.beat("worker", "host:2", now - timedelta(minutes=2))
    Heartbeat.beat("scheduler", "host:3", now)

    samples = scraped(client)

    assert (samples['runs_live{status="queued"}'], samples['runs_live{status="running"}']) == (1, 1)
    assert 120 <= samples["queue_age_seconds"] < 150
    assert samples["queue_jobs"] == 3
    assert (samples['monitors{state="active"}'], samples['monitors{state="paused"}']) == (2, 1)
    assert samples["notifications_pending"] == 1
    assert 300 <= samples["notifications_overdue_seconds"] < 330
    assert samples['processes_alive{kind="worker"}'] == 1
    assert 0 <= samples['heartbeat_age_seconds{kind="worker",process="host:1"}'] < 30
    assert 120 <= samples['heartbeat_age_seconds{kind="worker",process="host:2"}'] < 150
    up = {name: value for name, value in samples.items() if name.startswith("up{")}
    assert up == {
        'up{part="scheduler"}': 1,
        'up{part="database"}': 1,
        'up{part="queue"}': 0,
        'up{part="workers"}': 1,
        'up{part="llm"}': 1,
    }


def test_where_the_queue_is_down_the_rest_is_told(client: FlaskClient) -> None:
    samples = scraped(client)

    assert samples['up{part="queue"}'] == 0
    assert "queue_jobs" not in samples
    assert samples[OK_RUNS] == 0


def test_a_queue_that_hangs_is_asked_once_and_prometheus_does_not_give_up(
    client: FlaskClient, settings: Settings
) -> None:
    with valkey_server(settings.valkey_socket) as server:
        before = scraped(client)
        server.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        samples = scraped(client)
        seconds = time.monotonic() - began
        server.send_signal(signal.SIGCONT)

    assert before["queue_jobs"] == 0
    assert seconds < QUEUE_SECONDS + 2
    assert samples['up{part="queue"}'] == 0
    assert "queue_jobs" not in samples
    assert samples[OK_RUNS] == 0


@pytest.mark.usefixtures("valkey")
def test_where_the_database_is_down_nothing_seems_begun_anew(
    client: FlaskClient, settings: Settings
) -> None:
    db.session.remove()
    db.engine.dispose()
    (settings.data_dir / "monitor.db").write_bytes(b"this is no database" * 1000)

    samples = scraped(client)

    assert samples['up{part="database"}'] == 0
    assert samples["queue_jobs"] == 0
    assert {name.partition("{")[0] for name in samples} == {"up", "queue_jobs"}


def test_no_label_is_made_of_what_people_write(client: FlaskClient) -> None:
    finished_run(new_monitor(name="Payroll of Ann"), utc_now())

    assert "Payroll" not in client.get("/metrics").text
