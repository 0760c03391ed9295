"""Why something was not done: one small hierarchy, raised by actions, rendered at the edge.

REST renders a refusal as RFC 9457 `application/problem+json`, the socket as `refused` with the same code.
The words come from the catalogue (`refusal.<code>`), in the reader's language, filled with `params`.
"""

from typing import ClassVar


class Refusal(Exception):
    """Something was asked for and will not be done; `code` names why, `params` fill its sentence.

    `field` names the input at fault, as a dotted path, where there is one.
    """

    status: ClassVar[int] = 400

    def __init__(self, code: str, *, field: str | None = None, **params: str | int | float) -> None:
        super().__init__(code)
        self.code = code
        self.field = field
        self.params = params


class Invalid(Refusal):
    """What came is not what was expected."""

    status = 422


class Unauthenticated(Refusal):
    """Only members may, and nobody is signed in."""

    status = 401


class Forbidden(Refusal):
    """This member may not."""

    status = 403


class NotFound(Refusal):
    """It is not there, or not for this reader: the two look alike."""

    status = 404


class Conflict(Refusal):
    """It cannot be done in the present state."""

    status = 409


class TooMany(Refusal):
    """Too often; `retry_after` seconds say when again."""

    status = 429

    def __init__(self, code: str, *, retry_after: int) -> None:
        super().__init__(code, retry_after=retry_after)
        self.retry_after = retry_after


class Unavailable(Refusal):
    """It could not be done now, and nothing was changed."""

    status = 503


# What the sockets themselves refuse, apart from the rules; the catalogue has a sentence for each.
SOCKET_CODES = (
    "malformed",
    "too_many",
    "too_many_conversations",
    "conversation_not_open",
    "sign_in_first",
    "moderators_only",
    "invalid_area",
    "not_found",
    "fault",
)
