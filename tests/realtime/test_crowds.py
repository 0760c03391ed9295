"""Thousands who leave, or must be looked at, at the same moment: no turn of the loop takes long for it."""

import asyncio
from typing import cast

import pytest

from realtime.backend import Viewer
from realtime.bus import MemoryBus
from realtime.connection import Connection
from realtime.frames import Frame, frame, payload_of
from realtime.live import _LEAVING_PER_TURN, Live
from realtime.people import Person
from realtime.protocol import EVENTS, Open, PresenceChanged
from realtime.rooms import QUESTIONS_AT_ONCE
from realtime.turns import InTurns, each
from realtime.wire import _MOST_WRITTEN, WireProtocol, _Turn
from tests.realtime.mirror import Recorder
from tests.realtime.village import Village

CROWD = 1_000


class Pigeonhole(Recorder):
    """A link that keeps what is written, and tells who came and went."""

    def presence(self) -> list[PresenceChanged]:
        """Return who came and went."""
        told = [EVENTS.validate_json(payload_of(made)) for made in self.frames]
        return [event for event in told if isinstance(event, PresenceChanged)]


class Street:
    """A process without a network: its sockets are pigeonholes."""

    def __init__(self) -> None:
        self.village = Village()
        bus = MemoryBus()
        self.village.buses.append(bus)
        self.live = Live(self.village, bus)
        self.links: dict[Connection, Pigeonhole] = {}

    async def come(self, name: str, conversation: str) -> Connection:
        """Let a new member in, who opens a conversation."""
        member: Person = self.village.settle(name)
        viewer = Viewer("192.0.2.1", member=member, session=name)
        link = Pigeonhole()
        connection = Connection(link, viewer, {"cookie": f"session={name}"})
        self.links[connection] = link
        self.live.sockets.join(connection)
        await self.live.rooms.open(connection, Open(conversation=conversation))
        return connection

    async def settle_down(self) -> None:
        """Wait until all has been told."""
        for _ in range(2 * CROWD):
            await asyncio.sleep(0)


@pytest.fixture
async def street() -> Street:
    made = Street()
    await made.live.start()
    return made


async def test_of_a_crowd_that_leaves_at_once_a_few_are_forgotten_in_each_turn(street: Street) -> None:
    thread = street.village.talk()
    crowd = [await street.come(f"m{n}", thread) for n in range(CROWD)]
    sockets = street.live.sockets.all

    left = []
    for connection in crowd:
        street.live.leave(connection)
    while sockets:
        left.append(len(sockets))
        await asyncio.sleep(0)

    assert left == list(range(CROWD - _LEAVING_PER_TURN, 0, -_LEAVING_PER_TURN))
    assert street.live.hub.topics() == []


async def test_a_room_that_empties_is_told_nothing_and_one_who_stays_hears_of_everybody(
    street: Street,
) -> None:
    emptying, staying = street.village.talk(), street.village.talk()
    crowd = [await street.come(f"m{n}", emptying if n % 100 else staying) for n in range(CROWD)]
    ana = await street.come("ana", staying)
    await street.settle_down()
    before = sum(len(street.links[one].frames) for one in crowd)

    for connection in crowd:
        street.live.leave(connection)
    await street.settle_down()

    assert sum(len(street.links[one].frames) for one in crowd) == before
    gone = [event.member for event in street.links[ana].presence() if not event.here]
    assert gone == [one.viewer.member for one in crowd[::100]]
    assert street.live.presence.present(emptying, None) == []


async def test_who_leaves_and_comes_back_in_one_turn_was_never_away(street: Street) -> None:
    thread = street.village.talk()
    ana = await street.come("ana", thread)
    bo = await street.come("bo", thread)
    await street.settle_down()
    told = len(street.links[ana].presence())

    street.live.rooms.leave(bo, thread)
    await street.live.rooms.open(bo, Open(conversation=thread))
    await street.settle_down()

    assert len(street.links[ana].presence()) == told
    assert bo.viewer.member in street.live.presence.present(thread, None)


async def test_a_repair_asks_who_is_who_many_at_a_time_and_cuts_off_who_has_signed_out(
    street: Street,
) -> None:
    thread = street.village.talk()
    crowd = [await street.come(f"m{n}", thread) for n in range(CROWD)]
    del street.village.members["m500"]
    asked = most_at_once = 0

    async def answering() -> None:
        nonlocal asked, most_at_once
        asked += 1
        most_at_once = max(most_at_once, asked)
        await asyncio.sleep(0)
        asked -= 1

    street.village.after_identifying = answering

    await street.live._check_identities()

    assert most_at_once == QUESTIONS_AT_ONCE
    assert [one for one in crowd if one.closed] == [crowd[500]]


async def test_one_question_that_fails_keeps_those_beside_it_from_nothing_and_is_heard_of() -> None:
    done: list[int] = []

    async def act(n: int) -> None:
        await asyncio.sleep(0)
        if n == 2:
            raise LookupError
        done.append(n)

    with pytest.raises(LookupError):
        await each(range(6), act, 3)

    assert done == [0, 1]


async def test_what_is_done_in_turns_keeps_its_order() -> None:
    done: list[int] = []
    in_turns = InTurns(done.append, 2)

    for n in range(3):
        in_turns.add(n)
    at_once = [*done]
    await asyncio.sleep(0)
    in_turns.add(3)
    in_turns.add(4)
    waiting = bool(in_turns)
    for _ in range(2):
        await asyncio.sleep(0)

    assert (at_once, waiting, done) == ([0, 1], True, [0, 1, 2, 3, 4])


class Reader:
    """What a turn flushes: writes down what it was sent."""

    def __init__(self, turn: _Turn) -> None:
        self._turn = turn
        self._unsent = b""
        self.sent = b""

    def write(self, made: Frame) -> None:
        """Do as `WireProtocol` does."""
        WireProtocol.write(cast(WireProtocol, self), made)

    def flush(self) -> None:
        """Take what was written."""
        self.sent, self._unsent = self.sent + self._unsent, b""


async def test_a_crowd_is_written_to_over_some_turns_and_each_in_its_order() -> None:
    turn = _Turn(asyncio.get_running_loop())
    crowd = [Reader(turn) for _ in range(_MOST_WRITTEN + 1)]
    first, second = frame(b"first"), frame(b"second")

    for one in crowd:
        one.write(first)
    await asyncio.sleep(0)
    after_one_turn = [one.sent for one in crowd]
    for one in crowd:
        one.write(second)
    for _ in range(3):
        await asyncio.sleep(0)

    assert after_one_turn == [first] * _MOST_WRITTEN + [b""]
    assert {one.sent for one in crowd} == {first + second}


async def test_a_repair_asks_of_many_rooms_at_once_whether_one_may_still_read(street: Street) -> None:
    rooms = [street.village.talk() for _ in range(2 * QUESTIONS_AT_ONCE)]
    crowd = [await street.come(f"m{n}", room) for n, room in enumerate(rooms)]
    street.village.talks[rooms[7]].hidden = True
    street.village.asked = 0
    street.village.answers_may_come.clear()

    repairing = asyncio.create_task(street.live._check_rights())
    await street.settle_down()
    asked_at_once = street.village.asked
    heard_meanwhile = await said_in(street, rooms[7])
    street.village.answers_may_come.set()
    await repairing
    heard_afterwards = await said_in(street, rooms[7])

    assert asked_at_once == QUESTIONS_AT_ONCE
    assert (heard_meanwhile, heard_afterwards) == ([], [])
    assert [one for one in crowd if not one.conversations] == [crowd[7]]


async def said_in(street: Street, conversation: str) -> list[Pigeonhole]:
    """Say something in a conversation; return whose pigeonholes hold it."""
    author = street.village.members["m0"]
    before = {link: len(link.frames) for link in street.links.values()}
    await street.village.say(author, conversation, "caché")
    await street.settle_down()
    return [link for link, had in before.items() if len(link.frames) > had]
