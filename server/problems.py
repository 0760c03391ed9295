"""Refusals as RFC 9457 problems: the one place where an error becomes an HTTP answer."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from pydantic import BaseModel, ValidationError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.requests import Request
from starlette.responses import Response

from realtime.refusals import Invalid, Refusal, Unavailable
from server import catalogue

# What SQLAlchemy raises when the database is away, full or busy for too long.
DATABASE_DOWN = (OperationalError, InterfaceError, PoolTimeout)

# pydantic's kinds of error that have words of their own; the others are simply "invalid".
_KNOWN = {
    "missing": "missing",
    "extra_forbidden": "unknown",
    "string_too_short": "too_short",
    "string_too_long": "too_long",
    "too_short": "too_few",
    "too_long": "too_long_list",
    "greater_than_equal": "too_small",
    "less_than_equal": "too_big",
    "enum": "not_a_choice",
    "literal_error": "not_a_choice",
    "email_not_ascii": "email_not_ascii",
}
_COUNTS = ("min_length", "max_length", "ge", "le")


class FieldProblem(BaseModel):
    """What is wrong with one field, as a dotted path."""

    field: str
    code: str
    title: str


class Problem(BaseModel):
    """RFC 9457: what was refused and why; `code` is for programs, `title` for people in their language."""

    type: str
    title: str
    status: int
    code: str
    field: str | None = None
    errors: list[FieldProblem] | None = None


class InvalidFields(Invalid):
    """Fields of a body or a query are not what was expected."""

    def __init__(self, errors: Iterable[Mapping[str, Any]]) -> None:
        super().__init__("invalid_fields")
        self.errors = list(errors)


def invalid_fields(error: ValidationError) -> InvalidFields:
    """Return the refusal that says what pydantic found, without what was sent."""
    return InvalidFields(error.errors(include_url=False, include_input=False, include_context=True))


def from_exception(error: Exception) -> Refusal | None:
    """Return the refusal that `error` amounts to; None if it is a fault of ours."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, DATABASE_DOWN) or (isinstance(error, DBAPIError) and error.connection_invalidated):
        return Unavailable("database_down")
    return None


def explain(refusal: Refusal, locale: str) -> str:
    """Return the refusal's sentence in the reader's language."""
    key = f"refusal.{refusal.code}"
    if not catalogue.has(key):
        key = "refusal.refused"
    return catalogue.translate(locale, key, **refusal.params)


def render(refusal: Refusal, locale: str) -> Response:
    """Return `refusal` as `application/problem+json`; its parameters are members of the problem."""
    problem: dict[str, Any] = {
        **refusal.params,
        "type": f"/api#refusal-{refusal.code}",
        "title": explain(refusal, locale),
        "status": refusal.status,
        "code": refusal.code,
    }
    if refusal.field is not None:
        problem["field"] = refusal.field
    if isinstance(refusal, InvalidFields):
        problem["errors"] = [_field(error, locale).model_dump() for error in refusal.errors]
    headers = {"Content-Language": locale, "Cache-Control": "no-store"}
    if "retry_after" in refusal.params:
        headers["Retry-After"] = str(refusal.params["retry_after"])
    return Response(orjson.dumps(problem), refusal.status, headers, "application/problem+json")


def locale_of(request: Request) -> str:
    """Return the reader's language: the member's once known, else what the browser asks for."""
    known: str | None = getattr(request.state, "locale", None)
    return known or catalogue.negotiate(request.headers.get("accept-language", ""))


def _field(error: Mapping[str, Any], locale: str) -> FieldProblem:
    code = _KNOWN.get(error["type"], "invalid")
    context = error.get("ctx", {})
    count = next((context[name] for name in _COUNTS if name in context), 0)
    title = catalogue.translate(locale, f"refusal.field.{code}", count=count)
    return FieldProblem(field=".".join(str(part) for part in error["loc"]), code=code, title=title)
