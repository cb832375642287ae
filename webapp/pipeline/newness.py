"""What is new since the last Run that was judged: where reading goes on, and what may be judged.

Positions are kept with the verdict on what was read, so that no line is judged twice, and none is
passed over where a Run ended in an error. When an Input last spoke is kept in any case, or nobody
would hear of its silence while there is no verdict.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

from webapp.clock import iso, moment
from webapp.pipeline.values import Finding, Gathered, Host, InputSpec, Verdict, VerdictStatus

GRAVITY: Mapping[str, int] = {"ok": 0, "warn": 1, "alert": 2}
JUDGED_BEFORE = "All that it found was judged at an earlier Run."


def resumed(host: Host, spec: InputSpec, kept: Mapping[str, Any]) -> InputSpec:
    """The Input as it goes on from what was kept of its label, if that was read the same way."""
    last = kept.get(spec.label)
    if not last or last["reads"] != reads(host, spec):
        return spec
    return replace(
        spec,
        position=last["at"],
        # What an earlier version kept has no such moment.
        read_at=moment(last["read"]) if last.get("read") else None,
        spoke_at=moment(last["spoke"]),
        heard=last.get("heard"),
        noticed=last.get("noticed"),
        normal=last.get("normal"),
    )


def to_keep(
    host: Host,
    inputs: Sequence[InputSpec],
    gathered: Sequence[Gathered],
    now: datetime,
    learned: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """By label, what the next Run goes on from; `learned`: what is normal, where that changed."""
    pairs = zip(inputs, gathered, strict=True)
    return {
        spec.label: _kept(host, spec, given, now)
        | {"normal": (learned or {}).get(spec.label, spec.normal)}
        for spec, given in pairs
    }


def to_keep_unjudged(
    host: Host, inputs: Sequence[InputSpec], gathered: Sequence[Gathered], now: datetime
) -> dict[str, Any] | None:
    """As `to_keep` of a Run that ends in an error: only whether its Inputs spoke goes on.

    None where nobody asks for that.
    """
    if not any(spec.expect_lines_within for spec in inputs):
        return None
    pairs = zip(inputs, gathered, strict=True)
    return {
        spec.label: _kept(host, spec, given, now)
        | {
            "at": spec.position,
            "read": spec.read_at and iso(spec.read_at),
            "heard": _heard(spec, given),
            "noticed": spec.noticed,
            "normal": spec.normal,
        }
        for spec, given in pairs
    }


def _kept(host: Host, spec: InputSpec, given: Gathered, now: datetime) -> dict[str, Any]:
    """Where nothing could be read, nothing of it was judged."""
    unread = given.status == "failed" and given.position is None
    at = spec.position if unread else given.position
    read_at = spec.read_at if unread else now
    spoke_at = now if given.spoke else spec.spoke_at or now
    return {
        "reads": reads(host, spec),
        "at": at,
        "read": read_at and iso(read_at),
        "spoke": iso(spoke_at),
        "heard": _heard(spec, given) if given.whole else None,
        "noticed": _noticed(given),
    }


def _heard(spec: InputSpec, given: Gathered) -> Mapping[str, str] | None:
    """A part of what was to be read tells nothing of what comes next."""
    return given.heard if given.status == "ok" else spec.heard


def _noticed(given: Gathered) -> str | None:
    """A digest of what was said of the source, some of which is said at each Run."""
    return _digest_of(list(given.notices)) if given.notices else None


def reads(host: Host, spec: InputSpec) -> str:
    """A digest of what is read; another file, or the same path on another host, has another."""
    return _digest_of([_told_of(host), spec.mode, spec.command, dict(spec.config)])


def _digest_of(told: list[Any]) -> str:
    text = json.dumps(told, sort_keys=True, default=str)
    return blake2b(text.encode(), digest_size=12).hexdigest()


def _told_of(host: Host) -> str:
    """Without what is as for every host, so that new ways to reach one change no old one."""
    told = ((one.name, getattr(host, one.name), one.default) for one in fields(host))
    return repr({name: value for name, value, default in told if value != default})


def nothing_new(inputs: Sequence[InputSpec], gathered: Sequence[Gathered]) -> bool:
    """Whether each Input could be read and is as it was: no line came, and nothing befell it."""
    return all(
        given.status == "ok" and given.new_lines == 0 and _noticed(given) == spec.noticed
        for spec, given in zip(inputs, gathered, strict=True)
    )


def mind_context(verdict: Verdict, *, nothing_new: bool = False) -> Verdict:
    """What was judged before cannot raise the status: no more than the gravest new finding does.

    A verdict whose findings are all new, or that names none, stands as it is; but where there is
    `nothing_new`, all that a model says is on what was judged before. What the program found then
    is new, as that lines are absent.
    """
    if nothing_new:
        known = (replace(one, new=one.new and one.by != "model") for one in verdict.findings)
        verdict = replace(verdict, findings=tuple(known))
    elif all(finding.new for finding in verdict.findings):
        return verdict
    new = [finding.severity for finding in verdict.findings if finding.new]
    status: VerdictStatus = max(new, key=GRAVITY.__getitem__, default="ok")
    if GRAVITY[status] >= GRAVITY[verdict.status]:
        return verdict
    summary = verdict.summary if new else f"{verdict.summary} {JUDGED_BEFORE}"
    return replace(verdict, status=status, summary=summary)


def mind_silence(
    verdict: Verdict, inputs: Sequence[InputSpec], gathered: Sequence[Gathered], now: datetime
) -> Verdict:
    """With a finding for each Input that should have spoken and did not."""
    pairs = zip(inputs, gathered, strict=True)
    findings = [found for spec, given in pairs if (found := _silence(spec, given, now))]
    if not findings:
        return verdict
    said = " ".join(f"{finding.label}: {finding.explanation}" for finding in findings)
    return replace(
        verdict,
        status="alert",
        summary=f"{said} {verdict.summary}",
        findings=(*findings, *verdict.findings),
    )


def _silence(spec: InputSpec, given: Gathered, now: datetime) -> Finding | None:
    if not spec.expect_lines_within or given.spoke or given.status == "failed":
        return None
    silent = now - (spec.spoke_at or now)
    if silent < timedelta(seconds=spec.expect_lines_within):
        return None
    explanation = (
        f"No new line for {_span(silent)}, where one is expected within "
        f"{_span(timedelta(seconds=spec.expect_lines_within))}."
    )
    return Finding("alert", spec.label, None, None, explanation, verified=True, by="silence")


def _span(span: timedelta) -> str:
    seconds = round(span.total_seconds())
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60:,} min"
