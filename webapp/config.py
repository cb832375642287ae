"""Every setting of the service; the only reader of the environment."""

import os
import tempfile
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from email.utils import parseaddr
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Literal, Self
from urllib.parse import quote

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, DotEnvSettingsSource, SettingsConfigDict
from sqlalchemy import URL

from webapp.addresses import (
    ENGINE_ADDRESS,
    SCRIPT_ADDRESS,
    WEB_ADDRESS,
    WEB_ADDRESS_OR_NONE,
    Network,
    database_address,
    host_names_in,
    is_redis_url,
    networks_in,
    passwords_in,
    paths_in,
    tokens_in,
)
from webapp.command_user import run_as
from webapp.kept_secret import kept_secret
from webapp.pipeline.redact import OwnPatterns, patterns_in
from webapp.pipeline.values import Bounds, LlmSettings, LogPaths, MailSettings
from webapp.schemas.monitor import MODEL, Budget, Dollars, Tokens
from webapp.sentences import known_pattern, sentence

NAMES = known_pattern(
    r"^[A-Za-z0-9_, ]*$", "This must be names of variables, with commas between them"
)
# The kernel takes 108 bytes for the path of a unix socket, the end mark included.
MAX_SOCKET_PATH = 100

SETTINGS_FILE = Path(".env")
NAMED_SECRETS = "LOG_SECRET_"

# How alike a name must be to be meant for ours. `.env` is ours alone; the environment is that of
# all programs, and has names such as AZURE_OPENAI_API_KEY.
ALIKE = 0.8
ALIKE_IN_ENVIRONMENT = 0.85


class BadSettings(Exception):
    """The environment cannot be used; the text says which variables and why."""


class Settings(BaseSettings):
    """One attribute a variable, read from the environment, else from the file that it names.

    An empty variable counts as unset. The descriptions stand in docs/configuration.md.
    """

    model_config = SettingsConfigDict(
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        # Of dicts alone: LOG_SECRET_A_B is the entry `a_b` of log_secret.
        env_nested_delimiter="_",
        env_nested_max_split=1,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    data_dir: Path = Field(Path("data"), description="Folder of all state.")
    host: str = Field("127.0.0.1", description="Address that the web server listens on.")
    port: int = Field(8000, ge=1, le=65535, description="Port that the web server listens on.")
    allowed_clients: str = Field(
        "",
        description="Addresses and networks that are served besides this machine, comma-separated.",
    )
    allowed_hosts: str = Field(
        "",
        description="Names besides `localhost` that the service may be asked by, comma-separated.",
    )
    base_url: str = Field(
        "",
        pattern=WEB_ADDRESS_OR_NONE,
        description="Address in links that notifications carry; default `http://HOST:PORT`.",
    )
    htmx_url: str = Field(
        "",
        pattern=SCRIPT_ADDRESS,
        description="Where pages load htmx from, such as `/static/htmx.min.js`; default: its CDN.",
    )
    secret_key: SecretStr | None = Field(
        None, description="Signs sessions and forms; default: made once and kept in `DATA_DIR`."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO",
        description="Least severity that is logged: `DEBUG`, `INFO`, `WARNING` or `ERROR`.",
    )
    log_format: Literal["text", "json"] = Field(
        "text", description="How an event is logged, always on one line: `text` or `json`."
    )

    database_url: str | None = Field(
        None,
        repr=False,
        description="Database, such as `postgresql://user:password@host/name`.",
    )
    database_path: Path | None = Field(
        None,
        description="SQLite file, if no `DATABASE_URL` is set; default `monitor.db` in `DATA_DIR`.",
    )
    redis_url: str | None = Field(
        None,
        repr=False,
        description="Redis or Valkey, such as `redis://host:6379/0`; default: an embedded Valkey.",
    )

    worker_processes: int = Field(2, ge=1, le=64, description="Worker processes on this machine.")
    worker_threads: int = Field(
        100, ge=1, le=1000, description="Runs that one worker process carries at once."
    )
    worker_max_jobs: int = Field(
        100_000, ge=1, description="Jobs after which a worker process makes room for a new one."
    )
    run_timeout_seconds: int = Field(
        300, ge=10, le=3600, description="Seconds that a whole Run may take."
    )
    max_command_workers: int = Field(
        4, ge=1, le=64, description="Inputs of one Run that are gathered at once."
    )
    command_timeout_seconds: int = Field(
        60, ge=1, le=3600, description="Seconds that one Input may take, unless it names its own."
    )
    command_memory_mb: int = Field(
        1024, ge=0, le=1 << 20, description="Memory that one command may use, in MB; 0: any."
    )
    command_max_processes: int = Field(
        256, ge=0, le=1_000_000, description="Processes that one command may be at once; 0: any."
    )
    command_cpu_seconds: int = Field(
        300, ge=0, le=86_400, description="CPU time that one command may use, in seconds; 0: any."
    )
    command_file_mb: int = Field(
        1024,
        ge=0,
        le=1 << 20,
        description="Size of a file that a command may write, in MB; 0: any.",
    )
    command_niceness: int = Field(
        5, ge=0, le=19, description="By how much a command's priority is lower than the service's."
    )
    command_user: str = Field(
        "",
        description="User that commands run as, if the service runs as root; default: its own.",
    )
    command_cgroup: str = Field(
        "",
        description="Folder of cgroups (v2) in which each command gets its own; default: none.",
    )
    command_env: str = Field(
        "",
        pattern=NAMES,
        description="Names of the service's own variables that commands get too, comma-separated.",
    )
    docker_host: str = Field(
        "unix:///var/run/docker.sock",
        pattern=ENGINE_ADDRESS,
        description="Docker engine that a Target means by `localhost`.",
    )
    log_secret: dict[str, SecretStr] = Field(
        {},
        description="Secrets that HTTP sources log in with: "
        "`LOG_SECRET_LOKI` is that named `LOKI`.",
    )
    log_paths: str = Field(
        "",
        description="Folders and files that may be read as logs, comma-separated; default: all "
        "that the service may read. Never `DATA_DIR`, `SETTINGS_FILE`, `/proc`, `/sys`, `/dev`.",
    )
    redact_patterns_file: Path | None = Field(
        None,
        description="File of patterns (RE2) of what is secret too, a line each: `name = pattern`.",
    )
    max_run_history_per_monitor: int = Field(
        200, ge=1, le=100_000, description="Runs that are kept of each Monitor."
    )

    llm_model: str = Field(
        "builtin",
        pattern=MODEL,
        description="`builtin`, or `openai:…`, `anthropic:…`, `ollama:…` with a model's name.",
    )
    llm_fallback: str | None = Field(
        None,
        pattern=MODEL,
        description="The model that judges where the one that was to is out; unset: the Run is an "
        "error.",
    )
    llm_timeout_seconds: int = Field(
        60, ge=1, le=3600, description="Seconds that one verdict of the LLM may take."
    )
    openai_api_key: SecretStr | None = Field(None, description="Key for `openai:` models.")
    openai_base_url: str | None = Field(
        None,
        pattern=WEB_ADDRESS,
        description="Address of any OpenAI-compatible server for `openai:` models.",
    )
    anthropic_api_key: SecretStr | None = Field(None, description="Key for `anthropic:` models.")
    anthropic_base_url: str | None = Field(
        None,
        pattern=WEB_ADDRESS,
        description="Address, without `/v1`, of any server of Anthropic's Messages API for "
        "`anthropic:` models; default: Anthropic's own.",
    )
    ollama_base_url: str = Field(
        "http://127.0.0.1:11434/v1",
        pattern=WEB_ADDRESS,
        description="Address of Ollama's OpenAI-compatible API.",
    )

    budget_tokens_per_day: Tokens | None = Field(
        None, description="Tokens that all models together may take in a day (UTC); unset: any."
    )
    budget_tokens_per_month: Tokens | None = Field(
        None, description="Tokens that all models together may take in a month; unset: any."
    )
    budget_usd_per_day: Dollars | None = Field(
        None, description="US dollars that all models with a known price may take in a day."
    )
    budget_usd_per_month: Dollars | None = Field(
        None, description="US dollars that all models with a known price may take in a month."
    )
    budget_policy: Literal["skip", "builtin", "model"] = Field(
        "skip",
        description="What a Run does whose call would pass it: `skip` (it is an error), `builtin` "
        "(the built-in reading judges) or `model` (`BUDGET_MODEL` does).",
    )
    budget_model: str | None = Field(
        None,
        pattern=MODEL,
        validate_default=True,
        description="The cheaper model, for `BUDGET_POLICY=model`.",
    )

    smtp_host: str | None = Field(None, description="SMTP server; unset: no e-mail is sent.")
    smtp_port: int = Field(587, ge=1, le=65535, description="Port of the SMTP server.")
    smtp_username: str | None = Field(None, description="User at the SMTP server.")
    smtp_password: SecretStr | None = Field(None, description="Password at the SMTP server.")
    smtp_from: str = Field(
        "AI Log Monitor <log-monitor@localhost>", description="Sender of e-mails."
    )
    smtp_security: Literal["auto", "starttls", "tls", "none"] = Field(
        "auto",
        description="`auto` (TLS on port 465, else STARTTLS where offered), "
        "`starttls`, `tls` or `none`.",
    )
    sms_url: SecretStr | None = Field(
        None, description="Apprise URL of an SMS service; recipients are added to it."
    )

    settings_file: Path = Field(
        SETTINGS_FILE, description="File of the variables that the environment does not set."
    )
    supervisor_pid: int | None = Field(
        None, description="Set by `make run` for the processes that it starts; not for you."
    )

    @field_validator("data_dir", "database_path", "redact_patterns_file")
    @classmethod
    def absolute(cls, path: Path | None) -> Path | None:
        return path and path.expanduser().absolute()

    @field_validator("command_user")
    @classmethod
    def names_a_user(cls, name: str, info: ValidationInfo) -> str:
        if name and "data_dir" in info.data:
            run_as(name, info.data["data_dir"])  # raises
        return name

    @field_validator("redact_patterns_file")
    @classmethod
    def holds_patterns(cls, path: Path | None) -> Path | None:
        if path:
            _patterns_of(path)  # raises
        return path

    @field_validator("command_cgroup")
    @classmethod
    def names_a_cgroup(cls, folder: str) -> str:
        if folder and not Path(folder, "cgroup.kill").exists():
            raise ValueError(
                "This must be a cgroup of version 2, with Linux 5.14 or later, such as "
                "/sys/fs/cgroup/log-monitor"
            )
        if folder and not os.access(folder, os.W_OK):
            raise ValueError(f"No cgroup can be made in {folder}: it is not delegated to this user")
        return folder

    @field_validator("budget_model")
    @classmethod
    def is_there_for_its_policy(cls, model: str | None, info: ValidationInfo) -> str | None:
        if info.data.get("budget_policy") == "model" and model in (None, "builtin"):
            raise ValueError("BUDGET_POLICY=model needs a model, such as openai:gpt-5-nano")
        return model

    @field_validator("allowed_clients")
    @classmethod
    def names_networks(cls, text: str) -> str:
        networks_in(text)  # raises
        return text

    @field_validator("allowed_hosts")
    @classmethod
    def names_hosts(cls, text: str) -> str:
        host_names_in(text)  # raises
        return text

    @field_validator("log_paths")
    @classmethod
    def names_paths(cls, text: str) -> str:
        paths_in(text)  # raises
        return text

    @field_validator("database_url")
    @classmethod
    def names_a_database(cls, url: str | None) -> str | None:
        if url:
            database_address(url)  # raises
        return url

    @field_validator("smtp_from")
    @classmethod
    def names_a_sender(cls, text: str) -> str:
        if "@" not in parseaddr(text)[1]:
            raise ValueError("This must be an e-mail address such as Monitor <monitor@example.com>")
        return text

    @field_validator("sms_url")
    @classmethod
    def names_a_service(cls, url: SecretStr | None) -> SecretStr | None:
        if url and "://" not in url.get_secret_value():
            raise ValueError("This must be an Apprise address such as twilio://SID:TOKEN@FROM")
        return url

    @field_validator("redis_url")
    @classmethod
    def names_a_queue(cls, url: str | None) -> str | None:
        if url and not is_redis_url(url):
            raise ValueError("This must be an address such as redis://host:6379/0")
        return url

    @cached_property
    def sqlalchemy_url(self) -> str:
        if self.database_url:
            url = database_address(self.database_url)
        else:
            url = URL.create("sqlite", database=str(self.database_path or self._default_database))
        return url.render_as_string(hide_password=False)

    @property
    def _default_database(self) -> Path:
        return self.data_dir / "monitor.db"

    @cached_property
    def valkey_socket(self) -> Path:
        """Where the embedded Valkey listens; beside the temporary files if DATA_DIR is too deep."""
        inside = self.data_dir / "valkey" / "valkey.sock"
        if len(os.fsencode(inside)) <= MAX_SOCKET_PATH:
            return inside
        name = sha256(os.fsencode(self.data_dir)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"ai-log-monitor-{os.getuid()}-{name}" / "valkey.sock"

    @property
    def embedded_valkey(self) -> bool:
        return self.redis_url is None

    @cached_property
    def queue_url(self) -> str:
        return self.redis_url or f"unix://{quote(str(self.valkey_socket))}"

    @cached_property
    def address(self) -> str:
        """Host and port, as a URL has them."""
        return f"{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    @cached_property
    def client_networks(self) -> tuple[Network, ...]:
        return networks_in(self.allowed_clients)

    @cached_property
    def host_names(self) -> frozenset[str]:
        return host_names_in(self.allowed_hosts)

    @cached_property
    def public_url(self) -> str:
        """The address in links, without a slash at its end."""
        return (self.base_url or f"http://{self.address}").rstrip("/")

    @cached_property
    def passed_env(self) -> Mapping[str, str]:
        """The variables that COMMAND_ENV names, where they are set."""
        names = self.command_env.replace(",", " ").split()
        return {name: os.environ[name] for name in names if name in os.environ}

    @cached_property
    def command_bounds(self) -> Bounds:
        return Bounds(
            memory_mb=self.command_memory_mb,
            processes=self.command_max_processes,
            cpu_seconds=self.command_cpu_seconds,
            file_mb=self.command_file_mb,
            niceness=self.command_niceness,
            cgroup=self.command_cgroup,
            user=run_as(self.command_user, self.data_dir) if self.command_user else None,
        )

    @cached_property
    def log_secrets(self) -> Mapping[str, str]:
        """By name, in capitals; without the line end of a file that one was copied from."""
        named = {name.upper(): _opened(secret) or "" for name, secret in self.log_secret.items()}
        return {name: secret.strip() for name, secret in named.items()}

    @cached_property
    def own_patterns(self) -> OwnPatterns:
        """What the operator counts as secret besides what has a known form."""
        path = self.redact_patterns_file
        return OwnPatterns(_patterns_of(path) if path else {})

    @cached_property
    def files_to_read(self) -> LogPaths:
        """What holds secrets of the service's own is never among them."""
        own = (self.data_dir, self.database_path, self.settings_file)
        return LogPaths(paths_in(self.log_paths), tuple(str(p.absolute()) for p in own if p))

    @cached_property
    def held_secrets(self) -> tuple[str, ...]:
        """Every secret that the service itself holds; none may ever be stored, sent or shown."""
        held = [value.get_secret_value() for _, value in self if isinstance(value, SecretStr)]
        queue_and_engine = (self.redis_url, self.docker_host)
        models = (self.openai_base_url, self.anthropic_base_url, self.ollama_base_url)
        urls = (self.database_url, *queue_and_engine, *models)
        passwords = [password for url in urls if url for password in passwords_in(url)]
        tokens = tokens_in(self.sms_url.get_secret_value()) if self.sms_url else ()
        return (*held, self.signing_key(), *passwords, *tokens, *self.log_secrets.values())

    def llm(self, model: str | None = None, *, local_only: bool = False) -> LlmSettings:
        """How `model` is reached; by default LLM_MODEL. `local_only`: it must run here."""
        return LlmSettings(
            model=model or self.llm_model,
            timeout_seconds=self.llm_timeout_seconds,
            openai_api_key=_opened(self.openai_api_key),
            openai_base_url=self.openai_base_url,
            anthropic_api_key=_opened(self.anthropic_api_key),
            anthropic_base_url=self.anthropic_base_url,
            ollama_base_url=self.ollama_base_url,
            local_only=local_only,
            fallback=self.llm_fallback,
        )

    @cached_property
    def budget(self) -> Budget:
        """The service's own: of all Monitors together, and of tries and tests."""
        return Budget(
            tokens_per_day=self.budget_tokens_per_day,
            tokens_per_month=self.budget_tokens_per_month,
            usd_per_day=self.budget_usd_per_day,
            usd_per_month=self.budget_usd_per_month,
            policy=self.budget_policy,
            cheaper_model=self.budget_model,
        )

    def mail(self) -> MailSettings:
        return MailSettings(
            host=self.smtp_host,
            port=self.smtp_port,
            username=self.smtp_username,
            password=_opened(self.smtp_password),
            sender=self.smtp_from,
            security=self.smtp_security,
        )

    def signing_key(self) -> str:
        """SECRET_KEY, or the one kept in DATA_DIR, made at the first call."""
        if self.secret_key:
            return self.secret_key.get_secret_value()
        return kept_secret(self.data_dir / "secret_key")

    @classmethod
    def misspelt(cls) -> dict[str, str]:
        """Variables that no setting knows, each with the one that was meant in all likelihood."""
        in_file = DotEnvSettingsSource(cls, env_file=_settings_file()).env_vars
        return _meant(in_file, ALIKE) | _meant(os.environ, ALIKE_IN_ENVIRONMENT)

    @classmethod
    def load(cls) -> Self:
        """Read the environment. Raises BadSettings, naming every bad variable."""
        try:
            return cls(_env_file=_settings_file())
        except ValidationError as error:
            raise BadSettings(
                "\n".join(f"{_variable(e['loc'])}: {sentence(e)}" for e in error.errors())
            ) from None


def _settings_file() -> Path:
    """Raises BadSettings where one is named that is not there."""
    named = os.environ.get("SETTINGS_FILE")
    if named and not Path(named).exists():
        raise BadSettings(f"SETTINGS_FILE: There is no file {named}.")
    return Path(named) if named else SETTINGS_FILE


def _meant(names: Iterable[str], alike: float) -> dict[str, str]:
    known = [name.upper() for name in Settings.model_fields]
    named = (name.upper() for name in names if not name.upper().startswith(NAMED_SECRETS))
    unknown = [name for name in named if name not in known]
    matches = {name: get_close_matches(name, known, 1, alike) for name in unknown}
    return {name: found[0] for name, found in matches.items() if found}


def _opened(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None


def _patterns_of(path: Path) -> dict[str, str]:
    """Raises ValueError with a sentence that tells what is wrong with the file."""
    try:
        return patterns_in(path.read_text("utf-8"))
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not text in UTF-8") from None


def _variable(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location).upper()
