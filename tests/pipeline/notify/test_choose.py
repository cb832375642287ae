import pytest

from webapp.pipeline.notify import plan
from webapp.pipeline.values import Planned

CONFIG = {
    "email_recipients": ["ops@example.com", "dev@example.com", "ops@example.com"],
    "sms_recipients": ["+4915112345678"],
    "notify_on": "alert_only",
}
EVERYBODY = (
    Planned("email", "ops@example.com", "pending"),
    Planned("email", "dev@example.com", "pending"),
    Planned("sms", "+4915112345678", "pending"),
)


@pytest.mark.parametrize(
    ("notify_on", "told"),
    [
        ("alert_only", ["alert", "error"]),
        ("warn_and_alert", ["warn", "alert", "error"]),
        ("all", ["ok", "warn", "alert", "error"]),
    ],
)
def test_the_rule_says_which_statuses_are_told_to_everybody_once(
    notify_on: str, told: list[str]
) -> None:
    config = {**CONFIG, "notify_on": notify_on}

    chosen = {
        status: plan(status, config, mail_configured=True, sms_configured=True)
        for status in ("ok", "warn", "alert", "error")
    }

    assert chosen == {
        status: EVERYBODY if status in told else () for status in ("ok", "warn", "alert", "error")
    }


def test_a_channel_without_a_server_is_skipped_with_its_reason() -> None:
    rows = plan("alert", CONFIG, mail_configured=False, sms_configured=False)

    no_mail = "No e-mail server is configured; set SMTP_HOST."
    no_sms = "No SMS service is configured; set SMS_URL."
    assert rows == (
        Planned("email", "ops@example.com", "skipped", no_mail),
        Planned("email", "dev@example.com", "skipped", no_mail),
        Planned("sms", "+4915112345678", "skipped", no_sms),
    )


def test_a_monitor_without_recipients_gets_one_skipped_row() -> None:
    rows = plan("error", {"notify_on": "all"}, mail_configured=True, sms_configured=True)

    assert rows == (Planned("none", "", "skipped", "This Monitor has no recipients."),)


def test_a_quiet_status_gets_no_row() -> None:
    assert plan("warn", CONFIG, mail_configured=True, sms_configured=True) == ()
