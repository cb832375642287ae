"""What people said of earlier findings, on its way to the model and past it.

A note is about findings of one fingerprint, and hides and raises no other. What a rule or a
silence says is never noise.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from webapp.pipeline.analyze import MOST_FINDINGS
from webapp.pipeline.fingerprint import fingerprint
from webapp.pipeline.newness import GRAVITY
from webapp.pipeline.values import Finding, Remark, Verdict, VerdictStatus

ONLY_NOISE = "All that it found is known noise."
# Of each kind; those that were said last are told first.
MOST_TOLD = 20
_LONGEST_QUOTE = 300


def mind_noise(verdict: Verdict, remarks: Sequence[Remark]) -> Verdict:
    """Findings that are known noise say so, and raise nothing; the gravest other one decides."""
    noise = _newest(remarks, "noise")
    findings = tuple(_marked(one, noise) for one in verdict.findings)
    marked = [one for one in findings if one.noise]
    if not marked:
        return verdict
    verdict = replace(verdict, findings=findings)
    if _may_hide_others(verdict):
        return verdict
    left = [one.severity for one in findings if one.new and not one.noise]
    status: VerdictStatus = max(left, key=GRAVITY.__getitem__, default="ok")
    if GRAVITY[status] >= GRAVITY[verdict.status]:
        return verdict
    summary = verdict.summary if left else f"{verdict.summary} {ONLY_NOISE}"
    return replace(verdict, status=status, summary=summary)


def mind_missed(verdict: Verdict, remarks: Sequence[Remark]) -> Verdict:
    """Findings that should have been an alert are one, say by whom, and raise the status."""
    missed = _newest(remarks, "missed")
    findings = tuple(_raised(one, missed) for one in verdict.findings)
    if not any(one.raised for one in findings):
        return verdict
    return replace(verdict, status="alert", findings=findings)


def is_explained(verdict: Verdict) -> bool:
    """Whether its new findings, each by its own kind of line, are all that raised it."""
    new = [one for one in verdict.findings if one.new]
    return not any(one.mixed for one in new) and not _may_hide_others(verdict)


def told(remarks: Sequence[Remark], kind: str) -> list[str]:
    """What a model is told of them, a line each."""
    return [_line(one) for one in remarks if one.kind == kind][:MOST_TOLD]


def _newest(remarks: Sequence[Remark], kind: str) -> dict[str, Remark]:
    """By fingerprint, where what was said last is of this kind."""
    last = {one.fingerprint: one for one in reversed(remarks) if one.fingerprint}
    return {key: one for key, one in last.items() if one.kind == kind}


def _raised(finding: Finding, missed: Mapping[str, Remark]) -> Finding:
    remark = missed.get(fingerprint(finding))
    if remark is None or not finding.new or finding.noise or finding.severity == "alert":
        return finding
    return replace(finding, severity="alert", raised=f"An alert, {_says(remark)}")


def _marked(finding: Finding, noise: Mapping[str, Remark]) -> Finding:
    remark = noise.get(fingerprint(finding))
    if remark is None or finding.mixed or finding.by in ("rule", "silence"):
        return finding
    return replace(finding, noise=f"Known noise, {_says(remark)}")


def _says(remark: Remark) -> str:
    until = f" until {remark.until}" if remark.until else ""
    return f"says {remark.author}{until}: {remark.reason}"


def _may_hide_others(verdict: Verdict) -> bool:
    """A status that is graver than all findings has a reason that is none of them; and a full list
    may have been cut, and what was cut is not known."""
    gravest = max((GRAVITY[one.severity] for one in verdict.findings if one.new), default=0)
    by: Counter[str] = Counter(one.by for one in verdict.findings)
    is_full = any(by[who] >= most for who, most in MOST_FINDINGS.items())
    return is_full or GRAVITY[verdict.status] > gravest


def _line(remark: Remark) -> str:
    what = f"“{remark.quote[:_LONGEST_QUOTE]}”" if remark.quote else ""
    where = f" in {remark.label}" if remark.quote and remark.label else ""
    about = f"{what}{where}: " if what else ""
    return f"- {about}{' '.join(remark.reason.split())} ({remark.author})"
