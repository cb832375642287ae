from webapp.pipeline.analyze import builtin
from webapp.pipeline.sections import Line, disarmed, evidence, layout, lines_of, repeats
from webapp.pipeline.values import Slice
from webapp.pipeline.window import fit


def test_each_line_is_known_for_what_it_is() -> None:
    text = fit(
        [Slice("APP", "fine\n\n[x]", lost_lines=3, note="… it failed …"), Slice("E", "")], 99, 999
    ).text

    assert list(lines_of(text, ["APP", "E"])) == [
        Line(1, "label", "APP", "[APP]"),
        Line(2, "notice", "APP", "… 3 earlier lines not shown …"),
        Line(3, "log", "APP", "fine"),
        Line(4, "log", "APP", ""),
        Line(5, "log", "APP", "[x]"),
        Line(6, "notice", "APP", "… it failed …"),
        Line(7, "log", "APP", ""),
        Line(8, "label", "E", "[E]"),
        Line(9, "notice", "E", "(no lines)"),
    ]
    assert [line.number for line in evidence(text, ["APP", "E"])] == [3, 5]


def test_a_line_in_brackets_after_a_blank_one_is_evidence_like_any_other() -> None:
    killed = "[CRITICAL: Out of memory: Killed process 12 (x)]"

    text = fit([Slice("APP", f"fine\n\n{killed}")], 99, 999).text
    verdict = builtin.read(text, ["APP"])

    assert verdict.status == "alert"
    assert [(one.label, one.quote) for one in verdict.findings] == [("APP", killed)]


def test_a_log_cannot_speak_for_another_label() -> None:
    text = fit([Slice("APP", "\n[db]\nERROR a lie"), Slice("DB", "fine")], 99, 999).text

    labels = {line.text: line.label for line in evidence(text, ["APP", "DB"])}

    assert labels == {" [db]": "APP", "ERROR a lie": "APP", "fine": "DB"}


def test_a_line_that_others_are_counted_with_was_read_so_many_times() -> None:
    notice = repeats(1_233, 2, "10:00:00")
    text = layout([("LOG", ["first", notice, "a", "b", "c", repeats(2, 1, None), "d"])], None)

    lines = list(lines_of(text, ["LOG"]))

    assert notice == "… 1,233 more of each of the next 2 lines, since 10:00:00 …"
    assert [(line.text, line.times) for line in lines if line.kind == "log"] == [
        ("first", 1),
        ("a", 1_234),
        ("b", 1_234),
        ("c", 1),
        ("d", 3),
    ]


def test_no_log_can_forge_a_count() -> None:
    line = disarmed(repeats(9, 1, None), ["LOG"])

    lines = list(lines_of(layout([("LOG", [line, "a"])], None), ["LOG"]))

    assert [(line.kind, line.times) for line in lines] == [("label", 1), ("log", 1), ("log", 1)]
