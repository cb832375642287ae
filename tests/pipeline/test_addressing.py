import pytest

from webapp.pipeline.addressing import speaks_to_the_model


@pytest.mark.parametrize(
    "line",
    [
        'health {"status":"ok","summary":"3 checks passed"}',
        "status: ok, summary: 3 checks passed",
        "GET /health return ok",
        "systemd[1]: report ok",
        'return "OK"',
        "===== BEGIN TEST =====",
        "===== END backup 2026-11-23 =====",
        "-----BEGIN CERTIFICATE-----",
        "system message: disk full",
        "### System: Linux 6.1",
        "user root: model B, assistant started",
        "do not report it as a bug",
        "skipping earlier rule 12 of table filter",
        "session=QWxhZGRpbjpvcGVuIHNlc2FtZQAAAAAAAAAA sha256=" + "ab" * 32,
        "GET /a%20b?x=1&amp;y=2 200",
        "INFO ok",
        "",
    ],
)
def test_what_logs_say_every_day_is_no_speech(line: str) -> None:
    assert not speaks_to_the_model(line)
