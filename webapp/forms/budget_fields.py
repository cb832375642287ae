"""The boxes of a budget, as the Monitor's form has them."""

from typing import Any

from wtforms import Field, Form, RadioField, StringField

from webapp.forms.base import NumberBox, or_none
from webapp.schemas.monitor import Budget

POLICIES = {
    "skip": "Skip the Run: it is an error",
    "builtin": "The built-in reading judges",
    "model": "A cheaper model judges",
}
TYPED = tuple(name for name in Budget.model_fields if name != "policy")
DECIMAL = {"inputmode": "decimal"}


class BudgetFields(Form):  # type: ignore[misc]  # WTForms ships no types
    """For a form to inherit, in whose order they stand; all but the policy may stay empty."""

    tokens_per_day = StringField(
        "Tokens a day",
        widget=NumberBox(),
        description="Sent and answered, in a day of UTC. For example: 200000",
    )
    tokens_per_month = StringField(
        "Tokens a month", widget=NumberBox(), description="For example: 5000000"
    )
    usd_per_day = StringField(
        "US dollars a day",
        widget=NumberBox(),
        render_kw=DECIMAL,
        description="Where the model's price is known; else tokens alone hold it. "
        "For example: 0.50",
    )
    usd_per_month = StringField(
        "US dollars a month",
        widget=NumberBox(),
        render_kw=DECIMAL,
        description="For example: 10",
    )
    policy = RadioField(
        "Where a call would pass it",
        choices=POLICIES,
        default="skip",
        description="Rules and the built-in reading look all the same. "
        "For example: Skip the Run, which is told once a day or month",
    )
    cheaper_model = StringField(
        "Cheaper model",
        description="Judges while it may itself, then the built-in reading does. "
        "For example: openai:gpt-5-nano",
    )

    @property
    def budget_open(self) -> bool:
        """Something is set in what is folded away."""
        return self.policy.data != "skip" or any(or_none(self[name]) for name in TYPED)

    @property
    def budget_wrong(self) -> bool:
        return any(self[name].errors for name in Budget.model_fields)


def filled(budget: dict[str, Any]) -> dict[str, Any]:
    """What stands in the boxes for a budget, as its schema has it."""
    whole = Budget().model_dump() | budget
    return {name: "" if value is None else _plain(value) for name, value in whole.items()}


def budget_of(form: Any) -> dict[str, Any]:
    """The payload of what was typed."""
    return {name: or_none(form[name]) for name in TYPED} | {"policy": form.policy.data}


def in_place(fields: list[Field], before: Field) -> list[Field]:
    """The form's fields in the page's order: those of the budget after `before`."""
    boxes = [field for field in fields if field.short_name in Budget.model_fields]
    others = [field for field in fields if field not in boxes]
    place = others.index(before) + 1
    return [*others[:place], *boxes, *others[place:]]


def _plain(value: Any) -> str:
    """Without an exponent, as nobody types one."""
    return f"{value:.15f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
