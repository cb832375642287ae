from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, current_app, render_template, request
from werkzeug.exceptions import BadRequest

from webapp.clock import utc_now
from webapp.costs import OfDay, after, before, costs
from webapp.models import Monitor
from webapp.models.llm_usage import NOTHING
from webapp.pages.arguments import id_argument

blueprint = Blueprint("costs", __name__, url_prefix="/costs")

# Of the chart, in whose units its bars are; a month is as wide as its page.
HEIGHT = 72
WIDTH = 1000
FILLED = 0.7


@dataclass(frozen=True)
class Bar:
    """A day: where its bar stands, and how high it is."""

    day: OfDay
    x: float
    width: float
    height: float


@blueprint.get("")
def show() -> str:
    """Of this month, or of `?month=`; of all Monitors, or of `?monitor_id=`."""
    today = utc_now().date()
    month, monitor_id = month_argument(today), id_argument("monitor_id")
    told = costs(month, today, monitor_id, current_app.extensions["settings"].budget)
    return render_template(
        "costs/show.html",
        costs=told,
        days=[day for day in reversed(told.days) if day.spent != NOTHING],
        monitor=Monitor.get(monitor_id) if monitor_id else None,
        monitor_id=monitor_id,
        earlier=before(month),
        later=after(month) if after(month) <= today else None,
        **_chart(told.days),
    )


def month_argument(today: date) -> date:
    """The first day of the month that the address names, by default of this one."""
    text = request.args.get("month")
    if not text:
        return today.replace(day=1)
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise BadRequest("“month” must be a month, as in ?month=2026-01.") from None


def _chart(days: Sequence[OfDay]) -> dict[str, Any]:
    """Of dollars where any are known, else of tokens."""
    in_dollars = any(day.spent.cost_usd for day in days)
    amounts = [day.spent.cost_usd if in_dollars else day.spent.tokens for day in days]
    top, step = max(amounts, default=0), WIDTH / 31
    bars = [
        Bar(day, round(place * step, 1), round(step * FILLED, 1), _height(amount, top))
        for place, (day, amount) in enumerate(zip(days, amounts, strict=True))
    ]
    return {"bars": bars, "top": top, "in_dollars": in_dollars, "height": HEIGHT}


def _height(amount: float, top: float) -> float:
    """What is more than nothing is seen."""
    return max(1.0, round(HEIGHT * amount / top, 1)) if amount else 0.0
