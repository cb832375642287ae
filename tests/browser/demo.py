"""A realistic installation for pictures: Monitors in every state, written through the models."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from webapp.models import Claim, Heartbeat, LogSource, Monitor, Run, Target
from webapp.pipeline.values import Finding
from webapp.schemas import LogSourceIn, MonitorIn, TargetIn, validate

KEEP = 200
MAIL = {"email_recipients": ["ops@example.com"], "sms_recipients": [], "notify_on": "alert_only"}

BOT_LOG = """\
2026-11-22 09:31:02,114 INFO  engine   tick BTC-USD bid=97214.10 ask=97216.80 spread=2.70
2026-11-22 09:31:02,131 INFO  strategy signal=hold rsi=48.2 ema_fast=97190.4 ema_slow=97201.9
2026-11-22 09:31:07,119 INFO  engine   tick BTC-USD bid=97215.60 ask=97218.00 spread=2.40
2026-11-22 09:31:12,402 INFO  strategy signal=buy rsi=31.7 size=0.045
2026-11-22 09:31:12,407 INFO  orders   POST /v3/orders client_id=7f1c key=[REDACTED:api-key:1]
2026-11-22 09:31:22,410 ERROR exchange request timed out in 10.0s: POST /v3/orders client_id=7f1c
2026-11-22 09:31:22,411 WARN  orders   retry 1/5 for client_id=7f1c in 0.5s
2026-11-22 09:31:32,914 ERROR exchange request timed out in 10.0s: POST /v3/orders client_id=7f1c
2026-11-22 09:31:32,915 WARN  orders   retry 2/5 for client_id=7f1c in 1.0s
2026-11-22 09:31:33,020 INFO  engine   tick BTC-USD bid=97189.00 ask=97195.50 spread=6.50
2026-11-22 09:31:43,918 ERROR exchange request timed out in 10.0s: POST /v3/orders client_id=7f1c
2026-11-22 09:31:43,919 WARN  orders   retry 3/5 for client_id=7f1c in 2.0s
2026-11-22 09:31:46,233 INFO  orders   filled client_id=7f1c qty=0.045 price=97402.10 want=97195.50
2026-11-22 09:31:46,234 WARN  risk     slippage 0.213% exceeds limit 0.050% for client_id=7f1c
2026-11-22 09:31:46,240 INFO  orders   filled client_id=7f1c qty=0.045 price=97403.70 want=97195.50
2026-11-22 09:31:46,241 ERROR risk     position 0.090 BTC above 0.060: duplicate fill for 7f1c
2026-11-22 09:31:47,118 INFO  engine   tick BTC-USD bid=97398.20 ask=97404.00 spread=5.80
2026-11-22 09:31:52,121 INFO  strategy signal=hold rsi=44.9 ema_fast=97260.3 ema_slow=97215.8"""
STATS = """\
NAME                  CPU %   MEM USAGE / LIMIT     NET I/O
btc_trading_service   38.4%   412.6MiB / 1GiB       1.9GB / 310MB
btc_redis             1.2%    38.1MiB / 256MiB      611MB / 598MB"""
BOT_SUMMARY = (
    "An order was filled twice after three exchange time-outs: the position is 0.090 BTC, "
    "50% above its limit, at 0.21% slippage."
)
BOT_REPORT = """\
From 09:31:22 the exchange stopped answering order requests within 10 seconds. The bot retried \
the same order three times under client id 7f1c. At 09:31:46 two fills arrived for that one \
order, six milliseconds apart, each at about 0.21% above the expected price.

The second fill took the position to 0.090 BTC against a limit of 0.060 BTC. Market data kept \
flowing throughout, so the fault lies on the order path and not in the connection as a whole."""
BOT_ADVICE = [
    "Reduce the position by 0.030 BTC, or raise the limit on purpose.",
    "Pause new orders until the exchange answers within a second again.",
    "Check that retries carry an idempotency key that the exchange honours.",
]

# name, prompt, command, interval, statuses of past Runs (oldest first), the last one's sentence
OTHERS: Sequence[tuple[str, str, int, str, str]] = (
    (
        "nginx access and errors",
        "tail -n 2000 /var/log/nginx/error.log",
        300,
        "ooooooooooooowooooooowww",
        "Upstream 10.0.4.17 refused 41 connections; clients saw 502 for 2% of requests.",
    ),
    (
        "postgres primary",
        "journalctl -u postgresql --since -15min --no-pager",
        900,
        "ooooooooooooooooooooeooe",
        "",
    ),
    (
        "nightly backups",
        "journalctl -u restic-backup --since -1d --no-pager",
        86400,
        "oooooooowoooooooooo",
        "The backup of 03:00 finished in 18 min 40 s and its check passed.",
    ),
    (
        "sshd logins",
        "journalctl -u ssh --since -10min --no-pager",
        600,
        "oooooooooooooooooooooooo",
        "Two logins by key from the office network; the usual guessing from outside, all refused.",
    ),
    (
        "mail queue",
        "mailq; tail -n 500 /var/log/mail.log",
        300,
        "ooooooooooooooooaaoooooo",
        "The queue is empty and deliveries take 2 s on average.",
    ),
    (
        "payments API",
        "docker logs --since 5m payments_api",
        300,
        "oooooooooooooooooooooooo",
        "1,240 requests, none failed; the slowest took 840 ms.",
    ),
    (
        "staging cluster",
        "docker logs --since 15m staging_gateway",
        900,
        "oooowwaaoo",
        "The gateway restarted twice after the deployment and has been quiet since.",
    ),
)
STATUSES = {"o": "ok", "w": "warn", "a": "alert", "e": "error"}


def build(now: datetime) -> dict[str, int]:
    """Everything there is; the ids that pictures are taken of, by name."""
    Heartbeat.beat("scheduler", "demo", now)
    Heartbeat.beat("worker", "demo", now)
    target = Target.create(validate(TargetIn, {"name": "local", "type": "local"}))
    docker = {"type": "docker_host", "connection_config": {"host": "localhost"}}
    host = Target.create(validate(TargetIn, {"name": "trade-bot-host-1"} | docker))
    source = LogSource.create(
        validate(
            LogSourceIn,
            {
                "target_id": host.id,
                "name": "btc-bot-docker-log",
                "mode": "docker_logs",
                "config": {"container_name": "btc_trading_service", "since_seconds": 300},
            },
        )
    )
    for name, command, interval, history, sentence in OTHERS:
        _other(target, name, command, interval, history, sentence, now)
    bot = _bot(source, now)
    alert = _bot_alert(bot, now - timedelta(minutes=2))
    Monitor.create(validate(MonitorIn, _plain(target.id, "cron on build-3", "tail /x", 300)), now)
    return {"run": alert, "monitor": bot.id}


def _plain(target_id: int, name: str, command: str, interval: int) -> dict[str, Any]:
    return {
        "name": name,
        "target_id": target_id,
        "prompt": "Say what is out of the ordinary here, and what can wait.",
        "inputs": [{"label": "LOG", "mode": "command", "command": command}],
        "interval_seconds": interval,
        "notification_config": MAIL,
    }


def _other(
    target: Target,
    name: str,
    command: str,
    interval: int,
    history: str,
    sentence: str,
    now: datetime,
) -> None:
    monitor = Monitor.create(validate(MonitorIn, _plain(target.id, name, command, interval)), now)
    last = now - timedelta(seconds=interval * 0.4)
    for place, letter in enumerate(history):
        at = last - timedelta(seconds=interval) * (len(history) - 1 - place)
        ended = place == len(history) - 1
        _past(monitor.id, STATUSES[letter], at, sentence if ended else "Nothing unusual.")
    if name == "staging cluster":
        monitor.pause()


def _past(monitor_id: int, status: str, at: datetime, sentence: str) -> int:
    run_id, claim = _claimed(monitor_id, at, "schedule")
    if status == "error":
        claim.record_verdict(
            [],
            verdict="error",
            error_kind="inputs_failed",
            error_message="No Input could be read: journalctl was not found on this machine.",
        )
    else:
        claim.record_verdict([], verdict=status, summary=sentence, llm_model="openai:gpt-5-mini")
    claim.finish(at + timedelta(seconds=6), KEEP)
    return run_id


def _claimed(monitor_id: int, at: datetime, trigger: str) -> tuple[int, Claim]:
    run_id, _ = Run.start(monitor_id, trigger, at)
    claim = Claim.take(run_id, at, timedelta(minutes=5))
    assert claim, "nobody else works on it"
    return run_id, claim


def _bot(source: LogSource, now: datetime) -> Monitor:
    data = {
        "name": "BTC bot anomaly detector",
        "log_source_id": source.id,
        "prompt": "You are monitoring a crypto trading bot. Look for errors, stuck loops, "
        "abnormal fills, and API failures. Reconnects of the price feed are routine.",
        "inputs": [
            {
                "label": "FULL_LOGS",
                "mode": "command",
                "command": "docker logs --since 5m btc_trading_service",
            },
            {"label": "STATS", "mode": "command", "command": "docker stats --no-stream"},
        ],
        "notification_config": MAIL | {"sms_recipients": ["+15551234567"]},
    }
    monitor = Monitor.create(validate(MonitorIn, data), now)
    for place, letter in enumerate("oooooooooooowooooooooow"):
        at = now - timedelta(minutes=5) * (23 - place)
        _past(monitor.id, STATUSES[letter], at, "Trading as usual; 14 orders filled.")
    return monitor


def _bot_alert(monitor: Monitor, at: datetime) -> int:
    run_id, claim = _claimed(monitor.id, at, "schedule")
    text = f"[FULL_LOGS]\n… 1,316 earlier lines not shown …\n{BOT_LOG}\n\n[STATS]\n{STATS}"
    claim.record(stage="analyzing", inputs=_bot_inputs(), logs_text=text, redactions={"api-key": 3})
    claim.record_verdict(
        [
            {"channel": "email", "recipient": "ops@example.com", "due_at": at},
            {
                "channel": "sms",
                "recipient": "+15551234567",
                "status": "skipped",
                "error": "No SMS_URL is set, so no SMS can be sent.",
                "due_at": at,
            },
        ],
        verdict="alert",
        summary=BOT_SUMMARY,
        report=BOT_REPORT,
        recommendations=BOT_ADVICE,
        findings=[vars(finding) for finding in _bot_findings(text.split("\n"))],
        llm_model="openai:gpt-5-mini",
        input_tokens=1874,
        output_tokens=412,
        cost_usd=0.0013,
    )
    _send(run_id, at)
    claim.finish(at + timedelta(seconds=9.4), KEEP)
    return run_id


def _send(run_id: int, at: datetime) -> None:
    run = Run.get(run_id)
    assert run, "it was made just now"
    mail = run.notifications[0]
    token = mail.claim(mail.id, at)
    assert token, "nobody else sends it"
    mail.settle_sent(mail.id, token, at + timedelta(seconds=9))


def _bot_inputs() -> list[dict[str, Any]]:
    common = {"mode": "command", "status": "ok", "exit_code": 0, "error": None, "stderr": ""}
    return [
        common
        | {
            "label": "FULL_LOGS",
            "command": "docker logs --since 5m btc_trading_service",
            "duration_ms": 1240,
            "bytes": 148_213,
            "lines": 1334,
            "kept_lines": 18,
            "kept_chars": 1712,
            "truncated": True,
        },
        common
        | {
            "label": "STATS",
            "command": "docker stats --no-stream",
            "duration_ms": 2061,
            "bytes": 214,
            "lines": 3,
            "kept_lines": 3,
            "kept_chars": 214,
            "truncated": False,
            "stderr": "WARNING: No swap limit support",
        },
    ]


def _bot_findings(lines: list[str]) -> list[Finding]:
    def finding(severity: Any, mark: str, explanation: str) -> Finding:
        number = next(n for n, line in enumerate(lines, 1) if mark in line)
        quote = lines[number - 1]
        return Finding(severity, "FULL_LOGS", number, quote, explanation, verified=True)

    return [
        finding("alert", "duplicate fill", "One order was filled twice, past the position limit."),
        finding("alert", "timed out", "The exchange did not answer order requests, three times."),
        finding("warn", "slippage", "The price was four times worse than the risk limit allows."),
    ]
