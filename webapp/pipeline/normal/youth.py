"""What may be taken for normal of a source of which nothing is known yet.

Programs that are well print errors and warnings too, so that a source which had to be without them
to be learned would never be. What comes in two windows or more is how the source is; what comes
once is not, nor ever what is fatal in itself.
"""

from dataclasses import replace

from webapp.pipeline.shapes import is_fatal

from .grades import Grade
from .normal import Normal
from .seen import Seen
from .vocabulary import Vocabulary

# From here on it is no line like one before, but another.
ANOTHER = 0.75
MOST_DOUBTED = 300


def believed(seen: Seen, normal: Normal) -> Seen:
    """The window without the errors and warnings that came for the first time, which are kept in
    mind as `normal.doubted`, and without what is fatal in itself."""
    told = [
        (kind, one)
        for kind, one in seen.of_grade(Grade.ERROR, Grade.WARN)
        if kind not in normal.kinds
    ]
    fatal = {kind for kind, one in told if is_fatal(one.text)}
    before = Vocabulary(normal.doubted)
    first = [
        kind
        for kind, _ in told
        if kind not in fatal
        and before.novelty(kind) >= ANOTHER
        and normal.vocabulary.novelty(kind) >= ANOTHER
    ]
    normal.doubted = [*normal.doubted, *first][-MOST_DOUBTED:]
    return _without(seen, fatal.union(first))


def _without(seen: Seen, kinds: set[str]) -> Seen:
    left = {kind: one for kind, one in seen.kinds.items() if kind not in kinds}
    events = sum(one.count for one in left.values())
    # One of which nothing is believed was no silence.
    return replace(seen, kinds=left, events=events, since_last=seen.since_last and events > 0)
