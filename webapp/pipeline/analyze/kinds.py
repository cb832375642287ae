"""How bad a single line of log is, and which known failure it shows."""

import re
from collections.abc import Collection
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Shape:
    """A known failure. From `alert_from` lines on it is an alert, with fewer a warning.

    `hints`, in lower case and apart by `|`: one of them is in every line that `pattern` matches.
    """

    name: str
    title: str
    hints: str
    pattern: str
    alert_from: int
    advice: str
    despite_info: bool = False


SHAPES = {
    shape.name: shape
    for shape in (
        Shape(
            "out_of_memory",
            "out of memory",
            "memory|oom|killed process|outofmemory|enomem",
            r"out of memory|\boom-?kill|oom_reaper|killed process \d|OutOfMemory|OOMKilled"
            r"|cannot allocate memory|\bENOMEM\b",
            1,
            "Find what uses the memory, then give it more or limit it.",
        ),
        Shape(
            "crash",
            "a crashed program",
            "segfault|segmentation|sigsegv|core dump|protection fault|panic|kernel bug|unrecover",
            r"\bsegfault\b|segmentation fault|SIGSEGV|core dumped|general protection fault"
            r"|kernel panic|kernel BUG at|\bpanic: |panicked at|unrecoverable error",
            1,
            "Read the lines around the crash, and the core dump if there is one.",
        ),
        Shape(
            "disk_full",
            "a full disk",
            "no space|disk|enospc",
            r"no space left on device|\bdisk (?:is )?full\b|\bENOSPC\b|disk quota exceeded",
            1,
            "Free space on the disk or enlarge it.",
        ),
        Shape(
            "disk_broken",
            "a failing disk or file system",
            "read-only|erofs|i/o error|ext4-fs|xfs|uncorrectable",
            r"read-only file ?system|remounting filesystem read-only|\bEROFS\b|\bI/O error"
            r"|EXT4-fs error|XFS .{0,40}corruption|uncorrectable error",
            1,
            "Check the disk's health and save its data before anything is repaired.",
        ),
        Shape(
            "too_many_files",
            "too many open files",
            "too many open|emfile|enfile",
            r"too many open files|\bEMFILE\b|\bENFILE\b",
            1,
            "Look for a leak of connections or files, and raise the limit.",
        ),
        Shape(
            "deadlock",
            "a deadlock",
            "deadlock",
            r"deadlock (?:detected|found)|found .{0,30}deadlock",
            1,
            "Look at the two transactions and the order in which they take their locks.",
        ),
        Shape(
            "replication",
            "broken replication",
            "replica|slave|lost connection",
            r"replication .{0,40}(?:broken|stopped|terminated|failed)"
            r"|(?:slave|replica)[ _](?:SQL|I/?O).{0,60}(?:error|stopped)"
            r"|lost connection to (?:primary|master)",
            1,
            "Check the replica's state and how far it is behind.",
        ),
        Shape(
            "service_failed",
            "a service that failed",
            "failed|main process|backoff|back-off",
            r"entered failed state|failed with result|main process exited, code=(?:killed|dumped"
            r"|exited, status=[1-9])|\bfailed to start\b|CrashLoopBackOff"
            r"|back-off restarting failed",
            1,
            "Read the service's own log from just before it failed.",
        ),
        Shape(
            "exception",
            "an unhandled exception",
            "traceback|exception|error",
            r"Traceback \(most recent call last\)|exception in thread|unhandled exception"
            r"|^(?!\S*OutOfMemory)(?:[\w$]+\.)*\w+(?:Exception|Error)(?::\s|$)",
            1,
            "Read the whole traceback; its last line names the cause.",
        ),
        Shape(
            "certificate",
            "a TLS or certificate problem",
            "certificate|x509|handshake|ssl_error",
            r"certificate (?:has )?expired|certificate verify failed|CERTIFICATE_VERIFY_FAILED"
            r"|x509: |handshake fail(?:ed|ure)|\bSSL_ERROR",
            1,
            "Check the certificate's dates, names and chain.",
        ),
        Shape(
            "unreachable",
            "refused or lost connections",
            "refused|reset|no route|unreach|broken pipe",
            r"connection refused|ECONNREFUSED|connection reset|ECONNRESET|no route to host"
            r"|EHOSTUNREACH|network is unreachable|broken pipe",
            5,
            "Check that the other side runs and can be reached.",
        ),
        Shape(
            "timeout",
            "timeouts",
            "timed|timeout|deadline",
            r"\btimed[ -]out|ETIMEDOUT|deadline exceeded|timeout (?:exceeded|expired|reached)"
            r"|(?:connect|connection|read|request|lock|gateway) timeout\b(?! ?[=:]? ?\d)",
            5,
            "Check how the slow side and the network to it are doing.",
        ),
        Shape(
            "authentication",
            "failed logins",
            "authentication|failed|invalid|break-in|unauthorized",
            r"authentication fail(?:ure|ed)|failed password|invalid user|login failed"
            r"|invalid credentials|break-in attempt|401 unauthorized",
            20,
            "See who is trying; block them, or mend the credentials of a client of yours.",
        ),
        Shape(
            "denied",
            "denied permissions",
            "denied|eacces|not permitted",
            r"permission denied|\bEACCES\b|\baccess denied\b|operation not permitted",
            20,
            "Check the rights of the account that was denied.",
        ),
        Shape(
            "http_5xx",
            "HTTP answers with a server error (5xx)",
            '" 5|http/|status',
            r'" 5\d\d(?: |$)|\bHTTP/\d(?:\.\d)?"? 5\d\d\b'
            r'|\bstatus(?:_code)?["\']?[=:] ?["\']?5\d\d\b',
            10,
            "Read the application's log for the failing requests.",
            despite_info=True,
        ),
    )
}


@dataclass(frozen=True)
class _Search:
    """To look for the hints first is many times as fast as the pattern, which few lines need."""

    hints: tuple[str, ...]
    pattern: re.Pattern[str]


def _search(shapes: Collection[Shape]) -> _Search:
    hints = {hint for shape in shapes for hint in shape.hints.split("|")}
    pattern = "|".join(f"(?P<{shape.name}>{shape.pattern})" for shape in shapes)
    return _Search(tuple(sorted(hints)), re.compile(pattern, re.IGNORECASE))


_ALL = _search(SHAPES.values())
_DESPITE_INFO = _search([shape for shape in SHAPES.values() if shape.despite_info])


def level_of(line: str) -> Level | None:
    """The severity that the line itself declares; None where it declares none."""
    line = _bounded(line)
    for match in _LEVEL.finditer(line):
        if not _denied(line, match):
            return _named_level(match)
    return None


def shape_of(line: str, level: Level | None = None) -> Shape | None:
    """The known failure that the line reports; few count where its `level` is `info`."""
    search = _DESPITE_INFO if level == "info" else _ALL
    line = _bounded(line)
    lower = line.lower()
    if not any(hint in lower for hint in search.hints):
        return None
    for match in search.pattern.finditer(line):
        if not _denied(line, match):
            return SHAPES[match.lastgroup or ""]
    return None


def is_grave(line: str) -> bool:
    """It declares an error, or reports a known failure."""
    level = level_of(line)
    return level in ("fatal", "error") or shape_of(line, level) is not None


def _bounded(line: str) -> str:
    half = MAX_LINE // 2
    return line if len(line) <= MAX_LINE else f"{line[:half]} {line[-half:]}"


def _denied(line: str, match: re.Match[str]) -> bool:
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
