import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.pipeline.redact import redact
from webapp.pipeline.values import Redacted

GITHUB = "ghp_" + "a1B2" * 9
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl"
BEGIN, END = "-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----"
BODY = "\n".join(["Ab1+" * 16] * 4 + ["abcd=="])
KEY = f"{BEGIN}\n{BODY}\n{END}"


@pytest.mark.parametrize(
    ("secret", "kind"),
    [
        ("AKIAIOSFODNN7EXAMPLE", "aws-key"),
        (GITHUB, "github-token"),
        ("github_pat_11ABCDEFG0" + "x" * 40, "github-token"),
        ("glpat-abcdefghij0123456789", "gitlab-token"),
        ("xoxb-123456789012-abcdefABCDEF", "slack-token"),
        ("sk_live_" + "4eC39HqLyjWDarjt", "stripe-key"),
        ("AIza" + "Sy" * 17 + "x", "google-key"),
        ("ya29." + "a0" * 20, "google-token"),
        ("sk-proj-" + "Ab-_" * 10, "openai-key"),
        ("sk-" + "Ab12" * 12, "openai-key"),
        ("sk-ant-api03-" + "Ab-_" * 10, "anthropic-key"),
        ("npm_" + "Ab12" * 9, "npm-token"),
        ("pypi-AgEIcHlwaS5vcmc" + "Ab-_" * 10, "pypi-token"),
        ("hf_" + "Ab12" * 9, "huggingface-token"),
        (JWT, "jwt"),
        ("110201543:AA" + "Hd_q" * 8 + "x", "telegram-token"),
    ],
)
def test_a_token_is_known_by_its_shape(secret: str, kind: str) -> None:
    redacted = redact(f'got {secret}, then "{secret}"\nand\\n{secret}')

    placeholder = f"[REDACTED:{kind}:1]"
    assert redacted == Redacted(
        f'got {placeholder}, then "{placeholder}"\nand\\n{placeholder}', {kind: 3}
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("password=hunter2, user=bob", "password=[REDACTED:password:1], user=bob"),
        ("DB_PASS=hunter2", "DB_PASS=[REDACTED:password:1]"),
        ("passwd: hunter2", "passwd: [REDACTED:password:1]"),
        ("password => hunter2", "password => [REDACTED:password:1]"),
        ("password='two words' x", "password='[REDACTED:password:1]' x"),
        ("password=b'hunter2'", "password=b'[REDACTED:password:1]'"),
        ("User{name=x, password=hunter2}", "User{name=x, password=[REDACTED:password:1]}"),
        (r'{"password": "a\"b", "n": 1}', '{"password": "[REDACTED:password:1]", "n": 1}'),
        (
            r"{\"password\":\"a\\\"b\",\"n\":1}",
            r"{\"password\":\"[REDACTED:password:1]\",\"n\":1}",
        ),
        ('{"password": "cut o', '{"password": "[REDACTED:password:1]'),
        ("GET /?token=abc123&n=1 HTTP/1.1", "GET /?token=[REDACTED:token:1]&n=1 HTTP/1.1"),
        ("Server=x;Password=a,b;Db=d", "Server=x;Password=[REDACTED:password:1];Db=d"),
        ("AccountKey=abc==;Suffix=x", "AccountKey=[REDACTED:api-key:1];Suffix=x"),
        ("X-Api-Key: abc", "X-Api-Key: [REDACTED:api-key:1]"),
        ("client_secret: s3cr3t", "client_secret: [REDACTED:secret:1]"),
        ("SECRET_KEY_BASE=s3cr3t", "SECRET_KEY_BASE=[REDACTED:secret:1]"),
        (
            "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG",
            "aws_secret_access_key = [REDACTED:aws-key:1]",
        ),
        ("mysql --password hunter2 -u x", "mysql --password [REDACTED:password:1] -u x"),
        ("<password>hunter2</password>", "<password>[REDACTED:password:1]</password>"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer [REDACTED:authorization:1]"),
        ('"authorization": "Basic dTpw"', '"authorization": "Basic [REDACTED:authorization:1]"'),
        ("sent bearer abcdef0123456789", "sent bearer [REDACTED:authorization:1]"),
        ("Cookie: sid=abc; theme=dark", "Cookie: [REDACTED:cookie:1]"),
        ("Set-Cookie: sid=abc; Path=/", "Set-Cookie: [REDACTED:cookie:1]"),
        ("postgres://u:p@ss@h:5432/d", "postgres://u:[REDACTED:password:1]@h:5432/d"),
        ("redis://:hunter2@h", "redis://:[REDACTED:password:1]@h"),
        ("amqp://u:a/b+c@h", "amqp://u:[REDACTED:password:1]@h"),
        ("PASS=abc1234567", "PASS=[REDACTED:password:1]"),
        ("auth=abc1234567 n=1", "auth=[REDACTED:secret:1] n=1"),
        ('{"auth": "dXNlcjpwYXNzMQ=="}', '{"auth": "[REDACTED:secret:1]"}'),
        ("credential=abc1234567", "credential=[REDACTED:secret:1]"),
        ("session_id=0a1b2c3d4e5f", "session_id=[REDACTED:secret:1]"),
        ("/b?se=1&sig=aB3%2Bx9Q%3D&sp=r", "/b?se=1&sig=[REDACTED:secret:1]&sp=r"),
        ("signature=0a1b2c3d4e5f", "signature=[REDACTED:secret:1]"),
        ("&X-Amz-Signature=0a1b2c3d4e5f", "&X-Amz-Signature=[REDACTED:secret:1]"),
        (
            "POST https://api.telegram.org/bot110201543:AA" + "Hd_q" * 8 + "x/send",
            "POST https://api.telegram.org/bot[REDACTED:telegram-token:1]/send",
        ),
        (
            "https://discord.com/api/webhooks/123456789012/" + "aB-_" * 16,
            "https://discord.com/api/webhooks/123456789012/[REDACTED:discord-webhook:1]",
        ),
        (
            "https://hooks.slack.com/services/T0/B0/" + "aB3x" * 6,
            "https://hooks.slack.com/services/[REDACTED:slack-webhook:1]",
        ),
        (
            "https://hooks.slack.com/workflows/T0/A0/1/" + "aB3x" * 6,
            "https://hooks.slack.com/workflows/[REDACTED:slack-webhook:1]",
        ),
        ("+ curl -sS -u bob:hunter2 http://h", "+ curl -sS -u bob:[REDACTED:password:1] http://h"),
        ("curl --user 'bob:hunter2' h", "curl --user 'bob:[REDACTED:password:1]' h"),
        (
            "curl -u a:one1 h && curl -su b:two2 h",
            "curl -u a:[REDACTED:password:1] h && curl -su b:[REDACTED:password:2] h",
        ),
        ("mysql -u root -psecret db", "mysql -u root -p[REDACTED:password:1] db"),
        ("mysqldump --password=hunter2 db", "mysqldump --password=[REDACTED:password:1] db"),
    ],
)
def test_a_secret_is_known_by_what_stands_before_it(text: str, expected: str) -> None:
    assert redact(text).text == expected


@pytest.mark.parametrize(
    "text",
    [
        "password authentication failed for user x",
        "token expired",
        "token: expired",
        "secret: none",
        "api_key=None",
        "tokens=1234",
        "max_tokens: 512",
        "password=${DB_PASSWORD} token=$TOKEN secret={{ vault }}",
        "password=********",
        "password: <hidden>",
        "sudo: PWD=/root ; USER=root",
        "http://host:8080/path?mail=a@b.example",
        "task-0123456789abcdef0123456789abcdef",
        "Cookie: none",
        "Authorization: granted to bob",
        "12:01:02 GET /secrets 200",
        "2026-01-31 10:00:00 install gir1.2-secret-1:amd64 <none> 0.20.5-3",
        "status installed libpam-passwd:all 1.0",
        "PASS: test_login; pass=12 fail=0",
        "auth=none auth=enabled sig=11 auth: pam_unix(sshd:session): opened",
        "session_id=42 credential=ldap signature=valid",
        "docker run -u 1000:1000 curl http://h",
        "mysql -P3306 -p db",
    ],
)
def test_what_only_sounds_like_a_secret_stays(text: str) -> None:
    assert redact(text) == Redacted(text, {})


def test_the_same_secret_has_the_same_number() -> None:
    text = redact("password=one password=two password=one").text

    assert text == (
        "password=[REDACTED:password:1] password=[REDACTED:password:2]"
        " password=[REDACTED:password:1]"
    )


def test_a_number_that_the_text_already_has_is_not_given_again() -> None:
    text = redact("old [REDACTED:password:3] password=new").text

    assert text == "old [REDACTED:password:3] password=[REDACTED:password:4]"


def test_a_huge_number_that_a_log_made_up_does_not_spoil_the_placeholders() -> None:
    once = redact("[REDACTED:password:999999999] password=new").text

    assert once == "[REDACTED:password:999999999] password=[REDACTED:password:1]"
    assert redact(once) == Redacted(once, {})


def behind_a_prefix(text: str) -> str:
    return "\n".join(f"10:00:00 app: {line}" for line in text.split("\n"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"a b\n{KEY}\nc d", "a b\n[REDACTED:private-key:1]\nc d"),
        (f"a b\n{BODY}\n{END}\nc d", "a b\n[REDACTED:private-key:1]\nc d"),
        (f"a b\n{BEGIN}\n{BODY}\nc d", "a b\n[REDACTED:private-key:1]\nc d"),
        (f"a b\n{BEGIN}\n{BODY[:100]}", "a b\n[REDACTED:private-key:1]"),
        (
            f"{BEGIN}\nProc-Type: 4,ENCRYPTED\n\n{BODY}\nc d",
            "[REDACTED:private-key:1]\nc d",
        ),
        (
            '{"key":"' + KEY.replace("\n", "\\n") + '\\n"}',
            '{"key":"[REDACTED:private-key:1]\\n"}',
        ),
        ('"' + f"{BODY}\n{END}".replace("\n", "\\n") + '"', '"[REDACTED:private-key:1]"'),
        ('"' + f"{BEGIN}\n{BODY}".replace("\n", "\\n") + '"', '"[REDACTED:private-key:1]"'),
        (behind_a_prefix(f"a\n{KEY}"), "10:00:00 app: a\n10:00:00 app: [REDACTED:private-key:1]"),
        (
            behind_a_prefix(f"a b\n{BODY}\n{END}\nc d"),
            "10:00:00 app: a b\n[REDACTED:private-key:1]\n10:00:00 app: c d",
        ),
        (
            behind_a_prefix(f"{BEGIN}\n{BODY}\nc d."),
            "10:00:00 app: [REDACTED:private-key:1]\n10:00:00 app: c d.",
        ),
    ],
)
def test_a_private_key_becomes_one_line_even_if_an_end_is_cut_off(text: str, expected: str) -> None:
    assert redact(text) == Redacted(expected, {"private-key": 1})


def test_a_far_end_does_not_hide_the_log_between() -> None:
    between = "\n".join(f"line {i} of the log" for i in range(2000))

    text = redact(f"{BEGIN}\n{between}\n{END}").text

    assert between in text


def test_the_start_of_a_torn_text_is_dropped() -> None:
    text = "x" * 5000 + " next\nline"

    assert redact(text, torn=True).text == "next\nline"
    assert redact("y" * 3000, torn=True) == Redacted("", {}, 3000)


def test_of_a_torn_text_without_a_blank_only_the_start_is_dropped() -> None:
    assert redact("x" * 5000 + "\n", torn=True) == Redacted("x" * 904 + "\n", {}, 4096)


def test_a_placeholder_at_the_end_of_a_torn_start_is_dropped_whole() -> None:
    text = redact("x" * 4087 + "|" + GITHUB + "|" + "y" * 5000, torn=True).text

    assert text == "|" + "y" * 5000


PIECES = [
    *["password", "token=", "secret: ", "api_key", "=", ":", " ", '"', "'", "\\", '\\"', ",", "}"],
    *["[REDACTED:", "[REDACTED:password:1]", "]", "none", "hunter2", GITHUB, JWT, "eyJ", "sk-"],
    *["://u:", "@", "/", "Authorization: ", "Bearer ", "Cookie: ", "a=b", "; ", "\n", "--", "=>"],
    *["PASS=", "auth=", "sig=", "curl -u ", "mysql -p", "a:", ":AA", "/webhooks/"],
    *[BEGIN, END, "Ab1+" * 16, "abc==", "\\n", "<", "</", ">", "AKIAIOSFODNN7EXAMPLE", "%3D", "b'"],
]


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=25).map("".join))
def test_redacting_again_changes_nothing(text: str) -> None:
    secrets = ["password", "hunter2"]
    once = redact(text, secrets)

    assert redact(once.text, secrets) == Redacted(once.text, {})


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_known_token_never_survives(before: str, after: str) -> None:
    assert GITHUB not in redact(f"{before} {GITHUB} {after}").text


@pytest.mark.parametrize(
    "part",
    [
        *PIECES,
        *["eyJ-", "eyJaaaaaaaa.", "ghp_", "github_pat_", "sk-ant-", "sk-proj-", "SG.", "xoxb-"],
        *["password=", 'password="', "password=,a", "token=',", "cookie:a=", "--token ", "a", "\\"],
        *["password>a", "bearer aaaaaaaaaaaaaaaa", f"{BEGIN}\n", f"{END}\n", f"{BODY}\n{END}\n"],
    ],
)
def test_a_hostile_megabyte_takes_about_as_long_as_any_other(part: str) -> None:
    text = part * (1_000_000 // len(part))
    started = time.perf_counter()

    redact(text, ["a secret of the service"])

    assert time.perf_counter() - started < 4  # 0.2 to 0.5 s on an idle machine
