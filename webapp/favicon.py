"""The icon of a page in a browser's tab: how many Monitors are bad, in the colour of the worst."""

from xml.etree.ElementTree import Element, SubElement, tostring

# Ground and figure, each pair with a contrast of 4.5 or more on light and dark tabs alike.
COLOURS = {
    "alert": ("#c92a20", "#ffffff"),
    "error": ("#a33a8b", "#ffffff"),
    "warn": ("#f0b429", "#2b1d00"),
}
# More figures cannot be read in a tab; the title has the number.
MOST = 9


def draw(bad: int, worst: str) -> bytes:
    """An SVG of 32 by 32."""
    ground, figure = COLOURS[worst]
    text = str(bad) if bad <= MOST else f"{MOST}+"
    icon = Element("svg", xmlns="http://www.w3.org/2000/svg", viewBox="0 0 32 32")
    SubElement(icon, "rect", width="32", height="32", rx="8", fill=ground)
    number = SubElement(
        icon,
        "text",
        {
            "x": "16",
            "y": "24" if len(text) == 1 else "23",
            "fill": figure,
            "font-family": "Helvetica, Arial, 'Liberation Sans', sans-serif",
            "font-size": "23" if len(text) == 1 else "19",
            "font-weight": "700",
            "text-anchor": "middle",
        },
    )
    number.text = text
    return tostring(icon)
