"""What is still to be learned of Runs that alarmed, now that somebody says that they were normal.

The Monitor's next Run learns it, and none but a Run writes what is normal: whoever wrote to it in
between would be overwritten by a Run that is under way.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select, update

from webapp.extensions import changed_rows, db
from webapp.models.run import TO_LEARN, Run

# Composed once, as every Run asks.
_WAITING = (
    select(Run.id, Run.lesson)
    .where(Run.monitor_id == bindparam("monitor"), TO_LEARN)
    .order_by(Run.id)
)


def waiting(monitor_id: int) -> dict[int, dict[str, Any]]:
    """By the ids of the Runs, the oldest first."""
    found = db.session.execute(_WAITING, {"monitor": monitor_id})
    return {run_id: lesson for run_id, lesson in found if lesson}


def done(run_ids: Sequence[int]) -> None:
    """Inside the transaction that keeps what is normal with them: nothing is learned twice."""
    if run_ids:
        forgotten = {"lesson": None, "to_learn": False}
        changed_rows(update(Run).where(Run.id.in_(run_ids)).values(**forgotten))
