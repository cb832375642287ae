from tests.llm_server import serving_model
from webapp.pipeline.analyze import analyze_logs_with_llm
from webapp.pipeline.values import LlmSettings

LOGS = """\
[APP]
10:00:01 INFO order 81 stored
10:00:02 INFO order 82 stored
10:00:03 ERROR cannot store order 83: No space left on device
10:00:04 ERROR cannot store order 84: No space left on device"""


def test_a_real_small_model_gives_a_verdict_of_the_asked_form() -> None:
    with serving_model() as url:
        settings = LlmSettings("openai:local", timeout_seconds=150, openai_base_url=url)

        analysis = analyze_logs_with_llm(
            "Can orders be stored?",
            LOGS,
            labels=["APP"],
            settings=settings,
        )

    lines = LOGS.split("\n")
    assert analysis.verdict.status in ("ok", "warn", "alert")
    assert analysis.verdict.summary
    assert all(
        lines[finding.line - 1] == finding.quote
        for finding in analysis.verdict.findings
        if finding.line is not None
    )
    assert analysis.usage.model == "openai:local"
    assert analysis.usage.input_tokens
    assert analysis.usage.output_tokens
    assert analysis.usage.cost_usd is None
