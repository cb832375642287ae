"""A state as a small picture for wikis and wallboards: a name, and a colour, a shape and a word."""

import unicodedata
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, tostring

from webapp.pipeline.clean import clean_text

HEIGHT = 20
PADDING = 7
MARK = 9
GAP = 5
FONT_SIZE = 11
FONTS = "Verdana, 'DejaVu Sans', Geneva, sans-serif"
MOST_CHARS = 40
NAME_GROUND, NAME_FIGURE = "#3a4150", "#ffffff"
# Ground and figure, each pair with a contrast of 4.5 or more.
COLOURS = {
    "ok": ("#17763e", "#ffffff"),
    "warn": ("#f0b429", "#2b1d00"),
    "alert": ("#c4281e", "#ffffff"),
    "error": ("#97307f", "#ffffff"),
}
IDLE = ("#5a6270", "#ffffff")
# As the pages draw them, in a square of 9 by 9.
MARKS = {
    "ok": "M4.5 0a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9z",
    "warn": "M4.5 .4L9 8.6H0z",
    "alert": "M4.5-.5L9.5 4.5L4.5 9.5L-.5 4.5z",
    "error": "M1.6 0L4.5 2.9L7.4 0L9 1.6L6.1 4.5L9 7.4L7.4 9L4.5 6.1L1.6 9L0 7.4L2.9 4.5L0 1.6z",
    "paused": "M.7 0H3.6V9H.7zM5.4 0H8.3V9H5.4z",
    "new": "M4.5 0a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9zm0 2a2.5 2.5 0 1 1 0 5a2.5 2.5 0 1 1 0-5z",
    "muted": "M0 3.2H9V5.8H0z",
}
# Advance widths of Verdana in thousandths of its size, from the space on.
WIDTHS = (
    "352 394 459 818 636 1076 727 269 454 454 636 818 364 454 364 454 "
    "636 636 636 636 636 636 636 636 636 636 454 454 818 818 818 545 "
    "1000 684 686 698 771 632 575 775 751 421 455 693 557 843 748 787 "
    "603 787 695 684 616 732 684 989 685 615 685 454 454 454 818 636 "
    "636 601 623 521 623 596 352 623 633 274 344 592 274 973 633 607 "
    "623 623 427 521 394 633 592 818 592 592 525 635 454 635 818"
)
ADVANCE = {chr(32 + place): int(width) for place, width in enumerate(WIDTHS.split())}
OTHER, WIDE = 636, 1000


@dataclass(frozen=True)
class Badge:
    """`told` is the word beside the state's shape; `title` what a screen reader and a pointer
    are told."""

    name: str
    state: str
    told: str
    title: str

    def draw(self) -> bytes:
        """As SVG. Whatever the name holds is text, and cannot break the XML."""
        name = _short(clean_text(self.name))
        name_width = 2 * PADDING + width(name)
        told_width = 2 * PADDING + MARK + GAP + width(self.told)
        ground, figure = COLOURS.get(self.state, IDLE)
        badge = _frame(name_width + told_width, clean_text(self.title))
        _part(badge, 0, name_width, NAME_GROUND)
        _part(badge, name_width, told_width, ground)
        _text(badge, name, PADDING, NAME_FIGURE)
        at = name_width + PADDING
        place = f"translate({at} {(HEIGHT - MARK) / 2})"
        SubElement(badge, "path", d=MARKS[self.state], fill=figure, transform=place)
        _text(badge, self.told, at + MARK + GAP, figure)
        return tostring(badge)


def width(text: str) -> int:
    """In pixels, as Verdana sets it; whatever font there is, is fitted to that."""
    return round(sum(map(_advance, text)) * FONT_SIZE / 1000)


def _advance(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return ADVANCE.get(char, WIDE if unicodedata.east_asian_width(char) in "WF" else OTHER)


def _short(text: str) -> str:
    return text if len(text) <= MOST_CHARS else f"{text[: MOST_CHARS - 1].rstrip()}…"


def _frame(total: int, title: str) -> Element:
    badge = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "width": str(total),
            "height": str(HEIGHT),
            "viewBox": f"0 0 {total} {HEIGHT}",
            "role": "img",
            "aria-label": title,
        },
    )
    SubElement(badge, "title").text = title
    corners = SubElement(badge, "clipPath", id="corners")
    SubElement(corners, "rect", width=str(total), height=str(HEIGHT), rx="4")
    return badge


def _part(badge: Element, x: int, wide: int, ground: str) -> None:
    place = {"x": str(x), "width": str(wide), "height": str(HEIGHT)}
    SubElement(badge, "rect", {**place, "fill": ground, "clip-path": "url(#corners)"})


def _text(badge: Element, text: str, x: int, figure: str) -> None:
    part = SubElement(
        badge,
        "text",
        {
            "x": str(x),
            "y": "14",
            "fill": figure,
            "font-family": FONTS,
            "font-size": str(FONT_SIZE),
            "textLength": str(width(text)),
        },
    )
    part.text = text
