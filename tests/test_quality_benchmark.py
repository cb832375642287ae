"""What `make bench-quality` counts: windows, faults, and what opinions are worth."""

from pathlib import Path

from benchmarks.quality.goals import never_below
from benchmarks.quality.judges import Opinion, by, by_words
from benchmarks.quality.samples import Sample, samples
from benchmarks.quality.score import Score, score
from benchmarks.quality.sent import ALL, sent
from benchmarks.quality.windows import Window, trial
from tests.pipeline.normal.made_up import window
from webapp.config import Settings

GOOD = Window(("INFO one", "INFO two"))
BAD = Window(("INFO one", "ERROR two"), "declared error", frozenset({1}))


def of(folder: Path, name: str, lines: list[str]) -> None:
    (folder / f"{name}.log").write_text("".join(f"{line}\n" for line in lines))


def shop(folder: Path) -> None:
    of(folder, "Shop", [line for seed in range(40) for line in window(seed)])


def test_opinions_are_counted_by_what_the_window_was() -> None:
    told = [
        (BAD, Opinion(bad=True, cited=(1, 0), findings=2, verified=1, tokens=700)),
        (BAD, Opinion(bad=False)),
        (GOOD, Opinion(bad=True, cited=(0,))),
        (GOOD, Opinion(bad=False)),
        (GOOD, Opinion(bad=False, failed=True)),
    ]

    assert score(told) == Score(
        hits=1,
        misses=1,
        false_alarms=1,
        quiet=2,
        failed=1,
        findings=2,
        verified=1,
        cited=2,
        cited_fault=1,
        any_fault=1,
        tokens=700,
    )


def test_each_clean_stretch_stands_once_as_it_is_and_once_with_a_fault(tmp_path: Path) -> None:
    shop(tmp_path)
    (sample,) = samples(tmp_path)

    one = trial(sample, 50, 1, tuning=False)

    assert one.history == sample.lines[:800]
    assert [w.fault is None for w in one.windows] == [True, False] * (len(one.windows) // 2)
    for clean, bad in zip(one.windows[::2], one.windows[1::2], strict=True):
        assert len(bad.lines) == len(clean.lines) == 50
        assert {*bad.lines} - {*(bad.lines[n] for n in bad.bad)} <= {*clean.lines}
    assert {w.fault for w in one.windows[1::2]} >= {"declared error", "kernel", "burst"}
    assert one == trial(sample, 50, 1, tuning=False)


def test_a_stretch_with_a_fault_of_its_own_is_left_out(tmp_path: Path) -> None:
    lines = [line for seed in range(40) for line in window(seed)]
    lines[1234] = "sshd: error: Bind to port 22 on 0.0.0.0 failed"
    of(tmp_path, "HealthApp", lines)
    of(tmp_path, "Proxifier", [*lines[:1234], "Could not resolve proxy", *lines[1235:]])
    kept, left_out = samples(tmp_path)

    def windows(of: Sample) -> int:
        return sum(len(trial(of, 100, 1, tuning=part).windows) for part in (True, False))

    assert windows(kept) == windows(left_out) + 2


def test_labels_of_a_sample_are_no_part_of_its_lines(tmp_path: Path) -> None:
    of(tmp_path, "BGL", [("- one", "FATAL two")[number % 10 == 0] for number in range(2000)])

    (sample,) = samples(tmp_path)

    assert set(sample.lines) == {"one", "two"}
    assert sample.bad == frozenset(range(0, 2000, 10))
    assert all(line == "one" for line in trial(sample, 20, 1, tuning=True).history)


def test_the_built_in_reading_is_judged_beside_words_alone(tmp_path: Path) -> None:
    shop(tmp_path)
    (sample,) = samples(tmp_path)
    one = trial(sample, 50, 1, tuning=False)

    words = score(by_words(one, learning=False))
    builtin = score(by(Settings().llm("builtin"))(one, learning=False))

    assert words.windows == builtin.windows == len(one.windows)
    assert builtin.f1 > words.f1
    assert (builtin.recall, builtin.verified) >= (0.75, builtin.hits)


def test_what_is_sent_is_told_by_system_and_in_all(tmp_path: Path) -> None:
    shop(tmp_path)
    (sample,) = samples(tmp_path)
    one = trial(sample, 100, 1, tuning=False)

    told = sent([one], by(Settings().llm("builtin")))

    assert list(told) == ["Shop", ALL]
    assert told["Shop"] == told[ALL]
    assert told[ALL].sent < told[ALL].tail
    assert told[ALL].sent_shows == 1


def test_a_model_that_falls_below_the_reading_misses_its_goal() -> None:
    assert [never_below(*pair).met for pair in ((0.9, 0.9), (0.89, 0.9))] == [True, False]
