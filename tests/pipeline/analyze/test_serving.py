"""What servers of models tell, each on its own wire, and what they may not do to us."""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.llm_server import CONTEXT_TOKENS, serving_model
from tests.pipeline.analyze.model_servers import MISSING, Ollama, by_path, lm_studio, told, vllm
from tests.pipeline.http_server import Answering, Reply, Request, serving
from webapp.pipeline.analyze.serving import Served, context_of, served, servers
from webapp.pipeline.values import LlmSettings

KEY = "sk-hunter22222"
HOSTILE = "<script>alert(1)</script>"


def openai(url: str, name: str = "qwen", **values: Any) -> LlmSettings:
    return LlmSettings(f"openai:{name}", 60, openai_base_url=f"{url}/v1", **values)


def ollama(url: str, name: str = "qwen3") -> LlmSettings:
    return LlmSettings(f"ollama:{name}", 60, ollama_base_url=f"{url}/v1")


def test_llama_cpp_tells_what_one_question_has_and_takes_any_name() -> None:
    with serving_model() as url:
        settings = LlmSettings("openai:whatever", 60, openai_base_url=url)

        (one,) = servers(settings)

        assert (one.models, one.problem) == (("openai:local",), None)
        assert served(settings) == Served(CONTEXT_TOKENS)


@pytest.mark.parametrize(
    ("answer", "context"),
    [
        (vllm({"other": 8192, "qwen": 4096}), 4096),
        (lm_studio({"qwen": 16_384, "other": None}), 16_384),
        (lm_studio({"qwen": None}), None),
        (by_path({"/v1/models": {"data": [{"id": "qwen"}]}}), None),
    ],
    ids=["vLLM", "LM Studio", "LM Studio, not loaded", "another"],
)
def test_each_kind_of_server_tells_on_its_own_wire(answer: Answering, context: int | None) -> None:
    with serving(answer) as server:
        told_of = served(openai(server.url, openai_api_key=KEY))

    assert told_of == Served(context)
    assert {one.headers["Authorization"] for one in server.requests} == {f"Bearer {KEY}"}


def test_a_model_that_is_not_served_is_told_with_those_that_are() -> None:
    with serving(vllm({f"model-{number}": 4096 for number in range(7)})) as server:
        told_of = served(openai(server.url))

    place = server.url.removeprefix("http://")
    assert told_of == Served(
        problem=f"{place} does not serve openai:qwen; it serves model-0, model-1, model-2, "
        "model-3, model-4 and 2 more."
    )


@pytest.mark.parametrize("settings", [ollama, lambda url: openai(url, "qwen3:latest")])
def test_ollama_tells_the_context_of_what_is_in_memory(
    settings: Callable[[str], LlmSettings],
) -> None:
    if settings is ollama:
        answer: Answering = Ollama("qwen3:latest", "llama3.2:3b")
    else:
        of_memory = {"models": [{"name": "qwen3:latest", "context_length": 4096}]}
        listed = {"data": [{"id": "qwen3:latest", "owned_by": "library"}]}
        answer = by_path({"/v1/models": listed, "/api/ps": of_memory})
    with serving(answer) as server:
        before = served(settings(server.url))
        context = context_of(settings(server.url), 10, wake=True)

    assert before == (Served() if settings is ollama else Served(4096))
    assert context == 4096


def test_many_that_are_about_to_ask_have_ollama_load_a_model_once() -> None:
    mine = Ollama("qwen3:latest")
    with serving(mine) as server, ThreadPoolExecutor(20) as threads:
        settings = ollama(server.url)
        known = list(threads.map(lambda _: context_of(settings, 10, wake=True), range(20)))
        mine.loaded.clear()
        later = context_of(settings, 10, wake=True)

    assert (set(known), later) == ({4096}, 4096)
    assert [one.path for one in server.requests].count("/api/generate") == 1


def test_many_at_once_ask_once() -> None:
    with serving(vllm({"qwen": 4096})) as server, ThreadPoolExecutor(20) as threads:
        settings = openai(server.url)
        known = list(threads.map(lambda _: context_of(settings), range(20)))

    assert set(known) == {4096}
    assert [one.path for one in server.requests] == ["/v1/models"]


def _megabytes() -> Iterator[bytes]:
    yield b'{"data": ['
    while True:
        yield json.dumps({"id": "x" * 100}).encode() * 1000


HUGE = Reply(json.dumps({"data": [{"id": "a"}] * 10}).encode(), headers={"Content-Encoding": "br"})
ELSEWHERE = Reply(b"", 302, {"Location": "http://127.0.0.1:1/v1/models"})


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (lambda: Reply(_megabytes()), "its answer is larger than any list of models"),
        (lambda: Reply(b"<html>"), "it answered with no JSON"),
        (lambda: Reply(b"[" * 100_000), "it answered with no JSON"),
        (lambda: told({"data": "qwen"}), "it answered with no list of models"),
        (lambda: told([]), "it answered with no list of models"),
        (lambda: HUGE, "it sent a compressed answer, which nobody had asked for"),
        (lambda: ELSEWHERE, "it answered 302"),
        (lambda: Reply(b"{}", 500), "it answered 500"),
    ],
)
def test_what_is_no_list_is_said_and_nothing_is_known(
    reply: Callable[[], Reply], problem: str
) -> None:
    with serving(lambda request: reply()) as server:
        settings = openai(server.url)
        (one,) = servers(settings)

        assert (served(settings), context_of(settings)) == (Served(), None)

    place = server.url.removeprefix("http://")
    assert one.problem == f"{place} does not tell which models it serves: {problem}."
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "context", [0, -1, 255, 10_000_001, 10**30, True, "4096", 4096.5, None, [4096]]
)
def test_a_context_that_no_model_has_is_none(context: Any) -> None:
    with serving(vllm({"qwen": context})) as server:
        assert served(openai(server.url)) == Served()


def test_names_that_are_none_are_left_out_and_the_others_are_bounded() -> None:
    lies = ["", " ", "a b", "x" * 181, "to\u202ep", "li\nne", 7, None, {}, HOSTILE]
    names = [*lies, *(f"model-{number}" for number in range(600))]
    answer = by_path({"/v1/models": {"data": [{"id": name} for name in names]}})
    with serving(answer) as server:
        (one,) = servers(openai(server.url))

    assert one.models[:2] == (f"openai:{HOSTILE}", "openai:model-0")
    assert len(one.models) == 500


def test_one_that_hangs_is_given_up_once_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.pipeline.analyze.serving.server.SECONDS", 1)
    released = threading.Event()

    def hang(request: Request) -> Reply:
        released.wait()
        return MISSING

    with serving(hang) as server:
        settings = openai(server.url)
        (one,) = servers(settings)
        known = [context_of(settings, 60, wake=True) for _ in range(3)]
        released.set()

    assert one.problem and one.problem.endswith("it gave no answer within 1 s.")
    assert known == [None] * 3
    assert len(server.requests) <= 1


def test_one_that_is_out_is_said_without_its_secrets() -> None:
    settings = LlmSettings("openai:qwen", 60, openai_base_url=f"http://me:{KEY}@127.0.0.1:1/v1")

    (one,) = servers(settings)

    assert one.problem == (
        "127.0.0.1:1 does not tell which models it serves: it cannot be reached."
    )
    assert served(settings) == Served()


def test_what_is_not_local_is_not_asked_for_a_monitor_that_wants_it_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with serving(vllm({"qwen": 4096})) as server:
        monkeypatch.setenv("HTTP_PROXY", server.url)
        monkeypatch.setenv("NO_PROXY", "")
        known = context_of(openai("http://models.test", local_only=True))

    assert (known, server.requests) == (None, [])


def test_it_is_asked_by_way_of_a_proxy_as_the_model_is(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(lambda request: MISSING) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", "")
        context_of(openai("http://models.test"))

    assert [one.path for one in proxy.requests] == ["http://models.test/v1/models"]
