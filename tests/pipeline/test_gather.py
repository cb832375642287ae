import time
from dataclasses import replace
from pathlib import Path

import pytest

from webapp.pipeline.gather import gather, require_any
from webapp.pipeline.values import GatherLimits, Host, InputSpec, StageError

LOCAL = Host("local")
LIMITS = GatherLimits(max_workers=4, timeout_seconds=20, keep_bytes=65536)


def command(label: str, text: str, timeout_seconds: float | None = None) -> InputSpec:
    return InputSpec(label, "command", command=text, timeout_seconds=timeout_seconds)


def test_inputs_are_read_side_by_side_and_keep_their_order(tmp_path: Path) -> None:
    # Each waits for what the other writes: one after the other, neither would end.
    first, second = tmp_path / "first", tmp_path / "second"
    wait = "touch {0}; until [ -e {1} ]; do sleep 0.01; done; echo {2}"

    gathered = gather(
        LOCAL,
        [
            command("A", wait.format(first, second, "a")),
            command("B", wait.format(second, first, "b")),
        ],
        LIMITS,
    )

    assert [(one.label, one.status, one.output.text) for one in gathered] == [
        ("A", "ok", "a\n"),
        ("B", "ok", "b\n"),
    ]


def test_no_more_than_max_workers_run_at_once(tmp_path: Path) -> None:
    # mkdir fails where another holds the directory.
    alone = f"mkdir {tmp_path}/held && sleep 0.05 && rmdir {tmp_path}/held"

    gathered = gather(
        LOCAL, [command(str(i), alone) for i in range(5)], replace(LIMITS, max_workers=1)
    )

    assert [one.status for one in gathered] == ["ok"] * 5


def test_a_failed_input_is_a_value_beside_the_others(tmp_path: Path) -> None:
    gathered = gather(
        LOCAL,
        [
            command("BAD", "echo out; echo why >&2; exit 3"),
            InputSpec("GONE", "file", config={"path": str(tmp_path / "gone.log")}),
            InputSpec("ODD", "telepathy"),
            command("GOOD", "echo fine"),
        ],
        LIMITS,
    )

    assert [(one.status, one.exit_code, one.error) for one in gathered] == [
        ("failed", 3, "exited with status 3"),
        ("failed", None, f"cannot read {tmp_path}/gone.log: No such file or directory"),
        ("failed", None, "the mode telepathy is not known"),
        ("ok", 0, None),
    ]
    assert (gathered[0].output.text, gathered[0].stderr.text) == ("out\n", "why\n")


def test_an_inputs_own_time_out_wins() -> None:
    started = time.monotonic()

    (one,) = gather(LOCAL, [command("A", "echo a; exec sleep 100", timeout_seconds=0.2)], LIMITS)

    assert one.error == "timed out after 0.2 s; what it printed until then was kept"
    assert one.output.text == "a\n"
    assert time.monotonic() - started < 5


def test_no_inputs_give_nothing() -> None:
    assert gather(LOCAL, [], LIMITS) == ()


def test_all_failed_is_an_error_that_names_each_label_and_reason() -> None:
    gathered = gather(LOCAL, [command("A", "exit 2"), command("B", "exit 3")], LIMITS)

    with pytest.raises(StageError) as raised:
        require_any(gathered)

    assert raised.value.kind == "inputs_failed"
    assert raised.value.message == (
        "No Input could be read to its end, so nothing was judged. "
        "A: exited with status 2; B: exited with status 3."
    )


def test_one_that_succeeded_is_enough() -> None:
    require_any(gather(LOCAL, [command("A", "exit 2"), command("B", "true")], LIMITS))
