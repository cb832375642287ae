"""What each misbehaviour of a model or its server yields, as a table in docs/analysis.md has it."""

import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.pipeline.analyze.llm_stub import SILENT, Reply, dripping, fails, good, says
from tests.pipeline.analyze.test_llm import failure
from tests.pipeline.http_server import own_ca

DOCS = Path("docs/analysis.md")


class Misbehaviour(NamedTuple):
    """`says` is part of the sentence; `asked`: how often, retries and the one repair included."""

    reply: Reply
    kind: str
    says: str
    asked: int = 1


TWO_OBJECTS = '{"status": "ok"} {"status": "alert"}'
# By their names in the table.
ALL: Mapping[str, Misbehaviour] = {
    "a refused key (401)": Misbehaviour(fails(401), "llm_unavailable", "refused the API key (401)"),
    "an unknown model (404)": Misbehaviour(
        fails(404), "llm_unavailable", "is not known there (404); check the model's name"
    ),
    "a rate limit (429) that outlasts the Run": Misbehaviour(
        fails(429, Retry_After="60"), "llm_unavailable", "asks to wait 60 s"
    ),
    "an error of the server (500)": Misbehaviour(
        fails(500, "boom", Retry_After="0"), "llm_unavailable", "failed (500): boom", 3
    ),
    "a connection that stays silent": Misbehaviour(SILENT, "timeout", "gave no verdict within 1 s"),
    "one byte now and then": Misbehaviour(
        dripping(good()), "timeout", "gave no verdict within 1 s"
    ),
    "truncated JSON": Misbehaviour(
        says('{"status": "ok", "summ'), "llm_invalid", "gave no answer of the asked form", 2
    ),
    "prose": Misbehaviour(
        says("It all looks fine to me."), "llm_invalid", "gave no answer of the asked form", 2
    ),
    "a refusal": Misbehaviour(
        says(None, refusal="I cannot help."), "llm_invalid", "refused to judge this text"
    ),
    "two objects": Misbehaviour(
        says(TWO_OBJECTS), "llm_invalid", "gave no answer of the asked form", 2
    ),
    "a megabyte": Misbehaviour(
        (200, {}, b'{"id": "' + b"x" * 1_100_000 + b'"}'),
        "llm_invalid",
        "sent an answer without end",
    ),
    "a status that is none of the three": Misbehaviour(
        good(status="mostly ok"), "llm_invalid", "gave no answer of the asked form", 2
    ),
}
TLS = "a certificate that is not trusted"


@pytest.mark.parametrize("name", ALL)
def test_it_is_an_error_that_says_what_it_is_and_never_a_verdict(name: str) -> None:
    one = ALL[name]
    seconds = 1 if one.kind == "timeout" else 10
    began = time.monotonic()

    error, stub = failure(one.reply, timeout_seconds=seconds)

    assert (error.kind, len(stub.asked)) == (one.kind, one.asked)
    assert one.says in error.message
    assert error.message.endswith(".")
    assert time.monotonic() - began < seconds + 4


def test_a_certificate_that_is_not_trusted_is_said(tmp_path: Path) -> None:
    _, trust = own_ca(tmp_path)

    error, stub = failure(good(), trust=trust)

    assert error.kind == "llm_unavailable"
    assert "cannot be reached by TLS: self-signed certificate;" in error.message
    assert stub.asked == []


def test_the_table_has_each_of_them() -> None:
    rows = re.findall(r"^\| ([^|`]+) \| `(\w+)` \|", DOCS.read_text(), re.MULTILINE)

    told = {name: one.kind for name, one in ALL.items()} | {TLS: "llm_unavailable"}
    assert dict(rows) == told
