from pathlib import Path

import pytest

from webapp.pipeline.analyze import builtin
from webapp.pipeline.levels import Level, level_of
from webapp.pipeline.shapes import shape_of
from webapp.pipeline.values import Finding, Verdict

LABELS = ["APP", "ERROR", "ERRORS", "FATAL", "LOGS"]
SAMPLES = Path(__file__).resolve().parents[4] / "shared" / "logs"


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("2015-07-29 19:03:35,413 - ERROR [Worker@562] - Unexpected exception", "error"),
        ("10:00:00 ERROR the last digit before the word is no count", "error"),
        ("[Sun Dec 04 04:47:44 2005] [error] mod_jk child in error state 6", "error"),
        ("[core:error] [pid 7] AH00124: too many redirects", "error"),
        ("E0101 10:00:00.000000 1 server.go:12] cannot listen", "error"),
        ('{"ts": 1, "level": "error", "msg": "boom"}', "error"),
        ('{"level":50,"msg":"pino counts upwards"}', "error"),
        ('{"level":3,"msg":"gelf counts downwards"}', "error"),
        ("time=1 level=error msg=boom", "error"),
        ("<3>Jun 14 15:16:01 kernel: usb 1-1 failed", "error"),
        ("sshd[24439]: error: Received disconnect", "error"),
        ('ERROR:  null value in column "id" violates not-null constraint', "error"),
        ("ERROR: 0 is not a valid port", "error"),
        ("RAS KERNEL FATAL data TLB error interrupt", "fatal"),
        ("2024-01-01 UTC [9] FATAL:  the database system is starting up", "fatal"),
        ("2024/01/01 10:00:00 [emerg] 1#1: bind() failed", "fatal"),
        ("CRITICAL:root:no more workers", "fatal"),
        ("2017-05-16 00:00:20.345 2931 WARNING nova.virt Unknown base file", "warn"),
        ("W0101 10:00:00.000000 1 server.go:12] slow", "warn"),
        ("17/06/09 20:10:40 INFO Executor: wrote ERROR report", "info"),
        ('level=info msg="retry after ERROR"', "info"),
        ("job done, 0 ERROR found", None),
        ("no ERROR so far", None),
        ("ERROR_LEVEL=none", None),
        ("ERROR=0 WARN=0", None),
        ("summary: errors=0", None),
        ("0 errors, 0 warnings", None),
        ("GET /var/error_log HTTP/1.1", None),
        ("reading /logs/ERROR/today", None),
        ("all is calm", None),
    ],
)
def test_the_level_is_the_one_that_the_line_declares(line: str, level: Level | None) -> None:
    assert level_of(line) == level


@pytest.mark.parametrize(
    ("line", "shape"),
    [
        ("kernel: Out of memory: Killed process 812 (java)", "out_of_memory"),
        ("java.lang.OutOfMemoryError: Java heap space", "out_of_memory"),
        ("kernel: oom_reaper: reaped process 812 (java), now anon-rss:0kB", "out_of_memory"),
        ("root  33  0.0  0.0   0   0 ?   S   13:11   0:00 [oom_reaper]", None),
        ("app[3]: segfault at 0 ip 00007f sp 00007f error 4", "crash"),
        ("thread 'main' panicked at src/main.rs:4", "crash"),
        ("write failed: No space left on device", "disk_full"),
        ("EXT4-fs (sda1): Remounting filesystem read-only", "disk_broken"),
        ("accept: Too many open files", "too_many_files"),
        ("watchdog: BUG: soft lockup - CPU#3 stuck for 22s! [kworker/3:1:99]", "crash"),
        ("remaining connection slots are reserved for superusers", "too_many_connections"),
        ("ERROR: deadlock detected", "deadlock"),
        ("Replication to standby-2 has stopped", "replication"),
        ("app.service: Failed with result 'exit-code'.", "service_failed"),
        ("worker exited with code 137, restarting", "service_failed"),
        ("worker exited with code 0", None),
        ("Traceback (most recent call last):", "exception"),
        ("java.io.IOException: Stream closed", "exception"),
        ("x509: certificate has expired or is not yet valid", "certificate"),
        ("dial tcp 10.0.0.7:5432: connect: connection refused", "unreachable"),
        ("curl: (6) Could not resolve host: db.internal", "name_resolution"),
        ("upstream timed out (110) while reading", "timeout"),
        ("sshd: Failed password for root from 10.0.0.9", "authentication"),
        ("open /etc/shadow: permission denied", "denied"),
        ('10.0.0.1 - - [x] "GET / HTTP/1.1" 502 157', "http_5xx"),
        ("upstream answered 502 Bad Gateway", "http_5xx"),
        ('10.0.0.1 - - [x] "GET / HTTP/1.1" 200 502', None),
        ("no deadlock detected", None),
        ("connection timeouts: timed out: 0", None),
        ("started with read timeout = 30", None),
        ("all is calm", None),
    ],
)
def test_a_known_failure_is_known(line: str, shape: str | None) -> None:
    found = shape_of(line)

    assert (found.name if found else None) == shape


@pytest.mark.parametrize(
    ("line", "shape"),
    [
        ("INFO store: write failed: No space left on device", "disk_full"),
        ("INFO retry 1 after connection refused", None),
    ],
)
def test_only_what_cannot_be_harmless_is_a_failure_where_the_line_says_info(
    line: str, shape: str | None
) -> None:
    found = shape_of(line, "info")

    assert (found.name if found else None) == shape


def test_a_calm_log_is_ok() -> None:
    logs = "[APP]\n10:00 INFO started\n10:01 INFO 0 errors, connection refused: 0"

    assert builtin.read(logs, LABELS) == Verdict(
        status="ok",
        summary="Built-in reading, no LLM: nothing suspicious in 2 lines.",
        report=(
            "Built-in reading, no LLM: severities, known failures and repeats were counted.\n"
            "The Monitor's prompt was not read.\n"
            "Read: 2 lines."
        ),
    )


def test_a_known_failure_is_an_alert_that_quotes_its_first_line() -> None:
    logs = (
        "[APP]\n10:00 INFO up\n\n[ERRORS]\ncp: No space left on device\nmv: No space left on device"
    )

    verdict = builtin.read(logs, LABELS)

    assert verdict.status == "alert"
    assert verdict.summary == "Built-in reading, no LLM: a full disk (2 times) in 3 lines."
    assert verdict.recommendations == ("Free space on the disk or enlarge it.",)
    assert verdict.findings == (
        Finding(
            severity="alert",
            label="ERRORS",
            line=5,
            quote="cp: No space left on device",
            explanation="A full disk, 2 times; the first is quoted.",
            verified=True,
            by="builtin",
        ),
    )


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("10:00 ERROR cannot store", "alert"),
        ("10:00 FATAL cannot start", "alert"),
        ("10:00 WARN slow", "warn"),
        ("connection refused", "warn"),
        ("10:00 INFO connection refused, trying the next one", "ok"),
        ("10:00 fine", "ok"),
    ],
)
def test_the_severity_of_the_lines_decides_the_status(line: str, status: str) -> None:
    assert builtin.read(f"[APP]\n{line}", LABELS).status == status


def test_many_of_what_is_harmless_alone_are_an_alert() -> None:
    refused = "connect to 10.0.0.7: connection refused\n"

    assert builtin.read("[APP]\n" + refused * 4, LABELS).status == "warn"
    assert builtin.read("[APP]\n" + refused * 5, LABELS).status == "alert"


def test_a_traceback_is_one_event() -> None:
    logs = (
        "[APP]\n"
        "Traceback (most recent call last):\n"
        '  File "app.py", line 3, in main\n'
        "    raise ValueError\n"
        "ValueError: ERROR in the order\n"
        "next line"
    )

    (finding,) = builtin.read(logs, LABELS).findings

    assert finding.explanation == "An unhandled exception."


def test_lines_that_differ_in_numbers_only_are_one_kind() -> None:
    logs = "[APP]\n" + "\n".join(f"2024-01-0{n} ERROR order {n}7 lost" for n in range(1, 9))

    (finding,) = builtin.read(logs, LABELS).findings

    assert finding.explanation == "An ERROR line, 8 times; the first is quoted."


def test_a_stuck_loop_is_a_warning_and_a_heartbeat_is_none() -> None:
    heartbeat = "\n".join(f"beat {n}" for n in range(200))
    stuck = "\n".join(f"retrying order {n}" for n in range(200))

    assert builtin.read(f"[APP]\n{heartbeat}", LABELS).status == "ok"
    assert builtin.read(f"[APP]\n{stuck}", LABELS).status == "warn"


def test_marks_of_the_program_are_no_evidence() -> None:
    logs = "[ERROR]\n(no lines)\n\n[FATAL]\n… 12 earlier ERROR lines not shown …"

    verdict = builtin.read(logs, LABELS)

    assert verdict.status == "ok"
    assert verdict.summary == "Built-in reading, no LLM: there were no lines to read."


def test_a_missing_slice_is_said() -> None:
    verdict = builtin.read("[APP]\nfine", LABELS, missing=["ERRORS"], partial=["STATS"])

    assert verdict.summary == (
        "Built-in reading, no LLM: nothing suspicious in 1 line. Not gathered: ERRORS. "
        "Read only in part: STATS."
    )
    assert verdict.report.endswith("\nNot gathered: ERRORS.\nRead only in part: STATS.")


def test_only_the_gravest_kinds_are_quoted_and_the_rest_is_counted() -> None:
    words = "abcdefghijkl"
    warnings = "\n".join(f"WARN {word} is slow" for word in words)

    verdict = builtin.read(f"[APP]\n{warnings}\nFATAL cannot start", LABELS)

    assert len(verdict.findings) == 8
    assert verdict.findings[0].quote == "FATAL cannot start"
    assert "Quoted are the gravest 8 of 13 kinds of suspicious line." in verdict.report


def test_the_facts_are_counted() -> None:
    logs = "[APP]\nERROR one\nFATAL two\nWARN three\nNo space left on device\n" + "beat 1\n" * 51

    assert builtin.facts(logs, LABELS) == (
        "55 lines in all; 2 lines with ERROR or FATAL, 1 with WARN; 1 kind of line repeated more "
        "than 50 times; known failures: a full disk (1 line)."
    )


def test_a_hostile_line_takes_no_time() -> None:
    hostile = "[APP]\n" + "\n".join(["a" * 500_000, "1" * 500_000, "no " * 200_000, '"' * 500_000])

    assert builtin.read(hostile, LABELS).status == "ok"


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("Apache", "alert"),
        ("Linux", "alert"),
        ("OpenSSH", "alert"),
        ("OpenStack", "warn"),
        ("Proxifier", "alert"),
        ("Spark", "ok"),
        ("Zookeeper", "alert"),
    ],
)
def test_logs_of_real_systems_are_read_sensibly(name: str, status: str) -> None:
    sample = SAMPLES / f"{name}.log"
    if not sample.is_file():  # they are public logs that lie beside the project, not in it
        pytest.skip(f"{sample} is not there")
    logs = "[LOGS]\n" + sample.read_text(encoding="utf-8", errors="replace")

    verdict = builtin.read(logs, LABELS)

    lines = logs.split("\n")
    assert verdict.status == status
    assert all(f.line and lines[f.line - 1] == f.quote for f in verdict.findings)


def test_the_end_of_a_very_long_line_is_read_too() -> None:
    line = f"{'x' * 100_000} ERROR disk failed: No space left on device"

    verdict = builtin.read(f"[A]\n{line}", ("A",))

    assert verdict.status == "alert"


def test_lines_that_are_only_counted_are_counted() -> None:
    notice = "… 24 more like the next line, since 10:00:00 …"
    line = "10:09:00 sshd[7]: Failed password for root from 10.0.0.1"

    verdict = builtin.read(f"[AUTH]\n{notice}\n{line}", ["AUTH"])

    (finding,) = verdict.findings
    assert (verdict.status, finding.line, finding.quote) == ("alert", 3, line)
    assert finding.explanation == "Failed logins, 25 times; the newest is quoted."
