"""The settings as they may be shown, and what trying one out takes and gives."""

from pydantic import EmailStr, Field

from webapp.fields import Strict
from webapp.schemas.base import Out, Resource
from webapp.schemas.monitor import Model, Phone


class VariableOut(Out):
    name: str
    part: str = Field(description="What it is about.")
    value: str | None = Field(description="What holds, set or not; of a secret null.")
    is_set: bool
    secret: bool
    description: str


class ModelInUseOut(Out):
    model: str
    monitors: int = Field(description="How many Monitors it judges.")
    problem: str | None = Field(
        description="What it lacks to be asked, or that it is not served; as a sentence."
    )
    is_fallback: bool = Field(description="It judges where another is out.")
    context_tokens: int | None = Field(
        description="What it reads at once, its answer included; null: its server did not tell."
    )


class ModelServerOut(Out):
    provider: str = Field(description="What the names of its models begin with.")
    server: str = Field(description="Host and port.")
    models: list[str] = Field(description="As a Monitor may name them.")
    problem: str | None = Field(description="Why they are not known, as a sentence.")


class ConfinementOut(Out):
    """What holds a command on the machine of this web server."""

    run_as: str = Field(description="A user.")
    limits: dict[str, str] = Field(description="By what they bound.")
    not_enforced: list[str] = Field(description="What nothing here holds it to, in sentences.")


class SettingsOut(Out):
    models: list[ModelInUseOut] = Field(
        description="`LLM_MODEL`, `LLM_FALLBACK` if it is set, then those that Monitors name."
    )
    model_servers: list[ModelServerOut] = Field(
        description="Those of the models in use, and others that are set up and answer."
    )
    mail_configured: bool
    sms_configured: bool
    commands: ConfinementOut
    variables: list[VariableOut]


class ModelAsked(Strict):
    model: Model | None = Field(None, description="Which model; default: `LLM_MODEL`.")


class ModelCheckOut(Out):
    """What the model made of three lines that tell of a backup that failed."""

    model: str
    ok: bool = Field(description="It gave a verdict, whichever.")
    duration_ms: int
    status: str | None
    summary: str | None
    input_tokens: int | None
    output_tokens: int | None
    cost_usd: float | None
    error: str | None = Field(description="Why there is no verdict, as a sentence.")


class MailTestIn(Resource):
    recipient: EmailStr = Field(description="Whom to send it to.", examples=["ops@example.com"])


class SmsTestIn(Resource):
    recipient: Phone = Field(description="Whom to send it to.", examples=["+15551234567"])


class SendCheckOut(Out):
    """Whether the server took a test message."""

    recipient: str
    ok: bool
    duration_ms: int
    error: str | None = Field(description="Why not, as a sentence: the server's own, if it spoke.")
