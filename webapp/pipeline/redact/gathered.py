"""All that the Inputs of a Run gave, without its secrets."""

from collections.abc import Sequence
from dataclasses import replace

from webapp.pipeline.clean import clean_text, one_line
from webapp.pipeline.values import Gathered, Redacted, Tail

from .redactor import Redactor

_LAST_WORDS_CHARS = 300
_STDERR_CHARS = 4096


def redact_all(gathered: Sequence[Gathered], redactor: Redactor) -> list[Gathered]:
    """All that the Inputs gave, without secrets; only then is cut what is too long to keep."""
    for one in gathered:
        redactor.reserve(one.output.text)
        redactor.reserve(one.stderr.text)
    return [_redact_one(one, redactor) for one in gathered]


def _redact_one(one: Gathered, redactor: Redactor) -> Gathered:
    output = redactor.redact(one.output.text, torn=one.output.torn)
    stderr = redactor.redact(one.stderr.text, torn=one.stderr.torn)
    return replace(
        one,
        command=one.command and redactor.redact(one.command).text,
        output=_still_apart(_without_secrets(one.output, output), one.output, redactor),
        stderr=_newest(_without_secrets(one.stderr, stderr)),
        error=one.error and _full_error(one, redactor.redact(clean_text(one.error)).text, stderr),
        redactions=output.counts,
        notices=tuple(redactor.redact(one_line(notice)).text for notice in one.notices),
    )


def _still_apart(redacted: Tail, before: Tail, redactor: Redactor) -> Tail:
    """Where new lines begin, though a secret of many lines, as a private key is, became one."""
    if not before.context_lines or redacted.lines_in_text == before.lines_in_text:
        return redacted
    context = "".join(before.text.splitlines(keepends=True)[: before.context_lines])
    context_lines = redactor.redact(context).text.count("\n")
    return replace(redacted, context_lines=min(context_lines, redacted.lines_in_text))


def _without_secrets(tail: Tail, redacted: Redacted) -> Tail:
    return replace(tail, text=redacted.text, lost_bytes=tail.lost_bytes + redacted.lost_bytes)


def _newest(stderr: Tail) -> Tail:
    """The end of it, and a line that says what is not there."""
    start = max(0, len(stderr.text) - _STDERR_CHARS)
    if start:
        start = (stderr.text.find("\n", start) + 1) % len(stderr.text) or start
    lost = stderr.lost_bytes + len(stderr.text[:start].encode())
    if not lost:
        return stderr
    marker = f"… {lost:,} earlier byte{'' if lost == 1 else 's'} not shown …\n"
    return replace(stderr, text=marker + stderr.text[start:], lost_bytes=lost)


def _full_error(one: Gathered, error: str, stderr: Redacted) -> str:
    """With the last line that a command said of its failure, if it ended by itself."""
    lines = [line.strip() for line in stderr.text.split("\n") if line.strip()]
    if one.exit_code is None or not lines:
        return error
    words = lines[-1]
    cut = words if len(words) <= _LAST_WORDS_CHARS else words[: _LAST_WORDS_CHARS - 1] + "…"
    return f"{error}: {cut}"
