import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.pipeline.notify.test_compose import NEWS
from webapp.pipeline.notify import compose
from webapp.pipeline.notify.defuse import defused
from webapp.pipeline.notify.hosts import without_hosts
from webapp.pipeline.values import Finding

SAMPLES = Path(__file__).resolve().parents[4] / "shared" / "logs"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("see https://evil.example/a?b=c now", "see https[:]//evil[.]example/a?b=c now"),
        ("ftp://a and slack://open", "ftp[:]//a and slack[:]//open"),
        ("go to www.evil.example", "go to www[.]evil.example"),
        ("mailto:a@b.example, tel:+15551234567", "mailto[:]a@b[.]example, tel[:]+15551234567"),
        ("@here @everyone, (@ops)", "@ here @ everyone, (@ ops)"),
        ("@@here x@everyone _@here_", "@@ here x@ everyone _@ here_"),
        ("_https://a.bc あhttps://a.bc", "_https[:]//a[.]bc あhttps[:]//a[.]bc"),
        ("skype:a callto:1", "skype[:]a callto[:]1"),
        ("root@all.example", "root@all[.]example"),
        ("<!here> <@U012> <#C01|x>", "< !here> < @ U012> < #C01|x>"),
        ("[click](https://evil.example)", "[click] (https[:]//evil[.]example)"),
        ("root@db-1: a -> b, x@y.example", "root@db-1: a -> b, x@y[.]example"),
        ("<html> a[3](x) at 10:00", "<html> a[3] (x) at 10:00"),
        ("go to evil.com/login", "go to evil[.]com/login"),
        ("EVIL.COM, evil.co.uk. (evil.io)", "EVIL[.]COM, evil[.]co[.]uk. (evil[.]io)"),
        ("write bob@evil.com", "write bob@evil[.]com"),
        ("see //evil.com/x, //evil.rip", "see //evil[.]com/x, //evil[.]rip"),
        ("evil.com:8443/a evil.rip:8443/a", "evil[.]com:8443/a evil[.]rip:8443/a"),
        ("evil.sh/x.py by evil.zip/", "evil[.]sh/x.py by evil[.]zip/"),
        ("GET /evil.com HTTP/1.1", "GET /evil[.]com HTTP/1.1"),
        ("host=evil.com; .evil.net", "host=evil[.]com; .evil[.]net"),
        ("evil。com пример.рф xn--e1a.xn--p1ai", "evil[.]com пример[.]рф xn--e1a[.]xn--p1ai"),
        ("http://10.0.0.1:8080/a 10.0.0.1/login", "http[:]//10.0.0[.]1:8080/a 10.0.0[.]1/login"),
    ],
)
def test_nothing_is_left_to_click_on_or_to_call_by(text: str, told: str) -> None:
    assert defused(text) == told
    assert defused(told) == told


@pytest.mark.parametrize(
    "line",
    [
        'File "/srv/shop/main.py", line 42, in app.log: nginx.conf, Makefile.am, libc.so.6',
        "server.cc:12] at org.example.Foo.run(Foo.java:42) ~[shop-1.2.3.jar:?]",
        "/etc/nginx/conf.d/shop.conf /var/log/app.log:12 C:\\tmp\\a.txt ./run.sh ../x.md/y",
        "nginx/1.25.3 python3.11 v2.0.1-rc.1 kernel 6.1.0-18-amd64",
        'client "10.11.10.1:35012" to 127.0.0.1:5432, 10.0.0.0/8',
        "Started getty@tty1.service and user@1000.service",
        '{"user.id": 7, "log.level": "error", "took": "1.5s"} urllib3.connectionpool e.g. and/or',
        "2026-01-31 08:00:00,123 - INFO [main:QuorumPeerConfig@101] - 3.14 of 1.000.000",
    ],
)
def test_a_line_of_a_log_without_an_address_stays_as_it_is(line: str) -> None:
    assert defused(line) == line


def test_of_real_logs_only_what_has_an_address_is_touched() -> None:
    """16,000 lines; those of two of the logs name hosts in each line, or one line in four."""
    files = list(SAMPLES.glob("*.log"))
    if not files:
        pytest.skip(f"log samples are not there: {SAMPLES}")

    touched = {path.stem: _touched(path) for path in files}

    assert touched.pop("Proxifier") == 1993
    assert touched.pop("Linux") == 474
    assert touched == {
        "Apache": 0,
        "BGL": 7,
        "OpenSSH": 92,
        "OpenStack": 54,
        "Spark": 75,
        "Zookeeper": 0,
    }


def test_a_word_of_any_length_takes_linear_time() -> None:
    long = ["a" * 400_000, "a." * 200_000, "-" * 400_000, "a@" * 200_000, "://" * 130_000]
    began = time.process_time()

    for text in long:
        defused(text)

    assert time.process_time() - began < 5


def _touched(path: Path) -> int:
    lines = path.read_text(errors="replace").splitlines()
    return sum(without_hosts(line) != line for line in lines)


def test_whatever_a_log_or_a_model_says_is_told_so_and_our_own_link_stays() -> None:
    bad = "@here https://evil.example evil.com/login bob@evil.com"
    finding = Finding("alert", "APP", 2, bad, bad, verified=True)
    message = compose(replace(NEWS, summary=bad, findings=(finding,)))

    for told in (message.subject, message.short, message.text):
        assert "@here" not in told
        assert "https://evil" not in told
        assert "evil.com" not in told
    assert message.short.endswith(NEWS.run_url)
    assert f"\n{NEWS.run_url}\n" in message.text
