"""Secrets that are known by their value, and the numbers that they get."""

from base64 import b64encode, urlsafe_b64encode

import pytest

from webapp.pipeline.redact import Redactor, redact, secret_values


def test_the_services_own_secrets_are_cut_in_each_of_their_forms() -> None:
    redacted = redact('at p@ss/word! p%40ss%2Fword%21 "q\\"uote"', ["p@ss/word!", 'q"uote'])

    assert redacted.text == ('at [REDACTED:secret:1] [REDACTED:secret:2] "[REDACTED:secret:3]"')
    assert redacted.counts == {"secret": 3}


@pytest.mark.parametrize("before", ["", "u", "us", "use"])
def test_a_held_secret_is_known_in_base64_wherever_it_begins(before: str) -> None:
    secret = "pass?~>word/1"
    for encode in (b64encode, urlsafe_b64encode):
        told = encode(f"{before}{secret}:and more".encode()).decode()

        redacted = redact(f"sent {told} to it", [secret])

        left = (
            redacted.text.removeprefix("sent ").removesuffix(" to it").split("[REDACTED:secret:1]")
        )
        assert redacted.counts == {"secret": 1}
        # Of what it shares with its neighbours, three digits at each end.
        assert sum(map(len, left)) <= len(told) - len(secret) * 8 // 6 + 3


@pytest.mark.parametrize(
    "told",
    [
        "correct+horse%2b%c3%a9%22",
        "correct%20horse%2B%C3%A9%22",
        '{"x": "correct horse+é\\""}',
        '{"x": "correct horse+\\u00e9\\""}',
        '{"x": "{\\"y\\": \\"correct horse+\\\\u00e9\\\\\\"\\"}"}',
        "<b>correct horse+é&quot;</b>",
    ],
)
def test_a_held_secret_is_known_as_urls_json_and_html_have_it(told: str) -> None:
    redacted = redact(told, ['correct horse+é"'])

    assert redacted.counts == {"secret": 1}
    assert "horse" not in redacted.text


def test_of_a_held_secret_of_many_lines_each_long_one_is_cut() -> None:
    secret = f"first\n{'a1b2c3' * 8}\n{'d4e5f6' * 8}\n"

    redacted = redact(f"line 2 first is {'d4e5f6' * 8}.", [secret]).text

    assert redacted == "line 2 first is [REDACTED:secret:1]."


def test_a_short_secret_is_cut_as_a_whole_word_unless_it_is_a_common_one_or_a_number() -> None:
    secrets = ["pw12", "x7.q", "root", "5432", "abc"]

    redacted = redact("pw12 spw12 pw123 (x7.q) root@h:5432 abc", secrets)

    assert redacted.text == "[REDACTED:secret:1] spw12 pw123 ([REDACTED:secret:2]) root@h:5432 abc"


def test_of_an_environment_what_its_name_calls_secret_or_what_looks_like_a_key_is() -> None:
    secret = {"PGPASSWORD": "correct-horse", "TOKEN": "hunter2", "X": "a9f3c2d1e8"}
    known = {"TOKEN_KIND": "production", "N": "12", "KUBECONFIG": "/etc/k8s", "TEAM": "platform"}

    assert secret_values(secret | known) == ("correct-horse", "hunter2", "a9f3c2d1e8")


def test_the_same_secret_has_the_same_number_in_every_text_of_a_run() -> None:
    redactor = Redactor(["a-held-secret"])
    redactor.reserve("token=[REDACTED:token:7]")

    texts = [
        redactor.redact(text).text
        for text in ("password=one token=two", "password=three a-held-secret", "password=one")
    ]

    assert texts == [
        "password=[REDACTED:password:1] token=[REDACTED:token:8]",
        "password=[REDACTED:password:2] [REDACTED:secret:1]",
        "password=[REDACTED:password:1]",
    ]


def test_the_longer_of_two_secrets_is_cut_whole() -> None:
    assert redact("abcdef-long", ["abcdef", "abcdef-long"]).text == "[REDACTED:secret:1]"
