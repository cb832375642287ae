"""What is given to programs and servers as a password, where no name stands before it."""

import re

from .names import UNTOUCHED
from .rule import any_case, is_no_word

_CURL_USER = (
    r"(?<=[ \t])(?:(?-i:-[A-Za-z]{0,8}u)|--(?:proxy-)?user)[ \t=]{0,4}[\"']?"
    rf"[^\s:\"'\[\]]{{1,64}}:{UNTOUCHED}(?P<secret>[^\s\"']++)"
)
_MYSQL_PASSWORD = rf"(?<=[ \t\"'])(?-i:-p)[\"']?{UNTOUCHED}(?P<secret>[^\s\"']++)"
_CURL = re.compile(r"\bcurl[ \t][^\n]*+")
_MYSQL = re.compile(
    r"\b(?:mysql|mariadb)(?:-?(?:admin|check|dump|import|show))?[ \t\"'][^\n]*+", re.IGNORECASE
)
_WORD = rf"[\"']?{UNTOUCHED}(?P<secret>[^\s\"']++)"
_QUOTED = rf"[\"']{UNTOUCHED}(?P<secret>[^\"'\n]{{1,256}}+)[\"']"

COMMANDS = (
    any_case("password", _CURL_USER, r"curl[ \t]", "curl", scope=_CURL),
    any_case(
        "password", _MYSQL_PASSWORD, r"""(?:mysql|mariadb)[a-z-]*[ \t"']""", "-p", scope=_MYSQL
    ),
    any_case("password", rf"sshpass[ \t]{{1,4}}(?-i:-p)[ \t]{{0,4}}{_WORD}", "sshpass"),
    any_case(
        "password",
        rf"redis-cli[ \t][^\n]{{0,200}}?(?<=[ \t])(?-i:-a)[ \t]{{1,4}}{_WORD}",
        "redis-cli",
    ),
    any_case(
        "password",
        rf"ldap[a-z]{{3,8}}[ \t][^\n]{{0,200}}?(?<=[ \t])(?-i:-w)[ \t]{{1,4}}{_WORD}",
        r"ldap[a-z]+[ \t]",
    ),
    any_case(
        "secret",
        rf"--from-literal[= \t][\"']?[^\s=\"']{{1,128}}=[\"']?{UNTOUCHED}(?P<secret>[^\s\"']++)",
        "--from-literal",
    ),
    any_case(
        "password",
        rf"(?<![^\s\"'])[^\s:\"']{{1,64}}+:{UNTOUCHED}(?P<secret>[^\s\"'|]{{1,256}}+)[\"']?"
        r"[ \t]{0,4}\|[ \t]{0,4}(?:sudo[ \t]{1,4})?chpasswd",
        "chpasswd",
    ),
    # SQL, and what servers are told of their logins.
    any_case(
        "password",
        r"identified[ \t]{1,4}(?:with[ \t]{1,4}\S{1,64}[ \t]{1,4})?(?:by|as)[ \t]{1,4}"
        rf"(?:password[ \t]{{1,4}})?{_QUOTED}",
        r"identified[ \t]",
    ),
    any_case(
        "password",
        rf"password[ \t]{{0,4}}(?:\([ \t]{{0,4}}|[ \t])(?=')[ \t]{{0,4}}{_QUOTED}",
        r"password[ \t]*[(' \t]",
    ),
    any_case(
        "password", rf"(?:requirepass|masterauth)[ \t]{{1,4}}{_WORD}", "requirepass|masterauth"
    ),
    any_case(
        "password",
        rf"[\"']auth[\"'][ \t]{{1,4}}(?:[\"'][^\"'\n]{{1,64}}+[\"'][ \t]{{1,4}})?{_QUOTED}",
        r"""["']auth["'][ \t]""",
    ),
    any_case(
        "authorization",
        rf"\bauth[ \t]{{1,4}}(?:plain|login|xoauth2)[ \t]{{1,4}}{UNTOUCHED}"
        r"(?P<secret>[A-Za-z0-9+/]{8,}+={0,2})",
        r"auth[ \t]+(?:plain|login|xoauth2)[ \t]",
        accepts=is_no_word,
    ),
    # Files in which programs look for logins: .netrc and .pgpass.
    any_case(
        "password",
        r"(?:\bmachine[ \t]{1,8}\S{1,256}|\bdefault)[ \t]{1,8}"
        r"(?:(?:login|account)[ \t]{1,8}\S{1,256}[ \t]{1,8}){0,2}password[ \t]{1,8}"
        rf"{UNTOUCHED}(?P<secret>\S++)",
        r"password[ \t]",
    ),
    any_case(
        "password",
        r"(?:(?m:^)[ \t]?|(?<=[ \t])[ \t])password[ \t]{1,8}(?:\d[ \t]{1,4})?"
        rf"{UNTOUCHED}(?P<secret>\S++)[ \t]*(?m:$)",
        r"(?:^[ \t]?|[ \t][ \t])password[ \t]",
        accepts=is_no_word,
    ),
    any_case(
        "password",
        r"(?<!\S)(?![0-9A-Fa-f:]++(?!\S))[\w.*-]{1,128}+:(?:\d{3,5}|\*):[\w.*-]{1,64}+"
        rf":[\w.*@-]{{1,64}}+:{UNTOUCHED}(?P<secret>[^\s:]{{6,}}+)(?!\S)",
        r":(?:\d{3,5}|\*):[a-z0-9_.*-]+:[a-z0-9_.*@-]+:",
    ),
)
