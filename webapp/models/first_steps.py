"""How far a new installation has come, told by one query that ends at the first row of each."""

from typing import NamedTuple

from sqlalchemy import exists, func, or_, select

from webapp.extensions import db
from webapp.models.monitor import Monitor
from webapp.models.run import Run
from webapp.models.target import Target

# What the Monitor that a new installation starts with looks for. It is known by its words, as it
# may be renamed; with other words it is a Monitor of one's own.
PROMPT = """\
You watch the system log of this machine and the state of its disks.
Look for services that fail or restart, disks that fill up or fail, processes that were killed, \
and logins that should not be there. Routine messages are fine."""
PROMPT_WITHOUT_LOG = """\
You watch the processes and the disks of this machine, as it keeps no system log that can be read.
Look for disks that fill up, processes that take all of the processor or the memory, and programs \
that should not run there. That there is no log is known."""


class Begun(NamedTuple):
    """`first_id`: the oldest Monitor, the example where there is one; `first_run_id`: its newest
    Run; `last_id`: the newest Monitor; `own`, `recipient`: some Monitor is not the example, names
    somebody to tell."""

    target: bool
    first_id: int | None
    first_run_id: int | None
    last_id: int | None
    own: bool
    recipient: bool


_FIRST = select(func.min(Monitor.id)).scalar_subquery()
_TOLD = Monitor.notification_config
# Composed once, as the overview asks until all is done.
_QUERY = select(
    exists(select(Target.id)),
    _FIRST,
    select(func.max(Run.id)).where(Run.monitor_id == _FIRST).scalar_subquery(),
    select(func.max(Monitor.id)).scalar_subquery(),
    exists().where(
        or_(
            (Monitor.prompt != PROMPT) & (Monitor.prompt != PROMPT_WITHOUT_LOG),
            Monitor.id != _FIRST,
        )
    ),
    exists().where(
        or_(
            _TOLD["email_recipients", 0].as_string().is_not(None),
            _TOLD["sms_recipients", 0].as_string().is_not(None),
        )
    ),
)


def begun() -> Begun:
    return Begun._make(db.session.execute(_QUERY).one())


def any_monitor() -> bool:
    return db.session.scalar(select(exists(select(Monitor.id)))) or False
