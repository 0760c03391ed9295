"""Who may be sending at once, by a clock in the test's hand: nobody's slowness keeps the others out."""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack

import pytest
from starlette.types import Message

from realtime.refusals import Conflict, Unavailable
from server.photos.arrivals import BYTES_A_SECOND, MOST_COMING, MOST_OF_A_MEMBER, SILENT_SECONDS, Arrivals

KIB = 1024
# What the server waits for at all: `PatientProtocol.bytes_a_second`.
CRAWLING = 8 * KIB
# A phone with one bar, and the largest photo it may send.
SLOW_PHONE = 30 * KIB
PHOTO_BYTES = 12 * KIB * KIB


class Street:
    """The uploads of a test, in seconds that pass when it says so."""

    def __init__(self) -> None:
        self.at = 0.0
        self.arrivals = Arrivals(lambda: self.at)
        # An upload that nobody holds would end.
        self._all: list[Upload] = []

    def upload(self, member: str, network: str = "") -> "Upload":
        """Begin one, from a network of the member's own unless one is named."""
        self._all.append(Upload(self, member, network or f"network of {member}"))
        return self._all[-1]

    def filled_by(self, sender: Callable[[int], tuple[str, str]]) -> "list[Upload]":
        """Take all the places: the n-th for the member and the network that `sender(n)` names."""
        return [self.upload(*sender(number)) for number in range(MOST_COMING)]


class Upload:
    """One that goes as fast as the test says."""

    def __init__(self, street: Street, member: str, network: str) -> None:
        self.street, self.member, self.network = street, member, network
        self._ending = ExitStack()
        self.place = self._ending.enter_context(street.arrivals.place(member, network))

    async def send(self, length: int, *, more: bool = True) -> bool:
        """Send so many bytes; return whether they were still wanted."""

        async def piece() -> Message:
            return {"type": "http.request", "body": bytes(length), "more_body": more}

        try:
            await self.place.next(piece)
        except Unavailable:
            self.end()
            return False
        return True

    def end(self) -> None:
        """Give the place back."""
        self._ending.close()

    async def crawl(self) -> "Upload":
        """Send what a second brings at the least rate; who loses the place asks for another at once."""
        if await self.send(CRAWLING):
            return self
        try:
            return self.street.upload(self.member, self.network)
        except Unavailable:
            return self


@pytest.fixture
def street() -> Street:
    return Street()


def test_one_member_does_not_take_all_the_places(street: Street) -> None:
    first, *_ = [street.upload("ana") for _ in range(MOST_OF_A_MEMBER)]

    with pytest.raises(Conflict) as refused:
        street.upload("ana")
    street.upload("bo")
    first.end()
    street.upload("ana")

    assert refused.value.code == "too_many_at_once"


async def test_there_are_only_so_many_places(street: Street) -> None:
    sending = street.filled_by(lambda number: (f"member {number}", ""))
    assert [await one.send(SLOW_PHONE) for one in sending] == [True] * MOST_COMING

    with pytest.raises(Unavailable) as refused:
        street.upload("one more")
    sending[0].end()
    street.upload("one more")

    assert refused.value.code == "photo_busy"


@pytest.mark.parametrize(
    ("sender", "at_once"),
    [
        pytest.param(lambda number: (f"crawler {number // 6}", "one"), 2, id="eleven members of one network"),
        pytest.param(lambda number: (f"crawler {number // 6}", ""), 2, id="eleven members"),
        pytest.param(lambda number: (f"crawler {number}", ""), 1, id="as many as there are places"),
    ],
)
async def test_a_slow_phone_gets_through_while_others_crawl(
    street: Street, sender: Callable[[int], tuple[str, str]], at_once: int
) -> None:
    crawlers = street.filled_by(sender)
    for _ in range(60):
        street.at += 1
        crawlers = [await one.crawl() for one in crawlers]

    photos = [street.upload("ana") for _ in range(at_once)]
    wanted = True
    for _ in range(at_once * PHOTO_BYTES // SLOW_PHONE):
        street.at += 1
        crawlers = [await one.crawl() for one in crawlers]
        wanted = wanted and all([await one.send(SLOW_PHONE // at_once) for one in photos])

    assert wanted


async def test_nobody_leaves_for_being_slow_while_there_is_room(street: Street) -> None:
    crawler, other = street.upload("ana"), street.upload("bo")

    for _ in range(PHOTO_BYTES // CRAWLING):
        street.at += 1
        assert await crawler.send(CRAWLING)
        assert await other.send(CRAWLING)


async def test_of_many_who_are_slow_the_slowest_leaves(street: Street) -> None:
    sending = street.filled_by(lambda number: (f"member {number}", ""))
    street.at += 2 * SILENT_SECONDS
    for number, one in enumerate(sending):
        await one.send(CRAWLING + number)

    street.upload("one more")
    street.upload("another")

    assert [number for number, one in enumerate(sending) if not await one.send(1)] == [0, 1]


async def test_who_was_quick_may_not_stand_still_for_it(street: Street) -> None:
    sending = street.filled_by(lambda number: (f"member {number}", ""))
    for one in sending:
        await one.send(PHOTO_BYTES - 1)
    street.at += SILENT_SECONDS + 1
    still, *others = sending
    for one in others:
        await one.send(2 * BYTES_A_SECOND)

    street.upload("one more")

    assert not await still.send(1)
    assert all([await one.send(1) for one in others])


async def test_a_tunnel_costs_nobody_their_place(street: Street) -> None:
    sending = street.filled_by(lambda number: (f"member {number}", ""))
    for one in sending:
        await one.send(SLOW_PHONE)
    street.at += SILENT_SECONDS

    with pytest.raises(Unavailable):
        street.upload("one more")

    assert all([await one.send(1) for one in sending])


async def test_who_has_many_places_gives_one_to_who_has_none_however_quick(street: Street) -> None:
    many = [street.upload("ana") for _ in range(4)]
    others = [street.upload(f"member {number}") for number in range(MOST_COMING - len(many))]
    for one in (*many, *others):
        await one.send(PHOTO_BYTES // 2)

    for number in range(3):
        street.upload(f"newcomer {number}")
    with pytest.raises(Unavailable):
        street.upload("newcomer 3")

    assert [await one.send(1) for one in many].count(True) == 1
    assert all([await one.send(1) for one in others])


async def test_who_has_as_many_takes_nothing_from_anybody(street: Street) -> None:
    sending = street.filled_by(lambda number: (f"member {number // 2}", ""))
    for one in sending:
        await one.send(SLOW_PHONE)

    street.upload("newcomer")
    with pytest.raises(Unavailable):
        street.upload("newcomer")

    assert [await one.send(1) for one in sending].count(False) == 1


async def test_many_accounts_of_one_network_give_way_to_another(street: Street) -> None:
    crowd = street.filled_by(lambda number: (f"member {number}", "one network"))
    for one in crowd:
        await one.send(PHOTO_BYTES // 2)

    with pytest.raises(Unavailable):
        street.upload("one more of them", "one network")
    for number in range(MOST_COMING // 2):
        street.upload(f"newcomer {number}", "another")
    with pytest.raises(Unavailable):
        street.upload("one more of them", "one network")
    with pytest.raises(Unavailable):
        street.upload("one more newcomer", "another")

    assert [await one.send(1) for one in crowd].count(True) == MOST_COMING // 2


async def test_what_has_come_is_not_given_up(street: Street) -> None:
    whole = [street.upload("ana") for _ in range(MOST_OF_A_MEMBER)]
    for one in whole:
        await one.send(1, more=False)
    for number in range(MOST_COMING - MOST_OF_A_MEMBER):
        await street.upload(f"member {number}").send(PHOTO_BYTES // 2)

    with pytest.raises(Unavailable):
        street.upload("newcomer")


async def test_who_is_waited_for_learns_at_once_that_the_place_is_lost(street: Street) -> None:
    silent, *others = street.filled_by(lambda number: (f"member {number}", ""))
    never = asyncio.Event()

    async def nothing() -> Message:
        await never.wait()
        return {}

    waiting = asyncio.create_task(silent.place.next(nothing))
    await asyncio.sleep(0)
    street.at += SILENT_SECONDS + 1
    for one in others:
        await one.send(2 * BYTES_A_SECOND)
    street.upload("newcomer")

    with pytest.raises(Unavailable, match="photo_busy"):
        await waiting


def test_nothing_is_kept_of_who_sends_no_more(street: Street) -> None:
    for number in range(10):
        street.upload(f"member {number}").end()

    assert vars(street.arrivals)["_paid_until"] == {}
