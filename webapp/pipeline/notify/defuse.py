"""Words of a log or a model, so that no program that shows them makes a link or a call of them.

Chats and mail programs do that with plain text too, where somebody would trust what this service
sent. A person still reads what was meant.
"""

import re

from .hosts import without_hosts

_SCHEME = re.compile(r"([A-Za-z0-9])://(?=\S)")
_BARE = re.compile(
    r"\b(mailto:|tel:|sms:|callto:|skype:|facetime:|magnet:|www\.)(?=\S)", re.IGNORECASE
)
# An @ inside a word is an address, which calls nobody, unless it calls everybody.
_EVERYBODY = r"(?:here|channel|everyone|all)(?![\w.-]*(?:\.|\[\.\])\w)"
_MENTION = re.compile(rf"(?<![\w.+-])@(?=\w)|@(?={_EVERYBODY})")
# As Slack, Teams and Discord write them.
_CODE = re.compile(r"<(?=[@!#])")
_MARKDOWN_LINK = re.compile(r"\](?=[(\[:])")


def defused(text: str) -> str:
    """One line of it."""
    text = without_hosts(text)
    text = _SCHEME.sub(r"\1[:]//", text)
    text = _BARE.sub(lambda match: f"{match[1][:-1]}[{match[1][-1]}]", text)
    text = _MENTION.sub("@ ", text)
    text = _CODE.sub("< ", text)
    return _MARKDOWN_LINK.sub("] ", text)
