"""What a secret looks like: a new kind is a line here and one in the test.

Every pattern is linear on any input: what repeats is possessive, bounded, or cannot meet itself.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

# Of this length is what a name that is also a plain word assigns, if it is a secret; from the
# second on it need not hold a digit or end like base64.
_LEAST_WEAK, _LONG_WEAK = 6, 20
PLACEHOLDER = re.compile(r"\[REDACTED:([a-z-]{1,40}):(\d{1,9})\]")


@dataclass(frozen=True)
class Rule:
    """Replaces the group `secret` of `pattern`; a matched group of _KEYS has a kind of its own.

    `hint` is a text without which the pattern cannot match, and `sign` a pattern of RE2's, by
    default the hint: most lines hold none, and to look for them costs next to nothing. `accepts`:
    is what stands there a secret? `scope`: matches only within what this matches count, such as
    the rest of a line that names a program.
    """

    kind: str
    pattern: re.Pattern[str]
    hint: str = ""
    accepts: Callable[[str], bool] = bool
    scope: re.Pattern[str] | None = None
    sign: str = field(kw_only=True)

    def apply(self, text: str, name: Callable[[str, str], str]) -> str:
        if self.hint not in text:
            return text
        if self.scope:
            return self.scope.sub(lambda found: self._replace_all(found[0], name), text)
        return self._replace_all(text, name)

    def _replace_all(self, text: str, name: Callable[[str, str], str]) -> str:
        return self.pattern.sub(lambda match: self._replaced(match, name), text)

    def _replaced(self, match: re.Match[str], name: Callable[[str, str], str]) -> str:
        secret = match["secret"]
        if secret is None or _is_harmless(secret) or not self.accepts(secret):
            return match[0]
        start, end = match.start("secret") - match.start(), match.end("secret") - match.start()
        matched = match.groupdict()
        kinds = (named for group, (named, _) in _KEYS.items() if matched.get(group))
        return match[0][:start] + name(next(kinds, self.kind), secret) + match[0][end:]


_WORD_LIST = """
none null nil true false yes no on off undefined unknown empty unset missing invalid valid expired
required incorrect wrong rejected denied failed failure error ok changed updated refreshed revoked
mismatch not is was has must cannot should for in at the a an redacted masked hidden filtered
optional default string str int object bytes and or
amd64 arm64 armel armhf i386 ppc64el riscv64 s390x all any native
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


def _token(kind: str, hint: str, pattern: str, sign: str = "") -> Rule:
    return Rule(kind, re.compile(f"(?P<secret>{pattern})"), hint, sign=sign or re.escape(hint))


# Where `_starting` begins, in RE2's terms.
_BEFORE = r"(?:^|[^A-Za-z0-9_-]|\\[nrt]|%[0-9A-Fa-f]{2})"


_TOKENS = (
    *(
        _token("aws-key", prefix, _starting(prefix) + r"[0-9A-Z]{16}(?![0-9A-Z])")
        for prefix in ("AKIA", "ASIA", "ABIA", "ACCA", "AROA", "AIDA")
    ),
    _token("github-token", "gh", r"gh[opsur]_[A-Za-z0-9]{36,}+", "gh[opsur]_[A-Za-z0-9]{36}"),
    _token("github-token", "github_pat_", r"github_pat_[A-Za-z0-9_]{22,}+"),
    _token(
        "gitlab-token",
        "gl",
        r"gl(?:pat|ptt|dt|rt|cbt|ft|imt|agent|oas|soat)-[\w.-]{20,}+",
        "gl(?:pat|ptt|dt|rt|cbt|ft|imt|agent|oas|soat)-",
    ),
    _token("slack-token", "xox", r"xox[a-z]-[A-Za-z0-9-]{10,}+"),
    _token("slack-token", "xapp-", r"xapp-[A-Za-z0-9-]{10,}+"),
    *(
        _token("slack-webhook", "hooks.slack.com", rf"(?<=hooks\.slack\.com/{path}/)[\w/]{{20,}}+")
        for path in ("services", "workflows", "triggers")
    ),
    Rule(
        "discord-webhook",
        re.compile(r"/webhooks/\d{5,25}/(?P<secret>[\w-]{20,}+)"),
        "/webhooks/",
        sign="/webhooks/",
    ),
    _token("telegram-token", ":AA", r"(?<!\d)\d{6,12}:AA[\w-]{30,}+"),
    _token("stripe-key", "k_", r"[rs]k_(?:live|test)_[A-Za-z0-9]{16,}+", "[rs]k_(?:live|test)_"),
    _token("stripe-key", "whsec_", r"whsec_[A-Za-z0-9+/=]{16,}+"),
    _token("google-key", "AIza", r"AIza[\w-]{35}"),
    _token("google-token", "ya29.", r"ya29\.[\w-]{20,}+"),
    _token("google-key", "GOCSPX-", r"GOCSPX-[\w-]{20,}+"),
    _token("anthropic-key", "sk-ant-", r"sk-ant-[\w-]{20,}+"),
    *(
        _token("openai-key", "sk-", _starting("sk-") + rest, _BEFORE + "sk-")
        for rest in (r"(?:proj|svcacct|admin)-[\w-]{20,}+", r"[A-Za-z0-9]{32,}+")
    ),
    _token("npm-token", "npm_", r"npm_[A-Za-z0-9]{36,}+"),
    _token("pypi-token", "pypi-", r"pypi-[\w-]{50,}+"),
    _token("huggingface-token", "hf_", _starting("hf_") + r"[A-Za-z0-9]{30,}+"),
    _token("digitalocean-token", "_v1_", r"do[opr]_v1_[0-9a-f]{64}"),
    _token("shopify-token", "shp", r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}", "shp(?:at|ca|pa|ss)_"),
    _token("square-token", "sq0", r"sq0(?:atp|csp|idp)-[\w-]{20,}+"),
    _token("twilio-key", "SK", _starting("SK") + r"[0-9a-f]{32}(?![0-9a-f])", "SK[0-9a-f]{32}"),
    _token("mailgun-key", "key-", _starting("key-") + r"[0-9a-f]{32}(?![0-9a-f])"),
    _token("newrelic-key", "NR", r"NR(?:AK|JS|II|AL)-[\w-]{20,}+", "NR(?:AK|JS|II|AL)-"),
    _token("grafana-token", "gl", r"gl(?:sa|c)_[A-Za-z0-9+/=_]{28,}+", "gl(?:sa|c)_"),
    _token("databricks-token", "dapi", _starting("dapi") + r"[0-9a-f]{32}(?:-\d)?"),
    _token("docker-token", "dckr_", r"dckr_(?:pat|oat)_[\w-]{20,}+"),
    _token("atlassian-token", "ATATT3", r"ATATT3[\w=-]{30,}+"),
    _token("sentry-token", "sntry", r"sntry[su]_[\w+/=-]{30,}+"),
    _token("linear-key", "lin_api_", r"lin_api_[A-Za-z0-9]{30,}+"),
    _token("groq-key", "gsk_", _starting("gsk_") + r"[A-Za-z0-9]{40,}+"),
    _token("replicate-token", "r8_", _starting("r8_") + r"[A-Za-z0-9]{30,}+"),
    _token("age-key", "AGE-SECRET-KEY-", r"AGE-SECRET-KEY-1[0-9A-Z]{50,}+"),
    _token("azure-secret", "Q~", r"(?<![\w~.-])[\w~.-]{3}\dQ~[\w~.-]{31,34}(?![\w~.-])"),
    _token(
        "discord-token",
        ".",
        r"(?<![\w.-])[MNO][A-Za-z0-9]{23,27}\.[\w-]{6}\.[\w-]{27,}+",
        r"[MNO][A-Za-z0-9]{23,27}\.[A-Za-z0-9_-]{6}\.",
    ),
    _token("vault-token", "hvs.", r"hvs\.[\w-]{24,}+"),
    _token("sendgrid-key", "SG.", r"SG\.[\w-]{22}\.[\w-]{43}"),
    *(
        _token("jwt", "eyJ", _starting("eyJ") + rest, _BEFORE + "eyJ")
        for rest in (r"[\w-]{8,}+\.eyJ[\w-]{5,}+(?:\.[\w-]*+)?", r"[\w-]{8,}+(?:\.[\w-]*+){4}")
    ),
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

# Names that are also plain words: only where something is assigned that is hardly a word or count.
_ASSIGNS = rf"(?>{_QUOTE}(?:=|%3[Dd])|\\{{0,8}}[\"'][ \t]{{0,8}}:[ \t]{{0,8}})"
_PASS = rf"(?<![A-Za-z])pass{_ASSIGNS}{_VALUE}"
_WEAK = rf"(?:auth|credentials?|session[_-]?id|(?<![A-Za-z])sig|signature){_ASSIGNS}{_VALUE}"
_CURL_USER = (
    r"(?<=[ \t])(?:(?-i:-[A-Za-z]{0,8}u)|--(?:proxy-)?user)[ \t=]{0,4}[\"']?"
    rf"[^\s:\"'\[\]]{{1,64}}:{_UNTOUCHED}(?P<secret>[^\s\"']++)"
)
_MYSQL_PASSWORD = rf"(?<=[ \t])(?-i:-p)[\"']?{_UNTOUCHED}(?P<secret>[^\s\"']++)"
_CURL = re.compile(r"\bcurl[ \t][^\n]*+")
_MYSQL = re.compile(
    r"\b(?:mysql|mariadb)(?:-?(?:admin|check|dump|import|show))?[ \t][^\n]*+", re.IGNORECASE
)

_HEADER_VALUE = r"[^\s\"'\\,;\[]"
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


def _any_case(
    kind: str,
    pattern: str,
    sign: str,
    hint: str = "",
    accepts: Callable[[str], bool] = bool,
    scope: re.Pattern[str] | None = None,
) -> Rule:
    # A placeholder is taken first and left alone: "[REDACTED:api-token:1]" reads like a token's.
    compiled = re.compile(f"{PLACEHOLDER.pattern}|{pattern}", re.IGNORECASE)
    return Rule(kind, compiled, hint, accepts, scope, sign=f"(?i:{sign})")


def _is_no_word(value: str) -> bool:
    is_odd = value.endswith("=") or any(map(str.isdecimal, value))
    return len(value) >= _LONG_WEAK or (len(value) >= _LEAST_WEAK and is_odd)


# The signs of what stands above, in RE2's terms: each is in every line that its pattern matches.
_NAME_SIGN = (
    "(?:"
    + "|".join(
        pattern.replace("(?<=[_-])pass", "[_-]pass").partition("(?!")[0]
        for _, pattern in _KEYS.values()
    )
    + ")"
)
_ASSIGNED = r"""\\*["']?\]?[ \t]*(?:=|:|%3d)"""
_NUMBERED = "(?:[_-]?[0-9]{1,3})?"

# Headers first, as they hold tokens, and what names its secret last: a token keeps its own kind.
RULES = (
    _any_case("cookie", _COOKIE, "cookie" + _ASSIGNED),
    _any_case("authorization", _AUTHORIZATION, "authorization" + _ASSIGNED),
    _any_case("authorization", _BEARER, r"bearer[ \t]"),
    *_TOKENS,
    _any_case("password", _IN_URL, r"""://[^ \t\n"'<>]*:[^ \t\n"'<>]*@""", "://"),
    _any_case("secret", _ASSIGNMENT, _NAME_SIGN + _NUMBERED + _ASSIGNED),
    _any_case(
        "password",
        _PASS,
        "pass" + _ASSIGNED,
        accepts=lambda value: len(value) >= _LEAST_WEAK,
    ),
    _any_case(
        "secret",
        _WEAK,
        "(?:auth|credentials?|session[_-]?id|sig|signature)" + _ASSIGNED,
        accepts=_is_no_word,
    ),
    _any_case("password", _CURL_USER, r"curl[ \t]", "curl", scope=_CURL),
    _any_case("password", _MYSQL_PASSWORD, r"(?:mysql|mariadb)[a-z-]*[ \t]", "-p", scope=_MYSQL),
    _any_case("secret", _FLAG, f"--{_NAME_SIGN}[ \\t]", "--"),
    _any_case("secret", _ELEMENT, f"{_NAME_SIGN}>", "</"),
)
