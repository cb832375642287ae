"""A badge in a browser: its words fit, whatever font there is."""

import pytest
from playwright.sync_api import Page

from webapp.badge import Badge, width

MEASURE = """text => {
    const pen = document.createElement('canvas').getContext('2d');
    pen.font = "11px Verdana, 'DejaVu Sans', sans-serif";
    return pen.measureText(text).width;
}"""


@pytest.mark.parametrize(
    "text", ["BTC bot anomaly detector", "nginx access & errors", "Iil1 WMw@", "alert"]
)
def test_widths_are_about_those_of_the_fonts_that_there_are(page: Page, text: str) -> None:
    assert width(text) == pytest.approx(page.evaluate(MEASURE, text), rel=0.2)


def test_words_end_where_their_part_does(page: Page) -> None:
    badge = Badge("nginx access and errors", "warn", "warn", "title").draw().decode()
    page.set_content(f"<body>{badge}</body>")

    name, word, ground, state = (
        page.locator(f"svg > {part}").nth(place).bounding_box()
        for part in ("text", "rect")
        for place in (0, 1)
    )

    assert name and word and ground and state
    assert name["x"] + name["width"] <= ground["x"] + ground["width"] - 5
    assert word["x"] + word["width"] <= state["x"] + state["width"] - 5
