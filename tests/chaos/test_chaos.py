"""The short form of `make chaos`."""

import pytest

from tests.chaos.fire import SHORT
from tests.chaos.scenario import Plan, play
from tests.conftest import BOTH_DATABASES

pytestmark = pytest.mark.takes(seconds=90)

PLAN = Plan(pace=SHORT, seconds=25, outages=(), monitors=8, workers=3, fast=True, seed=3)


@BOTH_DATABASES
@pytest.mark.timeout(300)
def test_under_fire_nothing_is_lost_doubled_or_left_behind(database: str | None) -> None:
    found = play(PLAN, database)

    assert found.violations == []
    assert found.counts["Runs"] > PLAN.monitors
    assert found.counts["strikes"] > 5
    assert found.counts["· of those, that kill their workers"] > 0
