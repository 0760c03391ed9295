"""The few pages that the server writes itself: plain, readable, without a script."""

from functools import cache
from pathlib import Path
from typing import Any

from starlette.responses import HTMLResponse

from server import templates
from server.edge.headers import content_security_policy
from server.settings import Settings


def page(settings: Settings, template: str, locale: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """Return the page made of `template`; its style sheet is inlined, and allowed by its hash alone."""
    style = _style()
    body = templates.render(template, locale=locale, site=settings.name, style=style, **values)
    headers = {
        "Content-Security-Policy": content_security_policy(settings, [style]),
        "Cache-Control": "no-store",
        "Content-Language": locale,
    }
    return HTMLResponse(body, status, headers)


@cache
def _style() -> str:
    return (Path(templates.__file__).parent / "page.css").read_text("utf-8")
