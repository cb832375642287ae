"""What a secret looks like: a new kind is a line here and one in the test.

Every pattern is linear on any input: what repeats is possessive, bounded, or cannot meet itself.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

PLACEHOLDER = re.compile(r"\[REDACTED:([a-z-]{1,40}):(\d{1,9})\]")


@dataclass(frozen=True)
class Rule:
    """Replaces the group `secret` of `pattern`; a matched group of _KEYS has a kind of its own.

    `hint` is a text without which the pattern cannot match: most logs hold none, and to look for
    it costs next to nothing.
    """

    kind: str
    pattern: re.Pattern[str]
    hint: str = ""

    def apply(self, text: str, name: Callable[[str, str], str]) -> str:
        if self.hint not in text:
            return text
        return self.pattern.sub(lambda match: _replaced(match, self.kind, name), text)


def _replaced(match: re.Match[str], kind: str, name: Callable[[str, str], str]) -> str:
    secret = match["secret"]
    if secret is None or _is_harmless(secret):
        return match[0]
    start, end = match.start("secret") - match.start(), match.end("secret") - match.start()
    matched = match.groupdict()
    kind = next((named for group, (named, _) in _KEYS.items() if matched.get(group)), kind)
    return match[0][:start] + name(kind, secret) + match[0][end:]


_WORD_LIST = """
none null nil true false yes no on off undefined unknown empty unset missing invalid valid expired
required incorrect wrong rejected denied failed failure error ok changed updated refreshed revoked
mismatch not is was has must cannot should for in at the a an redacted masked hidden filtered
optional default string str int object bytes and or
"""
_HARMLESS_WORDS = frozenset(_WORD_LIST.split())
_REFERENCE = re.compile(
    r"\$\{[\w.:-]*+\}?|\$\(?\w++\)?|\{\{[^}]*+\}{0,2}|%\(\w++\)s|%s|\{\w*+\}?|<[^>]*+>"
)


def _is_harmless(value: str) -> bool:
    """A word of prose, a reference to where the secret is, or what another tool has masked."""
    word = value.strip(".,:;!?()[]{}").lower()
    return (
        word in _HARMLESS_WORDS or set(word) <= set("*x•-_#") or bool(_REFERENCE.fullmatch(value))
    )


def _starting(prefix: str) -> str:
    """`prefix` where no word goes on, or behind \\n or %3D; looked at last, as that is fastest."""
    return (
        rf"{prefix}(?:(?<![\w-]{prefix})|(?<=\\[nrt]{prefix})"
        rf"|(?<=%[0-9A-Fa-f][0-9A-Fa-f]{prefix}))"
    )


def _token(kind: str, hint: str, pattern: str) -> Rule:
    return Rule(kind, re.compile(f"(?P<secret>{pattern})"), hint)


_TOKENS = (
    *(
        _token("aws-key", prefix, _starting(prefix) + r"[0-9A-Z]{16}(?![0-9A-Z])")
        for prefix in ("AKIA", "ASIA", "ABIA", "ACCA", "AROA", "AIDA")
    ),
    _token("github-token", "gh", r"gh[opsur]_[A-Za-z0-9]{36,}+"),
    _token("github-token", "github_pat_", r"github_pat_[A-Za-z0-9_]{22,}+"),
    _token("gitlab-token", "gl", r"gl(?:pat|ptt|dt|rt|cbt|ft|imt|agent|oas|soat)-[\w.-]{20,}+"),
    _token("slack-token", "xox", r"xox[a-z]-[A-Za-z0-9-]{10,}+"),
    _token("slack-token", "xapp-", r"xapp-[A-Za-z0-9-]{10,}+"),
    _token("slack-webhook", "hooks.slack.com", r"(?<=hooks\.slack\.com/services/)[\w/]{20,}+"),
    _token("stripe-key", "k_", r"[rs]k_(?:live|test)_[A-Za-z0-9]{16,}+"),
    _token("stripe-key", "whsec_", r"whsec_[A-Za-z0-9+/=]{16,}+"),
    _token("google-key", "AIza", r"AIza[\w-]{35}"),
    _token("google-token", "ya29.", r"ya29\.[\w-]{20,}+"),
    _token("google-key", "GOCSPX-", r"GOCSPX-[\w-]{20,}+"),
    _token("anthropic-key", "sk-ant-", r"sk-ant-[\w-]{20,}+"),
    _token("openai-key", "sk-", _starting("sk-") + r"(?:proj|svcacct|admin)-[\w-]{20,}+"),
    _token("openai-key", "sk-", _starting("sk-") + r"[A-Za-z0-9]{32,}+"),
    _token("npm-token", "npm_", r"npm_[A-Za-z0-9]{36,}+"),
    _token("pypi-token", "pypi-", r"pypi-[\w-]{50,}+"),
    _token("huggingface-token", "hf_", _starting("hf_") + r"[A-Za-z0-9]{30,}+"),
    _token("vault-token", "hvs.", r"hvs\.[\w-]{24,}+"),
    _token("sendgrid-key", "SG.", r"SG\.[\w-]{22}\.[\w-]{43}"),
    _token("jwt", "eyJ", _starting("eyJ") + r"[\w-]{8,}+\.eyJ[\w-]{5,}+(?:\.[\w-]*+)?"),
    _token("jwt", "eyJ", _starting("eyJ") + r"[\w-]{8,}+(?:\.[\w-]*+){4}"),
)

_UNTOUCHED = r"(?!\[REDACTED:)"
_QUOTE = r"\\{0,8}[\"']?"
_SEPARATOR = rf"{_QUOTE}\]?[ \t]{{0,8}}(?>=>|:=|=|:|%3[DdAa])[ \t]{{0,8}}+"
# A value as a log quotes it: in escaped JSON, in double or single quotes (of which the second may
# be cut off), or bare, where a comma or bracket ends it only if something else follows.
_OPENING = r"(?>(?P<escape>\\{1,8}+)\"|[bBrRuU]?(?P<double>\")|[bBrRuU]?(?P<single>')|)"
_IN_ESCAPED = r"(?:[^\"\\\n]++|(?!(?P=escape)\")\\++\"?)++"
_IN_DOUBLE = r"(?:[^\"\\\n]++|\\.)++"
_IN_SINGLE = r"(?:[^'\\\n]++|\\.)++"
_BARE = (
    r"(?:[^\s\"'\\&<;,)\]}]++|\\(?![\\\"'nrtu])"
    r"|[;,)\]}](?![\s;,)\]}\"'\\]|\Z|[\w.-]{1,40}[=:]))++"
)
_VALUE = (
    rf"{_OPENING}{_UNTOUCHED}"
    rf"(?P<secret>(?(escape){_IN_ESCAPED}|(?(double){_IN_DOUBLE}|(?(single){_IN_SINGLE}|{_BARE}))))"
)
_KEYS = {
    "aws_key": ("aws-key", r"secret[_-]?access[_-]?key"),
    "private_key": ("private-key", r"private[_-]?key"),
    "api_key": ("api-key", r"(?:api|access|account|encryption|signing|master)[_-]?key"),
    "password": (
        "password",
        # PWD=/srv is where a command ran.
        r"passw(?:or)?d|passphrase|(?<=[_-])pass|pwd(?![\"']?[ ]?[=:][ ]?[\"']?/)",
    ),
    "token": ("token", r"token|jsessionid|phpsessid"),
    "other": ("secret", r"secret(?:[_-]?key(?:[_-]?base)?)?|sharedaccess(?:key|signature)"),
}
_KEY = "|".join(f"(?P<{group}>{pattern})" for group, (_, pattern) in _KEYS.items())
_ASSIGNMENT = rf"(?:{_KEY})(?:[_-]?[0-9]{{1,3}})?{_SEPARATOR}{_VALUE}"

_HEADER_VALUE = r"[^\s\"'\\,;]"
_SCHEME = (
    rf"(?>(?:bearer|basic|token|negotiate|apikey|digest)[ \t]{{1,8}}|(?={_HEADER_VALUE}{{16}}))"
)
_AUTHORIZATION = (
    rf"authorization{_SEPARATOR}{_QUOTE}{_SCHEME}{_UNTOUCHED}(?P<secret>{_HEADER_VALUE}++)"
)
_BEARER = rf"bearer[ \t]{{1,8}}{_UNTOUCHED}(?P<secret>(?=[\w.~+/=-]*\d)[\w.~+/=-]{{16,}}+)"
_COOKIE = rf"cookie{_SEPARATOR}{_QUOTE}(?P<secret>[\w!#$%&*+.^`|~-]{{1,128}}=[^\"'\n\\]++)"
_IN_URL = (
    r"://[^\s:/@\"'<>\[\]]{0,256}:(?!\d{1,5}(?:[/?#\s]|\Z))"
    rf"{_UNTOUCHED}(?P<secret>[^\s/\"'<>?#]{{1,256}}|[^\s@\"'<>]{{1,64}})@"
)
_FLAG = rf"(?<=--)(?:{_KEY})[ \t]{{1,8}}[\"']?(?!-){_UNTOUCHED}(?P<secret>[^\s\"']++)"
_ELEMENT = rf"(?:{_KEY})>{_UNTOUCHED}(?P<secret>[^<>\s]{{1,256}})</"


def _any_case(kind: str, pattern: str, hint: str = "") -> Rule:
    # A placeholder is taken first and left alone: "[REDACTED:api-token:1]" reads like a token's.
    return Rule(kind, re.compile(f"{PLACEHOLDER.pattern}|{pattern}", re.IGNORECASE), hint)


# Headers first, as they hold tokens, and what names its secret last: a token keeps its own kind.
RULES = (
    _any_case("cookie", _COOKIE),
    _any_case("authorization", _AUTHORIZATION),
    _any_case("authorization", _BEARER),
    *_TOKENS,
    _any_case("password", _IN_URL, "://"),
    _any_case("secret", _ASSIGNMENT),
    _any_case("secret", _FLAG, "--"),
    _any_case("secret", _ELEMENT, "</"),
)
