import re
import subprocess
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from tests.pages.making import BROWSER, make_target, see
from webapp.config import Settings
from webapp.pipeline.gather import gather
from webapp.pipeline.steps import limits_of
from webapp.pipeline.values import Host, InputSpec
from webapp.schemas import MonitorIn, Starter, validate
from webapp.starters import starters

EACH = pytest.mark.parametrize("starter", starters().values(), ids=starters())


def commands() -> Iterator[tuple[str, str]]:
    for starter in starters().values():
        for item in starter.inputs:
            if item.command:
                yield f"{starter.name} {item.label}", item.command


EACH_COMMAND = pytest.mark.parametrize("command", [c for _, c in commands()], ids=dict(commands()))


def test_there_is_one_for_what_people_watch_most() -> None:
    assert set(starters()) == {
        *("journal", "docker", "nginx", "postgresql"),
        *("sshd", "backups", "trading-bot", "file"),
    }


@EACH
def test_a_starter_is_a_valid_monitor(starter: Starter) -> None:
    fields = starter.model_dump(exclude={"title", "finds"})

    monitor = validate(MonitorIn, fields | {"name": starter.title, "target_id": 1})

    assert monitor.inputs == starter.inputs


@EACH
def test_its_prompt_tells_alerts_from_warnings_and_routine(starter: Starter) -> None:
    assert re.findall("^(Alert|Warn|Routine): ", starter.prompt, re.MULTILINE) == [
        *("Alert", "Warn", "Routine")
    ]


@EACH_COMMAND
def test_a_command_is_one_that_a_shell_understands(command: str) -> None:
    checked = subprocess.run(["/bin/sh", "-n", "-c", command], capture_output=True, text=True)

    assert (checked.returncode, checked.stderr) == (0, "")


@EACH_COMMAND
def test_a_command_works_or_says_in_words_why_not(command: str, settings: Settings) -> None:
    spec = InputSpec(label="X", mode="command", command=command)

    (gathered,) = gather(Host("local"), [spec], limits_of(8000, settings))

    assert gathered.status == "ok" or len(gathered.stderr.text.split()) >= 4, gathered


@pytest.mark.parametrize(("name", "label"), [("nginx", "STATUS_COUNTS"), ("postgresql", "DISK")])
def test_where_nothing_is_to_be_read_the_sentence_says_what_to_do(
    name: str, label: str, settings: Settings
) -> None:
    (command,) = (item.command or "" for item in starters()[name].inputs if item.label == label)
    elsewhere = re.sub("=/var/", "=/nowhere/", command)
    spec = InputSpec(label=label, mode="command", command=elsewhere)

    (gathered,) = gather(Host("local"), [spec], limits_of(8000, settings))

    assert gathered.exit_code == 2
    assert re.fullmatch(r"(Cannot read|There is no) /nowhere/.*[.?]\n", gathered.stderr.text)


def test_the_form_offers_them_and_begins_with_the_chosen_one(client: FlaskClient) -> None:
    make_target()

    offered = see(client, "/monitors/new")
    begun = see(client, "/monitors/new?starter=nginx")

    assert all(f'href="/monitors/new?starter={name}"' in offered for name in starters())
    assert 'id="name" name="name" type="text" value="nginx"' in begun
    assert 'value="FAILED_REQUESTS"' in begun
    assert "$9 &gt;= 400" in begun
    assert re.search('name="target"[^>]* value="here"', begun)


def test_a_starter_keeps_the_target_that_was_asked_for(client: FlaskClient) -> None:
    make_target()
    other = make_target(name="other")

    offered = see(client, f"/monitors/new?target_id={other.id}")
    begun = see(client, f"/monitors/new?starter=file&target_id={other.id}")

    assert f"/monitors/new?starter=file&amp;target_id={other.id}" in offered
    assert re.search('name="target"[^>]* value="other"', begun)


def test_one_that_is_not_there_is_said_to_be_missing(client: FlaskClient) -> None:
    response = client.get("/monitors/new?starter=apache", headers=BROWSER)

    assert response.status_code == 404
    assert "There is no starter “apache”. There are backups, docker," in response.text


def test_scripts_read_them_too(client: FlaskClient) -> None:
    told = client.get("/api/starters").json

    assert [one["name"] for one in told] == list(starters())
    assert told[0]["inputs"][0]["label"] == "NEWEST_FILES"
