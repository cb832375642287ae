"""The window is fitted to how much the models that may read it read at once.

The smallest context counts into which any text goes; a model with a smaller one refuses it when it
is asked, and is told to be out.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from webapp.pipeline.analyze import Question, chars_too_many, context_of
from webapp.pipeline.task import Work
from webapp.pipeline.values import FittedText

# No Monitor may have a smaller window.
LEAST_CHARS = 200
# Each takes away what the one before had too much; what else is said of the text varies little.
_ROUNDS = 8


@dataclass(frozen=True)
class Context:
    """A model, and how many tokens it reads and writes at once."""

    model: str
    tokens: int


def in_context(
    work: Work,
    fitted_to: Callable[[int], FittedText],
    question_of: Callable[[FittedText], Question | None],
) -> FittedText:
    """The text in `max_chars` of the Monitor, or in as many as the context leaves to it.

    `fitted_to` makes it of so many characters, `question_of` what a model is asked about it.
    """
    whole = fitted_to(work.max_chars)
    for context in sorted(_contexts(work), key=lambda one: one.tokens):
        fitted = _within(context, work, whole, fitted_to, question_of)
        if fitted:
            return fitted
    return whole


def _contexts(work: Work) -> Iterator[Context]:
    """Of those that may read it, as far as they are known. The first is about to be asked."""
    seconds = min(work.llm.timeout_seconds, work.seconds_left)
    for model in dict.fromkeys((work.llm.model, *work.other_readers)):
        is_first = model == work.llm.model
        tokens = context_of(work.llm.of(model), seconds, wake=is_first)
        if tokens:
            yield Context(model, tokens)


def _within(
    context: Context,
    work: Work,
    whole: FittedText,
    fitted_to: Callable[[int], FittedText],
    question_of: Callable[[FittedText], Question | None],
) -> FittedText | None:
    """None where there is no room for any text."""
    fitted, max_chars = whole, work.max_chars
    for _ in range(_ROUNDS):
        asked = question_of(fitted)
        chars = len(asked.message) if asked else 0
        too_many = chars_too_many(context.tokens, work.longest_answer, chars)
        if too_many <= 0:
            note = _note(context, max_chars, work.max_chars) if fitted is not whole else None
            return replace(fitted, context_tokens=context.tokens, note=note)
        max_chars = min(max_chars, len(fitted.text)) - too_many
        if max_chars < LEAST_CHARS:
            return None
        fitted = fitted_to(max_chars)
    return None


def _note(context: Context, max_chars: int, wanted: int) -> str:
    return (
        f"The window was cut to {max_chars:,} characters of the Monitor's {wanted:,}, as "
        f"{context.model} reads {context.tokens:,} tokens at once, its answer included."
    )
