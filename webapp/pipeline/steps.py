"""The steps that a Run, a preview and a try have in common, so that one shows what another does."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from webapp.clock import utc_now
from webapp.config import Settings
from webapp.pipeline import columns
from webapp.pipeline.addressing import mind_addressing
from webapp.pipeline.analyze import (
    SAME,
    Ask,
    Question,
    analyze,
    ask_model,
    builtin,
    question,
    with_fallback,
)
from webapp.pipeline.analyze.unusual import Comparison
from webapp.pipeline.context import in_context
from webapp.pipeline.gather import gather
from webapp.pipeline.known_noise import mind_missed, mind_noise, told
from webapp.pipeline.newness import mind_context, mind_silence, nothing_new
from webapp.pipeline.normal import Compared
from webapp.pipeline.redact import Redactor, redact_all, secret_values
from webapp.pipeline.rules import matches, mind_rules, without_ignored
from webapp.pipeline.task import Work
from webapp.pipeline.usual import compare_all, in_sight, telling_lines
from webapp.pipeline.values import (
    Analysis,
    FittedText,
    Gathered,
    GatherLimits,
    InputSpec,
    LlmSettings,
    Span,
    StageError,
    Usage,
    Verdict,
)
from webapp.pipeline.window import fit, slice_of

# How much of an Input's end is kept, so that what redaction takes away is not missing later.
KEPT_BYTES_PER_CHAR = 8
LEAST_KEPT_BYTES = 64 * 1024
# Of lines alike a window holds far more, so that more are read for it, though not without end.
COLLAPSED_CHARS_PER_CHAR = 4
MOST_CHARS = 100_000
# What a rule alarms on is looked for in far more than a window holds: a flood must not hide it.
RULED_BYTES = 4 * 1024 * 1024
# How much of what an Input said on standard error a summary quotes.
FIRST_WORDS = 160


@dataclass(frozen=True)
class Read:
    """What each Input gave, without its secrets, how unusual that is, and the text of them all."""

    gathered: list[Gathered]
    compared: Comparison
    fitted: FittedText

    @property
    def labels(self) -> list[str]:
        return [one.label for one in self.gathered]


def read(work: Work, settings: Settings, redactor: Redactor) -> Read:
    chars = work.max_chars * (COLLAPSED_CHARS_PER_CHAR if work.collapse_repeats else 1)
    limits = limits_of(min(chars, max(MOST_CHARS, work.max_chars)), settings, work.seconds_left)
    if work.rules.must_alert:
        limits = replace(limits, keep_bytes=max(RULED_BYTES, limits.keep_bytes))
    given = gather(work.host, work.inputs, limits)
    return weigh(work, given, redactor, utc_now())


def weigh(work: Work, given: Sequence[Gathered], redactor: Redactor, now: datetime) -> Read:
    """What was gathered just now, on its way to be judged."""
    gathered = redact_all([without_ignored(one, work.rules.ignore) for one in given], redactor)
    compared = compare_all(work.inputs, gathered, now)
    slices = [slice_of(one, _pinned(work, one, compared[one.label])) for one in gathered]

    def fitted_to(max_chars: int) -> FittedText:
        return fit(slices, work.max_lines, max_chars, collapsed=work.collapse_repeats)

    def question_about(fitted: FittedText) -> Question | None:
        return question_of(work, Read(gathered, compared, fitted), now)

    fitted = in_context(work, fitted_to, question_about)
    return Read(gathered, in_sight(compared, gathered, fitted), fitted)


def _pinned(work: Work, gathered: Gathered, compared: Compared) -> dict[int, list[Span]]:
    """The newest line of each rule that matches, with what matches, and of each unusual kind."""
    rules = work.rules.must_alert
    found = matches(gathered, rules)
    lines = gathered.output.text.split("\n") if found else []
    pinned: dict[int, list[Span]] = {}
    for pattern, matched in found.items():
        part = rules.part_of(lines[matched.newest], pattern)
        pinned.setdefault(matched.newest, []).append(part)
    for number in telling_lines(compared, gathered):
        pinned.setdefault(number, [])
    return pinned


def question_of(work: Work, read: Read, now: datetime) -> Question | None:
    """What a model is asked about it; None where nothing leaves this service."""
    if work.llm.model == "builtin" and to_confirm(work, read, now) is None:
        return None
    missing, partial = gaps_of(read.gathered)
    return question(
        work.prompt,
        read.fitted.text,
        read.labels,
        missing=missing,
        partial=partial,
        facts=builtin.facts(read.fitted.text, list(read.compared), read.compared),
        noise=told(work.remarks, "noise"),
        missed=told(work.remarks, "missed"),
    )


def judge(
    work: Work, read: Read, asked: Question | None, now: datetime, ask: Ask = ask_model
) -> Analysis:
    """Raises StageError."""
    missing, partial = gaps_of(read.gathered)
    second_opinion = _second_opinion(work, read, now)

    def judged(llm: LlmSettings, out: str | None) -> Analysis:
        return analyze(
            work.prompt,
            read.fitted.text,
            labels=read.labels,
            settings=llm,
            missing=missing,
            partial=partial,
            compared=read.compared,
            asked=asked,
            deadline_seconds=work.seconds_left,
            second_opinion=second_opinion,
            out=out,
            ask=ask,
        )

    analysis = with_fallback(judged, work.llm)
    by_model = analysis.usage.model != "builtin"
    verdict = minded(work, analysis.verdict, read, now, by_model=by_model)
    return replace(analysis, verdict=verdict)


def to_confirm(work: Work, read: Read, now: datetime) -> str | None:
    """The model that is asked whether an alert of the built-in reading is one; None: none is."""
    other = _second_opinion(work, read, now)
    if other in (None, SAME):
        return None
    missing, partial = gaps_of(read.gathered)
    verdict = builtin.read(
        read.fitted.text, read.labels, missing=missing, partial=partial, compared=read.compared
    )
    return other if mind_context(verdict).status == "alert" else None


def _second_opinion(work: Work, read: Read, now: datetime) -> str | None:
    """Who is to confirm an alert; nobody, where it is one whatever a model says, or cannot be."""
    if not work.verdict_config.second_opinion or nothing_new(work.inputs, read.gathered):
        return None
    certain = minded(work, Verdict("ok", "", ""), read, now)
    return None if certain.status == "alert" else work.verdict_config.second_opinion


def minded(
    work: Work, verdict: Verdict, read: Read, now: datetime, *, by_model: bool = False
) -> Verdict:
    """The verdict with all that needs no model to be said. `by_model`: it is one's."""
    verdict = mind_context(verdict, nothing_new=nothing_new(work.inputs, read.gathered))
    verdict = mind_standard_error(verdict, read.gathered)
    if by_model and work.verdict_config.builtin_may_raise:
        verdict = mind_builtin(verdict, read)
    if work.verdict_config.flag_addressing:
        verdict = mind_addressing(verdict, read.fitted.text, read.labels)
    verdict = mind_missed(mind_noise(verdict, work.remarks), work.remarks)
    verdict = mind_silence(verdict, work.inputs, read.gathered, now)
    return mind_rules(verdict, read.gathered, read.fitted, work.rules.must_alert)


def mind_builtin(verdict: Verdict, read: Read) -> Verdict:
    """A model's ok is a warn where the built-in reading alarms, and both are shown."""
    alarms = builtin.alarms(read.fitted.text, read.labels, read.compared)
    if verdict.status != "ok" or not alarms:
        return verdict
    summary = f"{alarms[0].explanation} So the built-in reading; the model says ok:"
    return replace(
        verdict,
        status="warn",
        summary=f"{summary} {verdict.summary}",
        findings=(*verdict.findings, *alarms),
    )


def of_failed(
    work: Work, read: Read, error: StageError, redactor: Redactor, now: datetime
) -> dict[str, Any]:
    """The columns of what no model judged: an error, unless a rule or a silence is an alert.

    What the built-in reading counted is among the findings, and raises nothing.
    """
    counted = builtin.read(read.fitted.text, read.labels, compared=read.compared).findings
    unjudged = Verdict("ok", f"The rest was not judged: {error.message}", "", findings=counted)
    verdict = minded(work, unjudged, read, now)
    if verdict.status != "alert":
        return columns.of_error(error, redactor, verdict.findings)
    usage = error.usage or Usage(work.llm.model)
    return columns.of_alert(Analysis(verdict, usage, error.calls), error, redactor)


def mind_standard_error(verdict: Verdict, gathered: Sequence[Gathered]) -> Verdict:
    """A Run whose Inputs gave no line, though one spoke on standard error, is not plainly well.

    That is never judged, as it is full of banners and progress where there is a log to read; but
    here nothing was, and many a program writes its whole log there.
    """
    said = [f"{one.label} said on standard error: {_first_words(one)}" for one in gathered]
    said = [words for words, one in zip(said, gathered, strict=True) if one.stderr.text.strip()]
    if not said or any(not one.gave_nothing for one in gathered):
        return verdict
    status = "warn" if verdict.status == "ok" else verdict.status
    sentence = f"No Input gave a line to judge; {'; '.join(said)}"
    return replace(verdict, status=status, summary=f"{verdict.summary} {sentence}")


def _first_words(gathered: Gathered) -> str:
    words = " ".join(gathered.stderr.text.split())
    return words if len(words) <= FIRST_WORDS else f"{words[:FIRST_WORDS]}…"


def gaps_of(gathered: Sequence[Gathered]) -> tuple[list[str], list[str]]:
    """The labels of Inputs that gave nothing as they failed, and of those that gave a part."""
    failed = [one for one in gathered if one.status == "failed"]
    missing = [one.label for one in failed if one.gave_nothing]
    partial = [one.label for one in failed if not one.gave_nothing]
    return missing, partial


def limits_of(
    max_chars: int, settings: Settings, total_seconds: float | None = None
) -> GatherLimits:
    return GatherLimits(
        max_workers=settings.max_command_workers,
        timeout_seconds=settings.command_timeout_seconds,
        keep_bytes=max(LEAST_KEPT_BYTES, KEPT_BYTES_PER_CHAR * max_chars),
        passed_env=settings.passed_env,
        bounds=settings.command_bounds,
        log_paths=settings.files_to_read,
        total_seconds=total_seconds,
        secrets=settings.log_secrets,
    )


def redactor_of(
    settings: Settings, inputs: Sequence[InputSpec] = (), also: Sequence[str] = ()
) -> Redactor:
    """It knows what the service holds, what the commands are given, and the operator's patterns.

    `also`: the kinds of personal data that the Monitor hides.
    """
    given = [settings.passed_env, *(spec.env for spec in inputs)]
    known = [*settings.held_secrets, *(v for env in given for v in secret_values(env))]
    return Redactor(known, also, own=settings.own_patterns)
