"""What the Inputs of a Run gave, without secrets: these are taken out before anything is cut."""

from dataclasses import replace

from webapp.pipeline.gather import gather
from webapp.pipeline.redact import Redactor, redact_all
from webapp.pipeline.values import Gathered, GatherLimits, Host, InputSpec

LIMITS = GatherLimits(max_workers=1, timeout_seconds=20, keep_bytes=65536)
AWS = "AKIAIOSFODNN7EXAMPLE"


def redacted(*commands: str, secrets: tuple[str, ...] = ()) -> list[Gathered]:
    specs = [InputSpec(f"I{n}", "command", command) for n, command in enumerate(commands)]
    return redact_all(gather(Host("local"), specs, LIMITS), Redactor(secrets))


def test_a_failure_is_told_with_the_commands_last_words() -> None:
    (one,) = redacted("echo first >&2; echo ' why ' >&2; echo >&2; exit 3")

    assert one.error == "exited with status 3: why"


def test_a_secret_where_the_last_words_are_cut_is_taken_out_whole() -> None:
    (one,) = redacted(f"printf '%0290d {AWS} %0999d' 0 0 >&2; exit 3")

    assert one.error
    assert one.error.startswith(f"exited with status 3: {'0' * 290} [REDACT")
    assert len(one.error) == len("exited with status 3: ") + 300


def test_of_a_torn_stderr_the_start_that_may_be_half_a_secret_is_dropped() -> None:
    secret = "-".join(["half-of-a-secret"] * 300)

    (one,) = redacted(
        f"printf '%s' 'token={secret}'; printf '%s %09000d end' 'token={secret}' 0 >&2"
    )

    assert "secret" not in one.stderr.text
    assert one.stderr.text.endswith("000 end")


def test_of_a_long_stderr_the_end_is_kept_and_the_loss_is_said() -> None:
    (one,) = redacted("seq 1 100000 >&2")

    marker, first, *_, last = one.stderr.text.removesuffix("\n").split("\n")
    kept = one.stderr.text.partition("\n")[2]
    assert marker == f"… {588_895 - len(kept):,} earlier bytes not shown …"
    assert (int(first) > 90_000, last) == (True, "100000")
    assert 4000 < len(kept) <= 4096


def test_the_same_secret_has_the_same_number_in_all_inputs() -> None:
    first, second = redacted(
        "echo password=one; echo password=two >&2",
        "echo 'password=two password=one [REDACTED:password:3] password=four'",
    )

    assert first.output.text == "password=[REDACTED:password:4]\n"
    assert first.stderr.text == "password=[REDACTED:password:5]\n"
    assert second.output.text == (
        "password=[REDACTED:password:5] password=[REDACTED:password:4] "
        "[REDACTED:password:3] password=[REDACTED:password:6]\n"
    )
    assert second.redactions == {"password": 3}
    assert "one" not in (second.command or "")


def test_what_befell_a_source_is_told_in_one_line_without_secrets() -> None:
    # A file's name may hold anything.
    (one,) = gather(Host("local"), [InputSpec("LOGS", "command", "echo password=hunter2")], LIMITS)
    gone = replace(one, notices=(f"/log/{AWS}\n[ERRORS]\x1b[2J was replaced, token=hunter2",))

    (told,) = redact_all([gone], Redactor())

    assert told.notices == (
        "/log/[REDACTED:aws-key:1] [ERRORS] was replaced, token=[REDACTED:token:1]",
    )
