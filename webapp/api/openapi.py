"""The OpenAPI document, made from the schemas that validate and the views' declarations."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from webapp.api.endpoint import OPERATIONS, Answer, Operation, Text, blueprint, endpoint
from webapp.fields import MAX_ID, Strict
from webapp.schemas import Problem
from webapp.schemas.monitor import MAX_TAG_CHARS, TAG_PATTERN

VERSION = "1.0.0"
REF = "#/components/schemas/{model}"
MEANINGS = {
    200: "As asked for.",
    201: "Created.",
    202: "Queued, or still under way.",
    204: "Deleted.",
    304: "Not changed since the ETag that was sent.",
    400: "The body is not JSON.",
    403: "Asked from elsewhere than this machine, or by a page of another site.",
    404: "There is no such thing.",
    409: "It is in use, or was changed by somebody else at the same time.",
    413: "The body is too large.",
    415: "The body is not declared as JSON.",
    422: "Fields or parameters are not valid; each of them is named.",
    503: "The database does not answer, a part of the service fails, or too much is under way.",
}
ID = {"type": "integer", "minimum": 1, "maximum": MAX_ID}
TEXT = {"type": "string"}
TAG = {"type": "string", "pattern": TAG_PATTERN, "maxLength": MAX_TAG_CHARS}
LOCATION = {"Location": {"description": "Its address.", "schema": TEXT}}
LINK = {"Link": {"description": "The next page, where there is more.", "schema": TEXT}}

JSON = ("application/json",)
# What a path may name, by its converter.
PATH_SCHEMAS = {"id": ID, "tag": TAG}

Json = dict[str, Any]


@endpoint("GET", "/openapi.json", "Show this document", answers={200: dict[str, Any]})
def show_openapi() -> Answer:
    return Answer(document())


@cache
def document() -> Json:
    """All views that are declared by now."""
    answers, bodies, components = _schemas()
    paths: Json = {}
    for operation in OPERATIONS:
        for method in operation.methods:
            told = _operation(operation, method, answers, bodies)
            paths.setdefault(_path(operation), {})[method.lower()] = told
    return {
        "openapi": "3.1.0",
        "info": {"title": "AI Log Monitor", "version": VERSION},
        "paths": paths,
        "components": {"schemas": components},
    }


def _operation(
    operation: Operation, method: str, answers: dict[Any, Json], bodies: dict[Any, Json]
) -> Json:
    told: Json = {
        "operationId": _id(operation, method),
        "summary": operation.summary,
        "tags": [_tag(operation)],
        "parameters": [*_ids(operation), *_query(operation.query)],
        "responses": dict(_responses(operation, method, answers)),
    }
    if operation.body:
        schema = bodies[operation.body, method in ("PUT", "PATCH")]
        told["requestBody"] = {"required": True, "content": _content(schema)}
    return told


def _schemas() -> tuple[dict[Any, Json], dict[Any, Json], Json]:
    """The schemas of answers by type, those of bodies by type and whether it is a change, and
    the components that both refer to."""
    answers = (schema for o in OPERATIONS for schema in o.answers.values() if _is_json(schema))
    sent = dict.fromkeys((Problem, *answers))
    taken = dict.fromkeys(operation.body for operation in OPERATIONS if operation.body)
    schemas, definitions = TypeAdapter.json_schemas(
        [
            *((schema, "serialization", TypeAdapter(schema)) for schema in sent),
            *((schema, "validation", TypeAdapter(schema)) for schema in taken),
        ],
        ref_template=REF,
    )
    components = definitions["$defs"]
    bodies = {(body, False): schemas[body, "validation"] for body in taken}
    for body in taken:
        name = f"{body.__name__.removesuffix('In')}Change"
        components[name] = _partial(components[body.__name__]) | {"title": name}
        bodies[body, True] = {"$ref": REF.format(model=name)}
    return {schema: schemas[schema, "serialization"] for schema in sent}, bodies, components


def _is_json(schema: Any) -> bool:
    return schema is not None and not isinstance(schema, Text)


def _partial(schema: Any) -> Any:
    """The schema with nothing required and no defaults: what is not named stays as it is."""
    if isinstance(schema, dict):
        kept = {k: v for k, v in schema.items() if k not in ("required", "default")}
        return {key: _partial(value) for key, value in kept.items()}
    return [_partial(item) for item in schema] if isinstance(schema, list) else schema


def _responses(
    operation: Operation, method: str, schemas: dict[Any, Json]
) -> Iterator[tuple[str, Json]]:
    answers = dict.fromkeys(_problems(operation, method), Problem) | dict(operation.answers)
    for status, schema in sorted(answers.items()):
        told: Json = {"description": MEANINGS[status]}
        if schema:
            told["content"] = _content(*_told(schema, schemas))
        if status in (201, 202):
            told["headers"] = LOCATION
        elif status == 200 and "limit" in operation.query.model_fields:
            told["headers"] = LINK
        yield str(status), told


def _told(schema: Any, schemas: dict[Any, Json]) -> tuple[Json, Iterable[str]]:
    """The schema of an answer, and the types that it comes in."""
    return (TEXT, schema.types) if isinstance(schema, Text) else (schemas[schema], JSON)


def _problems(operation: Operation, method: str) -> Iterator[int]:
    """What can go wrong with any view of this kind."""
    yield from (403, 422, 503)
    if "<" in operation.rule:
        yield 404
    if operation.body:
        yield from (400, 413, 415)
    if method != "GET":
        yield 409


def _id(operation: Operation, method: str) -> str:
    """One for each method: `change_target`, `change_target_by_patch`."""
    first = method == operation.methods[0]
    return operation.name if first else f"{operation.name}_by_{method.lower()}"


def _ids(operation: Operation) -> list[Json]:
    return [
        {"name": name, "in": "path", "required": True, "schema": PATH_SCHEMAS[kind]}
        for kind, name in re.findall(r"<(\w+):(\w+)>", operation.rule)
    ]


def _query(query: type[Strict]) -> list[Json]:
    fields = query.model_json_schema().get("properties", {})
    return [
        {
            "name": name,
            "in": "query",
            "description": schema.pop("description"),
            "schema": _without_null(schema),
        }
        for name, schema in fields.items()
    ]


def _without_null(schema: Json) -> Json:
    """A query has no null: it is how the code says that a parameter is not there."""
    if {"type": "null"} not in schema.get("anyOf", ()):
        return schema
    return {"anyOf": [kind for kind in schema["anyOf"] if kind != {"type": "null"}]}


def _content(schema: Json, types: Iterable[str] = JSON) -> Json:
    return {kind: {"schema": schema} for kind in types}


def _path(operation: Operation) -> str:
    return re.sub(r"<\w+:(\w+)>", r"{\1}", f"{blueprint.url_prefix}{operation.rule}")


def _tag(operation: Operation) -> str:
    return operation.rule.strip("/").split("/")[0] or "index"
