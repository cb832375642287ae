"""Lines of a log that speak to the model which reads it, to steer what it says.

They are told by their words, in the ways in which such words are hidden: in another alphabet,
letter by letter, escaped, or in Base64. Who phrases it otherwise gets past this, so that it is
a finding for people, and no wall: what a log can do is bounded elsewhere.
"""

import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from html import unescape
from unicodedata import normalize
from urllib.parse import unquote_plus

import re2

from webapp.pipeline.sections import Line, evidence
from webapp.pipeline.values import Finding, Verdict

_BEFORE = r"(?:previous|prior|above|earlier|preceding|foregoing|former|system|original)"
_ORDERS = r"(?:instruction|prompt|rule|direction|guideline|directive|order|command)s?"
_READER = r"(?:ai|llm|a\.i\.|language model|assistant|chatbot|chatgpt|gpt|claude|analyst|model)"
_SAY = r"(?:respond|reply|answer|output|print|return|say|write|conclude|classify|report)"
_WELL = r"[\"']?(?:ok|healthy|fine|normal|clean|harmless)\b"
_FILLING = r"(?:(?:only|just|back|exactly|simply|with|this|it|everything|that|the|as) )*"
_TELL = r"(?:report|flag|mention|alert|escalate|raise|cite|quote|reveal|notify)(?:ing)?"
_WHOM = r"(?:on|about|to|any|the|this|that|these|those|anyone|anything)\b"
_MODES = r"(?:ai|assistant|model|analyst|mode|bot|dan|operator)"
_STATUS = r"[\"']?status[\"']?\s*:"
_WORDS = (
    # Orders to forget the orders.
    (
        rf"\b(?:ignore|disregard|forget|override|bypass|skip)\b.{{0,30}}\b{_BEFORE}\b"
        rf".{{0,20}}\b{_ORDERS}\b"
    ),
    rf"\b(?:new|updated|revised|real|actual) {_ORDERS} (?:for|to) (?:the |you\b|this )",
    rf"\b(?:your|these are) (?:new|real|actual|only) {_ORDERS}\b",
    # To somebody who is no reader of logs.
    (
        rf"\b(?:note|message|instruction|attention|hint|notice|memo|request)s? (?:to|for) "
        rf"(?:the |any |all |you,? )*{_READER}\b"
    ),
    rf"\b(?:dear|hey|hello|hi|attention,?) {_READER}\b",
    r"\bas an? (?:ai|llm|language model|ai assistant)\b",
    rf"\byou are (?:now|no longer|actually|really) .{{0,30}}\b{_MODES}\b",
    (
        r"\b(?:pretend|act|behave|roleplay) (?:to be|as if|as) "
        r"(?:you|an? (?:ai|assistant|model|different))\b"
    ),
    r"\bdo anything now\b",
    # What to say, or not to.
    rf"\b{_SAY}[ :]+{_FILLING}(?:status|verdict)[ :=]*{_WELL}",
    rf"\b{_SAY} (?:with |back )?(?:only|just|simply|exactly) .{{0,20}}{_WELL}",
    (
        r"\b(?:set|mark|keep|make|leave) (?:the |this |your )?"
        r"(?:run|verdict|status|severity|answer)"
        rf"(?: of (?:this|the) (?:run|log|excerpt))? (?:to|as|at) {_WELL}"
    ),
    rf"\b(?:do not|don't|never|must not|stop) {_TELL} {_WHOM}",
    (
        r"\b(?:the|this) (?:verdict|excerpt|log|run) (?:is|must be|should be|has to be) "
        rf"{_WELL}"
    ),
    (
        r"\b(?:reveal|repeat|print|show|leak) (?:me )?(?:your|the) (?:system )?"
        r"(?:prompt|instructions)\b"
    ),
    # Its own forms: marks, roles, answers.
    r"<\|[a-z_]{2,20}\|>|\[/?inst\]|<</?sys>>|</?(?:system|assistant|instructions?|prompt)>",
    r"(?:^|[^\w#])#{2,4} ?(?:instruction|response|assistant)s? ?:",
    r"\b(?:system|assistant|developer) (?:prompt|override|instruction)s?\s*[:=]",
    r"\b(?:assistant|developer) (?:message|note)s?\s*[:=]",
    r"[\"']?role[\"']?\s*[:=]\s*[\"'](?:system|assistant|developer)[\"']",
    rf"\bfindings[\"']?\s*:\s*\[.*{_STATUS}",
    rf"{_STATUS}\s*[\"']?(?:ok|warn|alert)\b.*\bfindings[\"']?\s*:",
    r"={3,}\s*(?:begin|end)\b.{0,40}\b(?:log|[0-9a-f]{16})\b.{0,20}={3,}",
    r"-{3,}\s*(?:begin|end) (?:of )?(?:the )?(?:log|data|excerpt|input)\b",
    (
        r"\bend of (?:the )?(?:log|logs|data|excerpt|input)\b.{0,20}"
        r"(?:instruction|now|system|task|[:.#=-]{2})"
    ),
    r"\b(?:new|next) (?:task|system prompt|conversation|turn)\s*[:=]",
    # The first of them again, as others say it.
    r"\bignorier(?:e|en|t)?\b.{0,30}\b(?:anweisung|instruktion|regel|vorgabe)(?:en)?\b",
    (
        r"\b(?:ignore[rz]?|oublie[rz]?)\b.{0,30}\binstructions? "
        r"(?:pr[ée]c[ée]dentes?|ci-dessus|ant[ée]rieures?)\b"
    ),
    r"\b(?:ignora|olvida)\b.{0,30}\binstrucciones (?:anteriores|previas)\b",
    r"\bignora\b.{0,30}\bistruzioni precedenti\b",
    r"\bignore\b.{0,30}\binstru[çc][õo]es (?:anteriores|acima)\b",
    r"игнорир\w*.{0,30}инструкци",
    r"(?:忽略|無視|无视).{0,12}(?:指令|指示|说明|命令)|(?:指令|指示|命令).{0,6}(?:忽略|無視|无视)",
    r"(?:이전|위의).{0,12}(?:지시|명령).{0,8}무시",
)
_SPEAKS = re2.compile("(?i:" + "|".join(f"(?:{words})" for words in _WORDS) + ")")

# No pattern looks further into a line.
_MOST_CHARS = 4000
# Letters one by one, as in "i g n o r e" or "i.g.n.o.r.e".
_SPELT = re2.compile(r"(?:^|[^\w])(?:[A-Za-z][ ._*-]){5,}[A-Za-z](?:[^\w]|$)")
_ENCODED = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}[ :]?){16,}")
_ESCAPES = re.compile(r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})")
_ROT13 = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "nopqrstuvwxyzabcdefghijklmNOPQRSTUVWXYZABCDEFGHIJKLM",
)
# Letters of other alphabets that look like ours.
_LOOK_ALIKE = str.maketrans(
    dict(zip("авсԁеһіјкмопрԛѕтυѵѡху", "abcdehijkmopqrstuvwxy", strict=True))
    | dict(zip("АВСЕНІЈКМОРЅТХУαεικνορτυχ", "ABCEHIJKMOPSTXYaeiknoptux", strict=True))
)
# Of further lines of a part, besides the one that is quoted.
_MOST_NAMED = 3


def speaks_to_the_model(line: str) -> bool:
    """Whether the line addresses its reader, openly or hidden. Linear in time."""
    line = line[:_MOST_CHARS]
    return any(_SPEAKS.search(text) for text in _readings(line))


def mind_addressing(verdict: Verdict, logs_text: str, labels: Collection[str]) -> Verdict:
    """With a finding for each part that speaks to the model; an ok is a warning then."""
    findings = tuple(_findings(evidence(logs_text, labels)))
    if not findings:
        return verdict
    first = findings[0]
    said = f"{first.label}: {first.explanation}" if first.label else first.explanation
    return replace(
        verdict,
        status="warn" if verdict.status == "ok" else verdict.status,
        summary=f"{said} {verdict.summary}" if verdict.status == "ok" else verdict.summary,
        findings=(*verdict.findings, *findings),
    )


def _findings(lines: Iterator[Line]) -> Iterator[Finding]:
    found: dict[str | None, list[Line]] = {}
    for line in lines:
        if line.new and speaks_to_the_model(line.text):
            found.setdefault(line.label, []).append(line)
    return (_finding(label, some) for label, some in found.items())


def _finding(label: str | None, lines: Sequence[Line]) -> Finding:
    first, others = lines[0], [str(line.number) for line in lines[1 : 1 + _MOST_NAMED]]
    explanation = "A line speaks to the model that reads it, as if to steer its verdict."
    if others:
        explanation = (
            f"{len(lines):,} lines speak to the model that reads them, as if to steer its verdict "
            f"(also line {', '.join(others)})."
        )
    return Finding(
        "warn", label, first.number, first.text, explanation, verified=True, by="addressing"
    )


def _readings(line: str) -> Iterator[str]:
    """The line as it stands, and as what it may hide."""
    yield line
    if not line.isascii():
        yield normalize("NFKC", line).translate(_LOOK_ALIKE)
    if "%" in line or "+" in line:
        yield unquote_plus(line)
    if "&" in line and ";" in line:
        yield unescape(line)
    if "\\" in line:
        yield _ESCAPES.sub(lambda match: chr(int(match[1] or match[2], 16)), line)
    if _SPELT.search(line):
        yield re.sub(r"(?<=\b\w)[ ._*-](?=\w\b)", "", re.sub(r"[ ]{2,}", "\t", line))
    yield line.translate(_ROT13)
    for encoded in _ENCODED.findall(line):
        yield _from_base64(encoded)
    for digits in _HEX.findall(line):
        yield _from_hex(digits)


def _from_base64(encoded: str) -> str:
    bare = encoded.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return b64decode(bare + "=" * (-len(bare) % 4)).decode("utf-8", "replace")
    except NotBase64:
        return ""


def _from_hex(digits: str) -> str:
    bare = re.sub(r"[ :]", "", digits)
    return bytes.fromhex(bare[: len(bare) // 2 * 2]).decode("utf-8", "replace")
