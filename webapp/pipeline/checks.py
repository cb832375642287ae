"""Is it set up right? Which models judge, one small question to one, one short message.

The settings page's one door to the stages; what it asks goes the way that a Run goes.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

from webapp.clock import milliseconds_since
from webapp.config import Settings
from webapp.pipeline.analyze import ServedBy, analyze, check_model, served, servers
from webapp.pipeline.budget import gate_of_try
from webapp.pipeline.notify import send
from webapp.pipeline.redact import redact
from webapp.pipeline.spending import count
from webapp.pipeline.values import (
    Analysis,
    Channel,
    DeliveryError,
    LlmSettings,
    Message,
    Recipient,
    StageError,
)

PROMPT = "You watch a nightly backup. A backup that fails is an alert."
SAMPLE = """\
[BACKUP]
2026-01-31T03:00:00Z INFO  backup began: 3 volumes, 48 GB
2026-01-31T03:04:12Z ERROR cannot write to /mnt/backup: No space left on device
2026-01-31T03:04:13Z INFO  backup ended with status 1"""
LABEL = "BACKUP"


@dataclass(frozen=True)
class ModelInUse:
    """How many Monitors a model judges, and what it lacks to be asked, if anything.

    `is_fallback`: it is LLM_FALLBACK, and judges where another is out. `context_tokens`: how much
    it reads and writes at once; None where its server did not tell.
    """

    model: str
    monitors: int
    problem: str | None
    is_fallback: bool = False
    context_tokens: int | None = None


@dataclass(frozen=True)
class Models:
    """Those in use, and what the servers of models serve."""

    used: list[ModelInUse]
    servers: list[ServedBy]


@dataclass(frozen=True)
class ModelCheck:
    """What a model made of SAMPLE, or why it did not; `builtin` is asked nothing, and reads it."""

    model: str
    ok: bool
    duration_ms: int
    status: str | None = None
    summary: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_usd: float | None = None
    error: str | None = None

    @property
    def saw_nothing(self) -> bool:
        """It answered, but took a backup that failed for a good one."""
        return self.status == "ok"


@dataclass(frozen=True)
class SendCheck:
    """Whether the server of a channel took a message; `error` is its own sentence, if not."""

    recipient: str
    ok: bool
    duration_ms: int
    error: str | None = None


def models(
    settings: Settings, named: Mapping[str | None, int], *, remembered: bool = False
) -> Models:
    """LLM_MODEL, LLM_FALLBACK, those that Monitors name; `named`: how many Monitors name which.

    Their servers are asked, which may take some seconds, unless what is `remembered` has to do.
    One that no model in use belongs to is told of only where it answers.
    """
    told = servers(settings.llm(), remembered=remembered)
    used = models_in_use(settings, named)
    in_use = {one.model.partition(":")[0] for one in used}
    return Models(used, [one for one in told if one.models or one.provider in in_use])


def offered_models(settings: Settings) -> dict[str, str]:
    """What a Monitor may name as its model, each with where it is served."""
    return {model: one.server for one in servers(settings.llm()) for model in one.models}


def models_in_use(settings: Settings, named: Mapping[str | None, int]) -> list[ModelInUse]:
    """Them alone, with what their servers said before; nobody is asked."""
    default, fallback = settings.llm_model, settings.llm_fallback
    counts = dict.fromkeys(filter(None, (default, fallback, *named)), 0)
    for model, monitors in named.items():
        counts[model or default] += monitors
    return [
        _as_served(settings.llm(model), monitors, is_fallback=model == fallback)
        for model, monitors in counts.items()
    ]


def _as_served(llm: LlmSettings, monitors: int, *, is_fallback: bool) -> ModelInUse:
    """By what its server was asked before."""
    told = served(llm, remembered=True)
    problem = check_model(llm) or told.problem
    return ModelInUse(llm.model, monitors, problem, is_fallback, told.context_tokens)


def ask_model(settings: Settings, model: str | None = None) -> ModelCheck:
    """Have three lines judged by `model`, by default LLM_MODEL, within LLM_TIMEOUT_SECONDS."""
    llm, began, gate = settings.llm(model), time.monotonic(), gate_of_try(settings)
    try:
        analysis = analyze(PROMPT, SAMPLE, labels=[LABEL], settings=llm, ask=gate)
    except StageError as error:
        count(error.calls)
        gate.release()
        return ModelCheck(
            llm.model, False, milliseconds_since(began), error=_shown(error.message, settings)
        )
    count(analysis.calls)
    gate.release()
    return _judged(llm.model, analysis, milliseconds_since(began), settings)


def send_test(channel: Channel, address: str, settings: Settings) -> SendCheck:
    """Hand one short message to the server of the channel."""
    began = time.monotonic()
    sms_url = settings.sms_url.get_secret_value() if settings.sms_url else None
    try:
        send(
            Recipient(channel, address),
            _message(settings.public_url),
            mail=settings.mail(),
            sms_url=sms_url,
            run_key=f"test-{uuid4()}",
        )
    except DeliveryError as error:
        return SendCheck(address, False, milliseconds_since(began), _shown(error.message, settings))
    return SendCheck(address, True, milliseconds_since(began))


def _judged(model: str, analysis: Analysis, duration_ms: int, settings: Settings) -> ModelCheck:
    usage = analysis.usage
    return ModelCheck(
        model,
        True,
        duration_ms,
        analysis.verdict.status,
        _shown(analysis.verdict.summary, settings),
        usage.input_tokens,
        usage.output_tokens,
        usage.cost_usd,
    )


def _message(public_url: str) -> Message:
    sentence = "This is a test: messages of AI Log Monitor reach you."
    return Message(
        subject=f"[TEST] {sentence}",
        text=f"{sentence}\n\nSomebody sent it from the settings page:\n{public_url}/settings\n",
        short=sentence,
    )


def _shown(text: str, settings: Settings) -> str:
    return redact(text, settings.held_secrets, own=settings.own_patterns).text
