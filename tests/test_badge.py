import unicodedata
from xml.etree import ElementTree

import pytest

from webapp.badge import COLOURS, IDLE, MARKS, NAME_FIGURE, NAME_GROUND, Badge, width

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = [
    '</title><script>alert(1)</script>"><img src=x onerror=alert(1)>',
    "{{7*7}} &amp; ]]> <!-- --",
    "a\x00b\x1b[31mc\ud800d\ufffe\u202ee",
    "名" * 200,
]


def test_it_says_the_name_and_the_state_in_words() -> None:
    badge = ElementTree.fromstring(Badge("shop", "ok", "ok", "shop: ok. All is well.").draw())

    assert [part.text for part in badge.iter(f"{SVG}text")] == ["shop", "ok"]
    assert badge.get("role") == "img"
    assert badge.get("aria-label") == badge.findtext(f"{SVG}title") == "shop: ok. All is well."


def test_no_two_states_share_colour_and_shape() -> None:
    drawn = {Badge("x", state, "state", "title").draw() for state in MARKS}

    assert len(drawn) == len(MARKS)
    assert len(set(MARKS.values())) == len(MARKS)


@pytest.mark.parametrize("name", HOSTILE, ids=["markup", "templates", "controls", "wide"])
def test_a_hostile_name_is_text(name: str) -> None:
    badge = ElementTree.fromstring(Badge(name, "alert", "alert", name).draw())

    kinds = {part.tag.removeprefix(SVG) for part in badge.iter()}
    shown = next(badge.iter(f"{SVG}text")).text or ""
    assert kinds == {"svg", "title", "clipPath", "rect", "text", "path"}
    assert len(shown) <= 40
    assert not any(unicodedata.category(char) in ("Cc", "Cf", "Cs") for char in shown)


@pytest.mark.parametrize(
    ("ground", "figure"), [*COLOURS.values(), IDLE, (NAME_GROUND, NAME_FIGURE)]
)
def test_every_word_can_be_read_on_its_colour(ground: str, figure: str) -> None:
    lighter, darker = sorted((_luminance(ground), _luminance(figure)), reverse=True)

    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def test_wide_characters_have_room() -> None:
    assert width("名前") == 22
    assert width("e\u0301") == width("e")


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
