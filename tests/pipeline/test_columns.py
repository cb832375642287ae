from webapp.pipeline import columns
from webapp.pipeline.redact import Redactor
from webapp.pipeline.values import Analysis, StageError, Usage, Verdict

USAGE = Usage("openai:test")


def test_dropped_citations_are_the_last_line_of_the_report() -> None:
    reports = [
        columns.of_verdict(
            Analysis(Verdict("ok", "Fine.", report, dropped_citations=n), USAGE), Redactor()
        )["report"]
        for report, n in (("Calm.", 0), ("Calm.", 1), ("", 2))
    ]

    assert reports == [
        "Calm.",
        "Calm.\nDropped: 1 cited line number that no line of the log has.",
        "Dropped: 2 cited line numbers that no line of the log has.",
    ]


def test_an_error_is_stored_clean_and_without_secrets() -> None:
    error = StageError("llm_unavailable", "It said \0\ud800\u202epassword=hunter2.")

    assert columns.of_error(error, Redactor()) == {
        "verdict": "error",
        "error_kind": "llm_unavailable",
        "error_message": "It said password=[REDACTED:password:1]",
    }
