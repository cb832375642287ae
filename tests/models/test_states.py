from datetime import timedelta

from flask import Flask

from tests.conftest import BOTH_DATABASES
from tests.rows import NOW, finished_run, new_monitor, new_target
from webapp.models import Monitor
from webapp.models.states import bad_numbers


@BOTH_DATABASES
def test_bad_monitors_are_counted_by_state_worst_first(app: Flask) -> None:
    for verdict in ("warn", "ok", "warn", "error", "alert"):
        finished_run(_monitor(verdict), verdict=verdict)
    _monitor("new")

    numbers = bad_numbers(NOW)

    assert list(numbers.items()) == [("alert", 1), ("error", 1), ("warn", 2)]


@BOTH_DATABASES
def test_what_is_paused_or_muted_is_not_counted_until_that_is_over(app: Flask) -> None:
    paused, muted, muted_for_good = (_monitor(name) for name in ("paused", "muted", "for good"))
    for monitor in (paused, muted, muted_for_good):
        finished_run(monitor, verdict="alert")
    paused.pause()
    muted.mute(NOW, NOW + timedelta(hours=1))
    muted_for_good.mute(NOW, None)

    assert bad_numbers(NOW) == {}
    assert bad_numbers(NOW + timedelta(hours=1)) == {"alert": 1}

    muted_for_good.unmute()
    assert bad_numbers(NOW) == {"alert": 1}


def _monitor(name: str) -> Monitor:
    return new_monitor(name=name, target_id=new_target().id)
