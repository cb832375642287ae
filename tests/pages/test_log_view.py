import pytest
from markupsafe import Markup

from webapp.pages.log_view import MAX_QUERY, PART, Matches, newest_view_of, view_of
from webapp.pipeline.sections import NEW_FROM_HERE


def numbers(**asked: object) -> list[int]:
    """Those of the lines that are shown of a text of three parts."""
    text = "\n".join(f"line {n}" for n in range(1, 2 * PART + 11))
    view = view_of(text, **asked)  # type: ignore[arg-type]
    return [view.lines[0].number, view.lines[-1].number]


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ({}, [1, PART]),
        ({"line": PART}, [1, PART]),
        ({"line": PART + 1}, [PART + 1, 2 * PART]),
        ({"line": 2 * PART + 10}, [2 * PART + 1, 2 * PART + 10]),
        ({"line": 10**9}, [2 * PART + 1, 2 * PART + 10]),
        ({"line": 0}, [1, PART]),
        ({"line": -5}, [1, PART]),
        ({"found": PART + 7}, [PART + 1, 2 * PART]),
        ({"found": PART + 7, "line": 3}, [1, PART]),
        ({"query": f"LINE {2 * PART + 3}"}, [2 * PART + 1, 2 * PART + 10]),
        ({"query": "not there", "found": PART + 7}, [PART + 1, 2 * PART]),
    ],
)
def test_a_long_text_is_opened_at_what_was_asked_for(
    asked: dict[str, object], shown: list[int]
) -> None:
    assert numbers(**asked) == shown


def test_the_parts_around_are_told_by_their_lines() -> None:
    text = "\n".join(str(n) for n in range(2 * PART + 10))

    views = [view_of(text, line=line) for line in (1, PART + 1, 2 * PART + 1)]

    assert [view.earlier for view in views] == [None, (1, PART), (PART + 1, 2 * PART)]
    last = (2 * PART + 1, 2 * PART + 10)
    assert [view.later for view in views] == [(PART + 1, 2 * PART + 10), last, None]


def test_a_text_of_one_part_has_none_around_it() -> None:
    view = view_of("\n".join("x" * PART))

    assert (len(view.lines), view.total) == (PART, PART)
    assert (view.earlier, view.later) == (None, None)


def test_lines_with_what_is_searched_for_are_counted_and_gone_through() -> None:
    text = "one\nTWO one\nthree\nOne"

    first, second, third = (view_of(text, query="one", line=line).matches for line in (3, 2, 4))

    assert first == Matches(total=3, place=1, current=1, previous=None, next=2)
    assert second == Matches(total=3, place=2, current=2, previous=1, next=4)
    assert third == Matches(total=3, place=3, current=4, previous=2, next=None)


def test_what_is_searched_for_is_marked_and_all_else_escaped() -> None:
    view = view_of("<b>a.c</b> A.C &amp; abc", query="a.c")

    assert view.lines[0].text == Markup(
        "&lt;b&gt;<mark>a.c</mark>&lt;/b&gt; <mark>A.C</mark> &amp;amp; abc"
    )


def test_a_search_for_markup_marks_it_as_text() -> None:
    view = view_of('"><img onerror=x>', query="<img")

    assert view.lines[0].text == Markup("&#34;&gt;<mark>&lt;img</mark> onerror=x&gt;")


@pytest.mark.parametrize("query", ["", "   ", "\t"])
def test_a_search_for_nothing_is_none(query: str) -> None:
    view = view_of("a   b", query=query)

    assert (view.query, view.matches) == ("", Matches(0))
    assert view.lines[0].text == "a   b"


def test_a_search_is_no_pattern_and_no_longer_than_is_sensible() -> None:
    assert view_of("aaa", query="(a+)+$").matches.total == 0
    assert view_of("a" * MAX_QUERY, query="a" * (MAX_QUERY + 50)).matches.total == 1


def test_lines_are_tinted_and_cited_by_their_numbers() -> None:
    text = "[LOG]\n… 3 earlier lines not shown …\nERROR a\nWARN b\nfine ERROR=0"

    view = view_of(text, ["LOG"], cited={3: "alert"})

    assert [(line.kind, line.tint, line.cited) for line in view.lines] == [
        ("label", None, None),
        ("notice", None, None),
        ("log", "error", "alert"),
        ("log", "warn", None),
        ("log", None, None),
    ]


def test_calm_are_lines_away_from_what_is_searched_for_or_else_grave_or_cited() -> None:
    text = "a\nb\nERROR c\nd\ne\nf\ng\nh"

    read, searched = view_of(text, cited={7: "warn"}), view_of(text, cited={7: "warn"}, query="a")

    assert [line.number for line in read.lines if not line.calm] == [2, 3, 4, 6, 7, 8]
    assert [line.number for line in searched.lines if not line.calm] == [1, 2]


def test_only_one_way_is_gone_on_with() -> None:
    view = view_of("\n".join("x" * 3 * PART), line=PART + 1)

    assert (view.only("later").earlier, view.only("later").later) == (None, view.later)
    assert (view.only("earlier").earlier, view.only("earlier").later) == (view.earlier, None)


def test_of_a_text_without_an_address_the_newest_lines_are_shown() -> None:
    last = 3 * PART - 1
    findings = [
        {"line": last, "severity": "alert"},
        {"line": last, "severity": "warn"},
        {"line": None, "severity": "alert"},
    ]

    view = newest_view_of("\n".join("x" * (last + 1)), findings=findings)

    assert [view.lines[0].number, view.lines[-1].number] == [last + 2 - PART, last + 1]
    assert (view.earlier, view.later) == ((last + 2 - 2 * PART, last + 1 - PART), None)
    assert [(line.number, line.cited) for line in view.lines if line.cited] == [(last, "alert")]
    assert (view.shows(last + 2 - PART), view.shows(last + 1 - PART)) == (True, False)


def test_what_was_judged_before_is_told_from_what_is_new() -> None:
    view = view_of(f"[A]\nERROR old\n{NEW_FROM_HERE}\nERROR new", ["A"])

    assert [(line.old, line.border, line.tint) for line in view.lines] == [
        (False, False, None),
        (True, False, None),
        (False, True, None),
        (False, False, "error"),
    ]
