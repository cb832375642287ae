"""Whom to tell about a Run, what, and the sending of it."""

from collections.abc import Callable

from webapp.pipeline.values import MailSettings, Message, Recipient

from .choose import plan, silence
from .compose import compose
from .mail import send_mail
from .sms import send_sms

__all__ = ["compose", "plan", "send", "silence"]

_CHANNELS: dict[str, Callable[[str, Message, MailSettings, str | None, str], None]] = {
    "email": lambda address, message, mail, _, run_key: send_mail(address, message, mail, run_key),
    "sms": lambda address, message, _mail, sms_url, _key: send_sms(address, message, sms_url),
}


def send(
    recipient: Recipient,
    message: Message,
    *,
    mail: MailSettings,
    sms_url: str | None,
    run_key: str,
) -> None:
    """Hand the message to the server of its channel.

    `run_key` names the Run; the same key makes the same Message-ID, so that a mail which is sent
    twice can be told as one. Raises DeliveryError.
    """
    _CHANNELS[recipient.channel](recipient.address, message, mail, sms_url, run_key)
