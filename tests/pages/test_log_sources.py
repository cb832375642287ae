from pathlib import Path

from flask.testing import FlaskClient

from tests.pages.making import (
    HTMX,
    make_log_source,
    make_monitor,
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
        "target_id": str(target.id),
        "name": "btc",
        "mode": "docker_logs",
        "container_name": "btc_trading_service",
        "since_seconds": "300",
        "tail": "",
        "path": "/not/used",
    }

    response = send(client, "/log-sources", typed)

    (source,) = LogSource.all()
    assert (response.status_code, response.location) == (303, f"/log-sources/{source.id}")
    assert source.config == {
        "container_name": "btc_trading_service",
        "since_seconds": 300,
        "tail": 2000,
    }


def test_a_new_log_source_of_a_target_stands_on_it_already(client: FlaskClient) -> None:
    target = make_target()

    page = see(client, f"/log-sources/new?target_id={target.id}")

    assert f'<option selected value="{target.id}">here</option>' in page


def test_errors_of_the_config_stand_at_its_fields(client: FlaskClient) -> None:
    typed = {"target_id": "", "name": "x", "mode": "file", "path": "var/log/syslog"}

    response = send(client, "/log-sources", typed)

    assert response.status_code == 422
    assert 'id="path-error-1">This must be an absolute path, such as' in response.text
    assert 'id="target_id-error-1">This field is required.</p>' in response.text
    assert 'value="var/log/syslog"' in response.text


def test_a_change_of_mode_drops_the_config_of_the_old_one(client: FlaskClient) -> None:
    target = make_target()
    source = make_log_source(target)
    typed = {"target_id": str(target.id), "name": "c", "mode": "docker_logs"}

    send(client, f"/log-sources/{source.id}", typed | {"container_name": "c1", "path": "/old"})

    assert (source.mode, source.config["container_name"]) == ("docker_logs", "c1")
    assert "path" not in source.config


def test_an_emptied_box_does_not_keep_its_old_value(client: FlaskClient) -> None:
    target = make_target()
    source = make_log_source(target)
    emptied = {"target_id": str(target.id), "name": "syslog", "mode": "file", "path": " "}

    response = send(client, f"/log-sources/{source.id}", emptied)

    assert response.status_code == 422
    assert 'id="path-error-1">This field is required.</p>' in response.text
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
