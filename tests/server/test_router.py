"""A request goes where Starlette would send it, however it is found."""

from typing import Any

import pytest
from starlette.routing import BaseRoute, Mount, Route, Router, WebSocketRoute

from server.app import create_app
from server.edge.router import DirectRouter
from server.ids import new_id
from server.settings import Settings


class Place:
    """An endpoint where nothing happens."""

    async def __call__(self, *_: Any) -> None:
        """Answer nothing."""


def town() -> list[BaseRoute]:
    """Routes of which some hide others, by method or by order."""
    paths = [
        ("/a/{id}", ["GET"]),
        ("/a/first", ["GET", "POST"]),
        ("/b/first", ["GET"]),
        ("/b/{id}", ["GET", "DELETE"]),
        ("/b/{id}/close", ["POST"]),
        ("/files/{file:path}", ["GET"]),
        ("/{id}", ["GET"]),
    ]
    return [
        *(Route(path, Place(), methods=methods) for path, methods in paths),
        WebSocketRoute("/live", Place()),
    ]


def asked(method: str, path: str) -> dict[str, Any]:
    return {
        "type": "http",
        "method": method,
        "path": path,
        "root_path": "",
        "headers": [],
        "query_string": b"",
    }


async def chosen(router: Router, method: str, path: str) -> tuple[object, object]:
    """Return the route that `router` hands a request to, and the parameters."""
    scope = asked(method, path)

    async def receive() -> Any:
        raise AssertionError("nothing is read")

    async def send(message: Any) -> None:
        scope["sent"] = message

    await router(scope, receive, send)
    route = scope.get("route")
    return getattr(route, "path", None), scope.get("path_params")


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE", "PATCH", "BREW"])
@pytest.mark.parametrize(
    "path",
    [
        *("/a/first", "/a/1", "/b/first", "/b/1", "/b/1/close", "/b//close", "/files/x/y", "/files/", "/x"),
        *("/x/", "/live", "/", "", "/a/first/", "/b/1\n", "/nothing/at/all", "/b/%2F", "/é"),
    ],
)
async def test_it_chooses_as_starlette_does(method: str, path: str) -> None:
    routes = town()

    assert await chosen(DirectRouter(routes), method, path) == await chosen(Router(routes), method, path)


async def test_each_of_our_own_paths_is_found_without_trying_the_others() -> None:
    routes = create_app(Settings()).routes
    tried: list[str] = []

    class Watched(Route):
        def matches(self, scope: Any) -> Any:
            tried.append(self.path)
            return super().matches(scope)

    watched = [Watched(one.path, Place(), methods=one.methods) for one in routes if isinstance(one, Route)]
    router = DirectRouter(watched)
    for route in watched:
        path = route.path.replace("{file:path}", "x.js")
        for name in route.param_convertors:
            path = path.replace(f"{{{name}}}", new_id())
        for method in route.methods or ():
            tried.clear()

            assert (await chosen(router, method, path))[0] == route.path
            assert len(tried) <= 1


def test_what_it_could_not_order_is_refused_when_it_is_made() -> None:
    with pytest.raises(TypeError, match="Mount"):
        DirectRouter([Mount("/x", routes=[])])
