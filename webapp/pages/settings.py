from typing import Any

from flask import Blueprint, current_app, render_template, request

from webapp import environment
from webapp.budgets import budget_uses
from webapp.caps import SERVICE
from webapp.clock import utc_now
from webapp.config import Settings
from webapp.forms import MailTestForm, SmsTestForm
from webapp.health import RECENT
from webapp.models import LlmUsage, Monitor, Run
from webapp.models.lookup import look_anew
from webapp.pages.authoring import GRACE_SECONDS
from webapp.pipeline.checks import Models, ask_model, models, offered_models, send_test
from webapp.pipeline.confinement import confinement
from webapp.pipeline.values import Channel
from webapp.schemas import Invalid, MailTestIn, ModelAsked, SmsTestIn, validate

blueprint = Blueprint("settings", __name__, url_prefix="/settings")


@blueprint.get("")
def show() -> str:
    return _page()


@blueprint.get("/models")
def models_served() -> str:
    """Who judges, once their servers were asked, which may take some seconds."""
    return _answer("_models", found=_models())


@blueprint.get("/models-offered")
def models_offered() -> str:
    return render_template("settings/_models-offered.html", offered=offered_models(_settings()))


@blueprint.post("/test-llm")
def test_llm() -> str:
    """Asks the model that the pressed button names, by default LLM_MODEL."""
    asked = validate(ModelAsked, {"model": request.form.get("model") or None})
    return _answer("_test-llm", model_check=ask_model(_settings(), asked.model))


@blueprint.post("/test-mail")
def test_mail() -> str | tuple[str, int]:
    return _sent("mail", "email", MailTestForm(), MailTestIn)


@blueprint.post("/test-sms")
def test_sms() -> str | tuple[str, int]:
    return _sent("sms", "sms", SmsTestForm(), SmsTestIn)


def _sent(
    name: str,
    channel: Channel,
    form: MailTestForm | SmsTestForm,
    schema: type[MailTestIn | SmsTestIn],
) -> str | tuple[str, int]:
    """What became of a message to whom the form names, in the fragment of this name."""
    told: dict[str, Any] = {f"{name}_form": form}
    try:
        recipient = validate(schema, form.to_payload()).recipient
    except Invalid as invalid:
        form.show(invalid)
        return _answer(f"_test-{name}", **told), 422
    return _answer(f"_test-{name}", **told, **{name: send_test(channel, recipient, _settings())})


def _answer(fragment: str, **told: Any) -> str:
    """The fragment for htmx, else the page around it."""
    if "HX-Request" in request.headers:
        return render_template(
            f"settings/{fragment}.html", patience_seconds=_patience_seconds(), **told
        )
    return _page(**told)


def _page(**told: Any) -> str:
    settings = _settings()
    told.setdefault("found", _models(remembered=True))
    since = utc_now() - RECENT
    last_failures = (Run.last_llm_failure(used.model, since) for used in told["found"].used)
    return render_template(
        "settings/show.html",
        settings=settings,
        patience_seconds=_patience_seconds(),
        failed_runs=[run for run in last_failures if run],
        spent=LlmUsage.since(utc_now().date().replace(day=1)),
        budgets=budget_uses(settings.budget, utc_now().date(), SERVICE),
        confinement=confinement(settings),
        variables=environment.by_part(settings),
        **{"mail_form": MailTestForm(), "sms_form": SmsTestForm()} | told,
    )


def _models(*, remembered: bool = False) -> Models:
    named = Monitor.by_model()
    look_anew()  # no connection is held while servers are asked
    return models(_settings(), named, remembered=remembered)


def _patience_seconds() -> float:
    return _settings().llm_timeout_seconds + GRACE_SECONDS


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
