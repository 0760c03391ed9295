"""Two thousand clients that come back at once: each is let in, and gets exactly what it missed."""

import asyncio
import os
import resource
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from realtime.protocol import Open, Ping
from server.commands.starting import allow_files
from tests.faults.phones import Phone, handshake
from tests.faults.watched import Watched
from tests.processes.street import Neighbour, moves_in
from tests.server.board.town import town_at
from tests.waiting import until

# `CLIENTS=10000`: the long form.
CLIENTS = int(os.environ.get("CLIENTS", "2000"))
ROOMS = 20
SCANTY = 256


class Scanty(Watched):
    """A process that is started with room for few connections, as systems do."""

    forked = False

    def _command(self) -> list[str]:
        return ["sh", "-c", f'ulimit -Sn {SCANTY} && exec "$@"', "sh", *super()._command()]


class Guest:
    """One of many, who remembers up to where it has read."""

    def __init__(self, web: Watched, number: int, who: Neighbour, talk: str) -> None:
        self.web, self.number, self.who, self.talk = web, number, who, talk
        self.cursor: int | None = None
        self.phone: Phone | None = None

    async def come(self) -> list[str]:
        """Connect, open the conversation, and return what is new there."""
        self.hang_up()
        self.phone = await Phone.call(self.web)
        address = f"10.0.{self.number // 250}.{self.number % 250 + 1}"
        await self.phone.shake(handshake(self.web, self.who, address))
        self.phone.ask(Open(conversation=self.talk, cursor=self.cursor))
        opened = await self.phone.hears("opened")
        assert opened["reset"] is (self.cursor is None)
        self.cursor = opened["cursor"]
        return [one["text"] for one in opened["messages"]]

    def hang_up(self) -> None:
        """Be gone."""
        if self.phone is not None:
            self.phone.hang_up()


@pytest.fixture
def room_for_all() -> Iterator[None]:
    """Let this process, which is all the clients, have as many connections as it may."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    if allow_files() < CLIENTS + 200:
        raise RuntimeError(f"the hard limit of open files (ulimit -Hn) is too low for {CLIENTS} clients")
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.usefixtures("room_for_all")
async def test_two_thousand_who_come_back_at_once_are_all_let_in_and_miss_nothing(
    migrated_sqlite: Path,
) -> None:
    with Scanty(migrated_sqlite) as web:
        async with town_at(web.database_url) as town:
            ana = await moves_in(town, "Ana")
            members = [await moves_in(town, f"Bo {number}") for number in range(ROOMS)]
        talks = [(await ana.publish(web))["thread"] for _ in range(ROOMS)]
        who = [members[number // 8] if number < 8 * ROOMS else Neighbour() for number in range(CLIENTS)]
        guests = [Guest(web, number, who[number], talks[number % ROOMS]) for number in range(CLIENTS)]

        async with AsyncExitStack() as ending:
            for guest in guests:
                ending.callback(guest.hang_up)
            await asyncio.gather(*(guest.come() for guest in guests))
            web.kill()
            web.start()
            missed = {talk: [f"{talk} {number}" for number in range(2)] for talk in talks}
            for talk, texts in missed.items():
                for text in texts:
                    assert (await ana.say(web, talk, text)).status_code == 201

            news = await asyncio.gather(*(guest.come() for guest in guests))

            assert news == [missed[guest.talk] for guest in guests]
            assert await web.sockets() == CLIENTS
            last = (await ana.say(web, talks[0], "Tous là ?")).json()["id"]
            there = [guest.phone for guest in guests if guest.talk == talks[0] and guest.phone]
            heard = await asyncio.gather(*(one.hears("message") for one in there))
            assert {event["message"]["id"] for event in heard} == {last}
        assert "Traceback" not in web.written()


class Cramped(Watched):
    """A process that may have no more than so many files and connections."""

    forked = False

    def _command(self) -> list[str]:
        return ["sh", "-c", f'ulimit -n {SCANTY} && exec "$@"', "sh", *super()._command()]


async def test_a_process_without_room_serves_who_is_in_and_others_once_some_have_gone(
    migrated_sqlite: Path,
) -> None:
    with Cramped(migrated_sqlite) as web:
        async with town_at(web.database_url) as town:
            ana = await moves_in(town, "Ana")
        talk = (await ana.publish(web))["thread"]
        guests = [Guest(web, number, Neighbour(), talk) for number in range(SCANTY)]

        came = await asyncio.gather(*(guest.come() for guest in guests), return_exceptions=True)

        inside = [guest for guest, outcome in zip(guests, came, strict=True) if outcome == []]
        assert 0 < len(inside) < SCANTY
        for guest in inside:
            assert guest.phone is not None
            guest.phone.ask(Ping(ref=guest.number))
            assert (await guest.phone.hears("pong"))["ref"] == guest.number
        for guest in guests:
            guest.hang_up()

        async def served() -> bool:
            try:
                return (await ana.say(web, talk, "Encore là")).status_code == 201
            except httpx.TransportError:
                return False

        await until(served, "others are served")
