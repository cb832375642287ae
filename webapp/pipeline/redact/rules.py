"""What a secret looks like within a line: a new kind is a line here, and one in the corpus."""

import re

from .commands import COMMANDS
from .names import ASSIGNED, KEY, NAME_SIGN, NUMBERED, QUOTE, SEPARATOR, UNTOUCHED, VALUE
from .rule import any_case, is_long, is_no_word
from .tokens import TOKENS

_ASSIGNMENT = rf"(?:{KEY}){NUMBERED}{SEPARATOR}{VALUE}"
# Names that are also plain words: only where something is assigned that is hardly a word or count.
_ASSIGNS = rf"(?>{QUOTE}(?:=|%3[Dd])|\\{{0,8}}[\"'][ \t]{{0,8}}:[ \t]{{0,8}})"
_PASS = rf"(?:(?<![A-Za-z])|(?-i:(?<=[a-z])(?=P)))pass{_ASSIGNS}{VALUE}"
_WEAK = (
    r"(?:auth|creds?|credentials?|session[_-]?id|(?<![A-Za-z])(?:sig|pw)|signature)"
    rf"{_ASSIGNS}{VALUE}"
)
_OAUTH_CODE = rf"(?<=[?&])code={UNTOUCHED}(?P<secret>(?=[^&\s]{{0,512}}\d)[\w.~%/+-]{{20,512}}+)"

# The name and its value as two fields: {{"name": "DB_PASSWORD", "value": "…"}}, ("token", "…").
_MARK = r"\\{0,8}[\"']"
_PAIR = rf"(?:{KEY})[\w.-]{{0,20}}{_MARK}[ \t]{{0,4}},?[ \t]{{0,4}}{QUOTE}value{SEPARATOR}{VALUE}"
_PAIR_TURNED = (
    rf"value{SEPARATOR}{_MARK}{UNTOUCHED}(?P<secret>[^\"'\\\n]{{1,1024}}+){_MARK}[ \t]{{0,4}},"
    rf"[ \t]{{0,4}}{QUOTE}(?:name|key){SEPARATOR}{QUOTE}[\w.-]{{0,64}}?(?:{KEY})"
)
_TUPLE = rf"(?:{KEY}){_MARK}[ \t]{{0,4}},[ \t]{{0,4}}{VALUE}"

# A manifest of Kubernetes on one line, as its own annotation has it; see blocks.py.
_MANIFEST = re.compile(
    r"(?m)^(?=[^\n]*?kind\\{0,8}\"[ ]{0,2}:[ ]{0,2}\\{0,8}\"Secret\\{0,8}\")[^\n]++"
)
_DATA = (
    r"\"(?:data|stringData)\\{0,8}\"[ ]{0,2}:[ ]{0,2}\{"
    rf"{UNTOUCHED}(?P<secret>[^{{}}\n]++)\}}"
)

_HEADER_VALUE = r"[^\s\"'\\,;\[]"
_SCHEME = (
    rf"(?>(?:bearer|basic|token|negotiate|apikey|digest)[ \t]{{1,8}}|(?={_HEADER_VALUE}{{16}}))"
)
_AUTHORIZATION = (
    rf"authorization(?:{SEPARATOR}|{_MARK}[ \t]{{0,4}},[ \t]{{0,4}}b?){QUOTE}{_SCHEME}{UNTOUCHED}"
    rf"(?P<secret>{_HEADER_VALUE}++)"
)
_BEARER = rf"bearer[ \t]{{1,8}}{UNTOUCHED}(?P<secret>(?=[\w.~+/=-]*\d)[\w.~+/=-]{{16,}}+)"
_COOKIE = rf"cookie{SEPARATOR}{QUOTE}(?P<secret>[\w!#$%&*+.^`|~-]{{1,128}}=[^\"'\n\\]++)"
_IN_URL = (
    r"://[^\s:/@\"'<>\[\]]{0,256}:(?!\d{1,5}(?:[/?#\s]|\Z))"
    rf"{UNTOUCHED}(?P<secret>[^\s/\"'<>?#]{{1,256}}|[^\s@\"'<>]{{1,64}})@"
)
_USER_OF_URL = rf"://{UNTOUCHED}(?P<secret>(?=[^\s@]{{0,256}}\d)[\w~-]{{20,256}}+)@"
_ORACLE = rf"jdbc:oracle:\w{{2,8}}:[\w.$#-]{{1,64}}/{UNTOUCHED}(?P<secret>[^\s@\"']{{1,256}}+)@"
_FLAG = (
    rf"(?<![\w-])--(?!no-)(?:[a-z]{{1,16}}-){{0,3}}(?:{KEY})[ \t]{{1,8}}[\"']?(?!-){UNTOUCHED}"
    r"(?P<secret>[^\s\"']++)"
)
_ELEMENT = rf"(?:{KEY})>{UNTOUCHED}(?P<secret>[^<>\s]{{1,256}})</"

# Headers first, as they hold tokens, and what names its secret last: a token keeps its own kind.
# The signs of what stands above are in RE2's terms.
RULES = (
    any_case("secret", _DATA, r"""kind\\*"[ ]*:[ ]*\\*"secret\\*\"""", scope=_MANIFEST),
    any_case("cookie", _COOKIE, "cookie" + ASSIGNED),
    any_case("authorization", _AUTHORIZATION, rf"authorization(?:{ASSIGNED}|\\*[\"'][ \t]*,)"),
    any_case("authorization", _BEARER, r"bearer[ \t]"),
    *TOKENS,
    any_case("password", _IN_URL, r"""://[^ \t\n"'<>]*:[^ \t\n"'<>]*@""", "://"),
    any_case("token", _USER_OF_URL, r"://[a-z0-9_~-]{20,}@", "://"),
    any_case("password", _ORACLE, "jdbc:oracle:"),
    any_case("secret", _ASSIGNMENT, NAME_SIGN + NUMBERED + ASSIGNED),
    any_case("secret", _PAIR, NAME_SIGN + r"""[a-z0-9_.-]*\\*["'][ \t]*,?[ \t]*\\*["']?value"""),
    any_case("secret", _PAIR_TURNED, f"value{ASSIGNED}.*{NAME_SIGN}"),
    any_case("secret", _TUPLE, NAME_SIGN + r"""\\*["'][ \t]*,""", accepts=is_no_word),
    any_case("password", _PASS, "pass" + ASSIGNED, accepts=is_long),
    any_case(
        "secret",
        _WEAK,
        "(?:auth|creds?|credentials?|session[_-]?id|sig|pw|signature)" + ASSIGNED,
        accepts=is_no_word,
    ),
    any_case("token", _OAUTH_CODE, "[?&]code=", "code="),
    *COMMANDS,
    any_case("secret", _FLAG, f"--(?:[a-z]+-)*{NAME_SIGN}[ \\t]", "--"),
    any_case("secret", _ELEMENT, f"{NAME_SIGN}>", "</"),
)
