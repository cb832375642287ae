"""The Runs that a Monitor has behind it, as rows of the database."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from webapp.demo.cast import Failure, Trouble, Watched
from webapp.demo.lines import some, written
from webapp.pipeline.sections import NEW_FROM_HERE

MOST_RUNS = 200
# How far back a Monitor that seldom runs goes.
PAST = timedelta(days=60)
STATUSES = {"o": "ok", "w": "warn", "a": "alert", "e": "error"}
BYTES_OF_A_LINE = 96
# A quarter of the lines that are shown were judged before.
OF_CONTEXT = 4
# A provider's outage, so long ago, that nobody's LLM answered in.
OUTAGE_AGO = (timedelta(hours=75), timedelta(hours=73))
OUTAGE = Failure(
    kind="llm_unavailable",
    message="openai:gpt-5-mini did not answer: 503 Service Unavailable, at three attempts.",
)
# Dollars for a token in and out, characters for a token, and tokens of a prompt around a text.
PRICES = (0.25e-6, 2e-6)
CHARS_OF_A_TOKEN = 2.6
PROMPT_TOKENS = 740


@dataclass(frozen=True)
class Told:
    """What one Run found: nothing, a trouble, or why it could not judge."""

    status: str
    trouble: Trouble | None = None
    failure: Failure | None = None


def runs(
    watched: Watched, monitor_id: int, now: datetime, random: Random, most: int
) -> list[dict[str, Any]]:
    """Rows of up to `most` finished Runs, oldest first."""
    if not watched.ends:
        return []
    every = timedelta(seconds=watched.every)
    number = min(most, PAST // every)
    last = _last(every, now, random)
    told = _told(watched, number, random)
    return [
        _run(watched, monitor_id, last - every * (number - 1 - place), one, now, random)
        for place, one in enumerate(told)
    ]


def _last(every: timedelta, now: datetime, random: Random) -> datetime:
    """When it ran last; what runs once a day does so in the early morning."""
    if every < timedelta(days=1):
        return now - every * random.uniform(0.1, 0.6)
    morning = now.replace(hour=5, minute=random.randint(0, 40), second=0, microsecond=0)
    return morning if morning < now - timedelta(minutes=1) else morning - timedelta(days=1)


def busy(at: datetime) -> float:
    """How much is going on then: 0.35 at night to 1 in the afternoon, less at a weekend."""
    day = max(0.0, math.sin(math.pi * (at.hour + at.minute / 60 - 6) / 15))
    return (0.35 + 0.65 * day) * (0.7 if at.weekday() >= 5 else 1.0)


def _told(watched: Watched, number: int, random: Random) -> list[Told]:
    """By the odds, then as `ends` says."""
    ending = [_ending(watched, letter) for letter in watched.ends]
    return [*(_by_chance(watched, random) for _ in range(number - len(ending))), *ending]


def _by_chance(watched: Watched, random: Random) -> Told:
    if not watched.trouble or random.random() >= watched.odds:
        return Told("ok")
    trouble = random.choice(watched.trouble)
    # What ends the story does not happen every week.
    return Told("ok") if trouble.alone else Told(trouble.status, trouble)


def _ending(watched: Watched, letter: str) -> Told:
    status = STATUSES[letter]
    if status == "error":
        return Told(status, failure=watched.failure)
    return Told(status, next((one for one in watched.trouble if one.status == status), None))


def _run(
    watched: Watched, monitor_id: int, at: datetime, told: Told, now: datetime, random: Random
) -> dict[str, Any]:
    if now - OUTAGE_AGO[0] < at < now - OUTAGE_AGO[1] and watched.model != "builtin":
        told = Told("error", failure=OUTAGE)
    unread = told.failure is not None and told.failure.kind == "inputs_failed"
    lines = [] if unread else _lines(watched, at, told, random)
    volume = round(watched.volume * busy(at) * random.uniform(0.85, 1.15)) + len(lines)
    text = _text(watched, lines, volume)
    inputs = (
        [_unread(watched, told, random)]
        if unread
        else list(_inputs(watched, lines, volume, random))
    )
    took = _took(watched, inputs, random)
    return {
        "monitor_id": monitor_id,
        "trigger": "schedule",
        "slot": at,
        "status": told.status,
        "verdict": told.status,
        "attempt": 1,
        "created_at": at,
        "queued_at": at,
        "started_at": at + timedelta(milliseconds=random.randint(20, 400)),
        "finished_at": at + took,
        "prompt": watched.prompt,
        "inputs": inputs,
        "logs_text": None if unread else text,
        **_verdict(watched, told, text.split("\n"), random),
        **_llm(watched, told, text, random),
    }


def _lines(watched: Watched, at: datetime, told: Told, random: Random) -> list[str]:
    usual = some(watched.lines, round(8 + 30 * busy(at)), random)
    unusual = told.trouble.lines if told.trouble else []
    if told.trouble and told.trouble.alone:
        usual = []
    return written([*usual, *unusual], watched.stamp, at, random)


def _text(watched: Watched, lines: Sequence[str], volume: int) -> str:
    hidden, old = volume - len(lines), _old(lines)
    parts = [f"[{watched.label}]", f"… {hidden:,} earlier lines not shown …", *lines[:old]]
    parts += [NEW_FROM_HERE, *lines[old:]]
    for also in watched.also:
        parts += ["", f"[{also.label}]", also.text]
    return "\n".join(parts)


def _old(lines: Sequence[str]) -> int:
    """How many of the lines an earlier Run judged."""
    return len(lines) // OF_CONTEXT


def _inputs(
    watched: Watched, lines: Sequence[str], volume: int, random: Random
) -> Iterator[dict[str, Any]]:
    read = len("\n".join(lines)) + BYTES_OF_A_LINE * (volume - len(lines))
    shown = _input(watched.label, watched.file, lines, volume, read, random)
    yield shown | {"new_lines": len(lines) - _old(lines), "truncated": False}
    for also in watched.also:
        rows = also.text.split("\n")
        yield _input(also.label, also.file, rows, len(rows), len(also.text), random)


def _input(
    label: str, file: str, lines: Sequence[str], volume: int, read: int, random: Random
) -> dict[str, Any]:
    return {
        "label": label,
        "mode": "command",
        "command": command(file),
        "status": "ok",
        "exit_code": 0,
        "duration_ms": random.randint(12, 90) + volume // 8,
        "bytes": read,
        "lines": volume,
        "kept_lines": len(lines),
        "kept_chars": len("\n".join(lines)),
        "truncated": volume > len(lines),
        "error": None,
        "stderr": "",
    }


def _unread(watched: Watched, told: Told, random: Random) -> dict[str, Any]:
    why = (
        told.failure.message.partition(f"{watched.label}: ")[2].rstrip(".") if told.failure else ""
    )
    nothing = dict.fromkeys(("bytes", "lines", "kept_lines", "kept_chars"), 0)
    return _input(watched.label, watched.file, [], 0, 0, random) | nothing | {
        "status": "failed",
        "exit_code": 1,
        "error": why,
        "stderr": why.partition("status 1: ")[2],
    }  # fmt: skip


def command(file: str) -> str:
    """What reads it, in the folder of the logs."""
    return f"tail -n 400 {file}" if file.endswith(".log") else f"cat {file}"


def _took(watched: Watched, inputs: Sequence[dict[str, Any]], random: Random) -> timedelta:
    reading = max(one["duration_ms"] for one in inputs)
    judging = 90 if watched.model == "builtin" else random.lognormvariate(8.2, 0.35)
    return timedelta(milliseconds=reading + round(judging))


def _verdict(watched: Watched, told: Told, lines: Sequence[str], random: Random) -> dict[str, Any]:
    trouble = told.trouble
    said = trouble.summary if trouble else random.choice(watched.ok)
    return {
        "summary": None if told.failure else said,
        "report": trouble.report.strip() or None if trouble else None,
        "recommendations": trouble.advice if trouble else [],
        "findings": [_finding(watched, one, lines) for one in trouble.findings] if trouble else [],
        "redactions": trouble.redactions if trouble else {},
        "error_kind": told.failure and told.failure.kind,
        "error_message": told.failure and told.failure.message,
    }


def _finding(watched: Watched, told: tuple[str, str, str], lines: Sequence[str]) -> dict[str, Any]:
    severity, mark, explanation = told
    number = next(n for n, line in enumerate(lines, 1) if mark in line)
    return {
        "severity": severity,
        "label": watched.label,
        "line": number,
        "quote": lines[number - 1],
        "explanation": explanation,
        "verified": True,
    }


def _llm(watched: Watched, told: Told, text: str, random: Random) -> dict[str, Any]:
    names = ("llm_model", "input_tokens", "output_tokens", "cost_usd")
    if told.failure:
        return dict.fromkeys(names)
    if watched.model == "builtin":
        return dict.fromkeys(names) | {"llm_model": "builtin"}
    sent = PROMPT_TOKENS + round(len(text) / CHARS_OF_A_TOKEN)
    got = random.randint(70, 130) + (260 if told.trouble else 0)
    cost = sent * PRICES[0] + got * PRICES[1]
    return dict(zip(names, (watched.model, sent, got, round(cost, 7)), strict=True))
