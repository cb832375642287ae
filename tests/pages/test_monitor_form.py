import re
from typing import Any

import pytest
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
from webapp.models import Monitor, Target

TYPED = {
    "name": "BTC bot",
    "prompt": "Look for errors.\r\nAnd fills.",
    "log_source": "",
    "interval_seconds": "60",
    "max_lines": "",
    "max_chars": "9000",
    "notify_on": "warn_and_alert",
    "email_recipients": "ops@example.com\r\n\r\nboss@example.com\r\n",
    "sms_recipients": "",
    "llm_model": "",
}
INPUTS = {
    "inputs-0-label": "FULL_LOGS",
    "inputs-0-mode": "command",
    "inputs-0-command": "docker logs \\\r\n  btc",
    "inputs-0-env": "KUBECONFIG=/etc/kube.conf\r\nA=b=c",
    "inputs-1-label": "SYSLOG",
    "inputs-1-mode": "file",
    "inputs-1-file_path": "/var/log/syslog",
    "inputs-1-timeout_seconds": "30",
}
SECOND_INPUT = {
    "label": "SYSLOG",
    "mode": "file",
    "command": None,
    "config": {"path": "/var/log/syslog"},
    "timeout_seconds": 30,
    "workdir": None,
    "env": {},
    "new_lines": "marked",
    "expect_lines_within": None,
}


def typed(target: Target, **changes: str) -> dict[str, Any]:
    return TYPED | INPUTS | {"target": target.name} | changes


def test_a_monitor_made_in_the_browser_is_all_that_was_typed(
    client: FlaskClient, target: Target
) -> None:
    response = send(client, "/monitors", typed(target))

    (monitor,) = Monitor.all()
    assert (response.status_code, response.location) == (303, f"/monitors/{monitor.id}")
    assert monitor.prompt == "Look for errors.\nAnd fills."
    assert monitor.inputs[0]["command"] == "docker logs \\\n  btc"
    assert monitor.inputs[0]["env"] == {"KUBECONFIG": "/etc/kube.conf", "A": "b=c"}
    assert monitor.inputs[1] == SECOND_INPUT
    assert monitor.window_config == {"max_lines": 500, "max_chars": 9000}
    assert monitor.notification_config == {
        "email_recipients": ["ops@example.com", "boss@example.com"],
        "sms_recipients": [],
        "notify_on": "warn_and_alert",
    }
    assert (monitor.interval_seconds, monitor.llm_model) == (60, None)


def test_an_input_left_empty_is_left_out(client: FlaskClient, target: Target) -> None:
    empty = {"inputs-2-label": "", "inputs-2-mode": "command", "inputs-2-command": " "}

    send(client, "/monitors", typed(target) | empty)

    (monitor,) = Monitor.all()
    assert [item["label"] for item in monitor.inputs] == ["FULL_LOGS", "SYSLOG"]


def test_every_error_stands_at_its_field_and_nothing_typed_is_lost(
    client: FlaskClient, target: Target
) -> None:
    bad = {
        "interval_seconds": "5",
        "max_chars": "many",
        "email_recipients": "ops@example.com\r\nnobody",
        "inputs-0-command": " ",
        "inputs-1-label": "FULL_LOGS",
        "inputs-1-file_path": "relative.log",
    }

    response = send(client, "/monitors", typed(target, **bad))

    page = response.text
    assert response.status_code == 422
    assert 'id="interval_seconds-error-1">This must be 10 or more.</p>' in page
    assert 'id="max_chars-error-1">This must be a whole number.</p>' in page
    assert 'id="email_recipients-error-1">nobody: This is no e-mail address: An' in page
    assert 'id="inputs-0-command-error-1">This field is required.</p>' in page
    assert 'id="inputs-1-file_path-error-1">This must be an absolute path' in page
    assert 'value="relative.log"' in page
    assert "And fills.</textarea>" in page
    assert "A=b=c</textarea>" in page
    assert Monitor.all() == []


def test_a_label_used_twice_is_told_at_the_second(client: FlaskClient, target: Target) -> None:
    response = send(client, "/monitors", typed(target, **{"inputs-1-label": "FULL_LOGS"}))

    assert response.status_code == 422
    assert 'id="inputs-1-label-error-1">Another Input has this label already.</p>' in response.text


def test_an_error_finds_its_input_past_an_empty_one(client: FlaskClient, target: Target) -> None:
    emptied = {name: "" for name in INPUTS if name.startswith("inputs-0-")}

    response = send(client, "/monitors", typed(target, **emptied, **{"inputs-1-file_path": "x"}))

    assert 'id="inputs-1-file_path-error-1">This must be an absolute path' in response.text


def test_an_input_that_reads_the_whole_journal_chooses_nothing(
    client: FlaskClient, target: Target
) -> None:
    response = send(client, "/monitors", typed(target, **{"inputs-1-mode": "journald"}))

    (monitor,) = Monitor.all()
    assert response.status_code == 303
    assert monitor.inputs[1]["config"]["units"] == []


def test_an_input_without_a_file_needs_a_log_source(client: FlaskClient, target: Target) -> None:
    response = send(client, "/monitors", typed(target, **{"inputs-1-file_path": ""}))

    assert response.status_code == 422
    assert (
        'id="inputs-1-file_path-error-1">This is required, as the Monitor has no LogSource.</p>'
        in response.text
    )


@pytest.mark.parametrize("field", ["tail", "since_seconds"])
def test_lines_of_no_container_are_an_error_at_the_container(
    client: FlaskClient, target: Target, field: str
) -> None:
    source = make_log_source(target, mode="docker_logs", config={"container_name": "bot"})
    of_no_container = {"inputs-2-mode": "docker_logs", f"inputs-2-docker_logs_{field}": "50"}
    labelled = of_no_container | {"inputs-2-label": "BOT"}
    reads = {"log_source": source.name}

    answers = [
        send(client, "/monitors", typed(target, **reads) | sent)
        for sent in (labelled, of_no_container)
    ]

    for answer in answers:
        assert answer.status_code == 422
        assert (
            'id="inputs-2-docker_logs_container_name-error-1">This field is required.</p>'
            in answer.text
        )
        assert re.search(f'name="inputs-2-docker_logs_{field}"[^>]* value="50"', answer.text)
    assert Monitor.all() == []


def test_an_input_whose_container_is_emptied_reads_that_of_the_log_source(
    client: FlaskClient, target: Target
) -> None:
    source = make_log_source(target, mode="docker_logs", config={"container_name": "bot"})
    config = {"container_name": "own", "tail": 2000}
    inputs = [{"label": "A", "mode": "docker_logs", "config": config}]
    monitor = make_monitor(target, log_source_id=source.id, target_id=None, inputs=inputs)

    page = see(client, f"/monitors/{monitor.id}/edit")
    typed = r'<input(?![^>]* type="checkbox")[^>]* name="inputs-0-(\w+)"[^>]* value="([^"]*)"'
    shown = dict(re.findall(typed, page))
    sent = {f"inputs-0-{name}": value for name, value in shown.items()}
    emptied = sent | {"inputs-0-mode": "docker_logs", "inputs-0-docker_logs_container_name": ""}
    reads = {"log_source": source.name, "target": ""}
    response = send(client, f"/monitors/{monitor.id}", TYPED | reads | emptied)

    assert shown["docker_logs_container_name"] == "own"
    assert response.status_code == 303, response.text
    assert (monitor.inputs[0]["mode"], monitor.inputs[0]["config"]) == ("docker_logs", None)


def test_a_monitor_with_nothing_to_read_is_told_so_at_the_top(
    client: FlaskClient, target: Target
) -> None:
    response = send(client, "/monitors", TYPED | {"target": target.name})

    assert response.status_code == 422
    assert "A Monitor without a LogSource needs at least one Input." in response.text


def test_inputs_are_added_without_javascript_and_nothing_is_saved(
    client: FlaskClient, target: Target
) -> None:
    response = send(client, "/monitors", typed(target) | {"add_input": "1", "name": " "})

    assert response.status_code == 200
    assert "<html" in response.text
    assert 'name="inputs-2-label"' in response.text
    assert 'value="FULL_LOGS"' in response.text
    assert "field-error" not in response.text
    assert Monitor.all() == []


def test_htmx_gets_the_inputs_alone(client: FlaskClient, target: Target) -> None:
    data = typed(target) | {"add_input": "1", "csrf_token": token(client)}

    response = client.post("/monitors", data=data, headers=HTMX)

    assert response.status_code == 200
    assert response.text.lstrip().startswith('<fieldset id="inputs"')
    assert 'name="inputs-2-label"' in response.text


@pytest.mark.parametrize(
    ("button", "labels"),
    [
        ({"remove_input": "0"}, ["SYSLOG"]),
        ({"move_up": "1"}, ["SYSLOG", "FULL_LOGS"]),
        ({"move_down": "0"}, ["SYSLOG", "FULL_LOGS"]),
        ({"remove_input": "7"}, ["FULL_LOGS", "SYSLOG"]),
        ({"move_up": "x"}, ["FULL_LOGS", "SYSLOG"]),
    ],
)
def test_inputs_are_removed_and_moved(
    client: FlaskClient, target: Target, button: dict[str, str], labels: list[str]
) -> None:
    page = send(client, "/monitors", typed(target) | button).text

    places = sorted(("FULL_LOGS", "SYSLOG"), key=lambda label: page.find(f'value="{label}"'))
    assert [label for label in places if f'value="{label}"' in page] == labels
    assert "/etc/kube.conf" in page or labels == ["SYSLOG"]


def test_hostile_field_names_are_no_inputs(client: FlaskClient, target: Target) -> None:
    odd = {"inputs-²-label": "x", "inputs-99999999999-label": "x", "inputs--1-label": "x"}

    response = send(client, "/monitors", typed(target) | odd)

    (monitor,) = Monitor.all()
    assert response.status_code == 303
    assert len(monitor.inputs) == 2


def test_the_form_to_edit_saves_back_what_is_there(client: FlaskClient, target: Target) -> None:
    source = make_log_source(target)
    inputs = [{"label": "A", "mode": "file"}, {"label": "B", "mode": "command", "command": "b"}]
    monitor = make_monitor(
        target, log_source_id=source.id, target_id=None, inputs=inputs, paused=True
    )
    before = monitor.inputs

    page = see(client, f"/monitors/{monitor.id}/edit")
    response = send(
        client,
        f"/monitors/{monitor.id}",
        {
            "name": "renamed",
            "prompt": monitor.prompt,
            "log_source": source.name,
            "target": "",
            "interval_seconds": "300",
            "notify_on": "alert_only",
            "inputs-0-label": "A",
            "inputs-0-mode": "file",
            "inputs-1-label": "B",
            "inputs-1-mode": "command",
            "inputs-1-command": "b",
        },
    )

    assert re.search('name="log_source"[^>]* value="syslog"', page)
    assert response.status_code == 303
    assert (monitor.name, monitor.paused, monitor.inputs) == ("renamed", True, before)


def test_a_monitor_that_reads_nowhere_is_refused_in_the_words_of_the_form(
    client: FlaskClient,
) -> None:
    make_target(name="web")
    make_target(name="db")

    answer = send(client, "/monitors", {"name": "files", "prompt": "Look."})

    assert answer.status_code == 422
    assert '<p class="field-error" id="target-error-1">Say where it reads' in answer.text
    assert "target_id" not in words(answer.text)


def test_the_starters_are_closed_beside_a_copy(client: FlaskClient, target: Target) -> None:
    monitor = make_monitor(target)

    copied = see(client, f"/monitors/new?clone={monitor.id}")

    assert '<details class="starters" id="starters">' in copied
    assert '<details class="starters" id="starters" open>' in see(client, "/monitors/new")
