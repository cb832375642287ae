"""The frozen values that cross the stages of a Run.

A stage takes these, returns these, and knows nothing of Flask, the database or the queue.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

Severity = Literal["warn", "alert"]
Channel = Literal["email", "sms"]
FinalStatus = Literal["ok", "warn", "alert", "error"]
VerdictStatus = Literal["ok", "warn", "alert"]
# `marked`: new lines are judged, and those before them are there to understand them by. `only`:
# no others are sent. `all`: no difference is made, as where a state is printed and no log.
NewLines = Literal["marked", "only", "all"]
# Who says that something is wrong. `silence`: that of an Input that should have spoken;
# `addressing`: a line that speaks to the model.
By = Literal["model", "builtin", "rule", "silence", "addressing"]
Purpose = Literal["verdict", "citation", "fallback", "second_opinion"]
# From one character of a line to before another.
Span = tuple[int, int]
ErrorKind = Literal[
    "inputs_failed", "llm_unavailable", "llm_invalid", "budget_exhausted", "timeout", "lost"
]


class StageError(Exception):
    """A Run cannot go on; `message` is a sentence for the person who must act.

    `usage`: what LLMs took all the same, where they did; `calls`: what each was asked.
    """

    usage: "Usage | None" = None
    calls: "tuple[Call, ...]" = ()

    def __init__(self, kind: ErrorKind, message: str) -> None:
        super().__init__(message)
        self.kind: ErrorKind = kind
        self.message = message


@dataclass(frozen=True)
class SshHost:
    """A machine that the OpenSSH client reaches; None: as its user's configuration has it.

    `name` may be an alias of that configuration. `folder` is ours, with the approved keys.
    """

    name: str
    folder: Path
    user: str | None = None
    port: int | None = None
    jump: str | None = None
    identity_file: str | None = None


@dataclass(frozen=True)
class Cluster:
    """A Kubernetes cluster as kubectl reaches it; None: as that is configured for its user.

    `kubeconfig` is a file, or several with colons between them, of which the first wins.
    """

    namespace: str
    kubeconfig: str | None = None
    context: str | None = None


@dataclass(frozen=True)
class Host:
    """How a Target is reached. `docker_url`: the engine that `docker_logs` reads.

    On a `docker_host` commands are told of it too, as DOCKER_HOST. With `ssh` they run there.
    `engine_on`: the machine that has the engine, at `engine_path`, where it is reached by SSH.
    `cluster`: of a `kubernetes`, where commands run here and are told of it as KUBECONFIG.
    """

    kind: Literal["local", "docker_host", "ssh", "kubernetes"]
    docker_url: str = "unix:///var/run/docker.sock"
    ssh: SshHost | None = None
    engine_on: SshHost | None = None
    engine_path: str = "/var/run/docker.sock"
    cluster: Cluster | None = None


@dataclass(frozen=True)
class InputSpec:
    """One Input as its author wrote it; `config` is that of its LogSource mode.

    `position` is what its reader gave at the last Run that was judged; None: there was none.
    `read_at`: when that was. `spoke_at`: when a Run last had a new line of it; None: it has not
    been asked before. `heard`: what the last Run had of it, where `position` does not tell what it
    said since (see heard.py).
    `noticed`: a digest of the notices that the last Run had of it; None: there were none.
    `normal`: what its lines usually are, as JSON (see normal/normal.py); None: nothing is known.
    """

    label: str
    mode: str
    command: str | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    timeout_seconds: float | None = None
    workdir: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    new_lines: NewLines = "marked"
    expect_lines_within: int | None = None
    position: Mapping[str, Any] | None = None
    read_at: datetime | None = None
    spoke_at: datetime | None = None
    heard: Mapping[str, str] | None = None
    noticed: str | None = None
    normal: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class RunAs:
    """Another user than ours; `setpriv` is the path of the program that becomes it."""

    name: str
    uid: int
    gid: int
    home: str
    setpriv: str


@dataclass(frozen=True)
class Bounds:
    """What one command may use, with all the processes that it begins; 0: as much as it likes.

    `file_mb` bounds each file that it writes. Its priority is lower than ours by `niceness`.
    `user`: whom it runs as; None: as we do. `cgroup`: the folder in which it gets a control group
    of its own; empty: none.
    """

    memory_mb: int = 0
    processes: int = 0
    cpu_seconds: int = 0
    file_mb: int = 0
    niceness: int = 0
    user: RunAs | None = None
    cgroup: str = ""


NO_BOUNDS = Bounds()


@dataclass(frozen=True)
class LogPaths:
    """Where files may be read: in `only`, or anywhere where it is empty; never in `never`."""

    only: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


@dataclass(frozen=True)
class GatherLimits:
    """What gathering may use; `bounds` are those of each command.

    `keep_bytes` is how much of an Input's end is kept in memory; `passed_env` are the variables
    that `COMMAND_ENV` names, with their values. `total_seconds` is what all Inputs together may
    take; None: as long as each of them may. `secrets` are those that sources log in with, by name.
    """

    max_workers: int
    timeout_seconds: float
    keep_bytes: int
    passed_env: Mapping[str, str] = field(default_factory=dict)
    total_seconds: float | None = None
    bounds: Bounds = NO_BOUNDS
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    log_paths: LogPaths = LogPaths()


@dataclass(frozen=True)
class Tail:
    """The end of a stream that may have been larger than memory.

    `text` is clean (see clean.py) and ends where the stream ended. `lost_bytes` of the stream's
    `total_bytes` are before it, and `lost_lines` of its `total_lines`. `at_least`: there may be
    more lines than were counted, as only the end of a file is read and a container's engine is
    asked for its newest lines. `torn`: the text starts inside a line, as no line end was left in
    what was kept. The first `context_lines` of `text` were read at an earlier Run; what comes
    after them is new, and all of it where none is given.
    """

    text: str
    total_bytes: int
    total_lines: int
    torn: bool = False
    lost_lines: int = 0
    lost_bytes: int = 0
    at_least: bool = False
    context_lines: int = 0

    @property
    def lines_in_text(self) -> int:
        return self.text.count("\n") + (self.text != "" and not self.text.endswith("\n"))


NOTHING = Tail("", 0, 0)


@dataclass(frozen=True)
class CommandResult:
    """How a command or another source ended; `error` is a sentence where it failed.

    `exit_code` is None where nothing was started, or what was started was ended by us. `position`
    says, as JSON, where reading ended, for the next Run; None where that cannot be known. `whole`:
    nothing in it could be told from what an earlier Run had. `notices` are sentences on what befell
    the source since: rotated, recreated, a gap.
    """

    exit_code: int | None
    duration_ms: int
    stdout: Tail
    stderr: Tail = NOTHING
    error: str | None = None
    position: Mapping[str, Any] | None = None
    notices: tuple[str, ...] = ()
    whole: bool = False


@dataclass(frozen=True)
class Gathered:
    """What one Input gave; `error` is a sentence, there where `status` is `failed`.

    `redactions` counts the placeholders in `output` by kind, once it is redacted. `position` and
    `notices` are as its reader gave them; `continues`: what is new in it was told from what an
    earlier Run had; `whole`: that cannot be told. `heard`: by what the next Run tells whether it
    said more, where that is asked for; `unchanged`: it said no more than at the last. Lines that
    were `ignored` were dropped by a rule, and are counted nowhere else; `ignored_new_lines` of them
    were new.
    """

    label: str
    mode: str
    command: str | None
    status: Literal["ok", "failed"]
    exit_code: int | None
    duration_ms: int
    output: Tail
    stderr: Tail = NOTHING
    error: str | None = None
    redactions: Mapping[str, int] = field(default_factory=dict)
    position: Mapping[str, Any] | None = None
    notices: tuple[str, ...] = ()
    continues: bool = False
    whole: bool = False
    heard: Mapping[str, str] | None = None
    unchanged: bool = False
    ignored_lines: int = 0
    ignored_new_lines: int = 0

    @property
    def gave_nothing(self) -> bool:
        return not (self.output.text or self.output.lost_bytes or self.ignored_lines)

    @property
    def spoke(self) -> bool:
        """It had a line that no earlier Run had, though a rule may have dropped it."""
        new = self.output.lines_in_text > self.output.context_lines or self.ignored_new_lines > 0
        return new and not self.unchanged

    @property
    def new_lines(self) -> int | None:
        """Since the last Run; None where that was not told apart."""
        output = self.output
        # What was lost is what was first: where any of before is left, nothing new was lost.
        lost = 0 if output.context_lines else output.lost_lines
        new = output.lines_in_text - output.context_lines + lost
        return new if self.continues else None


@dataclass(frozen=True)
class Redacted:
    """Text without its secrets, how many of each kind, and what was dropped of a torn start."""

    text: str
    counts: Mapping[str, int]
    lost_bytes: int = 0


@dataclass(frozen=True)
class Slice:
    """The text of one label on its way into the window.

    `lost_lines`: lines of the same source that were already dropped before this text, or
    `at_least` so many. `torn_bytes`: the text is the end of one line, and so many bytes of the
    source are before it. `note`: a notice for the end of the section. The first `context_lines`
    of the text were judged before; None: it was not asked which were. `pinned`: by their numbers,
    from 0, new lines that are kept before others are, the most important first, each with the
    parts of it that stay in sight where it is too long to be shown whole.
    """

    label: str
    text: str
    lost_lines: int = 0
    torn_bytes: int = 0
    at_least: bool = False
    note: str | None = None
    context_lines: int | None = None
    pinned: Mapping[int, Sequence[Span]] = field(default_factory=dict)


@dataclass(frozen=True)
class FittedSlice:
    """`alike_lines` are not in the text themselves, but counted with one like them that is."""

    label: str
    kept_lines: int
    kept_chars: int
    truncated: bool
    alike_lines: int = 0


@dataclass(frozen=True)
class FittedText:
    """`text` is within the window, markers and headers included.

    `raw_text`: what the window would be with every line as it was read, where that is another.
    `context_tokens`: the smallest known context of the models that may read it, which it fits
    into too; `note`: the sentence that says what was cut for that.
    `places`: by label and number, from 0, of a slice's line, the number, from 1, of the line of the
    text that shows it, be it whole or without a part of it.
    """

    text: str
    slices: tuple[FittedSlice, ...]
    raw_text: str | None = None
    context_tokens: int | None = None
    note: str | None = None
    places: Mapping[tuple[str, int], int] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """One problem. `line` counts from 1 in `logs_text`; `quote` is that line, verbatim.

    `verified` is False where no line of the text stands behind it (`line`, `quote` None), unless
    the program itself counted it. `new` is False where the line was judged at an earlier Run.
    `fingerprint` and `seen` (see recurrence.py) are there once it is recorded. `noise`: who says
    that it is, and why, so that it raises nothing. `raised`: who says that it is an alert, and why,
    where it would be less. `mixed`: lines of other kinds than the quoted one stand behind it too.
    `about`: what it is known again by besides its quote (fingerprint.py).
    """

    severity: Severity
    label: str | None
    line: int | None
    quote: str | None
    explanation: str
    verified: bool
    new: bool = True
    by: By = "model"
    fingerprint: str | None = None
    seen: Mapping[str, Any] | None = None
    noise: str | None = None
    raised: str | None = None
    mixed: bool = False
    about: str = ""


@dataclass(frozen=True)
class Remark:
    """What somebody said of findings alike, or of a Run: see models/note.py. `until`: a day."""

    kind: Literal["noise", "missed"]
    reason: str
    author: str
    fingerprint: str | None = None
    label: str | None = None
    quote: str | None = None
    until: str | None = None


@dataclass(frozen=True)
class Verdict:
    """`dropped_citations`: numbers that a model cited and no line of the log has."""

    status: VerdictStatus
    summary: str
    report: str
    recommendations: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    dropped_citations: int = 0

    @property
    def cites_a_line(self) -> bool:
        return any(finding.verified for finding in self.findings)


@dataclass(frozen=True)
class Usage:
    """What judging took, and `model`, which judged; `cost_usd` None: unknown.

    `reused_from`: the Run whose verdict it is. `instead_of`: the model that was out.
    """

    model: str
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_usd: float | None = None
    reused_from: int | None = None
    instead_of: str | None = None

    @property
    def tokens(self) -> int:
        return (self.input_tokens or 0) + (self.output_tokens or 0)


@dataclass(frozen=True)
class Call:
    """One question to a model and what became of it: a `status`, or an `error`, as a sentence.

    Asked for the `verdict`; once more, as no line was cited (`citation`); as the model before was
    out (`fallback`); or to confirm an alert (`second_opinion`).
    """

    purpose: Purpose
    usage: Usage
    status: VerdictStatus | None = None
    dropped_citations: int = 0
    error: str | None = None


@dataclass(frozen=True)
class Analysis:
    """`usage` is that of all `calls` together; none was made where no model was asked."""

    verdict: Verdict
    usage: Usage
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True)
class Reading:
    """What reading a LogSource just now gave: its last lines, or why it failed."""

    ok: bool
    duration_ms: int
    lines: tuple[str, ...]
    error: str | None


@dataclass(frozen=True)
class LlmSettings:
    """Which model judges and how it is reached; `model` is `builtin` or `provider:name`.

    `local_only`: nothing is sent to a model that others run. `fallback`: the model that is asked
    where this one is out.
    """

    model: str
    timeout_seconds: float
    openai_api_key: str | None = None
    openai_base_url: str | None = None
    anthropic_api_key: str | None = None
    anthropic_base_url: str | None = None
    ollama_base_url: str | None = None
    local_only: bool = False
    fallback: str | None = None

    @property
    def own_address(self) -> str | None:
        """Where the model is asked, if that is not its provider's own service."""
        addresses = {
            "openai": self.openai_base_url,
            "anthropic": self.anthropic_base_url,
            "ollama": self.ollama_base_url,
        }
        return addresses.get(self.model.partition(":")[0])

    def of(self, model: str) -> "LlmSettings":
        """Another model by the same ways, which stands for itself."""
        return replace(self, model=model, fallback=None)


@dataclass(frozen=True)
class MailSettings:
    """The SMTP server; `host` None: none is configured.

    `security`: `auto` is TLS on port 465, else STARTTLS where the server offers it; `starttls`
    and `tls` insist; `none` never encrypts.
    """

    host: str | None
    port: int
    username: str | None
    password: str | None
    sender: str
    security: Literal["auto", "starttls", "tls", "none"] = "auto"


@dataclass(frozen=True)
class Recipient:
    channel: Channel
    address: str


@dataclass(frozen=True)
class News:
    """What one Run has to tell; `error_message` is there where `status` is `error`.

    `no_line_cited`: a model says so, and no line of the log stands behind it. `notice`: what is
    told in place of how the Run came out.
    """

    monitor: str
    target: str
    status: FinalStatus
    summary: str
    findings: tuple[Finding, ...]
    error_message: str | None
    run_url: str
    finished_at: datetime
    no_line_cited: bool = False
    notice: str | None = None


@dataclass(frozen=True)
class Message:
    """What is told: `text` is the whole mail, `short` fits an SMS, `subject` one line."""

    subject: str
    text: str
    short: str


@dataclass(frozen=True)
class Planned:
    """One row for the outbox; `reason` says why it is `skipped`, `recipient` may then be empty."""

    channel: Literal["email", "sms", "none"]
    recipient: str
    status: Literal["pending", "skipped"]
    reason: str | None = None


class DeliveryError(Exception):
    """A message did not go out; `permanent`: trying again cannot help."""

    def __init__(self, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.message = message
        self.permanent = permanent
