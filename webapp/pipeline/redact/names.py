"""Names that say that what is assigned to them is secret, and how logs write that down."""

UNTOUCHED = r"(?!\[REDACTED:)"
QUOTE = r"\\{0,8}[\"']?"
# What a terminal shows as colour, where a log was written down as JSON or by a syslog.
_COLOUR = r"(?:(?:\\{1,4}(?:u001b|x1b|033|e)|\#033|\^\[)\[[0-9;]{0,12}m)?"
_IN_LIST = r"(?:\[[ \t]{0,4}(?=\\{0,8}[\"']))?"
SEPARATOR = (
    rf"{QUOTE}\]?{_COLOUR}[ \t]{{0,8}}(?>=>|:=|=|:|%(?:25){{0,3}}3[DdAa])"
    rf"[ \t]{{0,8}}+{_COLOUR}{_IN_LIST}"
)
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
VALUE = (
    rf"{_OPENING}{UNTOUCHED}"
    rf"(?P<secret>(?(escape){_IN_ESCAPED}|(?(double){_IN_DOUBLE}|(?(single){_IN_SINGLE}|{_BARE}))))"
)
_LOGIN = (
    r"passw(?:or)?d|passphrase|passcode|(?:db|user|root|admin|smtp|mail)pass|(?<=[_-])pass|"
    # PWD=/srv is where a command ran.
    r"pwd(?![\"']?[ ]?[=:][ ]?[\"']?/)"
)
_MORE = (
    r"secret(?:[_-]?key(?:[_-]?base)?)?|sharedaccess(?:key|signature)|registry-auth|"
    r"dockerconfigjson|dockercfg"
)
KEYS = {
    "aws_key": ("aws-key", r"secret[_-]?access[_-]?key"),
    "private_key": ("private-key", r"private[_-]?key|client-key-data|tls\.key"),
    "api_key": ("api-key", r"(?:api|app|access|account|encryption|signing|master)[_-]?key"),
    "password": ("password", _LOGIN),
    "token": ("token", r"token|jsessionid|phpsessid"),
    "other": ("secret", _MORE),
}
KEY = "|".join(f"(?P<{group}>{pattern})" for group, (_, pattern) in KEYS.items())
NUMBERED = r"(?:[_-]?[0-9]{1,3})?"

# The same in RE2's terms: in every line in which the name assigns something, this stands.
NAME_SIGN = (
    "(?:"
    + "|".join(
        pattern.replace("(?<=[_-])pass", "[_-]pass").partition("(?!")[0]
        for _, pattern in KEYS.values()
    )
    + ")"
)
ASSIGNED = (
    r"""\\*["']?\]?(?:(?:\\+(?:u001b|x1b|033|e)|#033|\^\[)\[[0-9;]*m)?"""
    r"""[ \t]*(?:=|:|%(?:25)*3[da])"""
)
