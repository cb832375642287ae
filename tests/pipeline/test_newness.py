"""What may raise a status, and where reading goes on."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.rows import NOW
from webapp.pipeline.newness import (
    JUDGED_BEFORE,
    mind_context,
    nothing_new,
    resumed,
    to_keep,
    to_keep_unjudged,
)
from webapp.pipeline.values import Finding, Gathered, Host, InputSpec, Severity, Tail, Verdict

HERE = Host("local")
SPEC = InputSpec("LOG", "file", config={"path": "/a/log"})
GIVEN = Gathered("LOG", "file", None, "ok", None, 1, Tail("new\n", 4, 1), position={"at": 7})


def found(severity: Severity, *, new: bool) -> Finding:
    return Finding(severity, "LOG", 2, "line", "Why.", verified=True, new=new)


@pytest.mark.parametrize(
    ("status", "findings", "minded"),
    [
        ("alert", [], "alert"),
        ("alert", [found("alert", new=True)], "alert"),
        ("alert", [found("warn", new=True)], "alert"),
        ("alert", [found("alert", new=False)], "ok"),
        ("alert", [found("alert", new=False), found("warn", new=True)], "warn"),
        ("warn", [found("alert", new=True), found("alert", new=False)], "warn"),
        ("ok", [found("warn", new=False)], "ok"),
    ],
)
def test_no_more_than_the_gravest_new_finding_raises_the_status(
    status: str, findings: list[Finding], minded: str
) -> None:
    verdict = Verdict(status, "It broke.", "", findings=tuple(findings))  # type: ignore[arg-type]

    after = mind_context(verdict)

    assert after.status == minded
    assert after.findings == verdict.findings
    assert (JUDGED_BEFORE in after.summary) == (minded == "ok" != status)


COUNTED = Finding("warn", "LOG", None, None, "Too few lines.", verified=True, by="builtin")
UNCITED = Finding("alert", "LOG", None, None, "It is down.", verified=False)


@pytest.mark.parametrize(
    ("findings", "minded", "new"),
    [([], "ok", []), ([UNCITED], "ok", [False]), ([UNCITED, COUNTED], "warn", [False, True])],
)
def test_where_nothing_is_new_all_that_a_model_says_was_judged_before(
    findings: list[Finding], minded: str, new: list[bool]
) -> None:
    verdict = Verdict("alert", "It broke.", "", findings=tuple(findings))

    after = mind_context(verdict, nothing_new=True)

    assert after.status == minded
    assert [finding.new for finding in after.findings] == new
    assert (JUDGED_BEFORE in after.summary) == (minded == "ok")


OLD = replace(GIVEN, output=Tail("old\n", 4, 1, context_lines=1), continues=True)


@pytest.mark.parametrize(
    ("given", "is_new"),
    [
        (OLD, False),
        (replace(OLD, output=Tail("", 0, 0)), False),
        (replace(OLD, output=Tail("old\nnew\n", 8, 2, context_lines=1)), True),
        (replace(OLD, continues=False), True),
        (replace(OLD, status="failed"), True),
        (replace(OLD, notices=("LOG was rotated",)), True),
    ],
)
def test_something_is_new_where_a_line_came_or_anything_befell_an_input(
    given: Gathered, is_new: bool
) -> None:
    kept = to_keep(HERE, [SPEC], [OLD], NOW)

    assert nothing_new([resumed(HERE, SPEC, kept)] * 2, [OLD, given]) != is_new


def test_what_is_said_of_an_input_at_each_run_is_nothing_new() -> None:
    given = replace(OLD, notices=("25 files match; the 20 that were written last are read",))
    kept = to_keep(HERE, [SPEC], [given], NOW)

    assert nothing_new([resumed(HERE, SPEC, kept)], [given])
    assert not nothing_new([resumed(HERE, SPEC, kept)], [OLD])


def test_reading_goes_on_where_it_was_judged() -> None:
    kept = to_keep(HERE, [SPEC], [GIVEN], NOW)

    assert resumed(HERE, SPEC, kept) == replace(SPEC, position={"at": 7}, read_at=NOW, spoke_at=NOW)


@pytest.mark.parametrize(
    ("host", "spec"),
    [
        (Host("docker_host"), SPEC),
        (HERE, replace(SPEC, config={"path": "/another/log"})),
        (HERE, replace(SPEC, mode="command", command="cat /a/log")),
        (HERE, replace(SPEC, label="OTHER")),
    ],
)
def test_what_is_read_otherwise_begins_anew(host: Host, spec: InputSpec) -> None:
    assert resumed(host, spec, to_keep(HERE, [SPEC], [GIVEN], NOW)) == spec


def test_what_was_not_judged_is_read_since_the_run_that_was() -> None:
    before = replace(SPEC, position={"at": 3}, read_at=NOW, spoke_at=NOW, expect_lines_within=60)
    later = NOW + timedelta(minutes=5)

    kept = to_keep_unjudged(HERE, [before], [replace(GIVEN, output=Tail("new\n", 4, 1))], later)

    after = resumed(HERE, SPEC, kept or {})
    assert (after.position, after.read_at, after.spoke_at) == ({"at": 3}, NOW, later)


def test_an_input_that_could_not_be_read_stays_where_it_was() -> None:
    before = replace(SPEC, position={"at": 3}, spoke_at=NOW)
    failed = replace(GIVEN, status="failed", output=Tail("", 0, 0), position=None, error="gone")

    kept = to_keep(HERE, [before], [failed], NOW)

    assert resumed(HERE, SPEC, kept).position == {"at": 3}
