"""The development mailbox: letters on a page instead of in the post."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from server import catalogue, mail
from server.edge.pages import page
from server.problems import locale_of
from server.settings import Settings


def routes(settings: Settings) -> list[BaseRoute]:
    """Return the mailbox's route, if the settings have one."""
    return [Route("/dev/mail", show)] if settings.mail == "page" else []


async def show(request: Request) -> Response:
    """Show the letters, newest first."""
    site, locale = request.app.state.site, locale_of(request)
    words = {name: catalogue.translate(locale, f"mail.page.{name}") for name in ("title", "empty", "to")}
    return page(site.settings, "mailbox.html", locale, letters=await mail.shown(site), words=words)
