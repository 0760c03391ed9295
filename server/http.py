"""The register of routes: each says once what it takes, what it answers and who may ask.

From the register come the routes that Starlette serves and the OpenAPI document, so they cannot disagree.
"""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Generic, Literal

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send
from typing_extensions import TypeVar

from realtime.backend import Viewer
from realtime.people import Person
from realtime.refusals import Forbidden, Invalid, NotFound, Unauthenticated
from server import catalogue, idempotency, strict_json
from server.bodies import JSON, Answer, Encoded, encoded, headers_of, read_json
from server.limits import network
from server.problems import invalid_fields
from server.site import Site

Access = Literal["public", "anyone", "member", "moderator"]
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]

A = TypeVar("A", bound=Callable[..., Awaitable[Answer]])
B = TypeVar("B", default=None)
Q = TypeVar("Q", default=None)

# The one name in a path that is no id: a cell of the map, which its route reads.
CELL: Final = "cell"
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def is_id(text: str) -> bool:
    """Return whether `text` is an id as ours are written: whatever else stands in a path names nothing."""
    return _ID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Call(Generic[B, Q]):
    """One request, checked: who asks (`viewer`), what came in the body and the query, the path's ids.

    `headers` are sent with the answer.
    """

    site: Site
    viewer: Viewer
    request: Request
    body: B
    query: Q
    path: Mapping[str, str]
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def member(self) -> Person:
        """The member who asks. Raises `Unauthenticated` if nobody is signed in."""
        if self.viewer.member is None:
            raise Unauthenticated("sign_in_first")
        return self.viewer.member


@dataclass(frozen=True, slots=True)
class Operation:
    """One line of the register. `limit` is a rule such as "20/hour", per member, or address if nobody."""

    domain: str
    method: Method
    path: str
    act: Callable[[Call[Any, Any]], Awaitable[Answer]]
    body: type[BaseModel] | None
    query: type[BaseModel] | None
    answer: type[BaseModel] | None
    status: int
    access: Access
    idempotent: bool
    limit: str | None
    content: str
    raw: tuple[str, ...]

    @property
    def name(self) -> str:
        """The operation's name: its function's."""
        return self.act.__name__

    @property
    def summary(self) -> str:
        """What it does: the first line of its function's docstring."""
        return (self.act.__doc__ or "").strip().partition("\n")[0]

    async def serve(self, request: Request) -> Response:
        """Answer one request; what is refused is rendered by the application's one handler."""
        scope = request.scope
        site: Site = scope["app"].state.site
        headers = headers_of(scope)
        client = scope.get("client")
        viewer = await self._viewer(site, headers, client[0] if client else "")
        scope.setdefault("state", {})["locale"] = viewer.locale
        self._admit(viewer)
        if self.limit is not None:
            who = viewer.member.id if viewer.member else network(viewer.address)
            await site.limits.hit(self.limit, f"{self.domain}.{self.name}", who)
        sent = b"" if self.body is None else await read_json(request, headers)
        call = Call(site, viewer, request, self._body(sent), self._query(request), self._path(scope))
        if self.idempotent:
            return await self._once(call, sent)
        return self._response(await self.act(call), call)

    async def _viewer(self, site: Site, headers: Mapping[str, str], address: str) -> Viewer:
        if self.access == "public":
            return Viewer(address, catalogue.negotiate(headers.get("accept-language", "")))
        return await site.identify(site, headers, address)

    def _admit(self, viewer: Viewer) -> None:
        if self.access in {"member", "moderator"} and viewer.member is None:
            raise Unauthenticated("sign_in_first")
        if self.access == "moderator" and not viewer.moderator:
            raise Forbidden("moderators_only")

    def _body(self, sent: bytes) -> BaseModel | None:
        if self.body is None:
            return None
        strict_json.parse_object(sent)
        try:
            return self.body.model_validate_json(sent)
        except ValidationError as error:
            raise invalid_fields(error) from None

    def _query(self, request: Request) -> BaseModel | None:
        if self.query is None:
            return None
        given = request.query_params
        if len(given.multi_items()) != len(given):
            raise Invalid("query_twice")
        try:
            return self.query.model_validate_strings(dict(given))
        except ValidationError as error:
            raise invalid_fields(error) from None

    def _path(self, scope: Scope) -> Mapping[str, str]:
        given: dict[str, str] = scope["path_params"]
        if not all(is_id(text) or name == CELL for name, text in given.items()):
            raise NotFound("not_found")
        return given

    async def _once(self, call: Call[Any, Any], sent: bytes) -> Response:
        key = call.request.headers.get("idempotency-key")
        what = f"{self.method} {call.request.url.path}\n".encode() + sent
        attempt = idempotency.attempt(call.site, call.member.id, key, what)

        async def act() -> tuple[int, str]:
            return self.status, encoded(await self.act(call)).decode()

        status, answer = await idempotency.once(call.site, attempt, act)
        return self._response(answer.encode() if answer else None, call, status)

    def _response(self, answer: Answer, call: Call[Any, Any], status: int | None = None) -> Response:
        if isinstance(answer, Response):
            return answer
        body = encoded(answer)
        return Encoded(
            status or self.status, body, self.content if answer is not None else None, call.headers
        )


def served(operations: Iterable[Operation]) -> list[Route]:
    """Return `operations` as Starlette serves them: one route a path, so that 405 names all its methods."""
    by_path: dict[str, dict[str, Operation]] = {}
    for one in operations:
        by_path.setdefault(one.path, {})[one.method] = one
    return [_route(path, by_method) for path, by_method in by_path.items()]


def _route(path: str, by_method: Mapping[str, Operation]) -> Route:
    return Route(path, _Served(by_method), methods=list(by_method))


class _Served:
    """The operations of one path as an ASGI application, which Starlette hands a request as it came."""

    def __init__(self, by_method: Mapping[str, Operation]) -> None:
        self._by_method = {**by_method}
        if "GET" in by_method:
            self._by_method["HEAD"] = by_method["GET"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        response = await self._by_method[scope["method"]].serve(Request(scope, receive, send))
        await response(scope, receive, send)


class Routes:
    """The routes of one domain."""

    def __init__(self, domain: str) -> None:
        self.domain = domain
        self.operations: list[Operation] = []

    def get(self, path: str, **options: Any) -> Callable[[A], A]:
        """Register a function for GET; see `on`."""
        return self.on("GET", path, **options)

    def post(self, path: str, **options: Any) -> Callable[[A], A]:
        """Register a function for POST; see `on`."""
        return self.on("POST", path, **options)

    def put(self, path: str, **options: Any) -> Callable[[A], A]:
        """Register a function for PUT; see `on`."""
        return self.on("PUT", path, **options)

    def patch(self, path: str, **options: Any) -> Callable[[A], A]:
        """Register a function for PATCH; see `on`."""
        return self.on("PATCH", path, **options)

    def delete(self, path: str, **options: Any) -> Callable[[A], A]:
        """Register a function for DELETE; see `on`."""
        return self.on("DELETE", path, **options)

    def on(self, method: Method, path: str, **options: Any) -> Callable[[A], A]:
        """Register a function `(call) -> answer` for `method` and `path`.

        Options: `access` (required: "public", which does not even look who asks and so needs no database,
        "anyone", "member" or "moderator"), `body`, `query` and `answer` (the
        schemas), `status` (200, or 204 without an answer), `idempotent`, `limit` ("20/hour"), `content`
        (the answer's media type), `raw` (the media types of a body that the function reads itself). Whatever
        is in braces in the path is an id, but for `{cell}`. An answer may be a shape, its JSON as bytes, a
        whole response, or None.
        """

        def register(act: A) -> A:
            self.operations.append(_operation(self.domain, method, path, act, options))
            return act

        return register


def _operation(
    domain: str, method: Method, path: str, act: Callable[..., Any], options: dict[str, Any]
) -> Operation:
    defaults: dict[str, Any] = {
        "body": None,
        "query": None,
        "answer": None,
        "status": 200 if options.get("answer") else 204,
        "idempotent": False,
        "limit": None,
        "content": JSON,
        "raw": (),
    }
    return Operation(domain, method, path, act, **(defaults | options))
