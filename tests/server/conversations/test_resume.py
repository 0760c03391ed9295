"""Coming back to a conversation: everything missed, once, in order, or an explicit reset (E1)."""

import asyncio
import random
from itertools import pairwise

import pytest

from realtime.backend import Opening
from realtime.protocol import MessageChanged
from realtime.shapes import Message
from server.conversations import actions, openings, queries
from tests.server.board.town import Town


class Reader:
    """A client that keeps a conversation by its cursor, as the protocol tells it to."""

    def __init__(self) -> None:
        self.messages: dict[str, Message] = {}
        self.cursor: int | None = None
        self.resets = 0

    def take(self, opening: Opening) -> None:
        if opening.reset:
            self.messages.clear()
            self.resets += 1
        for message in opening.messages:
            assert opening.reset or self.cursor is None or message.change > self.cursor
            self.messages[message.id] = message
        self.cursor = opening.cursor

    @property
    def shown(self) -> list[Message]:
        return sorted(self.messages.values(), key=lambda message: message.seq)


async def test_who_comes_back_gets_what_changed_and_nothing_else(town: Town) -> None:
    ana = await town.member("Ana")
    thread = (await town.publish(ana)).listing.thread
    one, two, three = [await town.post(ana, thread, text) for text in ("Un", "Deux", "Trois")]
    opening = await town.backend.opening(ana, thread, None)

    edited = await actions.edit(town.site, ana, one.id, "Un !")
    gone = await actions.delete(town.site, ana, two.id)
    four = await town.post(ana, thread, "Quatre")
    resumed = await town.backend.opening(ana, thread, opening.cursor)

    assert (opening.reset, opening.messages, opening.cursor) == (True, [one, two, three], 3)
    assert (resumed.reset, resumed.messages, resumed.cursor) == (False, [edited, gone, four], 6)
    assert (await town.backend.opening(ana, thread, 6)).messages == []


async def test_an_empty_conversation_can_be_opened(town: Town) -> None:
    ana = await town.member("Ana")
    thread = (await town.publish(ana)).listing.thread

    opening = await town.backend.opening(ana, thread, None)

    assert (opening.reset, opening.messages, opening.cursor, opening.earlier) == (True, [], 0, False)


async def test_a_cursor_of_another_past_is_reset(town: Town) -> None:
    ana = await town.member("Ana")
    thread = (await town.publish(ana)).listing.thread
    message = await town.post(ana, thread)

    opening = await town.backend.opening(ana, thread, 2)

    assert (opening.reset, opening.messages, opening.cursor) == (True, [message], 1)


async def test_who_missed_very_much_starts_again_from_the_latest(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openings, "MOST_MISSED", 4)
    monkeypatch.setattr(openings, "LATEST", 3)
    ana = await town.member("Ana")
    thread = (await town.publish(ana)).listing.thread
    sent = [await town.post(ana, thread, f"Message {n}") for n in range(6)]

    far, near = [await town.backend.opening(ana, thread, cursor) for cursor in (1, 2)]

    assert (far.reset, far.messages, far.earlier) == (True, sent[3:], True)
    assert (near.reset, near.messages, near.earlier) == (False, sent[2:], False)


async def test_numbers_are_taken_without_gap_or_double_however_many_write(town: Town) -> None:
    writers = [await town.member(f"Membre {n}") for n in range(8)]
    thread = (await town.publish(writers[0])).listing.thread

    async def write(n: int) -> list[int]:
        posted = [await town.post(writers[n], thread, f"{n} dit {k}") for k in range(6)]
        edited = await actions.edit(town.site, writers[n], posted[0].id, "Corrigé")
        return [*(message.seq for message in posted), edited.change]

    taken = await asyncio.gather(*(write(n) for n in range(8)))

    assert sorted(number for numbers in taken for number in numbers) == [*range(1, 57)]
    assert all(earlier < later for numbers in taken for earlier, later in pairwise(numbers))
    changes = [event.message.change for event in await town.events(MessageChanged)]
    assert sorted(changes) == [*range(1, 57)]


async def test_nothing_is_missed_or_doubled_while_others_write(town: Town) -> None:
    writers = [await town.member(f"Membre {n}") for n in range(5)]
    thread = (await town.publish(writers[0])).listing.thread
    dice = random.Random(1)
    reader, writing = Reader(), True

    async def write(n: int) -> None:
        mine: list[Message] = []
        for k in range(10):
            if mine and dice.random() < 0.3:
                await actions.edit(town.site, writers[n], dice.choice(mine).id, f"{n} corrige {k}")
            else:
                mine.append(await town.post(writers[n], thread, f"{n} dit {k}"))

    async def follow() -> None:
        while writing:
            reader.take(await town.backend.opening(writers[0], thread, reader.cursor))

    following = asyncio.create_task(follow())
    await asyncio.gather(*(write(n) for n in range(5)))
    writing = False
    await following
    reader.take(await town.backend.opening(writers[0], thread, reader.cursor))

    fresh = await queries.page(town.site, writers[0], thread, limit=200)
    assert reader.shown == fresh.messages
    assert reader.cursor == 50
    assert reader.resets == 1
