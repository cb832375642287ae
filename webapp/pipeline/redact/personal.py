"""What is no secret, and yet not for every reader: e-mail addresses, IP addresses, cards.

Each can be switched on by itself.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_address

from webapp.pipeline.redact.rule import Rule
from webapp.pipeline.redact.suspects import Suspects

_EMAIL = (
    r"(?<![\w.+-])(?P<secret>[\w.+-]{1,64}@[A-Za-z0-9]"
    r"(?:[\w-]{0,62}\.){1,8}[A-Za-z]{2,24})(?![\w-])"
)
_IPV4 = r"(?<![\w.])(?P<secret>(?:\d{1,3}\.){3}\d{1,3})(?!\w|\.\d)"
_IPV6 = (
    r"(?<![\w:.])(?P<secret>[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:]{1,37}"
    r"(?:\d{1,3}(?:\.\d{1,3}){3})?)(?![\w:]|\.\d)"
)
_CARD = r"(?<![\d.-])(?P<secret>\d(?:[ -]?\d){12,18})(?![\d-])"
# By the first digits, as the card companies have them, how many there are in all.
_BRANDS = (
    (r"4", (13, 16, 19)),
    (r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720", (16,)),
    (r"3[47]", (15,)),
    (r"6011|64[4-9]|65", (16,)),
    (r"30[0-5]|36|38", (14,)),
    (r"35(?:2[89]|[3-8])", (16,)),
)


def _is_address(text: str) -> bool:
    """Neither this machine nor no machine at all, which everybody knows."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified)


def _is_card(text: str) -> bool:
    digits = re.sub(r"[ -]", "", text)
    return any(
        len(digits) in lengths and re.match(start, digits) for start, lengths in _BRANDS
    ) and _checks(digits)


def _checks(digits: str) -> bool:
    """Whether the last digit is what Luhn's formula makes of the others."""
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0


def _rule(kind: str, pattern: str, sign: str, accepts: Callable[[str], bool] = bool) -> Rule:
    return Rule(kind, re.compile(pattern), accepts=accepts, sign=sign)


_RULES: Mapping[str, Sequence[Rule]] = {
    "email": (_rule("email", _EMAIL, "@"),),
    "ip": (
        # First what may end in one of the others.
        _rule("ip", _IPV6, r"::|(?:[0-9A-Fa-f]{1,4}:){6}", _is_address),
        _rule("ip", _IPV4, r"\d\.\d{1,3}\.\d{1,3}\.\d", _is_address),
    ),
    "card": (_rule("card", _CARD, r"\d(?:[ -]?\d){12}", _is_card),),
}
# Each with a look of its own: most lines of a log have a time, and many an address.
PERSONAL: Mapping[str, Sequence[tuple[Suspects, Rule]]] = {
    kind: [(Suspects([rule.sign]), rule) for rule in rules] for kind, rules in _RULES.items()
}
