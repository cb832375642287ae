"""`flask judge`: the analysis of a Run on files, to try a prompt, for scripts and benchmarks."""

import json
from collections.abc import Sequence
from pathlib import Path
from statistics import median_low
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext

from webapp.config import Settings
from webapp.pipeline.clean import clean
from webapp.pipeline.steps import redactor_of
from webapp.pipeline.windows import Judge, Judged, count_lines
from webapp.schemas.run import OutcomeOut

PROMPT = "Look for errors, failures, and whatever is not as it usually is."
EXIT_CODES = {"ok": 0, "warn": 1, "alert": 2, "error": 3}


class _WrongCall(click.UsageError):
    exit_code = EXIT_CODES["error"]


class _NotRead(click.ClickException):
    exit_code = EXIT_CODES["error"]


class _Command(click.Command):
    """A wrong call ends with the code of an error, as click's own 2 is that of an alert."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            raise _WrongCall(error.format_message(), ctx) from error


@click.command("judge", cls=_Command)
@click.argument("windows", metavar="WINDOW.log...", nargs=-1, required=True)
@click.option(
    "--history",
    "histories",
    metavar="OLDER.log",
    multiple=True,
    help="Logs of normal times, the oldest first; may be given more than once.",
)
@click.option("--prompt", default=PROMPT, help="What to look for, in plain language.")
@click.option("--model", help="`builtin` or provider:name; LLM_MODEL if it is not given.")
@click.option("--json", "as_json", is_flag=True, help="A JSON object a line for each window.")
@click.pass_context
@with_appcontext
def command(
    ctx: click.Context,
    windows: Sequence[str],
    histories: Sequence[str],
    prompt: str,
    model: str | None,
    *,
    as_json: bool,
) -> None:
    """Judge each WINDOW as a Run would be, in this order.

    Nothing is kept and nobody is told. A window that is ok is normal for those after it. Ends
    with 0 where all are ok, 1 where one is warn, 2 where one is alert, 3 where one is an error.
    """
    settings: Settings = current_app.extensions["settings"]
    texts = [_read(path) for path in windows]
    seconds = settings.run_timeout_seconds
    judge = Judge(prompt, settings.llm(model), redactor_of(settings), seconds)
    judge.learn(map(_read, histories), median_low(map(count_lines, texts)))
    codes = []
    for path, text in zip(windows, texts, strict=True):
        judged = judge.judge(text)
        click.echo(json.dumps(_as_json(path, judged)) if as_json else _in_words(path, judged))
        codes.append(EXIT_CODES[judged.status])
    ctx.exit(max(codes))


def _read(path: str) -> str:
    try:
        return clean(Path(path).read_bytes())
    except OSError as error:
        raise _NotRead(f"{path} cannot be read: {error.strerror or error}.") from error


def _as_json(path: str, judged: Judged) -> dict[str, Any]:
    """As a Run has it; `window_line` is the number of the quoted line in the file."""
    (compared,) = judged.read.compared.values()
    shown = OutcomeOut.model_validate(judged.run).model_dump(mode="json")
    for finding in shown["findings"]:
        finding["window_line"] = judged.line_of(finding["line"])
    return {
        "window": path,
        **shown,
        "history": {
            "windows": compared.known_windows,
            "lines": compared.known_events,
            "enough": compared.enough,
        },
        "message": judged.message,
    }


def _in_words(path: str, judged: Judged) -> str:
    run = judged.run
    how = f" ({run.error_kind})" if run.error_kind else ""
    lines = [f"{path}: {run.status}{how}", f"  {run.sentence}"]
    if run.no_line_cited:
        lines.append("  No line cited.")
    if run.status == "error" and run.findings:
        lines.append("  The built-in reading counted this all the same. It is no verdict.")
    for finding in run.findings:
        lines.append(f"  {finding['severity']}: {finding['explanation']}")
        if finding["quote"] is not None:
            lines.append(f"    line {judged.line_of(finding['line'])}: {finding['quote']}")
    return "\n".join(lines)
