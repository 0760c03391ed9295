"""Which route answers: the one that Starlette would choose, found at once.

Starlette tries the expressions of all routes one after the other. Here a path without parameters is looked
up, and all paths with some are one expression a method. What neither finds (another method, a slash too
many, nothing at all) is left to Starlette.
"""

import re
from collections.abc import Sequence
from typing import Any

from starlette.routing import BaseRoute, Match, Route, Router, WebSocketRoute
from starlette.types import Receive, Scope, Send


class DirectRouter(Router):
    """A router of pages, operations and sockets, all given when it is made."""

    def __init__(self, routes: Sequence[BaseRoute], **options: Any) -> None:
        super().__init__(routes, **options)
        if others := [one for one in routes if not isinstance(one, Route | WebSocketRoute)]:
            raise TypeError(f"expected routes and sockets, got {others}")
        pages = [one for one in routes if isinstance(one, Route)]
        methods = {method for one in pages for method in one.methods or ()}
        self._fixed = {
            (method, one.path): one
            for one in pages
            for method in one.methods or ()
            if not one.param_convertors and _chosen(pages, method, one.path) is one
        }
        self._open = {method: _Alternatives(pages, method) for method in methods}

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request to its route."""
        if scope["type"] == "http" and not scope.get("root_path"):
            method, path = scope["method"], scope["path"]
            if route := self._fixed.get((method, path)):
                scope.update(router=self, route=route, endpoint=route.endpoint, path_params={})
                await route.app(scope, receive, send)
                return
            if (known := self._open.get(method)) and (route := known.first(path)):
                scope.update(route.matches(scope)[1], router=self, route=route)
                await route.app(scope, receive, send)
                return
        await super().app(scope, receive, send)


class _Alternatives:
    """The routes with parameters for one method, as one expression."""

    def __init__(self, routes: Sequence[Route], method: str) -> None:
        self._routes = [one for one in routes if one.param_convertors and method in (one.methods or ())]
        unnamed = (re.sub(r"\(\?P<\w+>", "(?:", one.path_regex.pattern) for one in self._routes)
        self._any = re.compile("|".join(f"({pattern})" for pattern in unnamed) or "(?!)")

    def first(self, path: str) -> Route | None:
        """Return the first whose path is like `path`."""
        found = self._any.match(path)
        return self._routes[found.lastindex - 1] if found and found.lastindex else None


def _chosen(routes: Sequence[Route], method: str, path: str) -> Route | None:
    """Return the route that Starlette chooses."""
    scope = {"type": "http", "method": method, "path": path}
    return next((one for one in routes if one.matches(scope)[0] is Match.FULL), None)
