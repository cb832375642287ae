"""Whether an Input said anything since it was last read, be that judged or not.

How far an Input was judged does not tell: where a Run ends in an error, its lines are new once
more; and what is judged whole is all new each time, though nobody writes it any more.
"""

from collections.abc import Mapping
from hashlib import blake2b

from webapp.pipeline import overlap
from webapp.pipeline.values import Tail

Heard = Mapping[str, str]


def heard(new: Tail) -> Heard:
    """What an Input gave that was not judged before, for `is_unchanged` the next time."""
    told = f"{new.total_bytes} {new.total_lines} {new.text}"
    digest = blake2b(told.encode(errors="surrogatepass"), digest_size=12).hexdigest()
    return {"digest": digest, "end": overlap.remembered(_lines(new.text))}


def is_unchanged(new: Tail, before: Heard) -> bool:
    """Whether it is the same to the letter, or an end of it, as where the last hour is printed."""
    now = heard(new)
    return now["digest"] == before["digest"] or overlap.is_end(_lines(new.text), before["end"])


def _lines(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n") if text else []
