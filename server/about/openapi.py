"""The OpenAPI 3.1 document, written from the register of routes: what it says is what is served."""

import re
from collections.abc import Sequence
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from server import VERSION
from server.bodies import JSON
from server.http import CELL, Operation
from server.members.sessions import cookie_name
from server.problems import Problem
from server.settings import Settings

_REF = "#/components/schemas/{model}"
_PARAMETER = re.compile(r"\{(\w+)\}")
_SESSION = "session"
_ID: Final = {"type": "string", "format": "uuid"}
_CELL: Final = {"type": "string", "maxLength": 13, "pattern": r"^\d{1,6}-\d{1,6}$"}

# Which problems an operation can answer with, apart from those of its own rules.
_ALWAYS = {"400": "Malformed", "403": "Not allowed", "429": "Too often", "503": "Not now"}


def document(operations: Sequence[Operation], settings: Settings) -> dict[str, Any]:
    """Return the OpenAPI document of `operations`."""
    names, schemas = _schemas(operations)
    paths: dict[str, dict[str, Any]] = {}
    for one in operations:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, names)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": settings.name,
            "version": VERSION,
            "summary": "A neighbourhood on a live map.",
            "license": {"name": "AGPL-3.0-or-later", "identifier": "AGPL-3.0-or-later"},
        },
        "servers": [{"url": settings.public_url.rstrip("/")}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                _SESSION: {"type": "apiKey", "in": "cookie", "name": cookie_name(settings)},
            },
        },
    }


def _schemas(operations: Sequence[Operation]) -> tuple[dict[tuple[Any, Any], Any], dict[str, Any]]:
    wanted: dict[tuple[type[BaseModel], Any], None] = {(Problem, "serialization"): None}
    for one in operations:
        if one.body is not None:
            wanted[one.body, "validation"] = None
        if one.query is not None:
            wanted[one.query, "validation"] = None
        if one.answer is not None:
            wanted[one.answer, "serialization"] = None
    names, made = models_json_schema(list(wanted), ref_template=_REF)
    return dict(names), made.get("$defs", {})


def _operation(one: Operation, names: dict[tuple[Any, Any], Any]) -> dict[str, Any]:
    said: dict[str, Any] = {
        "operationId": f"{one.domain}.{one.name}",
        "tags": [one.domain],
        "summary": one.summary,
        "responses": _responses(one, names),
    }
    parameters = [*_path(one), *_query(one), *_key(one)]
    if parameters:
        said["parameters"] = parameters
    if one.body is not None:
        content = {JSON: {"schema": names[one.body, "validation"]}}
        said["requestBody"] = {"required": True, "content": content}
    elif one.raw:
        said["requestBody"] = {"required": True, "content": {media: {} for media in one.raw}}
    if one.access in {"member", "moderator"}:
        said["security"] = [{_SESSION: []}]
    if one.access == "moderator":
        said["description"] = "For moderators."
    return said


def _responses(one: Operation, names: dict[tuple[Any, Any], Any]) -> dict[str, Any]:
    done: dict[str, Any] = {"description": "Done."}
    if one.answer is not None:
        done["content"] = {one.content: {"schema": names[one.answer, "serialization"]}}
    elif one.content != JSON:
        done["content"] = {one.content: {"schema": {"type": "string"}}}
    problem = {"application/problem+json": {"schema": names[Problem, "serialization"]}}
    refused = dict(_ALWAYS)
    if one.access in {"member", "moderator"} or one.domain == "members":
        refused["401"] = "Sign in first"
    if "{" in one.path:
        refused["404"] = "Not there, or not for you"
    if one.body is not None:
        refused |= {"413": "Too long", "415": "JSON expected", "422": "Not what was expected"}
    if one.raw:
        refused |= {"413": "Too long", "415": "Of another kind", "422": "Not usable"}
    if one.query is not None:
        refused["422"] = "Not what was expected"
    if one.method != "GET":
        refused |= {"409": "Not in the present state", "410": "No longer"}
    answers = {code: {"description": text, "content": problem} for code, text in sorted(refused.items())}
    return {str(one.status): done, **answers}


def _path(one: Operation) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": _CELL if name == CELL else _ID}
        for name in _PARAMETER.findall(one.path)
    ]


def _query(one: Operation) -> list[dict[str, Any]]:
    if one.query is None:
        return []
    schema = one.query.model_json_schema(ref_template=_REF)
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": each}
        for name, each in schema["properties"].items()
    ]


def _key(one: Operation) -> list[dict[str, Any]]:
    if not one.idempotent:
        return []
    schema = {"type": "string", "minLength": 8, "maxLength": 128, "pattern": "^[!-~]+$"}
    told = "Made by the client: the same key again gives the same answer and one effect."
    key = {"name": "Idempotency-Key", "in": "header", "required": True, "description": told, "schema": schema}
    return [key]
