from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.pages.making import BROWSER, make_log_source, make_monitor, make_target, see, send, words
from webapp.extensions import db
from webapp.models import Target

DOCKER = {"name": "trade-bot-host-1", "type": "docker_host", "host": "tcp://10.0.0.5:2375"}


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
    send(client, "/targets", DOCKER | {"host": " "})

    (target,) = Target.all()
    assert target.connection_config == {"host": "localhost"}


def test_errors_stand_at_their_fields_and_what_was_typed_stays(client: FlaskClient) -> None:
    response = send(client, "/targets", DOCKER | {"name": " ", "host": "no host <at all>"})

    page = response.text
    assert response.status_code == 422
    assert '<p class="field-error" id="name-error-1">This field is required.</p>' in page
    assert 'id="host-error-1">This must be localhost (the engine of this machine)' in page
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

    assert f"Monitors that read it New Monitor {monitor.name} every 5 min" in page
    assert "here local this machine 1 1" in row


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
