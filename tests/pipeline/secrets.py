"""Secrets of every kind that is known, in every context that they turn up in; all are made up."""

import base64
import json
from collections.abc import Callable, Iterator
from random import Random
from string import ascii_letters, ascii_uppercase, digits, hexdigits
from typing import NamedTuple

ALNUM = ascii_letters + digits
URL_SAFE = ALNUM + "_-"
HEX = hexdigits[:16]


class Hidden(NamedTuple):
    """A text with one secret in it."""

    kind: str
    context: str
    secret: str
    text: str


def some(chars: str, number: int) -> Callable[[Random], str]:
    return lambda random: "".join(random.choices(chars, k=number))


def after(prefix: str, chars: str, number: int) -> Callable[[Random], str]:
    rest = some(chars, number)
    return lambda random: prefix + rest(random)


def _jwt(random: Random) -> str:
    parts = ({"alg": "HS256", "typ": "JWT"}, {"sub": str(random.random()), "iat": 1769846400})
    encoded = (base64.urlsafe_b64encode(json.dumps(one).encode()) for one in parts)
    return ".".join([*(one.decode().rstrip("=") for one in encoded), some(URL_SAFE, 43)(random)])


# Known by their shape, wherever they stand.
SHAPED: dict[str, Callable[[Random], str]] = {
    "aws access key": after("AKIA", ascii_uppercase + digits, 16),
    "github": after("ghp_", ALNUM, 36),
    "github app": after("ghs_", ALNUM, 36),
    "github fine": after("github_pat_", ALNUM + "_", 82),
    "gitlab": after("glpat-", URL_SAFE, 20),
    "slack": after("xoxb-", digits, 24),
    "stripe": after("sk_live_", ALNUM, 24),
    "stripe webhook": after("whsec_", ALNUM, 32),
    "google": after("AIza", URL_SAFE, 35),
    "google oauth": after("ya29.", URL_SAFE, 60),
    "google client": after("GOCSPX-", URL_SAFE, 28),
    "openai": after("sk-proj-", URL_SAFE, 48),
    "openai old": after("sk-", ALNUM, 48),
    "anthropic": after("sk-ant-api03-", URL_SAFE, 90),
    "npm": after("npm_", ALNUM, 36),
    "pypi": after("pypi-AgEIcHlwaS5vcmc", URL_SAFE, 60),
    "huggingface": after("hf_", ALNUM, 34),
    "vault": after("hvs.", URL_SAFE, 90),
    "sendgrid": lambda random: f"SG.{some(URL_SAFE, 22)(random)}.{some(URL_SAFE, 43)(random)}",
    "telegram": lambda random: f"{random.randint(10**8, 10**9)}:AA{some(URL_SAFE, 33)(random)}",
    "jwt": _jwt,
    "digitalocean": after("dop_v1_", HEX, 64),
    "shopify": after("shpat_", HEX, 32),
    "square": after("sq0atp-", URL_SAFE, 22),
    "twilio": after("SK", HEX, 32),
    "mailgun": after("key-", HEX, 32),
    "newrelic": after("NRAK-", ascii_uppercase + digits, 27),
    "grafana": after("glsa_", ALNUM, 32),
    "databricks": after("dapi", HEX, 32),
    "docker": after("dckr_pat_", URL_SAFE, 27),
    "atlassian": after("ATATT3", URL_SAFE, 180),
    "azure client": lambda random: f"{some(ALNUM, 3)(random)}8Q~{some(ALNUM, 34)(random)}",
    "discord": lambda random: (
        f"M{some(ALNUM, 23)(random)}.{some(ALNUM, 6)(random)}.{some(URL_SAFE, 27)(random)}"
    ),
}
# Known by the name that stands before them.
NAMED: dict[str, tuple[str, Callable[[Random], str]]] = {
    "password": ("password", some(ALNUM + "!#%^*-_.", 14)),
    "database password": ("DB_PASSWORD", some(ALNUM, 18)),
    "aws secret key": ("aws_secret_access_key", some(ALNUM + "/+", 40)),
    "aws session token": ("AWS_SESSION_TOKEN", some(ALNUM + "/+", 300)),
    "azure storage": ("AccountKey", some(ALNUM + "/+", 86)),
    "api key": ("api_key", some(HEX, 32)),
    "datadog": ("DD_API_KEY", some(HEX, 32)),
    "heroku": ("HEROKU_API_KEY", lambda random: "-".join(some(HEX, n)(random) for n in (8, 4, 12))),
    "token": ("access_token", some(URL_SAFE, 40)),
    "client secret": ("client_secret", some(URL_SAFE, 32)),
    "passphrase": ("passphrase", some(ALNUM, 20)),
}
SHAPED_IN: dict[str, Callable[[str], str]] = {
    "prose": "renewed {} for the shop".format,
    "url": "GET /callback?state=7&t={}&n=1 HTTP/1.1".format,
    "json": '{{"level":"info","value":"{}","n":1}}'.format,
    "header": "> X-Auth: {}".format,
    "env": "VALUE={}".format,
    "stack trace": '  File "app.py", line 3, in call\n    login("{}")\nValueError: no'.format,
    "escaped": '{{"msg":"{{\\"value\\":\\"{}\\"}}"}}'.format,
    "line end": "ends with {}".format,
}
NAMED_IN: dict[str, Callable[[str, str], str]] = {
    "env": "export {}={}".format,
    "json": '{{"level":"info","{}":"{}","n":1}}'.format,
    "json spaced": '{{"{}": "{}", "n": 1}}'.format,
    "escaped": '{{"msg":"{{\\"{}\\":\\"{}\\"}}"}}'.format,
    "yaml": "  {}: {}".format,
    "url": "GET /login?{}={}&n=1 HTTP/1.1".format,
    "stack trace": "  File \"app.py\", line 3\n    connect({}='{}', port=5432)".format,
    "logfmt": 'level=info {}="{}" n=1'.format,
    "flag": "started: tool --{}={} --verbose".format,
}
CONNECTIONS = {
    "postgres": "postgresql://app:{}@db.example:5432/shop",
    "mysql": "mysql://root:{}@10.0.0.5/shop",
    "mongodb": "mongodb+srv://app:{}@cluster0.example.net/?retryWrites=true",
    "redis": "redis://:{}@cache:6379/0",
    "amqp": "amqp://guest:{}@mq:5672//",
    "https": "https://bot:{}@git.example.com/team/repo.git",
    "jdbc": "jdbc:sqlserver://db:1433;user=sa;password={};encrypt=true",
    "ado.net": "Server=db;User Id=sa;Password={};Database=shop",
}
HEADERS = {
    "bearer": "Authorization: Bearer {}",
    "basic": "authorization: Basic {}",
    "bearer json": '"Authorization": "Bearer {}"',
    "cookie": "Cookie: session={}",
    "set-cookie": "Set-Cookie: sid={}; Path=/; HttpOnly",
    "api key": "x-api-key: {}",
}


def hidden(random: Random, of_each: int) -> Iterator[Hidden]:
    """So many of every kind in every context."""
    for _ in range(of_each):
        for kind, make in SHAPED.items():
            for context, write in SHAPED_IN.items():
                secret = make(random)
                yield Hidden(kind, context, secret, write(secret))
        for kind, (name, make) in NAMED.items():
            for context, write_named in NAMED_IN.items():
                secret = make(random)
                yield Hidden(kind, context, secret, write_named(name, secret))
        for kind, template in CONNECTIONS.items():
            secret = some(ALNUM, 16)(random)
            yield Hidden(f"{kind} password", "connection", secret, f"to {template.format(secret)}")
        for kind, template in HEADERS.items():
            secret = base64.b64encode(some(ALNUM, 24)(random).encode()).decode()
            yield Hidden(kind, "header", secret, template.format(secret))


def clean(random: Random, number: int) -> Iterator[str]:
    """Lines without any secret that look as if they had one."""
    makers: list[Callable[[], str]] = [
        lambda: f"commit {some(HEX, 40)(random)} by alice",
        lambda: f"request_id={'-'.join(some(HEX, n)(random) for n in (8, 4, 4, 4, 12))} done",
        lambda: f"pod/checkout-{some(HEX, 10)(random)}-{some(HEX, 5)(random)} started",
        lambda: f"container {some(HEX, 64)(random)} exited with status 0",
        lambda: f"sha256:{some(HEX, 64)(random)} pulled in {random.randint(1, 90)} s",
        lambda: f'etag W/"{some(HEX, 16)(random)}" kept',
        lambda: f"mac {':'.join(some(HEX, 2)(random) for _ in range(6))} joined",
        lambda: f"Failed password for invalid user admin from 203.0.113.7 port {random.random()}",
        lambda: "Accepted publickey for deploy: ED25519 SHA256:" + some(ALNUM, 43)(random),
        lambda: "token expired; the session of user 17 is closed",
        lambda: "the password was changed by its owner, as the policy asks",
        lambda: f"{random.randint(1, 9999)} tokens in, {random.randint(1, 999)} tokens out",
        lambda: f"GET /static/app.{some(HEX, 8)(random)}.js?v={random.randint(1, 99)} 200",
        lambda: f"https://example.com:8443/a/b?page={random.randint(1, 99)} answered 304",
        lambda: f"key=user:{random.randint(1, 10**6)} ttl=300 hit=true",
        lambda: f"disk-1 task-{random.randint(1, 99)} risk-score=0.{random.randint(1, 99)}",
        lambda: f"partition_key=2026-01-31 offset={random.randint(1, 10**9)} lag=0",
        lambda: "author: Ada Lovelace <ada@example.com>",
        lambda: 'MountVolume.SetUp failed for volume "shop": secret "shop-tls" not found',
        lambda: f"trace_id={some(HEX, 32)(random)} span_id={some(HEX, 16)(random)} ok",
        lambda: f"/var/lib/docker/overlay2/{some(HEX, 64)(random)}/merged",
    ]  # fmt: skip
    for number_ in range(number):
        yield makers[number_ % len(makers)]()
