"""Nothing is paid twice: where nothing of another kind is new, an earlier verdict stands.

Only an ok is reused, and only where all that needs no model finds nothing either.
"""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

from webapp.extensions import db
from webapp.models.reusable import Reusable
from webapp.pipeline.analyze import SYSTEM, builtin
from webapp.pipeline.likeness import Profile, is_alike, profile
from webapp.pipeline.steps import Read, minded
from webapp.pipeline.task import Task, Work
from webapp.pipeline.values import Analysis, Usage, Verdict

# However often it may be reused, a verdict is not older than that.
LONGEST = timedelta(hours=24)
# What an Input has of earlier Runs is no part of what it is.
_AS_AT_FIRST: Mapping[str, Any] = dict.fromkeys(
    ("position", "read_at", "spoke_at", "heard", "noticed", "normal")
)
REPORT = (
    "No model was asked, and nothing was paid. The built-in reading and the rules found nothing "
    "either."
)


def profile_of(task: Task, read: Read) -> Profile | None:
    """What is compared with other Runs; None where the Run is judged in any case.

    With the built-in reading there is nothing to save.
    """
    failed = any(one.status == "failed" for one in read.gathered)
    if failed or not task.cost.reuse_verdicts or task.llm.model == "builtin":
        return None
    return profile(_basis(task, read.fitted.context_tokens), read.gathered, read.fitted)


def reused(task: Task, new: Profile | None, read: Read, now: datetime) -> Analysis | None:
    """The earlier verdict that stands for this Run too; None where it has to be judged."""
    earlier = _reusable(task, now) if new else None
    if not (new and earlier and is_alike(new, Profile(**earlier.profile))):
        return None
    if not _finds_nothing(task, read, now):
        return None
    usage = Usage(task.llm.model, 0, 0, 0.0, reused_from=earlier.run_id)
    return Analysis(_verdict(earlier, new), usage)


def to_reuse(task: Task, new: Profile | None, analysis: Analysis) -> dict[str, Any]:
    """The columns by which later Runs may reuse this verdict; empty where they may not."""
    verdict, usage = analysis.verdict, analysis.usage
    judged = usage.reused_from is None and usage.model == task.llm.model
    well = verdict.status == "ok" and not any(finding.new for finding in verdict.findings)
    return {"profile": asdict(new) if new and judged and well else None}


def _reusable(task: Task, now: datetime) -> Reusable | None:
    """The Run whose verdict may stand once more; no session is left open."""
    earlier = Reusable.of(task.begun.monitor_id)
    db.session.remove()
    if earlier is None or earlier.reused + 1 >= task.cost.judge_every:
        return None
    return earlier if now - earlier.judged_at < LONGEST else None


def _finds_nothing(task: Task, read: Read, now: datetime) -> bool:
    """Whether the built-in reading, the rules and silence have nothing to say."""
    verdict = builtin.read(read.fitted.text, list(read.compared), compared=read.compared)
    verdict = minded(task, verdict, read, now)
    return verdict.status == "ok" and not verdict.findings


def _verdict(earlier: Reusable, new: Profile) -> Verdict:
    lines = any(row[0] for row in new.kinds.values())
    why = f"{'Nothing of another kind is' if lines else 'Nothing is'} new since Run"
    summary = f"{why} {earlier.run_id}, whose verdict is reused: {earlier.summary}"
    return Verdict("ok", summary, REPORT)


def _basis(work: Work, context_tokens: int | None) -> str:
    """Of all that a verdict depends on besides what is new."""
    parts = (
        SYSTEM,
        work.prompt,
        (work.rules.ignore.texts, work.rules.must_alert.texts),
        (work.max_lines, work.max_chars, context_tokens, work.collapse_repeats, work.hidden),
        (work.llm.model, work.llm.own_address),
        work.host,
        work.remarks,
        [replace(spec, **_AS_AT_FIRST) for spec in work.inputs],
    )
    return blake2b(repr(parts).encode(errors="surrogatepass"), digest_size=12).hexdigest()
