"""What is asked every second is answered from an index, however much history there is."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from tests.rows import NOW, TIMEOUT
from webapp.extensions import db
from webapp.models import Claim, Notification, Run, bad_runs, slots

ASKED: dict[str, Callable[[], Any]] = {
    "due slots": lambda: slots.take_due(NOW, 10),
    "unheard runs": lambda: Run.unheard(NOW, TIMEOUT, 10),
    "lost runs": lambda: Claim.take_lost(NOW, TIMEOUT, 10),
    "the longest waiting run": Run.waiting_since,
    "the last failure of an LLM": lambda: Run.last_llm_failure("openai:small", NOW),
    "bad runs": lambda: bad_runs.newest(NOW, 50),
    "bad runs of a tag": lambda: bad_runs.newest(NOW, 50, tag="prod"),
    "bad runs of a Monitor": lambda: bad_runs.newest(NOW, 50, monitor_id=1),
    "unheard notifications": lambda: Notification.unheard(NOW, TIMEOUT, 10),
}


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_no_table_is_read_whole(app: Flask, ask: Callable[[], Any]) -> None:
    asked: list[tuple[str, Any]] = []

    def note(_conn: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    ask()
    event.remove(db.engine, "before_cursor_execute", note)
    steps = [step for one in asked for step in plan_of(*one)]

    assert steps
    assert [step for step in steps if step.startswith("SCAN") and "INDEX" not in step] == []


def plan_of(statement: str, parameters: Any) -> list[str]:
    with db.engine.connect() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        return [row[-1] for row in rows]
