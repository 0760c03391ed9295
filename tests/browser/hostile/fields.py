"""Every field that takes a text, as the interface itself describes it: what is added to it is found here."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

from realtime.protocol import COMMANDS
from server.about.openapi import document
from server.app import OPERATIONS
from server.settings import Settings
from tests.browser.hostile.texts import TEXTS

Field: TypeAlias = tuple[str, str]
"""An operation, such as "POST /api/listings" or the socket's "send", and where in it the text stands."""

_REF: Final = "#/components/schemas/{model}"
# What these take cannot be a text, or is shown to nobody.
_FORMATS: Final = frozenset({"uuid", "date-time", "password"})
_ROUTES: Final = tuple(
    (f"{one.method} {one.path}", re.compile(rf"{one.method} {re.sub('{.*?}', '[^/?]+', one.path)}"))
    for one in sorted(OPERATIONS, key=lambda one: "{" in one.path)
)


def operation(method: str, path: str) -> str:
    """Return the operation that a request is for."""
    return next(name for name, route in _ROUTES if route.fullmatch(f"{method} {path.partition('?')[0]}"))


def text_fields() -> set[Field]:
    """Return the fields of all operations and of the socket's commands that take any hostile text."""
    described = document(OPERATIONS, Settings())
    models = described["components"]["schemas"]
    found = {
        (f"{method.upper()} {path}", field)
        for path, methods in described["paths"].items()
        for method, one in methods.items()
        for field in _of_operation(one, models)
    }
    commands = COMMANDS.json_schema(ref_template=_REF)
    models = commands["$defs"]
    for name, reference in commands["discriminator"]["mapping"].items():
        found |= {(name, field) for field in _texts({"$ref": reference}, models)}
    return found


def texts_in(body: Any, field: str = "") -> Iterator[tuple[str, str]]:
    """Yield the fields of a body, as `text_fields` names them, with the text that is in each."""
    if isinstance(body, dict):
        for name, value in body.items():
            yield from texts_in(value, f"{field}.{name}" if field else name)
    elif isinstance(body, list):
        for value in body:
            yield from texts_in(value, f"{field}[]")
    elif isinstance(body, str):
        yield field, body


def with_text(body: Any, field: str, text: str) -> Any:
    """Return `body` with `text` in `field`, which it has."""
    name, _, rest = field.partition(".")
    if name.endswith("[]"):
        first, *others = body[name[:-2]]
        return {**body, name[:-2]: [with_text(first, rest, text), *others]}
    return {**body, name: with_text(body[name], rest, text) if rest else text}


def _of_operation(one: Mapping[str, Any], models: Mapping[str, Any]) -> Iterator[str]:
    for parameter in one.get("parameters", ()):
        # A header (the key of an idempotent operation) is shown to nobody.
        for _ in () if parameter["in"] == "header" else _texts(parameter["schema"], models):
            yield f"{parameter['in']}:{parameter['name']}"
    for content in one.get("requestBody", {}).get("content", {}).values():
        yield from _texts(content.get("schema", {}), models)


def _texts(schema: Mapping[str, Any], models: Mapping[str, Any], field: str = "") -> Iterator[str]:
    if "$ref" in schema:
        yield from _texts(models[schema["$ref"].rpartition("/")[2]], models, field)
    for choice in ("anyOf", "oneOf", "allOf"):
        for one in schema.get(choice, ()):
            yield from _texts(one, models, field)
    for name, one in schema.get("properties", {}).items():
        yield from _texts(one, models, f"{field}.{name}" if field else name)
    if "items" in schema:
        yield from _texts(schema["items"], models, f"{field}[]")
    if _takes_text(schema):
        yield field


def _takes_text(schema: Mapping[str, Any]) -> bool:
    if schema.get("type") != "string" or not {"enum", "const"}.isdisjoint(schema):
        return False
    pattern = re.compile(schema.get("pattern", ""))
    longest = schema.get("maxLength", 100)
    return schema.get("format") not in _FORMATS and any(pattern.search(text[:longest]) for text in TEXTS)
