"""What the built-in reading is held to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .score import Score, macro
from .sent import Sent

MACRO_F1 = 0.90
FALSE_ALARMS = 0.05
LEAST_F1 = 0.75
LEARNING_COSTS = 0.03
SENT_TOKENS = 900
VISIBLE = 0.99
CITED = 0.70
ANY_CITED = 0.97
LINES_A_SECOND = 50_000


@dataclass(frozen=True)
class Goal:
    says: str
    met: bool


def goals(
    scores: Mapping[str, Score], learned: Mapping[str, Score], told: Sent, rate: float
) -> Iterator[Goal]:
    """`scores`: with the history as it was; `learned`: learning through all windows."""
    total = sum(scores.values(), Score())
    yield _least("macro F1", macro(scores.values()), MACRO_F1)
    worst = min(scores, key=lambda name: scores[name].f1)
    yield _least(f"least F1, {worst}", scores[worst].f1, LEAST_F1)
    yield _most("false alarms", total.false_alarm_rate, FALSE_ALARMS)
    costs = macro(scores.values()) - macro(learned.values())
    yield _most("learning costs", costs, LEARNING_COSTS)
    yield _least("cited lines of the fault", total.cited_share, CITED)
    yield _least("any line of the fault", total.any_share, ANY_CITED)
    yield _most("tokens sent", told.sent, SENT_TOKENS)
    yield _least("fault visible", told.sent_shows, VISIBLE)
    yield _least("lines a second", rate, LINES_A_SECOND)


def never_below(model: float, alone: float) -> Goal:
    """Macro F1 of a model that is given the facts, and of the reading that counted them."""
    return _least("macro F1 with a model", model, alone)


def _least(name: str, value: float, goal: float) -> Goal:
    return Goal(f"{name:<26} {_number(value):>8}  goal >= {_number(goal)}", value >= goal)


def _most(name: str, value: float, goal: float) -> Goal:
    return Goal(f"{name:<26} {_number(value):>8}  goal <= {_number(goal)}", value <= goal)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value > 1 else f"{value:.3f}"
