import re
from pathlib import Path

from flask.testing import FlaskClient

from tests.conftest import BOTH_DATABASES
from tests.pages.making import (
    HTMX,
    make_log_source,
    make_monitor,
    make_run,
    make_target,
    see,
    send,
    token,
    words,
)
from webapp.models import LogSource


def test_a_log_source_made_in_the_browser_has_the_config_of_its_mode(client: FlaskClient) -> None:
    target = make_target()
    typed = {
        "target": target.name,
        "name": "btc",
        "mode": "docker_logs",
        "docker_logs_container_name": "btc_trading_service",
        "docker_logs_since_seconds": "300",
        "docker_logs_tail": "",
        "file_path": "/not/used",
    }

    response = send(client, "/log-sources", typed)

    (source,) = LogSource.all()
    assert (response.status_code, response.location) == (303, f"/log-sources/{source.id}")
    assert source.config == {
        "container_name": "btc_trading_service",
        "since_seconds": 300,
        "tail": 2000,
        "timestamps": False,
    }


def test_a_new_log_source_of_a_target_stands_on_it_already(client: FlaskClient) -> None:
    target = make_target()

    page = see(client, f"/log-sources/new?target_id={target.id}")

    assert re.search('name="target"[^>]* value="here"', page)


def test_errors_of_the_config_stand_at_its_fields(client: FlaskClient) -> None:
    typed = {"target": "", "name": "x", "mode": "file", "file_path": "var/log/syslog"}

    response = send(client, "/log-sources", typed)

    assert response.status_code == 422
    assert 'id="file_path-error-1">This must be an absolute path, such as' in response.text
    assert 'id="target-error-1">This field is required.</p>' in response.text
    assert 'value="var/log/syslog"' in response.text


def test_a_change_of_mode_drops_the_config_of_the_old_one(client: FlaskClient) -> None:
    target = make_target()
    source = make_log_source(target)
    typed = {"target": target.name, "name": "c", "mode": "docker_logs"}

    send(
        client,
        f"/log-sources/{source.id}",
        typed | {"docker_logs_container_name": "c1", "file_path": "/old"},
    )

    assert (source.mode, source.config["container_name"]) == ("docker_logs", "c1")
    assert "path" not in source.config


def test_an_emptied_box_does_not_keep_its_old_value(client: FlaskClient) -> None:
    target = make_target()
    source = make_log_source(target)
    emptied = {"target": target.name, "name": "syslog", "mode": "file", "file_path": " "}

    response = send(client, f"/log-sources/{source.id}", emptied)

    assert response.status_code == 422
    assert 'id="file_path-error-1">This field is required.</p>' in response.text
    assert source.config == {"path": "/var/log/syslog"}


def test_the_test_button_shows_the_last_lines(client: FlaskClient, tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    log.write_text("first\n<script>alert(1)</script>\n")
    source = make_log_source(make_target(), config={"path": str(log)})

    response = send(client, f"/log-sources/{source.id}/test", {})

    assert response.status_code == 200
    assert "<code>first</code>" in response.text
    assert "<code>&lt;script&gt;alert(1)&lt;/script&gt;</code>" in response.text
    assert "<html" in response.text


def test_htmx_gets_the_reading_alone(client: FlaskClient, tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    log.write_text("first\n")
    source = make_log_source(make_target(), config={"path": str(log)})

    response = client.post(
        f"/log-sources/{source.id}/test", data={"csrf_token": token(client)}, headers=HTMX
    )

    assert response.text.startswith('<section id="reading"')


def test_a_log_that_cannot_be_read_says_why(client: FlaskClient, tmp_path: Path) -> None:
    source = make_log_source(make_target(), config={"path": str(tmp_path / "none.log")})

    response = send(client, f"/log-sources/{source.id}/test", {})

    assert response.status_code == 200
    assert f"{tmp_path / 'none.log'}" in words(response.text.split("What it gave just now")[1])
    assert "notice-bad" in response.text


def test_a_log_source_in_use_is_not_deleted(client: FlaskClient) -> None:
    target = make_target()
    source = make_log_source(target)
    monitor = make_monitor(target, log_source_id=source.id, target_id=None)

    response = send(client, f"/log-sources/{source.id}/delete", {})

    assert response.status_code == 409
    assert (
        f"LogSource “syslog” is used by Monitor “disks” ({monitor.id}). "
        "Delete or change these first." in response.text
    )
    assert LogSource.all() == [source]


def test_a_log_source_that_nobody_uses_is_deleted(client: FlaskClient) -> None:
    source = make_log_source(make_target())

    response = send(client, f"/log-sources/{source.id}/delete", {})

    assert (response.status_code, response.location) == (303, "/log-sources")
    assert LogSource.all() == []


@BOTH_DATABASES
def test_the_monitors_that_read_a_log_source_are_shown_with_their_state(
    client: FlaskClient,
) -> None:
    target = make_target()
    source, unread = make_log_source(target), make_log_source(target, name="unread")
    monitor = make_monitor(target, log_source_id=source.id, target_id=None)
    make_run(monitor, "warn", summary="Slow.")

    page = words(see(client, f"/log-sources/{source.id}"))
    rows = words(see(client, "/log-sources"))

    assert "warn disks every 5 min Slow." in page
    assert "Monitors that read it New Monitor None." in words(
        see(client, f"/log-sources/{unread.id}")
    )
    assert "syslog file /var/log/syslog here 1 warn" in rows
    assert "unread file /var/log/syslog here none" in rows


@BOTH_DATABASES
def test_log_sources_are_found_by_place_and_target(client: FlaskClient) -> None:
    make_log_source(make_target(name="web"), name="one", config={"path": "/srv/shop.log"})
    make_log_source(make_target(name="db"), name="two")

    found = {text: words(see(client, f"/log-sources?q={text}")) for text in ("SHOP", "db", "x y")}

    assert ("one file" in found["SHOP"], "two file" in found["SHOP"]) == (True, False)
    assert ("one file" in found["db"], "two file" in found["db"]) == (False, True)
    assert "No LogSource has all of these words." in found["x y"]


def test_what_stands_in_the_form_is_read_and_not_saved(client: FlaskClient, tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    log.write_text("</code><script>one</script>\n")
    target = make_target()
    source = make_log_source(target)
    typed = {"target": target.name, "name": "draft", "mode": "file", "file_path": str(log)}

    read = send(client, "/log-sources/test", typed)
    edited = send(client, f"/log-sources/test?log_source_id={source.id}", typed)
    bad = send(client, "/log-sources/test", typed | {"target": "gone"})

    assert "<code>&lt;/code&gt;&lt;script&gt;one&lt;/script&gt;</code>" in read.text
    assert f'value="{log}"' in read.text
    assert "Edit LogSource" in edited.text
    assert bad.status_code == 422
    assert "There is no Target “gone”. Choose one from the list." in bad.text
    assert [row.name for row in LogSource.all()] == ["syslog"]
    assert source.config == {"path": "/var/log/syslog"}


def test_what_can_be_read_on_the_named_target_is_offered(client: FlaskClient) -> None:
    target = make_target()

    named = client.get("/log-sources/offers?target=here", headers=HTMX)
    unknown = client.get("/log-sources/offers?target=gone", headers=HTMX)

    assert named.location == f"/targets/{target.id}/offers"
    assert unknown.status_code == 204


def test_log_sources_are_offered_by_their_name_or_their_targets(client: FlaskClient) -> None:
    web, db = make_target(name="web"), make_target(name="db")
    make_log_source(web, name="nginx")
    make_log_source(db, name="postgresql")

    def offered(text: str) -> list[str]:
        address = f"/log-sources/log-source-offered?log_source={text}"
        return re.findall(r'value="(.*?)"', client.get(address, headers=HTMX).text)

    assert offered("ngi") == offered("WEB") == ["nginx"]
    assert offered("") == ["nginx", "postgresql"]


def test_an_http_source_shows_what_it_reads_and_by_which_login(client: FlaskClient) -> None:
    config = {
        "url": "http://loki:3100/loki/api/v1/query_range",
        "format": "loki",
        "query": '{app="shop"}',
        "auth": "bearer LOKI",
        "shown": ["level", "pod"],
    }
    source = make_log_source(make_target(), mode="http", config=config)

    page = see(client, f"/log-sources/{source.id}")

    for told in ("query_range", "bearer LOKI", "level, pod", "{app=&#34;shop&#34;}"):
        assert told in page
    assert "More headers" not in page
