"""What each misbehaviour of a model or its server yields, as a table in docs/analysis.md has it."""

import re
import ssl
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

from tests.pipeline.analyze import llm_stub, messages_stub
from tests.pipeline.analyze.llm_stub import SILENT, Reply, Stub, dripping
from tests.pipeline.analyze.test_llm import KEY, LABELS, LOGS
from tests.pipeline.http_server import own_ca
from webapp.pipeline.analyze import analyze_logs_with_llm
from webapp.pipeline.values import Analysis, LlmSettings, StageError

DOCS = Path("docs/analysis.md")


class Protocol(NamedTuple):
    """`replies`: the module that makes the replies of such a server."""

    server: type[Stub]
    replies: ModuleType
    model: str
    base_url: str
    key: str

    def settings(self, url: str, seconds: float) -> LlmSettings:
        return LlmSettings(self.model, seconds, **{self.base_url: url, self.key: KEY})


PROTOCOLS = {
    "OpenAI's": Protocol(Stub, llm_stub, "openai:test-model", "openai_base_url", "openai_api_key"),
    "Anthropic's": Protocol(
        messages_stub.MessagesStub,
        messages_stub,
        "anthropic:claude-haiku-4-5",
        "anthropic_base_url",
        "anthropic_api_key",
    ),
}
BOTH_PROTOCOLS = pytest.mark.parametrize("protocol", PROTOCOLS.values(), ids=PROTOCOLS)


class Misbehaviour(NamedTuple):
    """`says` is part of the sentence; `asked`: how often, retries and the one repair included.

    `reply` is made by the module of a protocol.
    """

    reply: Callable[[ModuleType], Reply]
    kind: str
    says: str
    asked: int = 1


TWO_OBJECTS = '{"status": "ok"} {"status": "alert"}'
# By their names in the table.
ALL: Mapping[str, Misbehaviour] = {
    "a refused key (401)": Misbehaviour(
        lambda by: by.fails(401), "llm_unavailable", "refused the API key (401)"
    ),
    "an unknown model (404)": Misbehaviour(
        lambda by: by.fails(404),
        "llm_unavailable",
        "is not known there (404); check the model's name",
    ),
    "a rate limit (429) that outlasts the Run": Misbehaviour(
        lambda by: by.fails(429, Retry_After="60"), "llm_unavailable", "asks to wait 60 s"
    ),
    "an error of the server (500)": Misbehaviour(
        lambda by: by.fails(500, "boom", Retry_After="0"),
        "llm_unavailable",
        "failed (500): boom",
        3,
    ),
    "a connection that stays silent": Misbehaviour(
        lambda by: SILENT, "timeout", "gave no verdict within 1 s"
    ),
    "one byte now and then": Misbehaviour(
        lambda by: dripping(by.good()), "timeout", "gave no verdict within 1 s"
    ),
    "truncated JSON": Misbehaviour(
        lambda by: by.says('{"status": "ok", "summ'),
        "llm_invalid",
        "gave no answer of the asked form",
        2,
    ),
    "prose": Misbehaviour(
        lambda by: by.says("It all looks fine to me."),
        "llm_invalid",
        "gave no answer of the asked form",
        2,
    ),
    "a refusal": Misbehaviour(
        lambda by: by.says(None, refusal="I cannot help."),
        "llm_invalid",
        "refused to judge this text",
    ),
    "two objects": Misbehaviour(
        lambda by: by.says(TWO_OBJECTS), "llm_invalid", "gave no answer of the asked form", 2
    ),
    "a megabyte": Misbehaviour(
        lambda by: (200, {}, b'{"id": "' + b"x" * 1_100_000 + b'"}'),
        "llm_invalid",
        "sent an answer without end",
    ),
    "a status that is none of the three": Misbehaviour(
        lambda by: by.good(status="mostly ok"),
        "llm_invalid",
        "gave no answer of the asked form",
        2,
    ),
}
TLS = "a certificate that is not trusted"


@pytest.fixture(scope="module", autouse=True)
def loaded() -> None:
    """Each provider's library, which takes its time on a busy machine."""
    for protocol in PROTOCOLS.values():
        with protocol.server(protocol.replies.good()) as stub:
            judged(protocol, stub, seconds=120)


def judged(protocol: Protocol, stub: Stub, seconds: float = 10) -> Analysis:
    llm = protocol.settings(stub.url, seconds)
    return analyze_logs_with_llm("Is it well?", LOGS, labels=LABELS, settings=llm)


def failure(
    protocol: Protocol, reply: Reply, seconds: float = 10, trust: ssl.SSLContext | None = None
) -> tuple[StageError, Stub]:
    with protocol.server(reply, trust=trust) as stub, pytest.raises(StageError) as raised:
        judged(protocol, stub, seconds)
    assert KEY not in raised.value.message
    assert raised.value.message.startswith(f"{protocol.model} at {stub.url} ")
    assert raised.value.message.endswith(".")
    return raised.value, stub


@BOTH_PROTOCOLS
@pytest.mark.parametrize("name", ALL)
def test_it_is_an_error_that_says_what_it_is_and_never_a_verdict(
    name: str, protocol: Protocol
) -> None:
    one = ALL[name]
    seconds = 1 if one.kind == "timeout" else 10
    began = time.monotonic()

    error, stub = failure(protocol, one.reply(protocol.replies), seconds)

    assert (error.kind, len(stub.asked)) == (one.kind, one.asked)
    assert one.says in error.message
    assert time.monotonic() - began < seconds + 4


@BOTH_PROTOCOLS
def test_a_certificate_that_is_not_trusted_is_said(tmp_path: Path, protocol: Protocol) -> None:
    _, trust = own_ca(tmp_path)

    error, stub = failure(protocol, protocol.replies.good(), trust=trust)

    assert error.kind == "llm_unavailable"
    assert "cannot be reached by TLS: self-signed certificate;" in error.message
    assert stub.asked == []


def test_the_table_has_each_of_them() -> None:
    rows = re.findall(r"^\| ([^|`]+) \| `(\w+)` \|", DOCS.read_text(), re.MULTILINE)

    told = {name: one.kind for name, one in ALL.items()} | {TLS: "llm_unavailable"}
    assert dict(rows) == told
