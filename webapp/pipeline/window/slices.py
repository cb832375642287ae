"""An Input of a Run on its way into the window."""

from collections.abc import Mapping, Sequence

from webapp.pipeline.values import Gathered, Slice, Span

from .wording import counted

_FAILED = "this Input failed; what it gave until then is above"
_FAILED_AT_ONCE = "this Input failed and gave no lines"
_NONE_PINNED: Mapping[int, Sequence[Span]] = {}


def slice_of(gathered: Gathered, pinned: Mapping[int, Sequence[Span]] = _NONE_PINNED) -> Slice:
    """What an Input gave, with all that is to be said of it; `pinned` are new lines."""
    output = gathered.output
    said = [notice.rstrip(".") for notice in gathered.notices]
    if gathered.ignored_lines:
        said.append(f"{counted(gathered.ignored_lines, 'line')} ignored by the Monitor's rules")
    if gathered.status == "failed":
        said.append(_FAILED_AT_ONCE if gathered.gave_nothing else _FAILED)
    return Slice(
        gathered.label,
        output.text,
        lost_lines=output.lost_lines,
        torn_bytes=output.lost_bytes if output.torn else 0,
        at_least=output.at_least,
        note=f"… {'; '.join(said)} …" if said else None,
        context_lines=output.context_lines if gathered.continues and not output.torn else None,
        pinned=pinned,
    )
