from datetime import date, timedelta
from itertools import count

import pytest
from flask import Flask

from tests.conftest import BOTH_DATABASES
from tests.rows import NOW, TIMEOUT, calls_of, finished_run, new_claim, new_monitor
from tests.together import together
from webapp.caps import SERVICE, Cap
from webapp.models import Reservation
from webapp.models.reservation import Refusal, Wanted, in_use

TODAY = NOW.date()
DAILY = Cap(SERVICE, "tokens_per_day", 1000)
JUDGED = {
    "llm_model": "openai:gpt-5-mini",
    "input_tokens": 300,
    "output_tokens": 20,
    "cost_usd": 0.25,
}


def wanted(tokens: int = 100, cost_usd: float | None = 0.1, monitor_id: int = 1) -> Wanted:
    return Wanted(monitor_id, TODAY, tokens, cost_usd, NOW + TIMEOUT)


@BOTH_DATABASES
def test_calls_at_once_never_pass_a_cap_together(app: Flask) -> None:
    ids = count(1)
    caps = [Cap(SERVICE, "tokens_per_day", 1000), Cap(SERVICE, "usd_per_month", 5)]

    made = together(app, lambda: Reservation.make(wanted(monitor_id=next(ids)), caps, NOW), 24)

    assert [isinstance(one, Refusal) for one in made].count(False) == 10
    assert in_use(DAILY, TODAY, NOW) == 1000


@BOTH_DATABASES
def test_what_is_counted_is_held_no_more(app: Flask) -> None:
    claim = new_claim(new_monitor())
    of_run = Wanted(claim.monitor_id, TODAY, 900, None, claim.ends_at, claim.run_id)
    held = Reservation.make(of_run, [DAILY], NOW)
    assert isinstance(held, int)
    Reservation.settle(held, 320, 0.25)
    before = in_use(DAILY, TODAY, NOW)

    claim.record_verdict([], verdict="ok", summary="Well.", calls=calls_of(JUDGED), **JUDGED)

    assert (before, in_use(DAILY, TODAY, NOW)) == (320, 320)
    assert in_use(Cap(claim.monitor_id, "usd_per_day", 9), TODAY, NOW) == 0.25
    assert in_use(Cap(claim.monitor_id + 1, "usd_per_day", 9), TODAY, NOW) == 0


@pytest.mark.parametrize(
    "later", [TIMEOUT, timedelta(days=-1)], ids=["its Run is over", "the clock was set back"]
)
def test_what_a_killed_worker_held_is_free_again(app: Flask, later: timedelta) -> None:
    Reservation.make(wanted(1000), [DAILY], NOW)

    assert isinstance(Reservation.make(wanted(1), [DAILY], NOW), Refusal)
    assert isinstance(Reservation.make(wanted(1000), [DAILY], NOW + later), int)


@BOTH_DATABASES
def test_days_and_months_begin_anew(app: Flask) -> None:
    monitor = new_monitor()
    finished_run(monitor, NOW, **JUDGED)
    a_month = Cap(monitor.id, "tokens_per_month", 1000)

    told = [
        in_use(cap, TODAY + timedelta(days=days), NOW)
        for cap in (DAILY, a_month)
        for days in (-1, 0, 1)
    ]

    assert told == [0, 320, 0, 320, 320, 0]
    assert a_month.begins_anew(date(2026, 12, 31)) == date(2027, 1, 1)


def test_no_cap_in_dollars_holds_a_call_of_unknown_price(app: Flask) -> None:
    dollars = Cap(SERVICE, "usd_per_day", 0.01)

    assert isinstance(Reservation.make(wanted(cost_usd=None), [dollars], NOW), int)
    assert Reservation.make(wanted(), [dollars], NOW) == Refusal(dollars, TODAY, 0, 0.1)


def test_a_refusal_says_what_is_in_use_and_when_it_begins_anew() -> None:
    tokens = Refusal(Cap(7, "tokens_per_day", 50_000), TODAY, 48_200, 3_100)
    dollars = Refusal(Cap(SERVICE, "usd_per_month", 20), TODAY, 19.999, 0.0042)

    assert tokens.sentence == (
        "This Monitor's budget of 50,000 tokens a day is used up: 48,200 tokens are taken or held "
        "for other calls, and this one may take 3,100 tokens. It begins anew on 2026-02-01 at "
        "00:00 UTC."
    )
    assert dollars.sentence == (
        "The service's budget of $20.00 a month is used up: $20.00 are taken or held for other "
        "calls, and this one may take $0.0042. It begins anew on 2026-02-01 at 00:00 UTC."
    )
