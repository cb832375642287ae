"""Who hears of budgets, and how often."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from tests.pipeline.analyze.llm_stub import Stub
from tests.pipeline.notify.smtp_server import Mailbox, smtp_server
from tests.pipeline.test_run_budget import NOTHING_FITS, WELL, ran, watched
from tests.rows import new_target
from webapp.clock import utc_now
from webapp.config import Settings
from webapp.extensions import db
from webapp.models import Monitor, Run
from webapp.pipeline.budget import TOLD_ONCE
from webapp.pipeline.outbox import deliver_all

TO_OPS = {"notification_config": {"email_recipients": ["ops@example.com"]}}


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def asking(app: Flask, settings: Settings, mailbox: Mailbox) -> Iterator[Settings]:
    with Stub(WELL) as llm, smtp_server(mailbox) as port:
        asks = {"llm_model": "openai:test-model", "openai_base_url": llm.url}
        mails = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none"}
        yield settings.model_copy(update=asks | mails)


def told(run_id: int) -> list[tuple[str, str | None, str | None]]:
    run = db.session.get_one(Run, run_id, populate_existing=True)
    return [(row.status, row.notice, row.error) for row in run.notifications]


def test_a_budget_that_is_used_up_is_told_once_and_not_by_each_run(
    asking: Settings, mailbox: Mailbox
) -> None:
    monitor = watched(NOTHING_FITS, **TO_OPS)
    runs = [ran(monitor, asking).id for _ in range(2)]
    deliver_all(runs[0], asking)

    (news, notice), later = told(runs[0]), told(runs[1])

    silent = ("skipped", None, TOLD_ONCE)
    assert (news, later) == (silent, [silent])
    assert notice[0] == "sent"
    (letter,) = mailbox.letters
    sentence = "This Monitor's budget of 100 tokens a day is used up: 0 tokens are taken, which "
    assert letter["Subject"].startswith(f"[BUDGET] Shop on local: {sentence}")
    text = letter.get_content().replace("\r\n", "\n")
    assert "no model is asked, and a Run that needs one is an error." in text
    assert f"The Run that met it:\n{asking.public_url}/runs/{runs[0]}" in text


def test_an_alert_of_a_rule_is_told_though_the_budget_is_used_up(asking: Settings) -> None:
    monitor = watched(NOTHING_FITS, rules={"must_alert": ["order 17"]}, **TO_OPS)

    run = ran(monitor, asking)

    assert [(status, bool(notice)) for status, notice, _ in told(run.id)] == [
        ("sent", False),
        ("sent", True),
    ]


def test_the_services_budget_is_told_by_the_first_run_that_has_somebody_to_tell(
    asking: Settings,
) -> None:
    narrow = asking.model_copy(update={"budget_tokens_per_day": 100, "budget_policy": "builtin"})
    other: dict[str, Any] = {"target_id": new_target("other").id}
    to_nobody, to_ops = watched({}), watched({}, **TO_OPS, **other)

    first, second, third = (ran(one, narrow).id for one in (to_nobody, to_ops, to_ops))

    ((status, notice, _),) = told(second)
    assert (told(first), status, told(third)) == ([], "pending", [])
    assert notice == (
        "The service's budget of 100 tokens a day is used up: 0 tokens are taken, which leaves no "
        f"room for a call. Until {utc_now().date() + timedelta(days=1)} at 00:00 UTC, the built-in "
        "reading judges."
    )


def test_who_is_not_to_be_disturbed_hears_of_a_budget_later(asking: Settings) -> None:
    monitor = watched(NOTHING_FITS, **TO_OPS)
    monitor.mute(utc_now(), None)
    muted = ran(monitor, asking)
    db.session.get_one(Monitor, muted.monitor_id).unmute()

    after = ran(monitor, asking)

    assert [bool(notice) for _, notice, _ in told(muted.id)] == [False]
    assert [bool(notice) for _, notice, _ in told(after.id)] == [False, True]
