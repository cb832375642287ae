"""One question to an LLM: which model, how it is reached, and one event loop for all callers."""

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator, Coroutine, Iterable
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import httpx2
from pydantic_ai import Agent, ModelSettings, NativeOutput, PromptedOutput, RunContext
from pydantic_ai.capabilities import Hooks
from pydantic_ai.exceptions import (
    AgentRunError,
    ModelAPIError,
    ModelConnectionError,
    ModelRateLimitError,
    ModelRequestRejectedError,
    ModelServerError,
    ModelTimeoutError,
    ModelUnavailableError,
    RetryModelRequest,
    UserError,
)
from pydantic_ai.messages import ModelMessage, ModelResponse
from pydantic_ai.models import Model, ModelRequestContext, create_async_httpx2_client
from pydantic_ai.run import AgentRunResult
from pydantic_ai.usage import RunUsage

from webapp.pipeline.values import LlmSettings, StageError, Usage

from .answer import Answer
from .context import LEAST_ANSWER_TOKENS, answer_room, why_no_room
from .estimate import price, tokens_in
from .failures import (
    AnswerTooLong,
    Asked,
    cause_in,
    no_answer_in_time,
    refuses_schema,
    stage_error,
)
from .local import why_not_asked
from .prompt import SYSTEM
from .providers import model_of
from .serving import context_of

MAX_ANSWER_TOKENS = 8192
MAX_ANSWER_BYTES = 1_000_000
MAX_RETRIES = 2
MAX_REPAIRS = 1
# How long a caller waits past the deadline for the loop to say so itself.
GRACE_SECONDS = 5

T = TypeVar("T")


@dataclass(frozen=True)
class _Bounds:
    """Of one question: when it must end, on time.monotonic(), and what the model reads at once."""

    ends_at: float
    context_tokens: int | None


def ask(
    settings: LlmSettings, message: str, *, deadline_seconds: float | None = None
) -> tuple[Answer, Usage]:
    """The model's answer, valid against the schema, and what it took.

    The shorter of `settings.timeout_seconds` and `deadline_seconds` bounds everything: retries,
    waiting for a rate limit, the one repair of an invalid answer. Raises StageError.
    """
    problem = why_not_asked(settings)
    if problem:
        raise StageError("llm_unavailable", problem)
    seconds = settings.timeout_seconds
    if deadline_seconds is not None:
        seconds = min(seconds, deadline_seconds)
    asked = Asked(settings, seconds)
    if seconds <= 0:
        raise no_answer_in_time(asked)
    ends_at = time.monotonic() + seconds
    context_tokens = context_of(settings, seconds, wake=True)
    problem = why_no_room(settings, context_tokens, message)
    if problem:
        raise StageError("llm_unavailable", problem)
    bounds = _Bounds(ends_at, context_tokens)
    process, taken = _process(), RunUsage()
    try:
        result = process.wait(_run(process, message, asked, bounds, taken), asked)
    except StageError as error:
        error.usage = _in_vain(error, message, settings, taken)
        raise
    return result.output, _usage(settings, taken)


def _in_vain(
    error: StageError, message: str, settings: LlmSettings, taken: RunUsage
) -> Usage | None:
    """What answers that could not be used took, which is paid for like all others.

    A question that was not answered in time may be charged for too: it counts as what it has in
    all likelihood.
    """
    unanswered = tokens_in(SYSTEM, message) if error.kind == "timeout" else 0
    usage = _usage(settings, taken, unanswered)
    return usage if usage.input_tokens else None


def _usage(settings: LlmSettings, taken: RunUsage, unanswered: int = 0) -> Usage:
    """Its price is by the same list as that of an estimate, and of what a budget holds."""
    sent, got = taken.input_tokens + unanswered, taken.output_tokens
    cost = price(settings, sent, got, taken.cache_read_tokens)
    return Usage(settings.model, sent, got, cost)


async def _run(
    process: "_Process", message: str, asked: Asked, bounds: _Bounds, taken: RunUsage
) -> AgentRunResult[Answer]:
    """`taken` grows by what each answer takes."""

    async def answer(*, by_schema: bool) -> AgentRunResult[Answer]:
        seconds = max(0.01, bounds.ends_at - time.monotonic())
        return await process.agent(asked.settings, by_schema=by_schema).run(
            message,
            deps=bounds,
            timeout=seconds,
            usage=taken,
            model_settings=ModelSettings(timeout=seconds),
        )

    try:
        try:
            return await answer(by_schema=True)
        except ModelRequestRejectedError as error:
            if not refuses_schema(error):
                raise
        return await answer(by_schema=False)
    except (AgentRunError, UserError, AnswerTooLong) as error:
        raise stage_error(error, asked) from error


class _Process:
    """What all calls of one process share: the event loop, the HTTP client, the agents."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._loop = asyncio.new_event_loop()
        self._client = create_async_httpx2_client()
        self._client.event_hooks["response"].append(_bound_answer)
        self._agents: dict[tuple[LlmSettings, bool], Agent[_Bounds, Answer]] = {}
        threading.Thread(target=self._loop.run_forever, name="llm", daemon=True).start()

    def wait(self, work: Coroutine[Any, Any, T], asked: Asked) -> T:
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(asked.seconds + GRACE_SECONDS)
        except FutureTimeoutError as error:
            future.cancel()
            raise no_answer_in_time(asked) from error

    def agent(self, settings: LlmSettings, *, by_schema: bool) -> Agent[_Bounds, Answer]:
        """Called in the loop only, so that no two threads make the same one."""
        key = settings, by_schema
        if key not in self._agents:
            self._agents[key] = _agent(settings, self._client, by_schema=by_schema)
        return self._agents[key]


_lock = threading.Lock()
_shared: _Process | None = None


def _process() -> _Process:
    """The one of this process; a fork has its parent's object, but not its parent's thread."""
    global _shared
    with _lock:
        if _shared is None or _shared.pid != os.getpid():
            _shared = _Process()
        return _shared


def _agent(
    settings: LlmSettings, client: httpx2.AsyncClient, *, by_schema: bool
) -> Agent[_Bounds, Answer]:
    """An agent without tools.

    `by_schema`: the answer is held to its schema as it is written, where the model can be. The
    instructions tell its form in any case.
    """
    model = model_of(settings, client)
    native = by_schema and model.profile.get("supports_json_schema_output", False)
    return Agent(
        model,
        deps_type=_Bounds,
        instructions=SYSTEM,
        output_type=NativeOutput(Answer) if native else PromptedOutput(Answer, template=False),
        model_settings=_model_settings(model),
        retries={"output": MAX_REPAIRS},
        capabilities=[
            Hooks(before_model_request=_bound_by_context, model_request_error=_retry_what_may_pass)
        ],
    )


def _model_settings(model: Model) -> ModelSettings:
    # The client's own retries would sleep through the deadline where the server asks for more.
    settings = ModelSettings(max_tokens=MAX_ANSWER_TOKENS, max_retries=0)
    profile: Any = model.profile
    # Models that reason refuse a temperature; of Anthropic's it is known which do.
    refuses = profile.get(
        "anthropic_disallows_sampling_settings", profile.get("supports_thinking", False)
    )
    if not refuses:
        settings["temperature"] = 0.0
    return settings


async def _bound_by_context(
    ctx: RunContext[_Bounds], request_context: ModelRequestContext
) -> ModelRequestContext:
    """Ask for no longer an answer than there is room for: servers refuse that, or cut the log."""
    if ctx.deps.context_tokens is None:
        return request_context
    room = answer_room(ctx.deps.context_tokens, _chars(request_context.messages))
    most = min(MAX_ANSWER_TOKENS, max(LEAST_ANSWER_TOKENS, room))
    settings = ModelSettings(**{**(request_context.model_settings or {}), "max_tokens": most})
    return replace(request_context, model_settings=settings)


def _chars(messages: Iterable[ModelMessage]) -> int:
    """Of all that was said until then, without the instructions."""
    parts = (part for message in messages for part in message.parts)
    said = (getattr(part, "content", None) or getattr(part, "args", None) or "" for part in parts)
    return sum(len(str(one)) for one in said)


async def _retry_what_may_pass(
    ctx: RunContext[_Bounds], *, request_context: ModelRequestContext, error: Exception
) -> ModelResponse:
    """Ask again after outages and rate limits, where the wait fits into the time that is left."""
    if not _may_pass(error) or request_context.attempt > MAX_RETRIES:
        raise error
    asked_to_wait = error.retry_after if isinstance(error, ModelAPIError) else None
    pause = asked_to_wait if asked_to_wait is not None else 0.5 * 2**request_context.attempt
    if time.monotonic() + pause >= ctx.deps.ends_at:
        raise error
    await asyncio.sleep(pause)
    raise RetryModelRequest


def _may_pass(error: Exception) -> bool:
    if isinstance(error, ModelTimeoutError) or cause_in(error, AnswerTooLong):
        return False
    return isinstance(
        error, ModelConnectionError | ModelRateLimitError | ModelServerError | ModelUnavailableError
    )


async def _bound_answer(response: httpx2.Response) -> None:
    if isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = _BoundedStream(response.stream)


class _BoundedStream(httpx2.AsyncByteStream):
    """Ends a body that grows past any honest answer, before it fills the memory."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._stream:
            size += len(chunk)
            if size > MAX_ANSWER_BYTES:
                raise AnswerTooLong
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
