import json
import re
from typing import Annotated, Any, Literal
from urllib.parse import parse_qs, urlsplit

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from webapp.fields import CleanText, Path, Strict, Whole
from webapp.pipeline.redact import redact
from webapp.pipeline.sources.http.login import Login, login_of

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|[0-9A-Fa-f:.]+")
_HEADER = re.compile(r"(?P<name>[A-Za-z0-9!#$%&'*+.^_`|~-]+):[ \t]*(?P<value>[\x20-\x7e]*)")
_LOGIN_HEADERS = {"authorization", "proxy-authorization", "cookie", "x-api-key"}
_NAMED = "Keep it as a named secret (LOG_SECRET_…) and name that in Login."


def _web_address(url: str) -> str:
    """An address without any secret: everybody may see it, and every error names it."""
    if not _is_web_address(url):
        raise ValueError("This must be an address such as https://logs.example.com/today.log.")
    if "@" in urlsplit(url).netloc:
        raise ValueError(f"An address must not hold a user or a password. {_NAMED}")
    if redact(url).text != url:
        raise ValueError(f"This address looks as if it held a secret. {_NAMED}")
    return url


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and parts.port != 0
    except ValueError:
        return False
    return known and bool(_HOST.fullmatch(parts.hostname or ""))


def _header(line: str) -> str:
    found = _HEADER.fullmatch(line)
    if not found:
        raise ValueError("This must be a header such as X-Scope-OrgID: team-a.")
    if found["name"].lower() in _LOGIN_HEADERS or redact(line).text != line:
        raise ValueError(f"This header looks as if it held a secret. {_NAMED}")
    return line


def _login(text: str) -> str:
    login_of(text)  # raises
    return text


Line = Annotated[CleanText, Field(min_length=1, max_length=1000)]
FieldPath = Annotated[CleanText, Field(max_length=200)]


class HttpConfig(Strict):
    url: Annotated[Line, Field(max_length=4000), AfterValidator(_web_address)] = Field(
        title="Address",
        description="Where it is read. {since} and {until} become the time range, in RFC 3339; "
        "{since_s}, {since_ms} and {since_ns} count since 1970.",
        examples=["http://loki:3100/loki/api/v1/query_range"],
    )
    format: Literal["text", "json_lines", "json", "loki", "elasticsearch"] = Field(
        "text",
        title="Answer",
        description="What the server answers with.",
        examples=["loki"],
        json_schema_extra={
            "called": {
                "text": "Text",
                "json_lines": "JSON, one object a line",
                "json": "JSON with a list",
                "loki": "Loki query_range",
                "elasticsearch": "Elasticsearch or OpenSearch _search",
            }
        },
    )
    query: Annotated[CleanText, Field(max_length=20_000)] | None = Field(
        None,
        validate_default=True,
        title="Query",
        description="For Loki in LogQL; for Elasticsearch as JSON, empty for all; else it is sent "
        "as the body, by POST.",
        examples=['{app="shop"} |= "error"'],
        json_schema_extra={"lines": True},
    )
    auth: Annotated[Line, AfterValidator(_login)] | None = Field(
        None,
        title="Login",
        description="By the name of a secret: `bearer NAME`, `basic USER NAME`, or "
        "`header HEADER NAME`.",
        examples=["bearer LOKI"],
    )
    headers: list[Annotated[Line, AfterValidator(_header)]] = Field(
        default_factory=list,
        max_length=20,
        title="More headers",
        description="One a line, without secrets.",
        examples=["X-Scope-OrgID: team-a"],
    )
    ca_file: Path | None = Field(
        None,
        title="CA file",
        description="Certificates to trust instead of the system's.",
        examples=["/etc/ssl/our-ca.pem"],
    )
    list_at: FieldPath = Field(
        "",
        title="Field of the list",
        description="Of JSON: where its list lies; empty where the answer is the list.",
        examples=["data.items"],
    )
    time_at: FieldPath = Field(
        "",
        title="Field of the time",
        description="In each entry. Of Elasticsearch, empty is @timestamp. With it, what was read "
        "before is told from what is new.",
        examples=["@timestamp"],
    )
    message_at: FieldPath = Field(
        "",
        title="Field of the text",
        description="In each entry. Of Elasticsearch, empty is message; else the whole entry.",
        examples=["message"],
    )
    shown: list[FieldPath] = Field(
        default_factory=list,
        max_length=10,
        title="Shown before the text",
        description="Fields of each entry, or labels of Loki, one a line.",
        examples=["level"],
    )
    tail: Annotated[int, Whole(1, 100_000)] = Field(
        2000,
        title="Lines from the end",
        description="At most so many lines are read.",
        examples=[500],
    )
    since_seconds: Annotated[int, Whole(1, 2_678_400)] = Field(
        3600,
        title="Seconds back",
        description="How far the time range reaches back, and further to where the last Run ended.",
        examples=[300],
    )

    @field_validator("shown")
    @classmethod
    def _no_blank(cls, names: list[str]) -> list[str]:
        return [name.strip() for name in names if name.strip()]

    @field_validator("query")
    @classmethod
    def _of_its_format(cls, query: str | None, info: ValidationInfo) -> str | None:
        in_address = parse_qs(urlsplit(info.data.get("url", "")).query)
        format_ = info.data.get("format")
        if format_ == "loki" and not (query or "query" in in_address):
            raise ValueError('Loki is asked in LogQL, such as {app="shop"}.')
        if format_ == "elasticsearch":
            search_of(query)  # raises
            if in_address.keys() & {"q", "source"}:
                raise ValueError("The query must stand here as JSON, not as q= in the address.")
        return query

    @property
    def tells_times(self) -> bool:
        """Whether its entries can be told apart by their time."""
        return self.format in ("loki", "elasticsearch") or (
            self.format != "text" and self.time_at != ""
        )

    @property
    def asks_for_range(self) -> bool:
        """Whether it says from when on it wants to read."""
        return "{since" in f"{self.url} {self.query}" or self.format in ("loki", "elasticsearch")

    @property
    def login(self) -> Login | None:
        return login_of(self.auth) if self.auth else None

    @property
    def plain_headers(self) -> dict[str, str]:
        found = (_HEADER.fullmatch(line) for line in self.headers)
        return {one["name"]: one["value"] for one in found if one}


def search_of(query: str | None) -> dict[str, Any]:
    """The query of Elasticsearch, by itself or as in the body of a search. Raises ValueError."""
    try:
        asked = json.loads(query or '{"match_all": {}}')
    except (ValueError, RecursionError):
        asked = None
    found = asked.get("query", asked) if isinstance(asked, dict) else None
    if not isinstance(found, dict):
        raise ValueError('This must be a query as JSON, such as {"match": {"level": "error"}}.')
    return found
