"""How a feed is answered: kept for five minutes by whoever likes, and not sent again while it is the same."""

import hashlib
from typing import Any, Final

from starlette.responses import Response

from server.edge.files import Ready, names
from server.http import Call

_KEPT: Final = b"public, max-age=300"


def answer(call: Call[Any, Any], body: bytes, media: str) -> Response:
    """Return `body`, or 304 to who has just this.

    Pages of other sites may read it: it was asked for without a cookie and is the same for everybody.
    """
    # Weak: compressed on the way it is the same, if not byte by byte.
    tag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = [(b"cache-control", _KEPT), (b"etag", tag.encode()), (b"access-control-allow-origin", b"*")]
    if names(call.request.headers.get("if-none-match"), tag):
        return Ready(304, headers)
    headers += [(b"content-type", media.encode()), (b"content-length", b"%d" % len(body))]
    return Ready(200, headers, body)
