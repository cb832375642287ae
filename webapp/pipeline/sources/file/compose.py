"""The text of the logs that are read: what is new of each, and what is before it."""

from collections.abc import Sequence
from dataclasses import replace

from webapp.pipeline.clean import one_line
from webapp.pipeline.sources.file.ahead import read_soon
from webapp.pipeline.sources.file.files import Files
from webapp.pipeline.sources.file.plan import Plan
from webapp.pipeline.sources.file.ranges import Range, joined, shares, size_of, text_of
from webapp.pipeline.sources.file.rotated import files_before
from webapp.pipeline.tail import line_count
from webapp.pipeline.values import GatherLimits, Tail


def text(
    plans: Sequence[Plan], limits: GatherLimits, files: Files, *, first: bool
) -> tuple[Tail, list[str]]:
    """With notices. What is new of all comes last; `first`: it is new, whatever is before it."""
    rooms = shares(limits.keep_bytes, [size_of(plan.new) for plan in plans])
    spare = (limits.keep_bytes - sum(rooms)) // len(plans)
    read_soon(plans, rooms, spare, files)
    new, earlier = [], []
    for plan, room in zip(plans, rooms, strict=True):
        new.append(text_of(plan.new, room))
        earlier.append(_earlier(plan, 0 if new[-1].lost_bytes else spare, files))
    context = _of_all(plans, earlier)
    tail = joined([context, _of_all(plans, new)])
    if first:
        return tail, []
    notices = [notice for plan in plans for notice in plan.notices]
    return replace(tail, context_lines=line_count(context.text)), notices + _cuts(plans, new)


def _earlier(plan: Plan, room: int, files: Files) -> Tail:
    ranges = list(plan.earlier)
    if plan.goes_back and size_of(ranges) < room:
        known = {one.log.identity for one in (*plan.earlier, *plan.new)}
        for log in files_before(plan.path, files):
            if log.identity not in known:
                ranges.insert(0, Range(log, 0, log.size))
            if size_of(ranges) >= room:
                break
    return text_of(ranges, room)


def _of_all(plans: Sequence[Plan], tails: Sequence[Tail]) -> Tail:
    if len(plans) == 1:
        return tails[0]
    return joined([_headed(plan.path, one) for plan, one in zip(plans, tails, strict=True)])


def _headed(path: str, tail: Tail) -> Tail:
    """As `tail` prints one of several files. A torn line may begin in a secret: it is left out."""
    if not tail.text:
        return tail
    kept = "" if tail.torn else tail.text
    return replace(tail, text=f"==> {one_line(path)} <==\n{kept}", torn=False)


def _cuts(plans: Sequence[Plan], new: Sequence[Tail]) -> list[str]:
    cut = [(plan.path, one) for plan, one in zip(plans, new, strict=True) if one.lost_bytes]
    return [
        f"of {one.total_bytes:,} bytes that are new in {path}, the last "
        f"{one.total_bytes - one.lost_bytes:,} were read"
        for path, one in cut
    ]
