from flask import current_app

from webapp import environment
from webapp.api.endpoint import Answer, endpoint
from webapp.api.sent import sent_json
from webapp.models import Monitor
from webapp.models.lookup import look_anew
from webapp.pipeline.checks import ask_model, models, send_test
from webapp.pipeline.confinement import confinement
from webapp.schemas import (
    MailTestIn,
    ModelAsked,
    ModelCheckOut,
    SendCheckOut,
    SettingsOut,
    SmsTestIn,
    validate,
)


@endpoint(
    "GET",
    "/settings",
    "Show what the environment sets, without secrets",
    answers={200: SettingsOut},
)
def show_settings() -> Answer:
    settings = current_app.extensions["settings"]
    named = Monitor.by_model()
    look_anew()  # no connection is held while servers are asked
    found = models(settings, named)
    told = {
        "models": found.used,
        "model_servers": found.servers,
        "mail_configured": settings.smtp_host is not None,
        "sms_configured": settings.sms_url is not None,
        "commands": confinement(settings),
        "variables": environment.told(settings),
    }
    return Answer(told)


@endpoint(
    "POST",
    "/settings/test-llm",
    "Have a model judge three lines, or say why it does not",
    query=ModelAsked,
    answers={200: ModelCheckOut},
)
def test_llm(query: ModelAsked) -> Answer:
    return Answer(ask_model(current_app.extensions["settings"], query.model))


@endpoint(
    "POST",
    "/settings/test-mail",
    "Send a test by e-mail, or say why that failed",
    body=MailTestIn,
    answers={200: SendCheckOut},
)
def test_mail() -> Answer:
    recipient = validate(MailTestIn, sent_json()).recipient
    return Answer(send_test("email", recipient, current_app.extensions["settings"]))


@endpoint(
    "POST",
    "/settings/test-sms",
    "Send a test by SMS, or say why that failed",
    body=SmsTestIn,
    answers={200: SendCheckOut},
)
def test_sms() -> Answer:
    recipient = validate(SmsTestIn, sent_json()).recipient
    return Answer(send_test("sms", recipient, current_app.extensions["settings"]))
