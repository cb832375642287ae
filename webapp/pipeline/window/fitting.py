"""The text of a window, of as many sections as there is room for."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from webapp.pipeline.sections import layout
from webapp.pipeline.values import FittedSlice, FittedText, Slice

from .body import Body
from .section import Section, collapsed_section, section_of
from .shares import bodies_of
from .wording import counted

# What is shorter costs little, and is read more easily as it is.
_SHORT_CHARS = 1000


def fit(
    slices: Sequence[Slice], max_lines: int, max_chars: int, *, collapsed: bool = False
) -> FittedText:
    """The newest lines of each slice under its label, in at most so many lines and characters.

    Headers, blank lines and markers count, so that no slice alone exceeds the bounds either. Each
    slice gets an equal share, and what it does not need goes to the others. Where there is not
    even a line for each label, the last labels give way to a marker that counts them, and where
    there is no room for that, the text is empty. `collapsed`: of a slice that is long or does not
    fit, lines alike are shown once, and where room is short, grave ones before others.
    """
    labels = {one.label for one in slices}
    sections = [section_of(one, labels) for one in slices]
    raw = _fit(sections, max_lines, max_chars)
    if not collapsed:
        return raw
    pairs = zip(sections, raw.slices, strict=True)
    smaller = [collapsed_section(section) if _is_long(was) else section for section, was in pairs]
    fitted = _fit(smaller, max_lines, max_chars)
    return fitted if fitted.text == raw.text else replace(fitted, raw_text=raw.text)


def _fit(sections: Sequence[Section], max_lines: int, max_chars: int) -> FittedText:
    for shown in range(len(sections), -1, -1):
        missing = len(sections) - shown
        notice = f"… {counted(missing, 'label')} not shown …" if missing else None
        bodies = bodies_of(sections[:shown], notice, max_lines, max_chars)
        if bodies is not None:
            return _fitted(sections, bodies, notice)
    return _fitted(sections, [], None)


def _is_long(fitted: FittedSlice) -> bool:
    return fitted.truncated or fitted.kept_chars > _SHORT_CHARS


def _fitted(sections: Sequence[Section], bodies: Sequence[Body], notice: str | None) -> FittedText:
    pairs = list(zip(sections[: len(bodies)], bodies, strict=True))
    text = layout([(section.label, body.lines) for section, body in pairs], notice)
    slices = [
        FittedSlice(section.label, body.kept_lines, body.kept_chars, body.truncated, body.alike)
        for section, body in pairs
    ]
    slices += [FittedSlice(section.label, 0, 0, True) for section in sections[len(bodies) :]]
    return FittedText(text, tuple(slices), places=dict(_places(pairs)))


def _places(pairs: Iterable[tuple[Section, Body]]) -> Iterator[tuple[tuple[str, int], int]]:
    """Each line of a section with the number of the line that shows it, as `layout` has them."""
    header = 1
    for section, body in pairs:
        for line, number in enumerate(body.numbers, header + 1):
            if number is not None:
                yield (section.label, number), line
        header += len(body.lines) + 2
