import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from webapp.config import BadSettings, Settings
from webapp.pipeline.values import LlmSettings, MailSettings

ROOT = Path(__file__).parent.parent
PRINT_KEY = "from webapp.config import Settings; print(Settings.load().signing_key())"


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable of ours, and a working directory without a `.env`."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def test_every_variable_has_its_default(tmp_path: Path) -> None:
    settings = Settings.load()

    assert settings.model_dump() == {
        "data_dir": tmp_path / "data",
        "host": "127.0.0.1",
        "port": 8000,
        "allowed_clients": "",
        "allowed_hosts": "",
        "base_url": "",
        "htmx_url": "",
        "secret_key": None,
        "log_level": "INFO",
        "log_format": "text",
        "database_url": None,
        "database_path": None,
        "redis_url": None,
        "worker_processes": 2,
        "worker_threads": 100,
        "worker_max_jobs": 100_000,
        "run_timeout_seconds": 300,
        "max_command_workers": 4,
        "command_timeout_seconds": 60,
        "command_memory_mb": 1024,
        "command_max_processes": 256,
        "command_cpu_seconds": 300,
        "command_file_mb": 1024,
        "command_niceness": 5,
        "command_user": "",
        "command_cgroup": "",
        "command_env": "",
        "docker_host": "unix:///var/run/docker.sock",
        "log_secret": {},
        "log_paths": "",
        "redact_patterns_file": None,
        "max_run_history_per_monitor": 200,
        "llm_model": "builtin",
        "llm_fallback": None,
        "llm_timeout_seconds": 60,
        "openai_api_key": None,
        "openai_base_url": None,
        "anthropic_api_key": None,
        "anthropic_base_url": None,
        "ollama_base_url": "http://127.0.0.1:11434/v1",
        "budget_tokens_per_day": None,
        "budget_tokens_per_month": None,
        "budget_usd_per_day": None,
        "budget_usd_per_month": None,
        "budget_policy": "skip",
        "budget_model": None,
        "smtp_host": None,
        "smtp_port": 587,
        "smtp_username": None,
        "smtp_password": None,
        "smtp_from": "AI Log Monitor <log-monitor@localhost>",
        "smtp_security": "auto",
        "sms_url": None,
        "settings_file": Path(".env"),
        "supervisor_pid": None,
    }


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PORT", "eight"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("ALLOWED_CLIENTS", "everybody"),
        ("ALLOWED_CLIENTS", "10.1.2.3/8"),
        ("ALLOWED_CLIENTS", "10.1.2.3 10.1.2.4"),
        ("ALLOWED_CLIENTS", "10.1.2.*"),
        ("ALLOWED_HOSTS", "*"),
        ("ALLOWED_HOSTS", "web:8000"),
        ("ALLOWED_HOSTS", "http://web"),
        ("ALLOWED_HOSTS", ".example.com"),
        ("BASE_URL", "monitor.example.com"),
        ("HTMX_URL", "htmx.min.js"),
        ("HTMX_URL", "//mirror.example.com/htmx.min.js"),
        ("HTMX_URL", "https://mirror.example.com"),
        ("HTMX_URL", "https://user:password@mirror.example.com/htmx.min.js"),
        ("HTMX_URL", "https://mirror.example.com/htmx.min.js; script-src *"),
        ("HTMX_URL", "https://mirror.example.com/htmx.min.js?version=4"),
        ("HTMX_URL", "javascript:alert(1)"),
        ("LOG_LEVEL", "LOUD"),
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "mysql://user@host/name"),
        ("DATABASE_URL", "postgresql://user@host:port/name"),
        ("REDIS_URL", "host:6379"),
        ("REDIS_URL", "redis://host:port"),
        ("REDIS_URL", "redis://host:6379/zero"),
        ("WORKER_PROCESSES", "0"),
        ("WORKER_THREADS", "many"),
        ("RUN_TIMEOUT_SECONDS", "9"),
        ("MAX_COMMAND_WORKERS", "0"),
        ("COMMAND_TIMEOUT_SECONDS", "3601"),
        ("COMMAND_ENV", "HOME;PATH"),
        ("LOG_PATHS", "/var/log, logs"),
        ("REDACT_PATTERNS_FILE", "/nowhere/patterns"),
        ("MAX_RUN_HISTORY_PER_MONITOR", "0"),
        ("LLM_MODEL", "gpt-5"),
        ("LLM_TIMEOUT_SECONDS", "0"),
        ("OPENAI_BASE_URL", "localhost:8080"),
        ("ANTHROPIC_BASE_URL", "localhost:8080"),
        ("OLLAMA_BASE_URL", "localhost:11434"),
        ("SMTP_PORT", "smtp"),
        ("SMTP_SECURITY", "ssl"),
    ],
)
def test_a_bad_value_is_refused_in_a_sentence_that_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)

    with pytest.raises(BadSettings) as refusal:
        Settings.load()

    (sentence,) = str(refusal.value).splitlines()
    assert sentence.startswith(f"{variable}: ")
    assert sentence.endswith(".")


def test_all_bad_values_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "eight")
    monkeypatch.setenv("SMTP_SECURITY", "ssl")

    with pytest.raises(BadSettings) as refusal:
        Settings.load()

    assert [line.split(":")[0] for line in str(refusal.value).splitlines()] == [
        "PORT",
        "SMTP_SECURITY",
    ]


def test_a_refusal_does_not_show_the_value_which_may_be_a_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://user:hunter22222@host:port/name")
    monkeypatch.setenv("REDIS_URL", "redis://:hunter22222@host:port")

    with pytest.raises(BadSettings) as refusal:
        Settings.load()

    assert "hunter22222" not in str(refusal.value)


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    unset = Settings.load()
    for name in Settings.model_fields:
        monkeypatch.setenv(name.upper(), "")

    settings = Settings.load()

    assert settings == unset


def test_a_dotenv_file_is_read_and_the_environment_wins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("PORT=8001\nSMTP_HOST=mail.example.com\nUNKNOWN=1\n")
    monkeypatch.setenv("PORT", "8002")

    settings = Settings.load()

    assert (settings.port, settings.smtp_host) == (8002, "mail.example.com")


def test_another_file_may_be_named_in_the_place_of_dotenv(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("PORT=8001\n")
    (tmp_path / "other").write_text("SMTP_HOST=mail.example.com\n")
    monkeypatch.setenv("SETTINGS_FILE", "other")
    named = Settings.load()
    monkeypatch.setenv("SETTINGS_FILE", "missing")

    with pytest.raises(BadSettings, match="SETTINGS_FILE: There is no file missing"):
        Settings.load()

    assert (named.port, named.smtp_host) == (8000, "mail.example.com")


def test_a_misspelt_variable_is_known_by_the_one_that_was_meant(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("SMTP_USER=ops\nPOSTGRES_PASSWORD=x\nLLM_MODEL=builtin\n")
    monkeypatch.setenv("LOG_FROMAT", "json")
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "of somebody else")

    assert Settings.misspelt() == {"SMTP_USER": "SMTP_USERNAME", "LOG_FROMAT": "LOG_FORMAT"}


def test_two_processes_that_start_at_once_have_one_secret_key(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PRINT_KEY]
    environment = os.environ | {"DATA_DIR": str(tmp_path / "data"), "PYTHONPATH": str(ROOT)}

    both = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    keys = [process.communicate(timeout=60)[0].strip() for process in both]

    (kept,) = (tmp_path / "data").iterdir()
    assert keys == [kept.read_text(), kept.read_text()]
    assert len(keys[0]) == 64
    assert (kept.name, stat.S_IMODE(kept.stat().st_mode)) == ("secret_key", 0o600)
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700


def test_a_secret_key_that_is_set_is_not_kept(tmp_path: Path) -> None:
    settings = Settings(secret_key="a key of my own", data_dir=tmp_path)

    key = settings.signing_key()

    assert key == "a key of my own"
    assert list(tmp_path.iterdir()) == []


def test_every_secret_that_the_service_holds_is_known_as_one() -> None:
    settings = Settings(
        secret_key="the signing key",
        openai_api_key="the openai key",
        anthropic_api_key="the anthropic key",
        smtp_password="the smtp password",
        sms_url="sms://the-sms-token@provider",
        database_url="postgresql://user:database%2Fpassword@host/name",
        redis_url="redis://:redis%40password@host:6379/0",
        openai_base_url="https://user:openai-proxy@host/v1",
        anthropic_base_url="https://user:anthropic-proxy@host",
        ollama_base_url="https://user:ollama-proxy@host/v1",
    )

    assert set(settings.held_secrets) >= {
        "the signing key",
        "the openai key",
        "the anthropic key",
        "the smtp password",
        "sms://the-sms-token@provider",
        "database/password",
        "database%2Fpassword",
        "redis@password",
        "redis%40password",
        "openai-proxy",
        "anthropic-proxy",
        "ollama-proxy",
    }


def test_named_secrets_come_from_the_environment_and_the_file_and_are_held(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("LOG_SECRET_ELASTIC=from the file\n")
    monkeypatch.setenv("LOG_SECRET_LOKI_KEY", "the loki key\n")

    settings = Settings.load()

    assert settings.log_secrets == {"ELASTIC": "from the file", "LOKI_KEY": "the loki key"}
    assert {"from the file", "the loki key"} <= set(settings.held_secrets)
    assert Settings.misspelt() == {}


@pytest.mark.parametrize(
    ("variable", "url"),
    [
        ("DATABASE_URL", "postgresql://host/name?user=ops&password=in-the-query"),
        ("REDIS_URL", "redis://host:6379/0?password=in-the-query"),
    ],
)
def test_a_password_in_the_query_of_an_address_is_held_as_a_secret(
    monkeypatch: pytest.MonkeyPatch, variable: str, url: str
) -> None:
    monkeypatch.setenv(variable, url)

    settings = Settings.load()

    assert "in-the-query" in settings.held_secrets


def test_the_key_that_was_made_is_held_as_a_secret() -> None:
    settings = Settings.load()

    assert settings.held_secrets == (settings.signing_key(),)


def test_no_secret_is_in_what_the_settings_show_of_themselves() -> None:
    secrets: dict[str, Any] = {
        name: f"secret-{name}"
        for name in ("secret_key", "openai_api_key", "anthropic_api_key", "smtp_password")
    }

    addresses = {
        "database_url": "postgresql://user:secret-in-address@host/name",
        "redis_url": "redis://:secret-in-address@host:6379/0",
    }

    shown = repr(Settings(**secrets, **addresses))

    assert "secret-" not in shown


def test_commands_get_only_the_variables_that_command_env_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KUBECONFIG", "/etc/kube")
    monkeypatch.setenv("SSH_AUTH_SOCK", "/run/agent")
    monkeypatch.setenv("OPENAI_API_KEY", "the openai key")
    monkeypatch.setenv("COMMAND_ENV", "KUBECONFIG, SSH_AUTH_SOCK NOT_SET_ANYWHERE")

    settings = Settings.load()

    assert settings.passed_env == {"KUBECONFIG": "/etc/kube", "SSH_AUTH_SOCK": "/run/agent"}


def test_commands_get_no_variable_where_none_is_named() -> None:
    assert Settings.load().passed_env == {}


def test_links_lead_to_base_url_or_else_to_where_the_server_listens() -> None:
    assert Settings(host="127.0.0.1", port=8001).public_url == "http://127.0.0.1:8001"
    assert Settings(host="::1", port=8001).public_url == "http://[::1]:8001"
    assert Settings(base_url="https://logs.example.com/").public_url == "https://logs.example.com"


def test_stages_get_their_settings_as_values() -> None:
    settings = Settings(
        llm_model="openai:small",
        openai_api_key="the openai key",
        openai_base_url="http://127.0.0.1:8080/v1",
        anthropic_base_url="http://127.0.0.1:4000",
        llm_timeout_seconds=7,
        smtp_host="mail.example.com",
        smtp_port=465,
        smtp_username="ops",
        smtp_password="the smtp password",
        smtp_from="monitor@example.com",
        smtp_security="tls",
    )

    assert settings.llm() == LlmSettings(
        model="openai:small",
        timeout_seconds=7,
        openai_api_key="the openai key",
        openai_base_url="http://127.0.0.1:8080/v1",
        anthropic_base_url="http://127.0.0.1:4000",
        ollama_base_url="http://127.0.0.1:11434/v1",
    )
    assert settings.llm("ollama:tiny").model == "ollama:tiny"
    assert settings.mail() == MailSettings(
        host="mail.example.com",
        port=465,
        username="ops",
        password="the smtp password",
        sender="monitor@example.com",
        security="tls",
    )
