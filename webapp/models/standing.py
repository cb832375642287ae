from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ForeignKey, String, Text, bindparam, case, func, select
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Base, UtcDateTime, db, insert_into
from webapp.models.run import Run

# As much of a Run's sentence as a list shows.
SENTENCE_CHARS = 500


class Standing(Base):
    """What a Monitor's last Run that ended said, so that lists need not look through all Runs.

    There is none before the first Run has ended. `since`: the end of the Run that brought this
    status, the last of an unbroken row of its like.
    """

    __tablename__ = "standings"

    monitor_id: Mapped[int] = mapped_column(
        ForeignKey("monitors.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    run_id: Mapped[int]
    status: Mapped[str] = mapped_column(String(16))
    sentence: Mapped[str] = mapped_column(Text)
    finished_at: Mapped[datetime] = mapped_column(UtcDateTime)
    since: Mapped[datetime] = mapped_column(UtcDateTime)

    @classmethod
    def follow(cls, run_id: int) -> None:
        """The Run's Monitor stands as the Run says; inside the transaction that ends the Run."""
        connection = db.session.connection()
        connection.execute(_following(connection.dialect.name), {"run": run_id})


@cache  # as composing it takes longer than executing it, and every Run ends by it
def _following(dialect: str) -> Any:
    names = ("monitor_id", "run_id", "status", "sentence", "finished_at", "since")
    row = select(
        Run.monitor_id,
        Run.id,
        Run.status,
        func.substr(Run.sentence, 1, SENTENCE_CHARS),
        Run.finished_at,
        Run.finished_at,
    ).where(Run.id == bindparam("run"))
    insert = insert_into(Standing, dialect).from_select(names, row)
    new = {name: insert.excluded[name] for name in names[1:]}
    same = Standing.status == insert.excluded.status
    new["since"] = case((same, Standing.since), else_=insert.excluded.since)
    return insert.on_conflict_do_update(index_elements=["monitor_id"], set_=new)
