"""One running 1Mile: what an action needs to do its work, handed to it and never looked up.

Only `server.app` builds a `Site`. Actions are plain functions `verb(site, actor, input) -> shape`, one
transaction each.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from realtime.backend import Viewer
from realtime.bus import Bus
from realtime.pins import LiveIndex
from server.album import NO_ALBUM, Album
from server.cashier import CLOSED, Cashier
from server.database import Database
from server.geocoder import Geocoder
from server.limits import Limits
from server.passwords import Passwords
from server.settings import Settings

Identify = Callable[["Site", Mapping[str, str], str], Awaitable[Viewer]]


@dataclass(frozen=True, slots=True)
class Site:
    """The parts of one process. `index` holds every pin of the world; the database is the truth."""

    settings: Settings
    database: Database
    limits: Limits
    passwords: Passwords
    geocoder: Geocoder
    # Who sent these request headers (names in lower case) from this address.
    identify: Identify
    bus: Bus
    index: LiveIndex
    # Who sells smiles, if anybody.
    cashier: Cashier = CLOSED
    # Who develops and who keeps photos.
    album: Album = NO_ALBUM
