import re

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tests.pages.making import BROWSER, HTMX, words
from tests.rows import finished_run, new_monitor
from webapp.clock import utc_now
from webapp.config import Settings
from webapp.extensions import db, writing
from webapp.models import Heartbeat


def test_the_page_names_every_part_with_what_to_do(client: FlaskClient) -> None:
    response = client.get("/health", headers=BROWSER)

    page = words(response.text)
    assert response.status_code == 503
    assert "3 of 5 parts fail: scheduler, workers, queue." in page
    assert "failing scheduler Starts each Monitor when it is due. No scheduler runs" in page
    assert "None showed life for 30 s. Start one; its log says why it ended." in page
    assert "ok database Keeps everything. The sqlite database can be written." in page
    assert "ok llm Judges what was gathered. The built-in reading judges" in page
    assert (page.count("seen ok since now"), page.count("seen failing since now")) == (2, 3)


def test_a_page_where_all_is_well_says_so(client: FlaskClient, valkey: str) -> None:
    _all_at_work()

    response = client.get("/health", headers=BROWSER)

    assert response.status_code == 200
    assert "All 5 parts are well." in response.text
    assert "part-advice" not in response.text


def test_what_a_run_failed_by_is_shown_as_text(
    app: Flask, client: FlaskClient, settings: Settings, valkey: str
) -> None:
    _all_at_work()
    model = {"llm_model": "ollama:qwen", "ollama_base_url": "http://127.0.0.1:11434"}
    app.extensions["settings"] = settings.model_copy(update=model)
    failed = {"error_kind": "llm_unavailable", "error_message": "</p><script>x</script>"}
    finished_run(
        new_monitor(), utc_now(), verdict="error", llm_model="ollama:qwen", summary=None, **failed
    )

    page = client.get("/health", headers=BROWSER).text

    assert "failed: &lt;/p&gt;&lt;script&gt;x&lt;/script&gt;" in page
    assert '<a href="/settings#llm">Settings</a>' in page


def test_the_panel_is_asked_for_again_and_empty_while_nothing_changes(
    client: FlaskClient, valkey: str
) -> None:
    _all_at_work()
    first = client.get("/health", headers=BROWSER).text
    address = re.search(r'hx-get="(/health/health-panel[^"]+)"', first)
    assert address

    unchanged = client.get(address[1], headers=HTMX)
    Heartbeat.stop("scheduler", "here:1")
    changed = client.get(address[1], headers=HTMX)

    assert (unchanged.status_code, unchanged.text) == (204, "")
    assert changed.status_code == 200
    assert '<div id="health-panel"' in changed.text
    assert "1 of 5 parts fail:" in changed.text


def test_the_page_tells_of_a_database_that_fails(
    app: Flask, client: FlaskClient, valkey: str
) -> None:
    _all_at_work()
    with writing():
        db.session.execute(text("ALTER TABLE standings RENAME TO lost"))
        db.session.execute(text("ALTER TABLE heartbeats RENAME TO gone"))

    page = client.get("/health", headers=BROWSER)

    assert page.status_code == 503
    assert "<title>Health · AI Log Monitor</title>" in page.text
    assert 'id="part-database"' in page.text


def _all_at_work() -> None:
    now = utc_now()
    Heartbeat.beat("scheduler", "here:1", now)
    Heartbeat.beat("worker", "here:2", now)
