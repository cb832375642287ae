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
    "stripe restricted": after("rk_live_", ALNUM, 24),
    "openrouter": after("sk-or-v1-", HEX, 64),
    "heroku key": after("HRKU-", URL_SAFE, 60),
    "terraform": lambda random: f"{some(ALNUM, 14)(random)}.atlasv1.{some(URL_SAFE, 60)(random)}",
    "doppler": after("dp.pt.", ALNUM, 40),
    "pulumi": after("pul-", HEX, 40),
    "planetscale": after("pscale_pw_", URL_SAFE, 40),
    "supabase": after("sbp_", HEX, 40),
    "postman": lambda random: f"PMAK-{some(HEX, 24)(random)}-{some(HEX, 34)(random)}",
    "figma": after("figd_", URL_SAFE, 40),
    "notion": after("ntn_", ALNUM, 46),
    "airtable": lambda random: f"pat{some(ALNUM, 14)(random)}.{some(HEX, 64)(random)}",
    "rubygems": after("rubygems_", HEX, 48),
    "tailscale": lambda random: f"tskey-auth-{some(ALNUM, 12)(random)}-{some(ALNUM, 32)(random)}",
    "circleci": after("CCIPAT_", ALNUM, 60),
    "buildkite": after("bkua_", HEX, 40),
    "netlify": after("nfp_", ALNUM, 36),
    "jfrog": after("AKCp", ALNUM, 69),
    "sonar": after("squ_", HEX, 40),
    "crates": after("cio", ALNUM, 32),
    "vault batch": after("hvb.", URL_SAFE, 100),
    "password hash": after("$2b$12$", ALNUM + "./", 53),
    "shadow": after("$6$saltsalt$", ALNUM + "./", 86),
    "private key as base64": lambda random: base64.b64encode(
        f"-----BEGIN RSA PRIVATE KEY-----\n{some(ALNUM, 90)(random)}".encode()
    ).decode(),
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
    "camel case": ("dbPass", after("a1", ALNUM, 18)),
    "service bus": ("SharedAccessKey", after("", ALNUM + "/+", 43)),
    "app key": ("DD_APP_KEY", some(HEX, 40)),
    "kubeconfig": ("client-key-data", some(ALNUM, 300)),
    "docker pull secret": (".dockerconfigjson", some(ALNUM, 120)),
    "docker config": ("identitytoken", some(ALNUM, 60)),
    "npmrc": ("_authToken", some(ALNUM, 36)),
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
    "json in json in json": lambda secret: json.dumps(
        {"log": json.dumps({"msg": json.dumps({"value": secret})})}
    ),
    "file name": "cannot open /srv/{}: no such file".format,
    "in colour": '{{"log":"\\u001b[31mvalue\\u001b[0m={}\\u001b[0m\\n"}}'.format,
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
    "json in json in json": lambda name, secret: json.dumps(
        {"log": json.dumps({"msg": json.dumps({name: secret})})}
    ),
    "json list": '{{"headers":{{"{}":["{}"]}}}}'.format,
    "two fields": '{{"name": "{}", "value": "{}"}}'.format,
    "two fields turned": lambda name, secret: f'{{"value": "{secret}", "name": "{name}"}}',
    "xml attributes": '<add key="{}" value="{}"/>'.format,
    "url in a url": "next=https%3A%2F%2Fshop%2F%3F{}%3D{}%26n%3D1".format,
    "twice in a url": "next=https%253A%252F%252Fshop%252F%253F{}%253D{}".format,
    "in colour": '{{"log":"\\u001b[36m{}\\u001b[0m={}\\n"}}'.format,
}
CONNECTIONS = {
    "postgres": "postgresql://app:{}@db.example:5432/shop",
    "mysql": "mysql://root:{}@10.0.0.5/shop",
    "mongodb": "mongodb+srv://app:{}@cluster0.example.net/?retryWrites=true",
    "redis": "redis://:{}@cache:6379/0",
    "amqp": "amqp://guest:{}@mq:5672//",
    "https": "https://bot:{}@git.example.com/team/repo.git",
    "jdbc": "jdbc:sqlserver://db:1433;user=sa;password={};encrypt=true",
    "oracle": "jdbc:oracle:thin:scott/{}@//db:1521/SHOP",
    "sql server": "jdbc:sqlserver://db;user=sa;password={{{}}};encrypt=true",
    "azure storage": "DefaultEndpointsProtocol=https;AccountName=a;AccountKey={};EndpointSuffix=x",
    "azure sas": "GET https://shop.blob.core.windows.net/c?sv=2022-11-02&sp=r&sig={}&se=2026",
    "slack webhook": "https://hooks.slack.com/services/T0A1B2C3D/B0A1B2C3D/{0}{0}",
    "slack webhook escaped": "\\/\\/hooks.slack.com\\/services\\/T0A1B2C3D\\/B0A1B2C3D\\/{0}{0}",
    "token as user": "https://a1{0}{0}@git.example.com/shop.git",
    "ado.net": "Server=db;User Id=sa;Password={};Database=shop",
}
HEADERS = {
    "bearer": "Authorization: Bearer {}",
    "basic": "authorization: Basic {}",
    "bearer json": '"Authorization": "Bearer {}"',
    "cookie": "Cookie: session={}",
    "set-cookie": "Set-Cookie: sid={}; Path=/; HttpOnly",
    "api key": "x-api-key: {}",
    "tuple": "[('accept', '*/*'), ('authorization', b'Basic {}')]",
    "list": '{{"Authorization": ["Basic {}"]}}',
    "registry": "X-Registry-Auth: {}",
    "smtp": "C: AUTH PLAIN {}",
}
# What programs are given, and files in which they look for logins.
PROGRAMS = {
    "netrc": "machine api.example.com login bot password {}",
    "netrc line": "  password {}",
    "pgpass": "db.example.com:5432:shop:app:{}",
    "pgpass of any": "*:*:*:app:{}",
    "npmrc": "//registry.example.com/:_authToken={}",
    "docker config": '{{"auths": {{"https://index.example.com/v1/": {{"auth": "{}"}}}}}}',
    "curl": "curl -u bot:{} https://shop.example.com",
    "mysql": "mysql -uroot -p{} shop",
    "mysql in json": '["mysql","-uroot","-p{}","shop"]',
    "sshpass": "sshpass -p {} ssh -p 22 db",
    "redis-cli": "redis-cli -h cache -a {} ping",
    "ldapsearch": "ldapsearch -D cn=admin -w {} -b dc=shop",
    "wget": "wget --http-password {} https://shop.example.com",
    "chpasswd": "echo 'root:{}' | chpasswd",
    "kubectl": "kubectl create secret generic db --from-literal=user=app --from-literal=conf={}",
    "kubectl docker": "kubectl create secret docker-registry r --docker-password={}",
    "sql": "CREATE USER 'app'@'%' IDENTIFIED BY '{}'",
    "sql role": "ALTER ROLE app WITH PASSWORD '{}';",
    "redis": "config: requirepass {}",
    "manifest": '{{"kind":"Secret","data":{{"db.conf":"{}"}},"apiVersion":"v1"}}',
}
# Secrets below the line that names them.
BLOCKS = {
    "yaml block": "database:\n  db_password: |\n    {}\n  port: 5432",
    "yaml folded": "api_token: >-\n  {}\nport: 5432",
    "yaml next line": "password:\n  {}\nport: 5432",
    "json next line": '{{\n  "password":\n    "{}"\n}}',
    "yaml environment": "- name: DB_PASSWORD\n  value: {}",
    "json environment": '{{\n  "name": "DB_PASSWORD",\n  "value": "{}"\n}}',
    "php dump": '  ["password"]=>\n  string(16) "{}"',
    "xml": "<password>\n  {}\n</password>",
    "manifest": "apiVersion: v1\ndata:\n  db.conf: {}\nkind: Secret\nmetadata:\n  name: shop",
    "manifest in order": "kind: Secret\nmetadata:\n  name: shop\nstringData:\n  db.conf: {}",
    "manifest in json": '{{\n  "data": {{\n    "db.conf": "{}"\n  }},\n  "kind": "Secret"\n}}',
    "netrc": "machine api.example.com\n  login bot\n  password {}",
}
KEYS = ("RSA PRIVATE KEY", "OPENSSH PRIVATE KEY", "PGP PRIVATE KEY BLOCK", "EC PRIVATE KEY")


def _pem(random: Random, label: str) -> tuple[str, str]:
    """The body, and the key with its lines."""
    body = [some(ALNUM + "/+", 64)(random) for _ in range(6)]
    head = "Version: GnuPG v2\n\n" if "PGP" in label else ""
    lines = "\n".join(body)
    return "".join(body), f"-----BEGIN {label}-----\n{head}{lines}\n-----END {label}-----"


def _putty(random: Random) -> tuple[str, str]:
    body = [some(ALNUM + "/+", 64)(random) for _ in range(4)]
    lines = "\n".join(body)
    head = "PuTTY-User-Key-File-3: ssh-rsa\nPublic-Lines: 1\nAAAAB3NzaC1yc2E="
    return "".join(body), f"{head}\nPrivate-Lines: 4\n{lines}\nPrivate-MAC: 0a1b"


def _account(key: str) -> dict[str, str]:
    return {"type": "service_account", "private_key": f"{key}\n", "client_id": "123456"}


KEYS_IN: dict[str, Callable[[str], str]] = {
    "plain": str,
    "behind a time": lambda key: _prefixed("2026-01-31T03:00:00Z shop: ", key),
    "escaped": lambda key: json.dumps({"key": key}),
    "account": lambda key: json.dumps(_account(key)),
    "account pretty": lambda key: json.dumps(_account(key), indent=2),
    "account in json": lambda key: json.dumps({"log": json.dumps(_account(key))}),
}


def _prefixed(prefix: str, text: str) -> str:
    return "\n".join(f"{prefix}{line}" for line in text.split("\n"))


def _keys(random: Random) -> Iterator[Hidden]:
    for context, write in KEYS_IN.items():
        made = {label: _pem(random, label) for label in KEYS} | {"PuTTY": _putty(random)}
        for kind, (body, key) in made.items():
            yield Hidden(kind, context, body, write(key))


def _blocks(random: Random) -> Iterator[Hidden]:
    for kind, template in BLOCKS.items():
        for context, prefix in (("plain", ""), ("behind a time", "2026-01-31T03:00:00Z shop: ")):
            secret = after("a1", ALNUM, 18)(random)
            yield Hidden(kind, context, secret, _prefixed(prefix, template.format(secret)))


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
            secret = after("a1", ALNUM, 14)(random)
            yield Hidden(f"{kind} password", "connection", secret, f"to {template.format(secret)}")
        for kind, template in HEADERS.items():
            secret = base64.b64encode(some(ALNUM, 24)(random).encode()).decode()
            yield Hidden(kind, "header", secret, template.format(secret))
        for kind, template in PROGRAMS.items():
            secret = after("a1", ALNUM, 18)(random)
            yield Hidden(kind, "program", secret, template.format(secret))
        yield from _keys(random)
        yield from _blocks(random)


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
        lambda: f"src/shop.py:{random.randint(100, 999)}:12:E501:line too long",
        lambda: ":".join(some(HEX, 4)(random) for _ in range(8)) + " is up",
        lambda: "250-AUTH PLAIN LOGIN; AUTH PLAIN authentication failed",
        lambda: f"GET /reports?code=404&webhooks={random.randint(1, 9)} HTTP/1.1",
        lambda: 'columns ("id", "password", "created_at") of users',
        lambda: "kind: SecretStore; secretName: shop-tls",
        lambda: "Enter password:",
        lambda: f"user {random.randint(1, 99)} at https://shop@example.com/cart?n=1",
        lambda: "  token:",
        lambda: "      name: shop-token",
    ]  # fmt: skip
    for number_ in range(number):
        yield makers[number_ % len(makers)]()
