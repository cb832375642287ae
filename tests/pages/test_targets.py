import gc
import getpass
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.conftest import BOTH_DATABASES
from tests.pages.making import (
    BROWSER,
    HTMX,
    make_log_source,
    make_monitor,
    make_run,
    make_target,
    see,
    send,
    words,
)
from tests.pipeline.docker_engine import CONNECTS_IN_VAIN
from webapp.extensions import db
from webapp.models import Target
from webapp.pages.listing import SHOWN

DOCKER = {
    "name": "trade-bot-host-1",
    "type": "docker_host",
    "docker_host_host": "tcp://10.0.0.5:2375",
}


def test_a_target_made_in_the_browser_is_shown_on_its_own_page(client: FlaskClient) -> None:
    response = send(client, "/targets", DOCKER)

    (target,) = Target.all()
    assert (response.status_code, response.location) == (303, f"/targets/{target.id}")
    assert (target.name, target.type) == ("trade-bot-host-1", "docker_host")
    assert target.connection_config == {"host": "tcp://10.0.0.5:2375"}
    assert "tcp://10.0.0.5:2375" in see(client, f"/targets/{target.id}")


def test_a_docker_host_is_ignored_for_this_machine(client: FlaskClient) -> None:
    send(client, "/targets", DOCKER | {"type": "local"})

    (target,) = Target.all()
    assert (target.type, target.connection_config) == ("local", {})


def test_a_blank_docker_host_is_this_machines_engine(client: FlaskClient) -> None:
    send(client, "/targets", DOCKER | {"docker_host_host": " "})

    (target,) = Target.all()
    assert target.connection_config == {"host": "localhost"}


def test_errors_stand_at_their_fields_and_what_was_typed_stays(client: FlaskClient) -> None:
    typed = {"name": " ", "docker_host_host": "no host <at all>"}

    response = send(client, "/targets", DOCKER | typed)

    page = response.text
    assert response.status_code == 422
    assert '<p class="field-error" id="name-error-1">This field is required.</p>' in page
    assert 'id="docker_host_host-error-1">This must be localhost (the engine of' in page
    assert 'value="no host &lt;at all&gt;"' in page
    assert 'checked id="type-1"' in page
    assert Target.all() == []


def test_a_change_keeps_the_address_of_the_target(client: FlaskClient) -> None:
    target = make_target()

    response = send(client, f"/targets/{target.id}", {"name": "renamed", "type": "local"})

    assert (response.status_code, response.location) == (303, f"/targets/{target.id}")
    assert target.name == "renamed"


def test_the_form_to_edit_shows_what_is_there(client: FlaskClient) -> None:
    target = make_target(type="docker_host", connection_config={"host": "10.0.0.5"})

    page = see(client, f"/targets/{target.id}/edit")

    assert 'value="here"' in page
    assert 'value="10.0.0.5"' in page


def test_a_bad_change_is_refused_at_its_field(client: FlaskClient) -> None:
    target = make_target()
    source = make_log_source(target)

    response = send(client, f"/targets/{target.id}", DOCKER)

    sentence = f"A Target of type docker_host cannot have the LogSources {source.name}."
    assert response.status_code == 422
    assert f'id="type-error-1">{sentence}</p>' in response.text
    assert (target.name, target.type) == ("here", "local")


def test_a_target_is_deleted_after_a_page_that_asks(client: FlaskClient) -> None:
    target = make_target()

    asked = see(client, f"/targets/{target.id}/delete")
    there_after_get = _count()
    response = send(client, f"/targets/{target.id}/delete", {})

    assert "Delete “here”?" in asked
    assert there_after_get == 1
    assert (response.status_code, response.location) == (303, "/targets")
    assert _count() == 0
    assert "Target “here” is deleted." in see(client, "/targets")


def test_a_target_in_use_is_not_deleted_and_the_page_says_by_what(client: FlaskClient) -> None:
    target = make_target()
    source = make_log_source(target)

    response = send(client, f"/targets/{target.id}/delete", {})

    assert response.status_code == 409
    assert (
        f"Target “here” is used by LogSource “syslog” ({source.id}). Delete or change these first."
        in response.text
    )
    assert _count() == 1


def test_a_target_shows_the_monitors_that_read_it_through_a_log_source(
    client: FlaskClient,
) -> None:
    target = make_target()
    source = make_log_source(target)
    monitor = make_monitor(target, log_source_id=source.id, target_id=None)

    page = words(see(client, f"/targets/{target.id}"))
    row = words(see(client, "/targets"))

    assert f"Monitors that read it New Monitor new {monitor.name} every 5 min" in page
    assert "here local this machine 1 1 new" in row


@BOTH_DATABASES
def test_the_monitors_on_a_target_are_shown_with_their_state_and_sentence(
    client: FlaskClient,
) -> None:
    target = make_target()
    make_run(make_monitor(target, name="burning"), "alert", summary="</a><script>full</script>")
    make_monitor(target, name="resting", paused=True)
    make_monitor(make_target(name="elsewhere"), name="other")

    page = see(client, f"/targets/{target.id}")
    row = words(see(client, "/targets"))

    said = "alert burning every 5 min &lt;/a&gt;&lt;script&gt;full&lt;/script&gt;"
    assert f"{said} paused resting every 5 min" in words(page)
    assert "other" not in page
    assert "here local this machine 0 1 alert 1 paused" in row


@BOTH_DATABASES
def test_a_long_list_is_searched(client: FlaskClient) -> None:
    for number in range(12):
        make_target(name=f"host-{number}")
    make_target(name="bot", type="docker_host", connection_config={"host": "tcp://10.0.0.5:2375"})

    by_address, by_both, nothing = (
        words(see(client, f"/targets?q={text}")) for text in ("10.0.0.5", "LOCAL host-1", "<none>")
    )

    assert "Search Targets" in see(client, "/targets")
    assert "bot docker_host" in by_address
    assert "host-1" not in by_address
    assert [name for name in ("host-1", "host-10", "host-11") if name in by_both] == [
        "host-1",
        "host-10",
        "host-11",
    ]
    assert "host-2" not in by_both
    assert "No Target has all of these words." in nothing


@pytest.mark.parametrize("headers", [HTMX, {}], ids=["htmx", "plain"])
def test_a_target_is_tested_in_place_and_without_javascript(
    client: FlaskClient, headers: dict[str, str]
) -> None:
    target = make_target()

    answer = send(client, f"/targets/{target.id}/test", {}, **headers)

    assert answer.status_code == 200
    assert "It can be used." in words(answer.text)
    assert f"Runs as {getpass.getuser()}" in words(answer.text)
    assert ("<html" in answer.text) == (headers == {})


@CONNECTS_IN_VAIN
def test_what_stands_in_the_form_is_tested_and_not_saved(
    client: FlaskClient, tmp_path: Path
) -> None:
    target = make_target()
    url = f"unix://{tmp_path}/docker.sock"

    new = send(client, "/targets/test", DOCKER | {"docker_host_host": url})
    edited = send(client, f"/targets/test?target_id={target.id}", {"name": "x", "type": "local"})
    bad = send(client, "/targets/test", DOCKER | {"name": "", "docker_host_host": "no host"})
    gc.collect()

    assert f"The Docker engine at {url} is not reachable" in words(new.text)
    assert f'value="{url}"' in new.text
    assert "Edit Target" in edited.text
    assert "It can be used." in words(edited.text)
    assert bad.status_code == 422
    assert 'id="docker_host_host-error-1"' in bad.text
    assert [row.name for row in Target.all()] == ["here"]


def test_a_target_with_many_log_sources_shows_the_first_of_them(client: FlaskClient) -> None:
    target = make_target()
    for number in range(SHOWN + 1):
        make_log_source(target, name=f"log {number}.")

    page = words(see(client, f"/targets/{target.id}"))

    assert f"log {SHOWN - 1}." in page
    assert f"log {SHOWN}." not in page
    assert f"The first {SHOWN}. Search for others" in page


def test_the_empty_list_says_what_to_do(client: FlaskClient) -> None:
    page = see(client, "/targets")

    assert "No Target yet" in page
    assert 'href="/targets/new"' in page


def test_a_target_that_is_not_there_is_404_with_a_sentence(client: FlaskClient) -> None:
    for path in ("/targets/7", "/targets/7/edit", "/targets/7/delete"):
        response = client.get(path, headers=BROWSER)

        assert response.status_code == 404
        assert "There is no Target 7." in words(response.text)


def _count() -> int:
    return db.session.scalar(select(func.count()).select_from(Target)) or 0


def test_what_is_typed_narrows_the_list_of_a_form(client: FlaskClient) -> None:
    for name in ("web-1", "web-2", "db-1"):
        make_target(name=name)

    list_of_names = client.get("/targets/target-offered?target=WEB", headers=HTMX).text

    assert re.findall(r'value="(.*?)"', list_of_names) == ["web-1", "web-2"]
    assert list_of_names.strip().startswith('<datalist id="target-offered">')
