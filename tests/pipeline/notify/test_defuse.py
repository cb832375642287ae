from dataclasses import replace

import pytest

from tests.pipeline.notify.test_compose import NEWS
from webapp.pipeline.notify import compose
from webapp.pipeline.notify.defuse import defused
from webapp.pipeline.values import Finding


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("see https://evil.example/a?b=c now", "see https[:]//evil.example/a?b=c now"),
        ("ftp://a and slack://open", "ftp[:]//a and slack[:]//open"),
        ("go to www.evil.example", "go to www[.]evil.example"),
        ("mailto:a@b.example, tel:+15551234567", "mailto[:]a@b.example, tel[:]+15551234567"),
        ("@here @everyone, (@ops)", "@ here @ everyone, (@ ops)"),
        ("@@here x@everyone _@here_", "@@ here x@ everyone _@ here_"),
        ("_https://a.b あhttps://a.b", "_https[:]//a.b あhttps[:]//a.b"),
        ("skype:a callto:1", "skype[:]a callto[:]1"),
        ("root@all.example", "root@all.example"),
        ("<!here> <@U012> <#C01|x>", "< !here> < @ U012> < #C01|x>"),
        ("[click](https://evil.example)", "[click] (https[:]//evil.example)"),
        ("root@db-1: a -> b, x@y.example", "root@db-1: a -> b, x@y.example"),
        ("<html> a[3](x) at 10:00", "<html> a[3] (x) at 10:00"),
    ],
)
def test_nothing_is_left_to_click_on_or_to_call_by(text: str, told: str) -> None:
    assert defused(text) == told
    assert defused(told) == told


def test_whatever_a_log_or_a_model_says_is_told_so_and_our_own_link_stays() -> None:
    bad = "@here https://evil.example"
    finding = Finding("alert", "APP", 2, bad, bad, verified=True)
    message = compose(replace(NEWS, summary=bad, findings=(finding,)))

    for told in (message.subject, message.short, message.text):
        assert "@here" not in told
        assert "https://evil" not in told
    assert message.short.endswith(NEWS.run_url)
    assert f"\n{NEWS.run_url}\n" in message.text
