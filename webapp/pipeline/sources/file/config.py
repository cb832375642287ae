from pydantic import Field

from webapp.fields import Path, Strict


class FileConfig(Strict):
    path: Path = Field(
        title="Path",
        description="Absolute path of a file, or a pattern such as `/var/log/nginx/*.log`.",
        examples=["/var/log/syslog"],
        json_schema_extra={"offered": "files"},
    )
