from typing import Any, Self

from wtforms import RadioField, StringField

from webapp.forms.base import SchemaForm, or_none, typed
from webapp.models import Target

TYPES = {"local": "This machine", "docker_host": "Docker engine"}


def kind_of(target: Target) -> str:
    return TYPES[target.type].lower()


class TargetForm(SchemaForm):
    name = StringField("Name", description="What people call it. For example: trade-bot-host-1")
    type = RadioField(
        "Type",
        choices=TYPES,
        default="local",
        description="How commands and logs are reached. For example: This machine",
    )
    host = StringField(
        "Docker host",
        description="localhost for this machine's engine, a host name (port 2375), "
        "unix:///path or tcp://host:port; only for a Docker engine. For example: tcp://10.0.0.5:2375",
        render_kw={"placeholder": "localhost"},
    )

    @classmethod
    def of(cls, target: Target) -> Self:
        host = target.connection_config.get("host")
        return cls(name=target.name, type=target.type, host=host)

    def to_payload(self) -> dict[str, Any]:
        is_docker = self.type.data == "docker_host"
        config = {"host": or_none(self.host) or "localhost"} if is_docker else {}
        return {"name": typed(self.name), "type": self.type.data, "connection_config": config}
