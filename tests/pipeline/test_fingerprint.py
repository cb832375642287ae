"""What is known again as the same finding, and what is another."""

from dataclasses import replace

from tests.pipeline.normal.made_up import window
from webapp.pipeline.analyze import builtin
from webapp.pipeline.fingerprint import fingerprint
from webapp.pipeline.known_noise import mind_noise
from webapp.pipeline.normal import Compared, Normal, compare, count, learn_all
from webapp.pipeline.values import Finding, Remark, Verdict

AT = "2026-11-22 10:00:30"
LINE = Finding("warn", "APP", 3, f"{AT} ERROR disk 7 is full", "It is full.", verified=True)


def found(lines: list[str], normal: Normal | None = None) -> list[Finding]:
    if normal is None:
        normal = Normal()
        learn_all(normal, (window(seed) for seed in range(40)))
    text = "\n".join(["[APP]", *lines])
    return list(builtin.read(text, ["APP"], compared={"APP": of(lines, normal)}).findings)


def of(lines: list[str], normal: Normal) -> Compared:
    return compare(count(lines), normal)


def noise(finding: Finding) -> Remark:
    return Remark("noise", "We know.", "ann", fingerprint(finding))


def test_a_line_is_known_again_whoever_found_it_and_whatever_its_numbers_are() -> None:
    other = replace(LINE, quote=f"{AT} ERROR disk 8 is full", by="builtin", explanation="Full!")

    assert fingerprint(LINE) == fingerprint(other)
    assert fingerprint(LINE) != fingerprint(replace(LINE, label="DB"))
    assert fingerprint(LINE) != fingerprint(replace(LINE, quote=f"{AT} ERROR disk 7 is hot"))


def test_what_is_counted_of_a_window_is_another_than_the_line_that_shows_it() -> None:
    volume = replace(LINE, about="volume")

    assert len({fingerprint(one) for one in (LINE, volume, replace(LINE, about="sessions"))}) == 3


def test_lines_that_had_no_room_are_told_apart_all_the_same() -> None:
    one, other = (
        replace(LINE, line=None, quote=None, about=f"# ERROR {words}")
        for words in ("ledger and journal disagree", "keyring vanished")
    )

    assert fingerprint(one) != fingerprint(other)


def test_a_flood_of_many_kinds_is_not_hidden_by_a_note_on_one() -> None:
    kinds = ("login refused", "cart lost", "mail bounced", "stock unknown")
    lines = [*window(100), *(f"{AT} ERROR {kinds[n % 4]} for user{n}" for n in range(80))]
    normal = Normal()
    learn_all(
        normal,
        ([*window(seed), f"{AT} ERROR {kinds[seed % 4]} for user1"] for seed in range(40)),
    )
    findings = found(lines, normal)
    flood = next(one for one in findings if "report an error; in normal times" in one.explanation)

    verdict = mind_noise(Verdict("alert", "Many.", "", findings=(flood,)), [noise(flood)])

    assert (verdict.status, verdict.findings[0].noise) == ("alert", None)
