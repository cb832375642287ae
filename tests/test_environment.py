"""What is shown of the settings, and what never is."""

import pytest

from webapp.config import Settings
from webapp.environment import PARTS, by_part, shown_address, told


def test_every_variable_is_told_once_within_its_part(settings: Settings) -> None:
    variables = told(settings)

    assert [one.name for one in variables] == [name.upper() for name in Settings.model_fields]
    assert list(by_part(settings)) == list(PARTS.values())


def test_a_variable_says_whether_it_is_set_and_what_holds(settings: Settings) -> None:
    changed = settings.model_copy(update={"smtp_host": "mail.example.com"})

    variables = {one.name: one for one in told(changed)}

    host, port = variables["SMTP_HOST"], variables["SMTP_PORT"]
    assert (host.is_set, host.value, host.part) == (True, "mail.example.com", "Mail and SMS")
    assert (port.is_set, port.value) == (False, "587")


def test_of_a_secret_only_whether_it_is_set_is_told(settings: Settings) -> None:
    held = Settings(_env_file=None, data_dir=settings.data_dir, openai_api_key="sk-hunter22222")

    variables = {one.name: one for one in told(held)}

    given, missing = variables["OPENAI_API_KEY"], variables["ANTHROPIC_API_KEY"]
    assert (given.secret, given.is_set, given.value) == (True, True, None)
    assert (missing.secret, missing.is_set, missing.value) == (True, False, None)


def test_named_secrets_are_told_by_their_names_alone(settings: Settings) -> None:
    named = {"loki": "hunter22222", "es_key": "hunter33333"}
    held = Settings(_env_file=None, data_dir=settings.data_dir, log_secret=named)

    told_of = [one for one in told(held) if one.name.startswith("LOG_SECRET")]

    assert [(one.name, one.secret, one.is_set, one.value) for one in told_of] == [
        ("LOG_SECRET_ES_KEY", True, True, None),
        ("LOG_SECRET_LOKI", True, True, None),
    ]
    assert "hunter" not in str(told(held))


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://monitor:hunter2@db:5432/monitor", "postgresql://•••@db:5432/monitor"),
        ("postgresql://monitor:hun/ter@2?#@db/monitor", "postgresql://•••@db/monitor"),
        ("postgresql://db/monitor?password=hunter2", "postgresql://db/monitor?•••"),
        ("redis://:hunter2@10.0.0.5:6379/0", "redis://•••@10.0.0.5:6379/0"),
        ("https://hunter2@llm.example.com/v1", "https://•••@llm.example.com/v1"),
        ("https://llm.example.com/v1#hunter2", "https://llm.example.com/v1#•••"),
        ("http://127.0.0.1:11434/v1", "http://127.0.0.1:11434/v1"),
        ("unix:///var/run/docker.sock", "unix:///var/run/docker.sock"),
        ("AI Log Monitor <log-monitor@localhost>", "AI Log Monitor <log-monitor@localhost>"),
    ],
)
def test_an_address_is_shown_without_what_may_be_secret(address: str, shown: str) -> None:
    assert shown_address(address) == shown
