import pytest
from flask.testing import FlaskClient

from tests.pages.making import (
    BROWSER,
    make_monitor,
    make_run,
    see,
    send,
    words,
)
from webapp.models import Monitor, Run, Target


def test_a_monitor_is_paused_and_resumed(client: FlaskClient, target: Target) -> None:
    monitor = make_monitor(target)

    paused = send(client, f"/monitors/{monitor.id}/pause", {})
    page = see(client, f"/monitors/{monitor.id}")
    was_paused = monitor.paused
    send(client, f"/monitors/{monitor.id}/resume", {})

    assert (paused.status_code, was_paused, monitor.paused) == (303, True, False)
    assert "Resume" in page
    assert '<span class="status status-paused">paused</span>' in page


def test_run_now_leads_to_the_queued_run(client: FlaskClient, target: Target) -> None:
    monitor = make_monitor(target)

    response = send(client, f"/monitors/{monitor.id}/run-once", {})

    run = monitor.latest_run()
    assert run
    assert (response.status_code, response.location) == (303, f"/runs/{run.id}")
    assert (run.status, run.trigger) == ("queued", "manual")


def test_the_page_of_a_monitor_shows_what_it_reads_and_its_runs(
    client: FlaskClient, target: Target
) -> None:
    monitor = make_monitor(target)
    run = make_run(monitor, "warn", summary="The disk is 91 % full.")

    page = words(see(client, f"/monitors/{monitor.id}"))

    assert "disks warn" in page
    assert "The disk is 91 % full." in page
    assert "Look for full disks." in page
    assert "DF command df -h" in page
    assert f"{run.id} The disk is 91 % full. manual" in page
    assert "Tells nobody Corrected by" in page


def test_the_page_of_a_monitor_says_whom_it_tells_about_what(
    client: FlaskClient, target: Target
) -> None:
    told = {"email_recipients": ["ops@example.com"], "sms_recipients": ["+15551234567"]}
    monitor = make_monitor(target, notification_config=told | {"notify_on": "warn_and_alert"})

    page = words(see(client, f"/monitors/{monitor.id}"))

    assert "Tells ops@example.com, +15551234567 about warnings and alerts" in page


def test_runs_are_paged_newest_first(client: FlaskClient, target: Target) -> None:
    monitor = make_monitor(target)
    ids = [make_run(monitor, "ok", summary="Fine.").id for _ in range(27)]

    first = see(client, f"/monitors/{monitor.id}/runs")
    rest = see(client, f"/monitors/{monitor.id}/runs?before={ids[2]}")

    assert f'href="/monitors/{monitor.id}/runs?before={ids[2]}">Older</a>' in first
    assert f'href="/runs/{ids[2]}"' in first
    assert f'href="/runs/{ids[1]}"' not in first
    assert f'href="/runs/{ids[1]}"' in rest
    assert f'href="/runs/{ids[2]}"' not in rest
    assert "Older" not in rest


def test_runs_are_filtered_by_status(client: FlaskClient, target: Target) -> None:
    monitor = make_monitor(target)
    make_run(monitor, "ok", summary="Fine.")
    make_run(monitor, "alert", summary="The disk is full.")

    page = see(client, f"/monitors/{monitor.id}/runs?status=alert")

    assert "The disk is full." in page
    assert "Fine." not in page


@pytest.mark.parametrize("query", ["before=x", "before=99999999999", "before=-1", "status=nope"])
def test_a_query_that_means_nothing_is_400(client: FlaskClient, target: Target, query: str) -> None:
    monitor = make_monitor(target)

    response = client.get(f"/monitors/{monitor.id}/runs?{query}", headers=BROWSER)

    assert response.status_code == 400
    assert "“" + query.split("=")[0] + "” must be" in response.text


def test_the_latest_run_has_an_address(client: FlaskClient, target: Target) -> None:
    monitor = make_monitor(target)

    without = client.get(f"/monitors/{monitor.id}/runs/latest", headers=BROWSER)
    run = make_run(monitor)
    with_one = client.get(f"/monitors/{monitor.id}/runs/latest", headers=BROWSER)

    assert without.status_code == 404
    assert f"Monitor {monitor.id} has no Run yet." in without.text
    assert (with_one.status_code, with_one.location) == (302, f"/runs/{run.id}")


def test_a_monitor_is_deleted_with_its_runs(client: FlaskClient, target: Target) -> None:
    monitor = make_monitor(target)
    monitor_id, run_id = monitor.id, make_run(monitor, "ok", summary="Fine.").id

    response = send(client, f"/monitors/{monitor_id}/delete", {})

    assert (response.status_code, response.location) == (303, "/")
    assert Monitor.all() == []
    assert Run.history(monitor_id, 10) == []
    assert client.get(f"/runs/{run_id}", headers=BROWSER).status_code == 404
