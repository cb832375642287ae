import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from webapp.pipeline.notify import send
from webapp.pipeline.values import DeliveryError, MailSettings, Message, Recipient

TOKEN = "very-secret-token"
PHONE = "+4915112345678"
NO_MAIL = MailSettings(None, 587, None, None, "monitor@example.com")
GOOD = b'{"result": {"message_id": "1", "status": "ok"}}'


@contextmanager
def sms_service(status: int, answer: bytes, asked: list[dict[str, Any]]) -> Iterator[str]:
    """A real HTTP server that speaks SMSEagle's protocol; its Apprise URL without recipients."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"smseagle://{TOKEN}@127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def deliver(sms_url: str | None, text: str = "full", phone: str = PHONE) -> None:
    message = Message(subject="subject", text="long text", short=text)
    send(Recipient("sms", phone), message, mail=NO_MAIL, sms_url=sms_url, run_key="run-7")


def failure(sms_url: str | None, **changes: str) -> DeliveryError:
    with pytest.raises(DeliveryError) as raised:
        deliver(sms_url, **changes)
    assert TOKEN not in raised.value.message
    return raised.value


@pytest.mark.parametrize("ending", ["", "/", "?priority=high", "/?priority=high"])
def test_the_text_goes_to_the_one_number(ending: str) -> None:
    asked: list[dict[str, Any]] = []

    with sms_service(200, GOOD, asked) as url:
        deliver(url + ending)

    (request,) = asked
    assert request["params"]["to"] == PHONE
    assert request["params"]["message"] == "full"
    assert request["params"]["access_token"] == TOKEN


def test_a_number_may_be_written_for_people() -> None:
    asked: list[dict[str, Any]] = []

    with sms_service(200, GOOD, asked) as url:
        deliver(url, phone="+49 (151) 123-45678")

    assert asked[0]["params"]["to"] == PHONE


def test_nothing_in_the_text_is_a_code_for_something_else() -> None:
    text = r"\n \x41 :smile: <b>bold</b> **bold** file:///etc/passwd {{app_id}} &amp; ${HOME}"
    asked: list[dict[str, Any]] = []

    with sms_service(200, GOOD, asked) as url:
        deliver(url, text)

    assert asked[0]["params"]["message"] == text


def test_a_service_that_refuses_is_tried_again_and_its_reason_is_told() -> None:
    with sms_service(500, b"{}", []) as url:
        error = failure(url)

    assert error.message.startswith("The SMS service did not take the message: ")
    assert "error=500" in error.message
    assert not error.permanent


def test_a_service_that_is_not_there_is_tried_again() -> None:
    with sms_service(200, GOOD, []) as url:
        pass

    assert not failure(url).permanent


@pytest.mark.parametrize("phone", ["12", "nobody", "+49151/../../secret", "+49151?to=+1555", ""])
def test_a_number_that_is_none_is_refused_for_good(phone: str) -> None:
    asked: list[dict[str, Any]] = []

    with sms_service(200, GOOD, asked) as url:
        error = failure(url, phone=phone)

    assert error.permanent
    assert asked == []


def test_a_url_that_apprise_cannot_use_is_told() -> None:
    error = failure(f"nonsense://{TOKEN}")

    assert error.message == "SMS_URL is no URL that Apprise can use."


def test_without_a_service_nothing_can_be_sent() -> None:
    assert failure(None).message == "No SMS service is configured; set SMS_URL."
