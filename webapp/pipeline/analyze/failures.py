"""What a failed call to an LLM means for the person who must act."""

import json
import re
import ssl
from dataclasses import dataclass
from typing import TypeVar

from pydantic_ai.exceptions import (
    ContentFilterError,
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelContextWindowExceededError,
    ModelHTTPError,
    ModelNotFoundError,
    ModelQuotaExceededError,
    ModelRateLimitError,
    ModelRequestRejectedError,
    ModelRequestTimeout,
    ModelTimeoutError,
    OutputTokenLimitExceeded,
    RunTimedOut,
    UnexpectedModelBehavior,
)

from webapp.pipeline.values import LlmSettings, StageError

MAX_DETAIL = 200

E = TypeVar("E", bound=BaseException)

# What servers call it that have no way to hold an answer to a schema, or not to such a one.
_SCHEMA = re.compile(r"schema|grammar|structured|(response|output)[ _]?(format|config)", re.I)

_KEY_VARIABLE = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}


class AnswerTooLong(Exception):
    """The body of an answer grew past the limit."""


@dataclass(frozen=True)
class Asked:
    """The question whose failure is told; `seconds` is all the time that it had."""

    settings: LlmSettings
    seconds: float

    @property
    def model(self) -> str:
        return self.settings.model

    @property
    def place(self) -> str:
        """Where the model was looked for, as part of a sentence."""
        url = self.settings.own_address
        return f" at {url}" if url else ""


def no_answer_in_time(asked: Asked) -> StageError:
    return StageError(
        "timeout",
        f"{asked.model}{asked.place} gave no verdict within {round(asked.seconds, 1):g} s; "
        "check the server, send it less text, or raise LLM_TIMEOUT_SECONDS.",
    )


def cause_in(error: BaseException, kind: type[E]) -> E | None:
    """The error of that kind that is this one or stands behind it: libraries wrap what happened,
    each in another way, and say less themselves."""
    cause: BaseException | None = error
    while cause:
        if isinstance(cause, kind):
            return cause
        cause = cause.__cause__ or cause.__context__
    return None


def refuses_schema(error: ModelRequestRejectedError) -> bool:
    """Whether the server would take the question if the answer's schema were not sent with it."""
    told = isinstance(error, ModelHTTPError) and error.status_code in (400, 422)
    return told and bool(_SCHEMA.search(str(error.body)))


def stage_error(error: Exception, asked: Asked) -> StageError:
    """The one sentence for whatever pydantic-ai raised; it carries no key."""
    if isinstance(error, RunTimedOut | ModelTimeoutError | ModelRequestTimeout):
        return no_answer_in_time(asked)
    if cause_in(error, AnswerTooLong):
        return _invalid(asked, "sent an answer without end")
    if isinstance(error, UnexpectedModelBehavior):
        return _unusable(error, asked)
    if isinstance(error.__cause__, ValueError):  # the body could not be decoded
        return _invalid(asked, "gave no answer of the asked form")
    if isinstance(error, ModelAPIError):
        return StageError("llm_unavailable", f"{asked.model}{asked.place} {_reason(error, asked)}")
    return StageError(
        "llm_unavailable", f"{asked.model} cannot be asked: {_safe(str(error), asked)}"
    )


def _reason(error: ModelAPIError, asked: Asked) -> str:
    """What happened and what to do, most specific first."""
    status = f" ({error.status_code})" if isinstance(error, ModelHTTPError) else ""
    match error:
        case ModelAuthenticationError():
            variable = _KEY_VARIABLE.get(asked.model.partition(":")[0])
            what_to_do = f"set {variable}" if variable else "check its access rules"
            return f"refused the API key{status}; {what_to_do}."
        case ModelNotFoundError():
            return f"is not known there{status}; check the model's name and the base URL."
        case ModelQuotaExceededError():
            return f"refused: the account's quota is used up{status}; top it up."
        case ModelRateLimitError():
            wait = "" if error.retry_after is None else f" and asks to wait {error.retry_after:g} s"
            return f"is limiting requests{status}{wait}; run less often or raise the limit."
        case ModelContextWindowExceededError():
            return f"cannot read that much text{status}; lower the Monitor's max_chars."
        case ModelConnectionError():
            return _no_connection(error)
        case _:
            return f"failed{status}{_detail(error, asked)}; see its own status or log."


def _no_connection(error: BaseException) -> str:
    said = cause_in(error, ssl.SSLError)
    if said is None:
        return "cannot be reached; check the base URL, and that the server runs."
    why = getattr(said, "verify_message", "") or said.reason or "it gave no reason"
    return (
        f"cannot be reached by TLS: {why}; check the base URL, and that the certificate of "
        "the server is one that this machine trusts."
    )


def _unusable(error: UnexpectedModelBehavior, asked: Asked) -> StageError:
    if isinstance(error, ContentFilterError):
        return _invalid(asked, "refused to judge this text")
    if isinstance(error, OutputTokenLimitExceeded):
        return _invalid(asked, "did not come to the end of its answer")
    return _invalid(asked, "gave no answer of the asked form")


def _invalid(asked: Asked, what: str) -> StageError:
    return StageError(
        "llm_invalid",
        f"{asked.model}{asked.place} {what}, so nothing was judged; if this goes on, "
        "check the base URL, choose another model or send it less text.",
    )


def _detail(error: ModelAPIError, asked: Asked) -> str:
    """The provider's own words, after a colon."""
    body = error.body
    if isinstance(body, dict):
        inner = body.get("error", body)
        body = inner.get("message", inner) if isinstance(inner, dict) else inner
    if body is None:
        return ""
    return ": " + _safe(body if isinstance(body, str) else json.dumps(body, default=str), asked)


def _safe(text: str, asked: Asked) -> str:
    """One short line of it, without the keys that a careless server repeats."""
    for key in (asked.settings.openai_api_key, asked.settings.anthropic_api_key):
        if key:
            text = text.replace(key, "[hidden]")
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= MAX_DETAIL else line[: MAX_DETAIL - 1] + "…"
