import shutil
import ssl
from dataclasses import replace
from pathlib import Path

import pytest

from tests.parts import require
from tests.pipeline.notify.smtp_server import (
    PASSWORD,
    USER,
    Mailbox,
    make_certificate,
    only_the_right_password,
    smtp_server,
)
from tests.pipeline.notify.test_compose import NEWS
from webapp.pipeline.notify import compose, send
from webapp.pipeline.values import DeliveryError, Finding, MailSettings, Message, News, Recipient

MESSAGE = Message(subject="[ALERT] Disk on db-1: full", text="ALERT: Disk\nfull ☠\n", short="full")
OPS = "ops@example.com"
HEADERS = {
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
}


def settings(port: int, **changes: object) -> MailSettings:
    base = MailSettings(
        host="127.0.0.1",
        port=port,
        username=None,
        password=None,
        sender="AI Log Monitor <monitor@example.com>",
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def deliver(mail: MailSettings, message: Message = MESSAGE, to: str = OPS) -> None:
    send(Recipient("email", to), message, mail=mail, sms_url=None, run_key="run-7")


def failure(mail: MailSettings, **changes: str) -> DeliveryError:
    with pytest.raises(DeliveryError) as raised:
        deliver(mail, **changes)  # type: ignore[arg-type]
    assert PASSWORD not in raised.value.message
    return raised.value


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    require(shutil.which("openssl") is not None, "openssl is not installed")
    return make_certificate(tmp_path_factory.mktemp("certificate"))


def test_a_letter_arrives_as_plain_text_from_the_sender_to_the_one_recipient() -> None:
    mailbox = Mailbox()

    with smtp_server(mailbox) as port:
        deliver(settings(port))

    (letter,) = mailbox.letters
    assert mailbox.recipients == [[OPS]]
    assert letter["From"] == "AI Log Monitor <monitor@example.com>"
    assert letter["To"] == OPS
    assert letter["Subject"] == "[ALERT] Disk on db-1: full"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter.get_content_type() == "text/plain"
    assert letter.get_content().splitlines() == ["ALERT: Disk", "full ☠"]


def test_the_same_run_told_twice_is_the_same_letter() -> None:
    mailbox = Mailbox()

    with smtp_server(mailbox) as port:
        deliver(settings(port))
        deliver(settings(port))
        deliver(settings(port), to="dev@example.com")

    first, second, third = (letter["Message-ID"] for letter in mailbox.letters)
    assert first == second
    assert first != third
    assert first.endswith("@example.com>")


def test_starttls_is_used_where_it_is_offered_and_the_certificate_is_checked(
    certificate: tuple[Path, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, context = certificate
    mailbox = Mailbox()

    with smtp_server(mailbox, tls_context=context, require_starttls=True) as port:
        untrusted = failure(settings(port))
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
        deliver(settings(port))

    assert len(mailbox.letters) == 1
    assert "certificate verify failed" in untrusted.message
    assert not untrusted.permanent


def test_tls_from_the_first_byte(
    certificate: tuple[Path, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, context = certificate
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    mailbox = Mailbox()

    with smtp_server(mailbox, ssl_context=context) as port:
        deliver(settings(port, security="tls"))

    assert len(mailbox.letters) == 1


def test_starttls_that_is_insisted_on_and_not_offered_sends_nothing() -> None:
    mailbox = Mailbox()

    with smtp_server(mailbox) as port:
        error = failure(settings(port, security="starttls"))

    assert mailbox.letters == []
    assert "STARTTLS" in error.message
    assert not error.permanent


def test_the_password_opens_the_server() -> None:
    mailbox = Mailbox()
    logins = {"authenticator": only_the_right_password, "auth_require_tls": False}

    with smtp_server(mailbox, **logins) as port:
        deliver(settings(port, username=USER, password=PASSWORD))
        error = failure(settings(port, username=USER, password="wrong"))

    assert len(mailbox.letters) == 1
    assert error.message == (
        f"The e-mail server 127.0.0.1:{port} refused SMTP_USERNAME and its password (535)."
    )
    assert not error.permanent


def test_the_password_is_never_sent_in_the_clear_to_another_host() -> None:
    heard: list[str] = []

    class Listening(Mailbox):
        async def handle_AUTH(self, *_: object) -> None:  # noqa: N802
            heard.append("AUTH")

    with smtp_server(Listening(), auth_require_tls=False) as port:
        # It leads to this machine, and is no address of the loopback.
        error = failure(settings(port, host="0.0.0.0", username=USER, password=PASSWORD))

    assert heard == []
    assert "the password was not sent" in error.message


@pytest.mark.parametrize(
    ("answer", "permanent"), [("550 no such user", True), ("451 try later", False)]
)
def test_a_refused_recipient_is_final_where_the_server_says_so(
    answer: str, permanent: bool
) -> None:
    with smtp_server(Mailbox({OPS: answer})) as port:
        error = failure(settings(port))

    assert error.message == f"The e-mail server 127.0.0.1:{port} refused {OPS}: {answer}."
    assert error.permanent is permanent


@pytest.mark.parametrize(("answer", "permanent"), [("554 spam", True), ("452 full", False)])
def test_a_refused_letter_is_final_where_the_server_says_so(answer: str, permanent: bool) -> None:
    with smtp_server(Mailbox(after_data=answer)) as port:
        error = failure(settings(port))

    assert error.message == (
        f"The e-mail server 127.0.0.1:{port} did not take the message: {answer}."
    )
    assert error.permanent is permanent


def test_a_server_that_is_not_there_is_tried_again() -> None:
    with smtp_server(Mailbox()) as port:
        pass

    error = failure(settings(port))

    assert "cannot be reached" in error.message
    assert not error.permanent


def test_no_name_log_line_or_word_of_an_llm_adds_a_header_or_a_recipient() -> None:
    hostile = "x\r\nBcc: spy@example.com\r\n\r\nbody\n.\r\nRCPT TO:<spy@example.com>\r\n"
    finding = Finding("alert", hostile, 1, hostile, hostile, verified=True)
    news = News(hostile, hostile, "alert", hostile, (finding,), hostile, hostile, NEWS.finished_at)
    raw = Message(subject=hostile, text=hostile, short=hostile)
    mailbox = Mailbox()

    with smtp_server(mailbox) as port:
        deliver(settings(port), compose(news))
        deliver(settings(port), raw)
        deliver(settings(port, sender=f"Monitor {hostile} <monitor@example.com>"), raw)

    assert mailbox.recipients == [[OPS]] * 3
    assert [set(letter.keys()) for letter in mailbox.letters] == [HEADERS] * 3
    assert all(len(letter.keys()) == len(HEADERS) for letter in mailbox.letters)


@pytest.mark.parametrize(
    "address",
    [
        "ops@example.com\r\nBcc: spy@example.com",
        "ops@example.com, spy@example.com",
        "nobody",
        "",
        "<ops@example.com> spy@example.com",
    ],
)
def test_an_address_that_is_none_is_refused_for_good(address: str) -> None:
    mailbox = Mailbox()

    with smtp_server(mailbox) as port:
        error = failure(settings(port), to=address)

    assert error.permanent
    assert mailbox.letters == []


def test_without_a_server_nothing_can_be_sent() -> None:
    error = failure(settings(25, host=None))

    assert error.message == "No e-mail server is configured; set SMTP_HOST."
