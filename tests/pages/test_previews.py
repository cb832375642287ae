"""Preview and Try, beside Save, as a browser asks for them."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.pages.making import (
    HTMX,
    make_log_source,
    make_monitor,
    make_run,
    see,
    send,
    token,
    words,
)
from tests.pipeline.analyze.llm_stub import Stub, good
from tests.waiting import until
from webapp.models import Monitor, Target
from webapp.pipeline.preview import AT_ONCE

HOSTILE = """</pre><script>alert(1)</script>"><img src=x onerror=alert(2)>{{7*7}}"""


def typed(target: Target, **changes: str) -> dict[str, Any]:
    return {
        "name": "half <typed>",
        "prompt": "Look for errors.\r\nAnd fills.",
        "tags": "prod, Shop",
        "log_source": "",
        "target": target.name,
        "interval_seconds": "600",
        "max_lines": "77",
        "max_chars": "900",
        "notify_on": "all",
        "email_recipients": "ops@example.com",
        "sms_recipients": "+15551234567",
        "llm_model": "",
        "inputs-0-label": "APP",
        "inputs-0-mode": "command",
        "inputs-0-command": "echo ERROR disk full",
        "inputs-0-env": "A=b",
    } | changes


@pytest.fixture
def stub(app: Flask) -> Iterator[Stub]:
    """The model that Monitors ask where they name it."""
    with Stub(good()) as stub:
        settings = app.extensions["settings"]
        changes = {"openai_base_url": stub.url}
        app.extensions["settings"] = settings.model_copy(update=changes)
        yield stub


def test_a_preview_shows_what_a_run_would_do_and_saves_nothing(
    client: FlaskClient, target: Target
) -> None:
    response = send(client, "/monitors/preview", typed(target))

    page = words(response.text)
    assert response.status_code == 200
    assert "Preview read now nothing was saved nobody was told" in page
    assert "What was gathered 1 Input APP command ok echo ERROR disk full exit 0" in page
    assert "$0: nothing leaves this machine" in page
    assert "4,320 Runs" in page
    assert "<code>ERROR disk full</code></li>" in response.text
    assert Monitor.all() == []


def test_all_that_was_typed_comes_back_with_the_preview(
    client: FlaskClient, target: Target
) -> None:
    data = typed(target)

    page = send(client, "/monitors/preview", data).text

    boxes = re.findall(r'<input[^>]* name="([^"]+)"[^>]* value="([^"]*)"', page)
    areas = re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>\r?\n([^<]*)</textarea>', page)
    shown = {name: unescape(value) for name, value in boxes + areas}
    chosen = ("notify_on", "inputs-0-mode")
    typed_in = {name: value for name, value in data.items() if name not in chosen}
    assert {name: shown.get(name) for name in typed_in} == typed_in
    assert 'checked id="notify_on-2"' in page


def test_a_bad_field_refuses_the_preview_as_it_refuses_to_save(
    client: FlaskClient, target: Target, tmp_path: Any
) -> None:
    mark = tmp_path / "ran"
    bad = {"interval_seconds": "3", "inputs-0-command": f"touch {mark}"}

    response = send(client, "/monitors/preview", typed(target, **bad))

    assert response.status_code == 422
    assert 'id="interval_seconds-error-1">This must be 10 or more.</p>' in response.text
    assert '<a href="#interval_seconds">Seconds between Runs</a>' in response.text
    assert 'id="preview"' not in response.text
    assert not mark.exists()


def test_a_try_shows_the_verdict_and_is_no_run(
    client: FlaskClient, target: Target, stub: Stub
) -> None:
    response = send(client, "/monitors/try", typed(target, llm_model="openai:test"))

    page = words(response.text)
    assert "Try alert not kept" in page
    assert "The disk is full." in page
    assert "What came back openai:test 100 tokens in 20 out" in page
    assert "log-cited-alert" in response.text
    assert len(stub.asked) == 1
    assert Monitor.all() == []


def test_a_preview_tells_tokens_and_cost_or_that_no_price_is_known(
    client: FlaskClient, target: Target
) -> None:
    known = words(
        send(client, "/monitors/preview", typed(target, llm_model="openai:gpt-5-mini")).text
    )
    unknown = words(send(client, "/monitors/preview", typed(target, llm_model="ollama:q")).text)

    assert re.search(r"about [\d,]+ in, 400 out Cost per Run about \$0\.00\d+", known)
    assert re.search(r"Cost in 30 days about \$[\d.]+, for 4,320 Runs", known)
    assert "By what is usual for logs: 2.5 characters a token." in known
    assert "Cost per Run unknown" in unknown
    assert "No public price is known for ollama:q." in unknown


def test_a_change_is_previewed_with_what_earlier_runs_took(
    client: FlaskClient, target: Target
) -> None:
    monitor = make_monitor(target)
    used = {"llm_model": "ollama:q", "input_tokens": 900, "output_tokens": 30}
    make_run(monitor, "ok", logs_text="[APP]\nERROR disk full", **used)

    data = typed(target, llm_model="ollama:q")
    response = send(client, f"/monitors/{monitor.id}/preview", data)

    page = words(response.text)
    assert re.search(r"about (8|9)\d\d in, 30 out", page)
    assert "Measured on this Monitor's last 1 Run with this model." in page
    assert f'action="/monitors/{monitor.id}"' in response.text
    assert monitor.name == "disks"


def test_of_a_very_long_text_the_newest_part_is_shown_and_the_rest_is_told_of(
    client: FlaskClient, target: Target, stub: Stub
) -> None:
    long = {
        "max_lines": "50000",
        "max_chars": "400000",
        "inputs-0-command": "echo ERROR disk full; seq -f 'line %g of many' 9000",
        "llm_model": "openai:test",
    }

    page = send(client, "/monitors/try", typed(target, **long)).text

    assert page.count('class="log-number"') == 2000
    assert "the first 7,002 lines are not shown" in page
    assert "<code>line 9000 of many</code>" in page
    assert "<span>APP, line 2, not shown</span>" in page
    assert re.search(r"The first 100,000 of its [\d,]+ characters are shown", page)
    assert len(page) < 1_000_000


def test_a_ninth_preview_at_once_is_told_to_try_again_and_loses_nothing(
    app: Flask, client: FlaskClient, target: Target, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    hangs = {
        "inputs-0-command": f"echo x >> {tmp_path}/begun; until [ -e {gate} ]; do sleep 0.05; done"
    }
    data = typed(target, **hangs) | {"csrf_token": token(client)}
    script = {"name": "App", "prompt": "Look.", "target_id": target.id}
    inputs = [{"label": "APP", "command": "echo one"}]
    sentence = "8 previews are under way already; try again in a moment."

    with ThreadPoolExecutor(AT_ONCE) as pool:
        ask = partial(_preview_of, app, client, data)
        under_way = [pool.submit(ask) for _ in range(AT_ONCE)]
        begun = tmp_path / "begun"
        until(lambda: begun.exists() and len(begun.read_text().splitlines()) == AT_ONCE)
        ninth = client.post("/monitors/try", data=data, headers=HTMX)
        by_script = client.post("/api/monitors/preview", json=script | {"inputs": inputs})
        gate.touch()
        answers = [one.result() for one in under_way]
    after = client.post("/api/monitors/preview", json=script | {"inputs": inputs})

    assert ninth.status_code == by_script.status_code == 503
    assert f"{sentence} Nothing was saved, and all that was typed is still here." in ninth.text
    assert 'value="half &lt;typed&gt;"' in ninth.text
    assert by_script.json == {"error": sentence, "errors": []}
    assert answers == [200] * AT_ONCE
    assert after.status_code == 200


def test_hostile_lines_are_text(client: FlaskClient, target: Target, stub: Stub) -> None:
    command = f"cat <<'END'\n{HOSTILE}\nEND\n"
    data = typed(target, **{"inputs-0-command": command, "llm_model": "openai:test"})

    page = send(client, "/monitors/try", data).text

    assert "<script>alert" not in page
    assert "<img" not in page
    assert "{{7*7}}" in page


def test_htmx_gets_the_errors_in_the_form_too(client: FlaskClient, target: Target) -> None:
    data = typed(target, name=" ") | {"csrf_token": token(client)}

    response = client.post("/monitors/preview", data=data, headers=HTMX)

    assert response.status_code == 422
    assert 'id="authoring"' in response.text
    assert re.search(
        r"<input[^>]*aria-invalid=\"true\"[^>]*autofocus[^>]*id=\"name\"", response.text
    )


def test_a_target_by_a_name_that_nobody_has_is_told_at_its_field(
    client: FlaskClient, target: Target
) -> None:
    response = send(client, "/monitors", typed(target) | {"target": "hree"})

    assert response.status_code == 422
    sentence = "There is no Target “hree”. Choose one from the list."
    assert f'id="target-error-1">{sentence}</p>' in response.text
    assert 'value="hree"' in response.text


def test_a_copy_begins_with_all_of_the_original(client: FlaskClient, target: Target) -> None:
    monitor = make_monitor(target, tags=["prod"], interval_seconds=900)

    page = see(client, f"/monitors/new?clone={monitor.id}")

    assert 'value="Copy of disks"' in page
    assert "Look for full disks.</textarea>" in page
    assert "df -h</textarea>" in page
    assert 'value="prod"' in page
    assert 'value="900"' in page
    assert 'action="/monitors"' in page


def test_what_can_be_read_on_the_named_target_is_offered(
    client: FlaskClient, target: Target, tmp_path: Any
) -> None:
    (tmp_path / 'a".log').write_text("x")
    source = make_log_source(target, config={"path": str(tmp_path / "b.log")})

    by_target = client.get("/monitors/offers?target=here", headers=HTMX)
    by_source = client.get(f"/monitors/offers?target=&log_source={source.name}", headers=HTMX)
    by_nothing = client.get("/monitors/offers?target=elsewhere", headers=HTMX)
    offered = client.get(by_target.location, headers=HTMX)

    assert by_target.location == by_source.location == f"/targets/{target.id}/offers"
    assert by_nothing.status_code == 204
    assert f'<option value="{tmp_path}/a&#34;.log">1 B, written' in offered.text
    assert offered.text.startswith('<div id="offers">')
    told = client.get(f"/api/targets/{target.id}/offers").json
    assert told.keys() == {"containers", "files", "pods", "problems"}
    assert f'{tmp_path}/a".log' in [file["path"] for file in told["files"]]


def _preview_of(app: Flask, client: FlaskClient, data: dict[str, Any]) -> int:
    """The status that a browser with the cookies of this one is answered with."""
    cookie = client.get_cookie("session")
    assert cookie
    own = app.test_client()
    own.set_cookie("session", cookie.value)
    return own.post("/monitors/preview", data=data, headers=HTMX).status_code
