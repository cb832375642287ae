"""How a source logs in, by the name of a secret that only the service knows."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass

from webapp.pipeline.sources.http.client import HttpTrouble

_NAME = r"(?P<secret>[A-Za-z0-9_]+)"
_FORMS = (
    re.compile(rf"(?P<kind>bearer) +{_NAME}"),
    re.compile(rf"(?P<kind>basic) +(?P<given>[^\s:]+) +{_NAME}"),
    re.compile(rf"(?P<kind>header) +(?P<given>[A-Za-z0-9_-]+):? +{_NAME}"),
)


@dataclass(frozen=True)
class Login:
    """`kind`: bearer, basic, with the user `given`, or header, of the name `given`.

    `secret` is the name of one.
    """

    kind: str
    given: str
    secret: str

    def headers(self, secrets: Mapping[str, str]) -> dict[str, str]:
        """Raises HttpTrouble where the service has no such secret."""
        secret = secrets.get(self.secret)
        if secret is None:
            raise HttpTrouble(
                f"there is no secret {self.secret}: set LOG_SECRET_{self.secret} for the workers"
            )
        if self.kind == "header":
            return {self.given: secret}
        if self.kind == "bearer":
            return {"Authorization": f"Bearer {secret}"}
        pair = base64.b64encode(f"{self.given}:{secret}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}


def login_of(text: str) -> Login:
    """Raises ValueError for what is no login."""
    found = next((match for form in _FORMS if (match := form.fullmatch(text.strip()))), None)
    if not found:
        raise ValueError(
            "This must be bearer NAME, basic USER NAME or header HEADER NAME, "
            "where NAME is that of a secret, such as LOKI for LOG_SECRET_LOKI."
        )
    parts = found.groupdict()
    return Login(parts["kind"], parts.get("given") or "", parts["secret"].upper())
