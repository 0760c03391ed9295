"""What becomes of an exception that reaches the edge: a problem for programs, a page for people."""

from typing import Any

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from realtime.refusals import NotFound, Refusal, Unavailable
from server import catalogue
from server.edge.pages import page
from server.problems import DATABASE_DOWN, from_exception, locale_of, render

log = structlog.get_logger(__name__)


class WrongMethod(Refusal):
    """The address exists, but not for this method."""

    status = 405


class Fault(Refusal):
    """A fault of ours."""

    status = 500


async def refused(request: Request, error: Exception) -> Response:
    """Answer a refusal, or a database that is away, as a problem."""
    refusal = from_exception(error)
    if isinstance(refusal, Unavailable) and not isinstance(error, Refusal):
        log.warning("database_down", error=type(error).__name__)
    return render(refusal or Fault("fault"), locale_of(request))


async def http_error(request: Request, error: Exception) -> Response:
    """Answer what Starlette refuses: programs get a problem, people a page."""
    if not isinstance(error, HTTPException):
        raise error
    locale = locale_of(request)
    if error.status_code == 405:
        answer = render(WrongMethod("method_not_allowed"), locale)
        answer.headers.update(error.headers or {})
        return answer
    if request.url.path.startswith("/api"):
        return render(NotFound("not_found"), locale)
    title = catalogue.translate(locale, "refusal.not_found")
    site = request.app.state.settings
    return page(site, "not_found.html", locale, status=error.status_code, title=title)


async def fault(request: Request, _: Exception) -> Response:
    """Answer a fault of ours; the traceback is in the log."""
    return render(Fault("fault"), locale_of(request))


HANDLERS: dict[Any, Any] = {
    Refusal: refused,
    **dict.fromkeys(DATABASE_DOWN, refused),
    HTTPException: http_error,
    Exception: fault,
}
