"""How far a new installation has come, told by one query that ends at the first row of each."""

from typing import NamedTuple

from sqlalchemy import exists, func, or_, select

from webapp.extensions import db
from webapp.models.monitor import Monitor
from webapp.models.run import Run
from webapp.models.target import Target

# The Monitor that a new installation starts with.
EXAMPLE = "This machine"


class Begun(NamedTuple):
    """`first_id`: the oldest Monitor, the example where there is one; `first_run_id`: its newest
    Run; `last_id`: the newest Monitor; `own`, `model`, `recipient`: some Monitor is not the
    example, names a model, names somebody to tell."""

    target: bool
    first_id: int | None
    first_run_id: int | None
    last_id: int | None
    own: bool
    model: bool
    recipient: bool


def begun() -> Begun:
    first = select(func.min(Monitor.id)).scalar_subquery()
    told = Monitor.notification_config
    query = select(
        exists(select(Target.id)),
        first,
        select(func.max(Run.id)).where(Run.monitor_id == first).scalar_subquery(),
        select(func.max(Monitor.id)).scalar_subquery(),
        exists().where(Monitor.name != EXAMPLE),
        exists().where(Monitor.llm_model != "builtin"),
        exists().where(
            or_(
                told["email_recipients", 0].as_string().is_not(None),
                told["sms_recipients", 0].as_string().is_not(None),
            )
        ),
    )
    return Begun._make(db.session.execute(query).one())


def any_monitor() -> bool:
    return db.session.scalar(select(exists(select(Monitor.id)))) or False
