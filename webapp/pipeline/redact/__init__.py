"""Secrets become placeholders such as `[REDACTED:aws-key:1]`; the rest stays readable."""

import json
import re
from collections import Counter
from collections.abc import Iterable
from urllib.parse import quote

from webapp.pipeline.redact_keys import cut_private_keys
from webapp.pipeline.redact_rules import PLACEHOLDER, RULES
from webapp.pipeline.values import Redacted

_LEAST_SECRET_CHARS = 6
_TORN_CHARS = 4096
_SPACE = re.compile(r"\s")


def redact(text: str, secrets: Iterable[str] = (), *, torn: bool = False) -> Redacted:
    """Replace what looks like a secret, and each of `secrets` of 6 characters or more.

    The same secret has the same number within the text, and a second time nothing changes. A
    private key becomes one line. `torn`: the text starts inside a line, perhaps inside a secret
    that nothing would recognise, so its first 4,096 characters and the rest of that word are
    dropped; the caller says so. Linear in time on any input.
    """
    names = _Names(text)
    text = _cut_known(text, secrets, names)
    text = cut_private_keys(text, lambda key: names.of("private-key", key))
    for rule in RULES:
        text = rule.apply(text, names.of)
    return Redacted(_without_torn_start(text) if torn else text, names.counts)


class _Names:
    """Numbers the secrets of one text, above those that it already has placeholders for."""

    def __init__(self, text: str) -> None:
        self.counts: Counter[str] = Counter()
        self._numbers: dict[tuple[str, str], int] = {}
        self._last: Counter[str] = Counter()
        for kind, number in PLACEHOLDER.findall(text):
            self._last[kind] = max(self._last[kind], int(number))

    def of(self, kind: str, secret: str) -> str:
        self.counts[kind] += 1
        if (kind, secret) not in self._numbers:
            self._last[kind] += 1
            self._numbers[kind, secret] = self._last[kind]
        return f"[REDACTED:{kind}:{self._numbers[kind, secret]}]"


def _cut_known(text: str, secrets: Iterable[str], names: _Names) -> str:
    known = {
        form
        for secret in map(str.strip, secrets)
        if len(secret) >= _LEAST_SECRET_CHARS
        for form in (secret, quote(secret, safe=""), json.dumps(secret)[1:-1])
    }
    if not known:
        return text
    # The longest first, as one may be the start of another; placeholders before all, as the word
    # "password" may itself be a secret.
    forms = "|".join(re.escape(form) for form in sorted(known, key=lambda form: (-len(form), form)))
    return re.sub(
        f"{PLACEHOLDER.pattern}|(?P<secret>{forms})",
        lambda match: names.of("secret", match[0]) if match["secret"] else match[0],
        text,
    )


def _without_torn_start(text: str) -> str:
    word_end = _SPACE.search(text, _TORN_CHARS)
    return text[word_end.end() :] if word_end else ""
