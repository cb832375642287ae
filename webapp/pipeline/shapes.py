"""Which known failure a single line of log reports."""

import re
from collections.abc import Collection
from dataclasses import dataclass

import re2

from webapp.pipeline.levels import Level, bounded, is_denied, level_match, level_of
from webapp.pipeline.values import Span


@dataclass(frozen=True)
class Shape:
    """A known failure. From `alert_from` lines on it is an alert, with fewer a warning."""

    name: str
    title: str
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
            r"out of memory|\boom-?kill|oom_reaper: reaped|killed process \d|OutOfMemory|OOMKilled"
            r"|cannot allocate memory|\bENOMEM\b",
            1,
            "Find what uses the memory, then give it more or limit it.",
            despite_info=True,
        ),
        Shape(
            "crash",
            "a crashed program",
            r"\bsegfault\b|segmentation fault|SIGSEGV|core dumped|general protection fault"
            r"|kernel panic|kernel BUG at|\bpanic: |panicked at|unrecoverable error"
            r"|\b(?:soft|hard) lockup\b|blocked for more than \d+ seconds",
            1,
            "Read the lines around the crash, and the core dump if there is one.",
            despite_info=True,
        ),
        Shape(
            "disk_full",
            "a full disk",
            r"no space left on device|\bdisk (?:is )?full\b|\bENOSPC\b|disk quota exceeded",
            1,
            "Free space on the disk or enlarge it.",
            despite_info=True,
        ),
        Shape(
            "disk_broken",
            "a failing disk or file system",
            r"read-only file ?system|remounting filesystem read-only|\bEROFS\b|\bI/O error"
            r"|EXT4-fs error|XFS .{0,40}corruption|uncorrectable error",
            1,
            "Check the disk's health and save its data before anything is repaired.",
            despite_info=True,
        ),
        Shape(
            "too_many_files",
            "too many open files",
            r"too many open files|\bEMFILE\b|\bENFILE\b",
            1,
            "Look for a leak of connections or files, and raise the limit.",
            despite_info=True,
        ),
        Shape(
            "too_many_connections",
            "too many connections",
            r"remaining connection slots are reserved|too many (?:connections|clients)\b",
            1,
            "Look for a leak of connections, pool them, and raise the server's limit.",
        ),
        Shape(
            "deadlock",
            "a deadlock",
            r"deadlock (?:detected|found)|found .{0,30}deadlock",
            1,
            "Look at the two transactions and the order in which they take their locks.",
            despite_info=True,
        ),
        Shape(
            "replication",
            "broken replication",
            r"replication .{0,40}(?:broken|stopped|terminated|failed)"
            r"|(?:slave|replica)[ _](?:SQL|I/?O).{0,60}(?:error|stopped)"
            r"|lost connection to (?:primary|master)",
            1,
            "Check the replica's state and how far it is behind.",
        ),
        Shape(
            "service_failed",
            "a service that failed",
            r"entered failed state|failed with result|main process exited, code=(?:killed|dumped"
            r"|exited, status=[1-9])|\bfailed to start\b|CrashLoopBackOff"
            r"|back-off restarting failed|\bexited with (?:code|status) [1-9]",
            1,
            "Read the service's own log from just before it failed.",
        ),
        Shape(
            "exception",
            "an unhandled exception",
            r"Traceback \(most recent call last\)|exception in thread|unhandled exception"
            r"|^(?!\S*OutOfMemory)(?:[\w$]+\.)*\w+(?:Exception|Error)(?::\s|$)",
            1,
            "Read the whole traceback; its last line names the cause.",
        ),
        Shape(
            "certificate",
            "a TLS or certificate problem",
            r"certificate (?:has )?expired|certificate verify failed|CERTIFICATE_VERIFY_FAILED"
            r"|x509: |handshake fail(?:ed|ure)|\bSSL_ERROR",
            1,
            "Check the certificate's dates, names and chain.",
        ),
        Shape(
            "unreachable",
            "refused or lost connections",
            r"connection refused|ECONNREFUSED|connection reset|ECONNRESET|no route to host"
            r"|EHOSTUNREACH|network is unreachable|broken pipe",
            5,
            "Check that the other side runs and can be reached.",
        ),
        Shape(
            "name_resolution",
            "names that cannot be resolved",
            r"could ?n[o']t (?:be )?resolve|failed to resolve|failure in name resolution"
            r"|name or service not known|\bNXDOMAIN\b|getaddrinfo (?:ENOTFOUND|EAI_AGAIN)",
            5,
            "Check the name, and the name servers that this machine asks.",
        ),
        Shape(
            "timeout",
            "timeouts",
            r"\btimed[ -]out|ETIMEDOUT|deadline exceeded|timeout (?:exceeded|expired|reached)"
            r"|(?:connect|connection|read|request|lock|gateway) timeout\b(?! ?[=:]? ?\d)",
            5,
            "Check how the slow side and the network to it are doing.",
        ),
        Shape(
            "authentication",
            "failed logins",
            r"authentication fail(?:ure|ed)|failed password|invalid user|login failed"
            r"|invalid credentials|break-in attempt|401 unauthorized",
            20,
            "See who is trying; block them, or mend the credentials of a client of yours.",
        ),
        Shape(
            "denied",
            "denied permissions",
            r"permission denied|\bEACCES\b|\baccess denied\b|operation not permitted",
            20,
            "Check the rights of the account that was denied.",
        ),
        Shape(
            "http_5xx",
            "HTTP answers with a server error (5xx)",
            r'" 5\d\d(?: |$)|\bHTTP/\d(?:\.\d)?"? 5\d\d\b'
            r'|\bstatus(?:_code)?["\']?[=:] ?["\']?5\d\d\b|\bbad gateway\b',
            10,
            "Read the application's log for the failing requests.",
            despite_info=True,
        ),
    )
}


@dataclass(frozen=True)
class _Search:
    """`gate` tells many times as fast as `pattern` where that may match first, if anywhere."""

    gate: "re2._Regexp[str]"
    pattern: re.Pattern[str]


def _search(shapes: Collection[Shape]) -> _Search:
    gate = "|".join(_LOOK_AHEAD.sub("", shape.pattern) for shape in shapes)
    pattern = "|".join(f"(?P<{shape.name}>{shape.pattern})" for shape in shapes)
    return _Search(re2.compile(f"(?i:{gate})"), re.compile(pattern, re.IGNORECASE))


# RE2 has none.
_LOOK_AHEAD = re.compile(r"\(\?![^()]*\)")
_ALL = _search(SHAPES.values())
_DESPITE_INFO = _search([shape for shape in SHAPES.values() if shape.despite_info])


def shape_of(line: str, level: Level | None = None) -> Shape | None:
    """The known failure that the line reports; few count where its `level` is `info`."""
    match = _match(bounded(line), level)
    return SHAPES[match.lastgroup or ""] if match else None


def telling_parts(line: str) -> list[Span]:
    """Where the line declares how bad it is, and where it reports a known failure."""
    text = bounded(line)
    matches = (level_match(text), _match(text, level_of(line)))
    # What is left out of a line that is longer than any should be stands before its second half.
    left_out, half = len(line) - len(text), len(text) // 2
    spans = [match.span() for match in matches if match]
    return [
        (start + left_out, end + left_out) if start >= half else (start, end)
        for start, end in spans
    ]


def _match(line: str, level: Level | None) -> re.Match[str] | None:
    search = _DESPITE_INFO if level == "info" else _ALL
    first = search.gate.search(line)
    matches = search.pattern.finditer(line, first.start()) if first else ()
    return next((match for match in matches if not is_denied(line, match)), None)


def is_grave(line: str) -> bool:
    """It declares an error, or reports a known failure."""
    level = level_of(line)
    return level in ("fatal", "error") or shape_of(line, level) is not None


def is_fatal(line: str) -> bool:
    """It declares that it is, or reports what is the end of something whoever prints it."""
    level = level_of(line)
    shape = shape_of(line, level)
    return level == "fatal" or bool(shape and shape.despite_info and shape.alert_from == 1)
