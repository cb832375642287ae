"""Windows that are fitted to what a model reads at once, as Runs, previews and tries have them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask

from tests.conftest import BOTH_DATABASES
from tests.llm_server import CONTEXT_TOKENS, serving_model
from tests.pipeline.analyze.model_servers import Ollama, vllm
from tests.pipeline.http_server import Answering, Server, serving
from tests.pipeline.test_preview import draft
from tests.pipeline.test_run import an_input, carried_out
from webapp.config import Settings
from webapp.models import Run
from webapp.pipeline.checks import ask_model
from webapp.pipeline.preview import preview, try_out

MODEL, OTHER = "openai:qwen", "openai:other"
# No two alike, so that none stands for others: some 16,000 characters.
LONG = "for n in $(seq 400); do printf '%s ERROR %s\\n' $n $(echo $n | md5sum); done"
SHORT = "echo ERROR no space left on device"
ROOM = {"max_lines": 500, "max_chars": 8000}


@contextmanager
def asking(
    settings: Settings, answer: Answering, **values: Any
) -> Iterator[tuple[Settings, Server]]:
    with serving(answer) as server:
        mine = {"openai_base_url": f"{server.url}/v1", "llm_model": MODEL} | values
        yield settings.model_copy(update=mine), server


def sent(server: Server) -> list[dict[str, Any]]:
    asked = (one for one in server.requests if one.path.endswith("/chat/completions"))
    return [json.loads(one.body) for one in asked]


def judged(
    settings: Settings, answer: Answering, command: str = LONG, **values: Any
) -> tuple[Run, list[dict[str, Any]]]:
    ours = {name: values.pop(name) for name in list(values) if name.startswith("llm_")}
    with asking(settings, answer, **ours) as (mine, server):
        run = carried_out(mine, an_input("APP", command), **{"collapse_repeats": False} | values)
    return run, sent(server)


def tokens_at_most(body: dict[str, Any]) -> int:
    instructions, message = (len(one["content"]) for one in body["messages"])
    return int(body["max_completion_tokens"]) + round(instructions / 3 + message / 1.5)


@BOTH_DATABASES
def test_the_window_of_a_run_fits_into_what_the_model_reads_at_once(
    app: Flask, settings: Settings
) -> None:
    run, (body,) = judged(settings, vllm({"qwen": 4096}))

    assert (run.status, run.context_tokens) == ("alert", 4096)
    assert 1000 < len(run.logs_text or "") < 3000
    assert run.window_note and run.window_note.startswith("The window was cut to ")
    assert run.window_note.endswith(
        "of the Monitor's 8,000, as openai:qwen reads 4,096 tokens at once, its answer included."
    )
    assert "earlier lines not shown" in (run.logs_text or "")
    assert body["max_completion_tokens"] >= 1000
    assert tokens_at_most(body) <= 4096


@pytest.mark.parametrize(
    ("context", "command"),
    [(4096, SHORT), (40_960, LONG), (None, LONG)],
    ids=["a short log", "a large context", "not told"],
)
def test_a_window_that_fits_is_left_as_it_is(
    app: Flask, settings: Settings, context: int | None, command: str
) -> None:
    run, (body,) = judged(settings, vllm({"qwen": context}), command)

    assert (run.status, run.context_tokens, run.window_note) == ("alert", context, None)
    assert len(run.logs_text or "") > (7000 if command == LONG else 30)
    assert (body["max_completion_tokens"] == 8192) == (command == LONG)
    assert tokens_at_most(body) <= (context or 16_384)


def test_a_context_without_room_for_any_text_is_an_error_and_nothing_is_sent(
    app: Flask, settings: Settings
) -> None:
    run, bodies = judged(settings, vllm({"qwen": 1024}))

    assert (run.status, run.error_kind, bodies) == ("error", "llm_unavailable", [])
    assert run.error_message
    assert run.error_message.startswith("openai:qwen reads 1,024 tokens at once, its answer")
    assert run.error_message.endswith("choose another model. Nothing was sent.")
    assert len(run.logs_text or "") > 7000


def test_where_a_model_has_no_room_the_fallback_reads_a_window_of_its_own(
    app: Flask, settings: Settings
) -> None:
    run, (body,) = judged(settings, vllm({"qwen": 1024, "other": 4096}), llm_fallback=OTHER)

    assert (run.status, run.llm_model, run.instead_of) == ("alert", OTHER, MODEL)
    assert run.window_note and "as openai:other reads 4,096 tokens" in run.window_note
    assert (body["model"], tokens_at_most(body) <= 4096) == ("other", True)


@pytest.mark.parametrize(
    "values",
    [
        {"llm_fallback": OTHER},
        {"verdict_config": {"second_opinion": OTHER}},
        {
            "cost_config": {
                "budget": {"tokens_per_day": 10**6, "policy": "model", "cheaper_model": OTHER}
            }
        },
    ],
    ids=["fallback", "second opinion", "cheaper"],
)
def test_the_smallest_context_of_those_that_may_read_it_counts(
    app: Flask, settings: Settings, values: dict[str, Any]
) -> None:
    run, bodies = judged(settings, vllm({"qwen": 40_960, "other": 4096}), **values)

    assert run.context_tokens == 4096
    assert run.window_note and "as openai:other reads 4,096 tokens" in run.window_note
    assert len({len(body["messages"][1]["content"]) for body in bodies}) == 1


def test_a_preview_and_a_try_have_the_window_that_a_run_has(app: Flask, settings: Settings) -> None:
    inputs = [{"label": "APP", "command": LONG}]
    data = draft(inputs=inputs, collapse_repeats=False, window_config=ROOM)

    with asking(settings, vllm({"qwen": 4096})) as (mine, server):
        shown, tried = preview(data, mine), try_out(data, mine)
    run, _ = judged(settings, vllm({"qwen": 4096}), prompt=data.prompt, name=data.name)

    assert [one.logs_text for one in (shown, tried)] == [run.logs_text] * 2
    assert [one.window_note for one in (shown, tried)] == [run.window_note] * 2
    assert (shown.context_tokens, shown.problem) == (4096, None)
    assert len(sent(server)) == 1


def test_a_preview_says_that_there_is_no_room(app: Flask, settings: Settings) -> None:
    with asking(settings, vllm({"qwen": 1024})) as (mine, _):
        shown = preview(draft(), mine)

    assert shown.problem and "reads 1,024 tokens at once" in shown.problem


def test_ollama_is_asked_to_load_the_model_before_its_window_is_fitted(
    app: Flask, settings: Settings
) -> None:
    with serving(Ollama("qwen3:latest")) as server:
        mine = {"ollama_base_url": f"{server.url}/v1", "llm_model": "ollama:qwen3"}
        run = carried_out(
            settings.model_copy(update=mine), an_input("APP", LONG), collapse_repeats=False
        )

    (body,) = sent(server)
    assert (run.status, run.context_tokens) == ("alert", 4096)
    assert run.window_note and "as ollama:qwen3 reads 4,096 tokens" in run.window_note
    assert tokens_at_most(body) <= 4096


def test_a_test_of_a_model_asks_for_no_longer_an_answer_than_it_has_room_for(
    app: Flask, settings: Settings
) -> None:
    with asking(settings, vllm({"qwen": 4096})) as (mine, server):
        check = ask_model(mine)

    (body,) = sent(server)
    assert check.ok
    assert tokens_at_most(body) <= 4096


@pytest.mark.takes(seconds=60)
def test_a_real_small_model_gets_a_window_that_it_can_read(app: Flask, settings: Settings) -> None:
    with serving_model() as url:
        mine = {"openai_base_url": url, "llm_model": "openai:local", "llm_timeout_seconds": 300}
        data = draft(
            inputs=[{"label": "APP", "command": LONG}],
            collapse_repeats=False,
            window_config={"max_lines": 500, "max_chars": 100_000},
        )
        shown = preview(data, settings.model_copy(update=mine))

    assert (shown.context_tokens, shown.problem) == (CONTEXT_TOKENS, None)
    assert shown.window_note and "as openai:local reads 4,096 tokens" in shown.window_note
    assert len(shown.logs_text) < 3000
