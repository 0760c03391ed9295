"""What comes in and goes out when a member leaves."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from realtime.exchanges import Purse
from realtime.words import Shape


class Farewell(Shape):
    """What leaving asks for, and what one leaves to the community.

    `asks`: whoever has a password gives it, who has none types their name.
    """

    asks: Literal["password", "name"]
    purse: Purse


class Leaving(Shape):
    """Leave for good. `password`, or `confirm` with one's name: what `Farewell` asks for."""

    password: Annotated[SecretStr, Field(max_length=200)] | None = None
    confirm: Annotated[str, Field(max_length=200)] | None = None
