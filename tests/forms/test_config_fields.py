"""Forms that are made of the schemas of kinds."""

import re
from pathlib import Path
from typing import Literal

from flask import Flask
from pydantic import Field

from webapp.fields import Strict
from webapp.forms.config_fields import values_of, with_fields
from webapp.schemas.log_source import LOG_SOURCE_CONFIGS
from webapp.schemas.target import CONNECTION_CONFIGS


class TeaConfig(Strict):
    leaves: str = Field(title="Leaves", description="Which.", examples=["Assam"])
    minutes: int = Field(3, title="Minutes", description="How long.", examples=[5])
    milk: bool = Field(False, title="Milk", description="With `milk`.")
    cup: Literal["small", "large"] = Field("small", title="Cup", description="Of which size.")
    note: str | None = Field(
        None, title="Note", description="More.", json_schema_extra={"lines": True}
    )
    guests: list[str] = Field(default_factory=list, title="Guests", description="Who.")


TEA = {"tea": TeaConfig}


def test_what_is_typed_is_the_config_that_the_schema_takes(app: Flask) -> None:
    typed = {
        "tea_leaves": "Darjeeling",
        "tea_minutes": "4",
        "tea_milk": True,
        "tea_cup": "large",
        "tea_note": "hot\nsweet",
        "tea_guests": "Ada\n\nGrace\n",
    }

    sent = with_fields(TEA)(data=typed).config("tea")
    config = TeaConfig.model_validate(sent).model_dump()

    assert config == {
        "leaves": "Darjeeling",
        "minutes": 4,
        "milk": True,
        "cup": "large",
        "note": "hot\nsweet",
        "guests": ["Ada", "Grace"],
    }
    assert values_of(TEA, "tea", config) == typed | {"tea_guests": "Ada\nGrace"}


def test_an_empty_box_is_the_default_and_a_default_is_an_empty_box(app: Flask) -> None:
    form = with_fields(TEA)(data={"tea_leaves": " ", "tea_minutes": ""})

    assert form.config("tea")["leaves"] is None
    assert form.config("tea")["minutes"] == 3
    assert "tea_minutes" not in values_of(TEA, "tea", {"leaves": "x", "minutes": 3})
    assert form["tea_minutes"].render_kw == {"placeholder": "3"}
    assert not form.names_something("tea")


def test_an_error_is_at_its_field_and_a_missing_config_at_the_first(app: Flask) -> None:
    form = with_fields(TEA)()

    assert form.config_field("tea", ["cup"]) == (form["tea_cup"], [])
    assert form.config_field("tea", ["guests", "1"]) == (form["tea_guests"], ["1"])
    assert form.config_field("tea", []) == (form["tea_leaves"], ())
    assert form.config_field("tea", ["spoon"]) == (None, ())


def test_every_kind_is_shown_where_it_is_chosen() -> None:
    style = Path("static/form.css").read_text()

    shown = set(re.findall(r'"mode"\]\[value="(\w+)"\]:checked\) \.for-([\w-]+)', style))
    inputs = set(re.findall(r'option\[value="(\w+)"\]:checked\) \.for-([\w-]+)', style))
    types = set(re.findall(r'"type"\]\[value="(\w+)"\]:checked\) \.for-([\w-]+)', style))

    modes = {(mode, mode.replace("_", "-")) for mode in LOG_SOURCE_CONFIGS}
    assert (shown, inputs) == (modes, modes | {("command", "command")})
    asking = [name for name, config in CONNECTION_CONFIGS.items() if config.model_fields]
    assert types == {(name, name.replace("_", "-")) for name in asking}
