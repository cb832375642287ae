"""What fits into a model's context: instructions, question and answer, in tokens.

The careful side is taken: too short a window is said, and one that is cut by a server is not.
"""

from math import ceil

from webapp.pipeline.values import LlmSettings

from .estimate import LEAST_CHARS_PER_TOKEN, LONG_ANSWER_TOKENS
from .prompt import SYSTEM

# The instructions are English: 4.0 characters a token with Qwen2.5.
_INSTRUCTIONS = ceil(len(SYSTEM) / 3)
# What the template of a model puts around them.
_TEMPLATE = 100
# No verdict is shorter.
LEAST_ANSWER_TOKENS = 200


def answer_room(context_tokens: int, chars: int) -> int:
    """Tokens that are left for the answer to a message of so many characters; may be negative."""
    return context_tokens - _INSTRUCTIONS - _TEMPLATE - ceil(chars / LEAST_CHARS_PER_TOKEN)


def chars_too_many(context_tokens: int, longest_answer: int, chars: int) -> int:
    """By how much a message of `chars` has to be shorter, so that a long answer fits too.

    `longest_answer`: in tokens, of those of late; 0: none. What a longer one takes is at most half
    of the context.
    """
    longer = min(ceil(1.5 * longest_answer), context_tokens // 2)
    lacking = max(LONG_ANSWER_TOKENS, longer) - answer_room(context_tokens, chars)
    return ceil(lacking * LEAST_CHARS_PER_TOKEN)


def why_no_room(settings: LlmSettings, context_tokens: int | None, message: str) -> str | None:
    """None where the message fits, or may do so; else the sentence that says why not."""
    if context_tokens is None:
        return None
    room = answer_room(context_tokens, len(message))
    if room >= LEAST_ANSWER_TOKENS:
        return None
    needed = context_tokens - room + LEAST_ANSWER_TOKENS
    return (
        f"{settings.model} reads {context_tokens:,} tokens at once, its answer included, and this "
        f"may take {needed:,}; serve it with a larger context, shorten the Monitor's prompt or its "
        "max_chars, or choose another model. Nothing was sent."
    )
