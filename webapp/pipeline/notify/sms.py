"""SMS by whatever service Apprise knows."""

import re
from urllib.parse import quote, unquote

from apprise import Apprise, AppriseAsset, AppriseResult, NotifyFormat

from webapp.pipeline.values import DeliveryError, Message

TIMEOUT_SECONDS = 20
MAX_REASON = 200

_PHONE = re.compile(r"\+?[0-9]{5,15}")
# The text holds words of a log: nothing in it is a code for something else.
_ASSET = AppriseAsset(
    app_id="AI Log Monitor",
    async_mode=False,
    interpret_emojis=False,
    interpret_escapes=False,
    secure_logging=True,
)


def send_sms(phone: str, message: Message, sms_url: str | None) -> None:
    """Send `message.short` to one number. Raises DeliveryError; no secret is in its sentence."""
    if sms_url is None:
        raise DeliveryError("No SMS service is configured; set SMS_URL.", permanent=True)
    number = re.sub(r"[\s().-]", "", phone)
    if not _PHONE.fullmatch(number):
        raise DeliveryError(f"{phone!r} is no phone number.", permanent=True)
    service = Apprise(asset=_ASSET)
    if not service.add(_addressed(sms_url, number)):
        raise DeliveryError("SMS_URL is no URL that Apprise can use.", permanent=False)
    result = service.notify(
        body=message.short,
        body_format=NotifyFormat.TEXT,
        interpret_escapes=False,
        timeout=TIMEOUT_SECONDS,
    )
    if not result:
        raise DeliveryError(_reason(result, sms_url), permanent=False)


def _addressed(sms_url: str, number: str) -> str:
    """The service's URL with the number as the last element of its path."""
    base, mark, query = sms_url.partition("?")
    return f"{base.rstrip('/')}/{quote(number, safe='')}{mark}{query}"


def _reason(result: AppriseResult, sms_url: str) -> str:
    words = " ".join(entry.message for entry in result.logs())
    line = " ".join(words.split())
    for secret in _secrets(sms_url):
        line = line.replace(secret, "[hidden]")
    return f"The SMS service did not take the message: {line[:MAX_REASON] or 'no reason given'}"


def _secrets(sms_url: str) -> set[str]:
    """Every part of the URL that may be a key, as it is written and as it is meant."""
    _, _, rest = sms_url.partition("://")
    parts = [part for part in re.split(r"[/:@?&=]", rest) if len(part) >= 6]
    return {*parts, *map(unquote, parts)}
