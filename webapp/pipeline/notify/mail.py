"""E-mail by SMTP."""

import smtplib
import ssl
from contextlib import suppress
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import formatdate, parseaddr
from hashlib import sha256
from ipaddress import ip_address

from webapp.pipeline.values import DeliveryError, MailSettings, Message

TIMEOUT_SECONDS = 20
TLS_PORT = 465
MAX_REPLY = 200


def send_mail(address: str, message: Message, mail: MailSettings, run_key: str) -> None:
    """Deliver to one address. Raises DeliveryError; no password is in its sentence."""
    if mail.host is None:
        raise DeliveryError("No e-mail server is configured; set SMTP_HOST.", permanent=True)
    letter = _letter(address, message, mail, run_key)
    server = f"{mail.host}:{mail.port}"
    try:
        smtp = _connected(mail)
        try:
            _log_in(smtp, mail)
            smtp.send_message(letter)
            # What is accepted is sent, however the server says good-bye.
            with suppress(OSError):
                smtp.quit()
        finally:
            smtp.close()
    except smtplib.SMTPException as error:
        raise _refusal(error, address, server) from error
    except (OSError, ValueError) as error:  # ValueError: a name or password that cannot be encoded
        sentence = f"The e-mail server {server} cannot be reached: {_one_line(str(error))}."
        raise DeliveryError(sentence, permanent=False) from error


def _letter(address: str, message: Message, mail: MailSettings, run_key: str) -> EmailMessage:
    sender = _sender(mail.sender)
    # The same Run, told twice to the same person, is the same letter.
    identity = sha256(f"{run_key}\n{address}".encode()).hexdigest()[:32]
    letter = EmailMessage(policy=SMTP_POLICY)
    letter["From"] = sender
    letter["To"] = _recipient(address)
    letter["Subject"] = _one_line(message.subject)
    letter["Date"] = formatdate()
    letter["Message-ID"] = f"<{identity}@{sender.domain or 'localhost'}>"
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(message.text, cte="quoted-printable")
    return letter


def _recipient(address: str) -> Address:
    try:
        parsed = Address(addr_spec=address)
    except (ValueError, MessageError, IndexError) as error:
        sentence = f"{_one_line(address)!r} is no e-mail address."
        raise DeliveryError(sentence, permanent=True) from error
    if not parsed.domain:
        raise DeliveryError(f"{_one_line(address)!r} has no domain.", permanent=True)
    return parsed


def _sender(text: str) -> Address:
    name, address = parseaddr(_one_line(text))
    try:
        return Address(display_name=name, addr_spec=address)
    except (ValueError, MessageError, IndexError) as error:
        raise DeliveryError("SMTP_FROM is no e-mail address.", permanent=False) from error


def _connected(mail: MailSettings) -> smtplib.SMTP:
    context = ssl.create_default_context()
    host = mail.host or ""
    if mail.security == "tls" or (mail.security == "auto" and mail.port == TLS_PORT):
        return smtplib.SMTP_SSL(host, mail.port, timeout=TIMEOUT_SECONDS, context=context)
    smtp = smtplib.SMTP(host, mail.port, timeout=TIMEOUT_SECONDS)
    try:
        smtp.ehlo_or_helo_if_needed()
        if mail.security == "starttls" or (mail.security == "auto" and smtp.has_extn("starttls")):
            smtp.starttls(context=context)
    except OSError:
        smtp.close()
        raise
    return smtp


def _log_in(smtp: smtplib.SMTP, mail: MailSettings) -> None:
    if not mail.username:
        return
    if not isinstance(smtp.sock, ssl.SSLSocket) and not _is_loopback(mail.host or ""):
        raise DeliveryError(
            f"The e-mail server {mail.host}:{mail.port} offers no encryption, so the password was "
            "not sent; use its TLS port, or set SMTP_SECURITY.",
            permanent=False,
        )
    smtp.login(mail.username, mail.password or "")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _refusal(error: smtplib.SMTPException, address: str, server: str) -> DeliveryError:
    """Final where the server says 5xx to this letter; what an admin can mend is tried again."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        sentence = f"The e-mail server {server} refused SMTP_USERNAME and its password"
        return DeliveryError(f"{sentence} ({error.smtp_code}).", permanent=False)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, reply = next(iter(error.recipients.values()))
        sentence = f"The e-mail server {server} refused {address}: {code} {_reply(reply)}."
        return DeliveryError(sentence, permanent=code >= 500)
    if isinstance(error, smtplib.SMTPResponseException):
        answer = f"{error.smtp_code} {_reply(error.smtp_error)}"
        sentence = f"The e-mail server {server} did not take the message: {answer}."
        return DeliveryError(sentence, permanent=error.smtp_code >= 500)
    sentence = f"The e-mail server {server} did not take the message: {_one_line(str(error))}"
    return DeliveryError(sentence.rstrip(".") + ".", permanent=False)


def _reply(reply: bytes | str) -> str:
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return _one_line(text)[:MAX_REPLY].rstrip(".")


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
