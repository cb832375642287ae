"""How bad a single line of log says that it is."""

import re
from typing import Literal

Level = Literal["fatal", "error", "warn", "info"]

# A line longer than this is judged by its beginning and its end.
MAX_LINE = 16_000

_LEVELS: dict[str, Level] = {
    **dict.fromkeys(("emerg", "emergency", "panic", "fatal", "crit", "critical", "f"), "fatal"),
    **dict.fromkeys(("alert", "severe"), "fatal"),
    **dict.fromkeys(("error", "err", "eror", "e"), "error"),
    **dict.fromkeys(("warn", "warning", "w"), "warn"),
    **dict.fromkeys(("notice", "info", "information", "log", "debug", "trace", "verbose"), "info"),
    "i": "info",
}
_WORDS = "EMERG(?:ENCY)?|PANIC|FATAL|CRIT(?:ICAL)?|SEVERE|ALERT|ERROR|ERR|WARN(?:ING)?"
_CALM_WORDS = "NOTICE|INFO|DEBUG|TRACE"
_LEVEL = re.compile(
    rf"""
      ["'](?:log[._]?)?(?:level|severity|lvl|levelname)["']\s*:\s*["']?(?P<json>\w+)
    | \b(?:log)?(?:level|lvl|severity)=["']?(?P<logfmt>\w+)
    | ^(?P<klog>[EFWI])\d{{4}}[ ]\d\d:
    | ^<(?P<priority>\d{{1,3}})>
    | [\[<(][ ]*(?:\w+:)?(?P<bracketed>(?i:{_WORDS}|{_CALM_WORDS}))[ ]*[\]>)]
    | (?<![\w/.=-])(?P<word>{_WORDS}|{_CALM_WORDS}|LOG(?=:))(?![\w/-]|\.\w)
    | (?<![\w/.=-])(?P<label>(?i:error|fatal|panic|critical|warning|info|debug|notice))(?=:\s)
    """,
    re.VERBOSE,
)

# "no deadlock detected", "0 timeouts", "errors=0", "timed out: 0": talk of what did not happen.
_DENIED_BEFORE = re.compile(
    r"(?:\b(?:no|not|never|without|zero)|(?<![\w:.,-])0)\s+$", re.IGNORECASE
)
_DENIED_AFTER = re.compile(
    r"""[a-z]{0,2}["']?\s*(?:=\s*["']?(?:0|none|null|nil|false|no|off)\b
    |:\s*["']?(?:0|none|null|nil|false|no|off)["']?\s*(?:[,;)\]}]|$))""",
    re.IGNORECASE | re.VERBOSE,
)


def level_of(line: str) -> Level | None:
    """The severity that the line itself declares; None where it declares none."""
    match = level_match(bounded(line))
    return _named_level(match) if match else None


def level_match(line: str) -> re.Match[str] | None:
    """Where it declares that."""
    matches = _LEVEL.finditer(line)
    return next((match for match in matches if not is_denied(line, match)), None)


def bounded(line: str) -> str:
    """A line that is longer than any should be, by its beginning and its end."""
    half = MAX_LINE // 2
    return line if len(line) <= MAX_LINE else f"{line[:half]} {line[-half:]}"


def is_denied(line: str, match: re.Match[str]) -> bool:
    """It is talk of what did not happen."""
    before = line[max(0, match.start() - 12) : match.start()]
    return bool(_DENIED_BEFORE.search(before) or _DENIED_AFTER.match(line, match.end()))


def _named_level(match: re.Match[str]) -> Level | None:
    name = match[match.lastgroup or ""].lower()
    if match.lastgroup == "priority":
        return _syslog_level(int(name) % 8)
    if name.isdecimal():
        return _numeric_level(int(name))
    return _LEVELS.get(name)


def _numeric_level(number: int) -> Level:
    """Levels of bunyan and pino count 10 to 60 upwards, those of syslog and GELF 7 to 0."""
    if number < 8:
        return _syslog_level(number)
    if number >= 60:
        return "fatal"
    if number >= 50:
        return "error"
    return "warn" if number >= 40 else "info"


def _syslog_level(number: int) -> Level:
    if number <= 2:
        return "fatal"
    if number == 3:
        return "error"
    return "warn" if number == 4 else "info"
