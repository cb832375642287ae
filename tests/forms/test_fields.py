"""What holds for every form."""

import pytest
from flask import Flask
from wtforms import Field

from webapp.forms import LogSourceForm, MonitorForm, TargetForm
from webapp.forms.input import InputForm


def fields_of(app: Flask) -> list[Field]:
    with app.test_request_context():
        forms = [TargetForm(), LogSourceForm(), MonitorForm(()), InputForm.made(0, {})]
        return [field for form in forms for field in form if field.type != "CSRFTokenField"]


def test_every_field_has_help_with_a_real_example(app: Flask) -> None:
    without = [
        field.name for field in fields_of(app) if "For example: " not in str(field.description)
    ]

    assert len(fields_of(app)) > 20
    assert without == []


@pytest.mark.parametrize(("typed", "seconds"), [("90", 90), ("9", None), ("x", None), ("", None)])
def test_an_interval_is_told_in_words_where_it_is_one(
    app: Flask, typed: str, seconds: int | None
) -> None:
    with app.test_request_context():
        assert MonitorForm((), interval_seconds=typed).seconds == seconds
