"""Every socket of this process, by member and by address: how many there may be, and whose end when."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv6Address, ip_address

from realtime.connection import Connection
from realtime.counts import Counts
from realtime.protocol import CloseCode
from realtime.signals import IdentityChanged

SOCKETS_PER_MEMBER = 8


class TooManySockets(Exception):
    """An address has all the sockets it may have."""


class Arrival:
    """A handshake under way: whose identity changed meanwhile, or whether anybody's may have, unheard."""

    __slots__ = ("_changed", "_doubted")

    def __init__(self) -> None:
        self._changed: set[str] = set()
        self._doubted = False

    def ask(self) -> None:
        """Forget what changed before now: the question is only being asked."""
        self._changed.clear()
        self._doubted = False

    def change(self, member: str) -> None:
        """Note that the identity of `member` has changed."""
        self._changed.add(member)

    def doubt(self) -> None:
        """Note that anybody's may have."""
        self._doubted = True

    def is_stale(self, member: str) -> bool:
        """Whether what was answered about `member` since `ask` may be of before a change."""
        return self._doubted or member in self._changed


class Sockets:
    """The open sockets and the handshakes under way."""

    def __init__(self, counts: Counts, per_address: int) -> None:
        self.all: dict[Connection, None] = {}
        self._counts = counts
        self._per_address = per_address
        self._by_member: dict[str, dict[Connection, None]] = {}
        self._by_address: Counter[str] = Counter()
        self._arrivals: dict[Arrival, None] = {}

    def take_place(self, address: str) -> None:
        """Keep one of the places of `address` for a socket. Raises `TooManySockets`."""
        household = _household(address)
        if self._by_address[household] >= self._per_address:
            raise TooManySockets(household)
        self._by_address[household] += 1

    def give_back(self, address: str) -> None:
        """Leave to others a place of `address` that was taken."""
        household = _household(address)
        self._by_address[household] -= 1
        if not self._by_address[household]:
            del self._by_address[household]

    @contextmanager
    def arrival(self) -> Iterator[Arrival]:
        """Watch for identity changes while a handshake asks who somebody is."""
        arrival = Arrival()
        self._arrivals[arrival] = None
        try:
            yield arrival
        finally:
            del self._arrivals[arrival]

    def join(self, connection: Connection) -> None:
        """Add a socket. The oldest of a member who has too many is closed: it may well be a dead one."""
        self.all[connection] = None
        self._counts.sockets = len(self.all)
        if connection.viewer.member is None:
            return
        theirs = self._by_member.setdefault(connection.viewer.member.id, {})
        theirs[connection] = None
        living = [one for one in theirs if not one.closed]
        for oldest in living[:-SOCKETS_PER_MEMBER]:
            oldest.close(CloseCode.TOO_MANY)

    def leave(self, connection: Connection) -> None:
        """Forget a socket."""
        self.all.pop(connection, None)
        self._counts.sockets = len(self.all)
        member = connection.viewer.member
        theirs = self._by_member.get(member.id) if member else None
        if member is None or theirs is None:
            return
        theirs.pop(connection, None)
        if not theirs:
            del self._by_member[member.id]

    def change_identity(self, signal: IdentityChanged) -> None:
        """Close a member's sockets (of one session, if named), and let their handshakes ask again."""
        for arrival in self._arrivals:
            arrival.change(signal.member)
        for connection in list(self._by_member.get(signal.member, ())):
            if signal.session is None or connection.viewer.session == signal.session:
                connection.close(CloseCode.IDENTITY)

    def doubt_arrivals(self) -> None:
        """Let all handshakes ask again: who it is may have changed without our hearing."""
        for arrival in self._arrivals:
            arrival.doubt()


def _household(address: str) -> str:
    """Return what counts as one address: an IPv6 household has a /64 to choose from."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return str(int(parsed) >> 64)
    return address
