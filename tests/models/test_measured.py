from datetime import timedelta
from typing import Any

from flask import Flask

from tests.conftest import BOTH_DATABASES
from tests.rows import NOW, finished_run, new_claim, new_monitor
from webapp.models import Measured

HOUR = timedelta(hours=1)


def gathered(number_of_bytes: int, lines: int, kept_lines: int) -> dict[str, Any]:
    sizes = {"bytes": number_of_bytes, "lines": lines, "kept_lines": kept_lines}
    return {"label": "LOGS", "status": "ok", "stderr": "</b>", "exit_code": 0} | sizes


@BOTH_DATABASES
def test_what_the_inputs_of_a_run_gave_is_summed(app: Flask) -> None:
    monitor = new_monitor()
    run_id = finished_run(
        monitor,
        inputs=[gathered(5_000_000_000, 90, 20) | {"alike_lines": 70}, gathered(7, 1, 1)],
        llm_model="openai:gpt-5-mini",
        input_tokens=1874,
        output_tokens=412,
        cost_usd=0.5,
    )

    assert Measured.past(monitor.id, 200) == [
        Measured(run_id, "ok", NOW, 0, 5_000_000_007, 91, 21, 1874, 412, 0.5, 70)
    ]


@BOTH_DATABASES
def test_a_run_that_gathered_nothing_read_nothing_that_is_known(app: Flask) -> None:
    monitor = new_monitor()
    run_id = finished_run(monitor, verdict="error", error_kind="lost", error_message="Lost.")

    assert Measured.past(monitor.id, 200) == [
        Measured(run_id, "error", NOW, 0, None, None, None, None, None, None)
    ]


@BOTH_DATABASES
def test_the_newest_are_given_oldest_first_since_then_and_none_that_is_live(app: Flask) -> None:
    monitor = new_monitor()
    other = new_monitor(name="Other", target_id=monitor.target_id)
    ids = [finished_run(monitor, NOW + HOUR * n) for n in range(4)]
    finished_run(other, NOW + HOUR)
    new_claim(monitor, NOW + HOUR * 4)

    def past(limit: int, since: Any = None) -> list[int]:
        return [run.run_id for run in Measured.past(monitor.id, limit, since)]

    assert past(200) == ids
    assert past(2) == ids[2:]
    assert past(200, NOW + HOUR) == ids[1:]
