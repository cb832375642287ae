"""How a view is declared: its address and its documentation, in one place."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, wraps
from hashlib import sha256
from typing import Any

from flask import Blueprint, Response, request
from pydantic import TypeAdapter

from webapp.fields import Strict
from webapp.schemas import validate
from webapp.schemas.base import Resource

blueprint = Blueprint("api", __name__, url_prefix="/api")


@dataclass(frozen=True)
class Text:
    """What is no JSON: sent as the view gives it, in one of these types, which the view names."""

    types: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """What a view gives; it is sent as the view's declaration says for its status."""

    value: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def kept(body: bytes, content_type: str, **headers: str) -> Answer:
    """What whoever has it may keep, but has to ask for each time: 304 where it is the same."""
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    told = {"Content-Type": content_type, "ETag": tag, "Cache-Control": "no-cache"}
    return Answer(body, headers=told | headers)


@dataclass(frozen=True)
class Operation:
    """One view as the OpenAPI document tells it; `answers` are schemas by status."""

    methods: tuple[str, ...]
    rule: str
    name: str
    summary: str
    answers: Mapping[int, Any]
    body: type[Resource] | None
    query: type[Strict]


View = Callable[..., Answer]
OPERATIONS: list[Operation] = []


def endpoint(
    methods: str,
    rule: str,
    summary: str,
    *,
    answers: Mapping[int, Any],
    body: type[Resource] | None = None,
    query: type[Strict] = Strict,
) -> Callable[[View], View]:
    """Serve `methods` of `rule` by a view, and document it.

    The query is validated before the view, which gets it as `query` where it declares one.
    The document says `body` is partial for PUT and PATCH, where what is named changes.
    """

    def declare(view: View) -> View:
        operation = Operation(
            tuple(methods.split()), rule, view.__name__, summary, answers, body, query
        )
        OPERATIONS.append(operation)
        blueprint.add_url_rule(
            rule,
            view_func=_served(view, operation),
            methods=operation.methods,
            merge_slashes=False,
            strict_slashes=False,
        )
        return view

    return declare


def _served(view: View, operation: Operation) -> Callable[..., Response]:
    @wraps(view)
    def served(**ids: int | str) -> Response:
        asked = validate(operation.query, _sent_query())
        query = {} if operation.query is Strict else {"query": asked}
        response = _response(view(**ids, **query), operation.answers)
        if "ETag" in response.headers:
            response.make_conditional(request)  # 304 to whoever has it already
        return response

    return served


def _sent_query() -> dict[str, Any]:
    """Each parameter once; one that is repeated is a list, which none of ours may be."""
    return {n: v[0] if len(v) == 1 else v for n, v in request.args.lists()}


def _response(answer: Answer, answers: Mapping[int, Any]) -> Response:
    schema = answers[answer.status]
    if schema is None:
        response = Response(status=answer.status, headers=answer.headers)
        response.headers.remove("Content-Type")
        return response
    if isinstance(schema, Text):
        return Response(answer.value, answer.status, answer.headers)
    adapter = _adapter(schema)
    value = adapter.validate_python(answer.value, from_attributes=True)
    body = adapter.dump_json(value) + b"\n"
    return Response(body, answer.status, answer.headers, mimetype="application/json")


@cache
def _adapter(schema: Any) -> TypeAdapter[Any]:
    return TypeAdapter(schema)
