from webapp.pipeline import columns
from webapp.pipeline.redact import Redactor
from webapp.pipeline.values import Call, StageError, Usage


def test_an_error_is_stored_clean_and_without_secrets() -> None:
    said = "It said \0\ud800\u202epassword=hunter2."
    error = StageError("llm_unavailable", said)
    error.calls = (Call("verdict", Usage("openai:test"), error=said),)

    assert columns.of_error(error, Redactor()) == {
        "verdict": "error",
        "findings": [],
        "error_kind": "llm_unavailable",
        "error_message": "It said password=[REDACTED:password:1]",
        "calls": [
            {
                "purpose": "verdict",
                "model": "openai:test",
                "status": None,
                "error": "It said password=[REDACTED:password:1]",
                "dropped_citations": 0,
                "input_tokens": None,
                "output_tokens": None,
                "cost_usd": None,
            }
        ],
    }
