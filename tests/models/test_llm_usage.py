from datetime import date, timedelta

from flask import Flask

from tests.conftest import BOTH_DATABASES
from tests.rows import NOW, finished_run, new_monitor
from webapp.models import LlmUsage

TODAY = NOW.date()
MODEL = "openai:gpt-5-mini"
JUDGED = {"llm_model": MODEL, "input_tokens": 1000, "output_tokens": 200, "cost_usd": 0.25}


@BOTH_DATABASES
def test_what_llms_took_is_summed_from_a_day_on(app: Flask) -> None:
    shop, bank = new_monitor(), new_monitor()
    finished_run(shop, NOW - timedelta(days=1), **JUDGED)
    finished_run(shop, NOW, **JUDGED)
    finished_run(shop, NOW, **JUDGED | {"llm_model": "openai:other", "cost_usd": 1.0})
    finished_run(bank, NOW, **JUDGED)

    assert LlmUsage.since(TODAY) == (3, 3000, 600, 1.5, 0, 0)
    assert LlmUsage.since(TODAY, shop.id) == (2, 2000, 400, 1.25, 0, 0)
    assert LlmUsage.since(date(2026, 1, 1), shop.id) == (3, 3000, 600, 1.5, 0, 0)


@BOTH_DATABASES
def test_a_model_without_a_known_price_is_counted_and_not_taken_for_free(app: Flask) -> None:
    finished_run(new_monitor(), NOW, **JUDGED | {"cost_usd": None})

    assert LlmUsage.since(TODAY) == (1, 1000, 200, 0.0, 1, 0)


def test_the_built_in_reading_takes_nothing(app: Flask) -> None:
    finished_run(new_monitor(), NOW, **JUDGED | {"llm_model": "builtin"})

    assert LlmUsage.since(TODAY) == (0, 0, 0, 0.0, 0, 0)


@BOTH_DATABASES
def test_what_was_spent_stays_spent_when_runs_and_monitors_are_deleted(app: Flask) -> None:
    monitor = new_monitor()
    for _ in range(3):
        finished_run(monitor, NOW, keep=1, **JUDGED)

    monitor.delete()

    assert LlmUsage.since(TODAY) == (3, 3000, 600, 0.75, 0, 0)
