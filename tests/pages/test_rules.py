from flask.testing import FlaskClient

from tests.pages.making import HTMX, make_monitor, make_run, make_target, see, send, words
from webapp.pages.authoring import MAX_TRIED_LINES

LINES = "INFO GET /health 200\r\nFATAL out of memory\r\nINFO fine"
GATHERED = {"label": "WEB", "status": "ok", "mode": "command", "command": "x", "exit_code": 0}


def typed(**values: str) -> dict[str, str]:
    return {
        "ignore": "GET /health",
        "must_alert": "(?i)out of memory",
        "rule_lines": LINES,
    } | values


def test_the_form_tells_what_rules_make_of_lines_and_saves_nothing(client: FlaskClient) -> None:
    page = send(client, "/monitors/rules", typed(name="half"))

    said = words(page.text)
    assert page.status_code == 200
    assert "Of 3 lines, 1 would be ignored and 1 would alert." in said
    assert "INFO GET /health 200 ignored by GET /health" in said
    assert "FATAL out of memory alert by (?i)out of memory" in said
    assert 'value="half"' in page.text
    assert client.get("/api/monitors").json == []


def test_htmx_gets_the_section_alone(client: FlaskClient) -> None:
    monitor = make_monitor(make_target())

    page = send(client, f"/monitors/{monitor.id}/rules", typed(), **HTMX)

    assert page.text.lstrip().startswith('<fieldset id="rules"')
    assert f'formaction="/monitors/{monitor.id}/rules"' in page.text


def test_lines_are_tested_with_the_blanks_that_they_begin_with(client: FlaskClient) -> None:
    trace = "  at run()\r\n\r\nINFO fine"

    page = send(client, "/monitors/rules", typed(ignore=r"^\s+at ", rule_lines=trace), **HTMX)

    assert "Of 3 lines, 1 would be ignored and 0 would alert." in words(page.text)


def test_of_very_many_lines_the_first_are_shown_and_all_are_counted(client: FlaskClient) -> None:
    lines = "GET /health\n" * (MAX_TRIED_LINES + 1)

    page = send(client, "/monitors/rules", typed(rule_lines=lines), **HTMX)

    said = "Of 501 lines, 501 would be ignored and 0 would alert. The first 500 of them are shown."
    assert said in words(page.text)
    assert page.text.count('class="tried-line') == MAX_TRIED_LINES


def test_a_blank_at_the_end_of_a_pattern_is_a_part_of_it(client: FlaskClient) -> None:
    monitor = make_monitor(make_target(), rules={"must_alert": [" ERROR "]})
    fields = {
        "name": "web",
        "target": "here",
        "prompt": "Is all well?",
        "inputs-0-label": "WEB",
        "inputs-0-command": "ls",
        "notify_on": "alert_only",
        "must_alert": " ERROR \r\n \r\n",
    }

    send(client, f"/monitors/{monitor.id}", fields)

    assert monitor.rules["must_alert"] == [" ERROR "]


def test_a_bad_pattern_is_told_at_its_field(client: FlaskClient) -> None:
    page = send(client, "/monitors/rules", typed(ignore="fine\n(open"), **HTMX)

    assert page.status_code == 422
    assert "(open: This is no pattern: missing ): (open." in words(page.text)


def test_without_lines_it_says_where_to_get_some(client: FlaskClient) -> None:
    page = send(client, "/monitors/rules", typed(rule_lines=""))

    assert "There are no lines to test on yet: paste some, or press Preview." in words(page.text)


def test_a_preview_gives_the_lines_that_it_read_to_test_on(client: FlaskClient) -> None:
    target = make_target()
    fields = {
        "name": "web",
        "target": target.name,
        "prompt": "Is all well?",
        "inputs-0-label": "WEB",
        "inputs-0-mode": "command",
        "inputs-0-command": "echo INFO fine",
        "notify_on": "alert_only",
    }

    page = send(client, "/monitors/preview", fields)

    box = page.text.partition('id="rule_lines"')[2].partition("</textarea>")[0]
    assert page.status_code == 200
    assert "INFO fine" in box


def test_rules_and_the_switch_are_saved_and_shown_again(client: FlaskClient) -> None:
    monitor = make_monitor(make_target())
    fields = {
        "name": "web",
        "target": "here",
        "prompt": "Is all well?",
        "inputs-0-label": "WEB",
        "inputs-0-command": "ls",
        "notify_on": "alert_only",
        "ignore": "a\r\nb",
        "must_alert": "c",
    }

    send(client, f"/monitors/{monitor.id}", fields)

    saved = client.get(f"/api/monitors/{monitor.id}").json
    assert saved["rules"] == {"ignore": ["a", "b"], "must_alert": ["c"]}
    assert saved["collapse_repeats"] is False  # the box was not ticked
    assert "a\nb</textarea>" in see(client, f"/monitors/{monitor.id}/edit")


def test_a_run_leads_to_the_window_as_it_was_read(client: FlaskClient) -> None:
    run = make_run(
        make_monitor(make_target()),
        "ok",
        summary="Well.",
        logs_text="[WEB]\n… 2 more like the next line …\njob 3",
        raw_text="[WEB]\njob 1\njob 2\njob 3",
    )

    page = see(client, f"/runs/{run.id}/raw")

    assert f'href="/runs/{run.id}/raw"' in see(client, f"/runs/{run.id}")
    assert "job 1" in page and "What Run 1 read" in page
    part = client.get(f"/runs/{run.id}/raw", headers=HTMX).text
    assert part.lstrip().startswith('<div id="raw"')


def test_a_run_that_judged_what_it_read_has_no_other_window(client: FlaskClient) -> None:
    run = make_run(make_monitor(make_target()), "ok", summary="Well.", logs_text="[WEB]\njob 3")

    assert "/raw" not in see(client, f"/runs/{run.id}")
    assert client.get(f"/runs/{run.id}/raw", headers={"Accept": "text/html"}).status_code == 404
