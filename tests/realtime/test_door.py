"""The socket's door and its limits: origins, identities, how many, how fast, how much."""

import asyncio
from typing import Any

import pytest

from realtime.bus import MemoryBus
from realtime.connection import SLOW_READER_BYTES
from realtime.endpoint import may_come_from_there
from realtime.frames import frame
from realtime.protocol import (
    CloseCode,
    Open,
    Opened,
    Ping,
    Pong,
    Read,
    Refused,
    TypingSeen,
    Watch,
    Welcome,
)
from realtime.shapes import Place, Scale
from realtime.signals import IdentityChanged
from realtime.sockets import SOCKETS_PER_MEMBER
from realtime.topics import Topic, conversation_topic
from tests.realtime.served import ALLOWED, Process, new_live, quiet_reader, serving
from tests.realtime.village import Village, new_id, person
from tests.waiting import PATIENCE_SECONDS


async def test_the_first_frame_says_who_one_is(village: Village, process: Process) -> None:
    ana = village.settle("ana", moderator=True)

    async with process.raw("ana") as member, process.raw() as nobody:
        known, unknown = await member.next(Welcome), await nobody.next(Welcome)

    assert (known.member, known.moderator) == (ana, True)
    assert (unknown.member, unknown.moderator) == (None, False)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1", "http://["])
async def test_a_page_of_somebody_else_is_turned_away(origin: str, process: Process) -> None:
    async with process.raw(origin=origin) as client:
        assert await client.closed() == CloseCode.ORIGIN


async def test_a_cookie_without_an_origin_is_turned_away(village: Village, process: Process) -> None:
    village.settle("ana")

    async with process.raw("ana", origin=None) as client:
        assert await client.closed() == CloseCode.ORIGIN


@pytest.mark.parametrize("origin", [None, ALLOWED])
async def test_a_program_without_cookie_and_an_allowed_page_come_in(origin: Any, process: Process) -> None:
    async with process.raw(origin=origin) as client:
        await client.next(Welcome)


@pytest.mark.parametrize(
    ("scheme", "origin", "may"),
    [
        ("wss", "https://1mile.example", True),
        ("wss", "http://1mile.example", False),
        ("ws", "https://1mile.example", True),
        ("wss", "https://1mile.example:8443", False),
        ("wss", "https://1mile.example.evil.example", False),
        ("wss", "https://evil.example@1mile.example", False),
        ("wss", "", False),
    ],
)
def test_our_own_pages_are_those_of_the_same_host_and_no_less_secure(
    scheme: str, origin: str, may: bool
) -> None:
    headers = {"host": "1mile.example", "origin": origin}

    assert may_come_from_there(scheme, headers, ()) is may


async def test_signing_out_closes_the_sockets_of_that_session(village: Village, process: Process) -> None:
    ana = village.settle("ana")

    async with process.client("ana") as here, process.client() as nobody:
        await village.publish(IdentityChanged(member=ana.id, session="another"))
        await here.ask(Ping())
        await here.next(Pong)
        await village.publish(IdentityChanged(member=ana.id, session="ana"))

        assert await here.closed() == CloseCode.IDENTITY
        assert await nobody.all_until_now() == []


async def test_signing_out_during_the_handshake_is_not_missed(village: Village, process: Process) -> None:
    ana = village.settle("ana")

    async def sign_out() -> None:
        village.members.pop("ana", None)
        await village.publish(IdentityChanged(member=ana.id))

    village.after_identifying = sign_out
    async with process.raw("ana") as client:
        welcome = await client.next(Welcome)

    assert welcome.member is None


async def test_a_sign_out_that_nobody_heard_of_is_found_by_a_handshake_after_the_gap(
    village: Village, process: Process
) -> None:
    village.settle("ana")

    async def sign_out_unheard() -> None:
        village.after_identifying = village.before_reading
        del village.members["ana"]
        process.live.on_gap()
        async with asyncio.timeout(PATIENCE_SECONDS):
            # The repair is over: whoever is in has been asked for again.
            while process.live.repairing:  # noqa: ASYNC110
                await asyncio.sleep(0)

    village.after_identifying = sign_out_unheard
    async with process.raw("ana") as client:
        assert (await client.next(Welcome)).member is None


async def test_a_ninth_socket_of_a_member_closes_the_oldest(village: Village, process: Process) -> None:
    village.settle("ana")
    async with process.client("ana") as first:
        opened = [process.client("ana") for _ in range(SOCKETS_PER_MEMBER)]
        clients = [await one.__aenter__() for one in opened]

        assert await first.closed() == CloseCode.TOO_MANY
        assert await clients[0].all_until_now() == []
        for one in opened:
            await one.__aexit__(None, None, None)


async def test_an_address_has_so_many_sockets_and_no_more(village: Village) -> None:
    async with serving(new_live(village, MemoryBus(), sockets_per_address=2)) as process:
        async with process.client(), process.client(), process.raw() as third:
            turned_away = await third.closed()
        async with process.client() as later:
            assert await later.all_until_now() == []

    assert turned_away == CloseCode.TOO_MANY


async def test_members_do_not_take_the_places_of_an_address(village: Village) -> None:
    village.settle("ana")

    async with serving(new_live(village, MemoryBus(), sockets_per_address=1)) as process:
        async with process.client("ana") as member, process.client("ana"), process.client():
            assert await member.all_until_now() == []
        async with process.client() as later:
            assert await later.all_until_now() == []


async def test_who_cannot_be_identified_is_asked_to_come_back(village: Village, process: Process) -> None:
    village.down = True

    async with process.raw() as client:
        assert await client.closed() == CloseCode.RESTART


async def test_when_the_process_goes_down_clients_are_asked_to_come_back(process: Process) -> None:
    async with process.client() as client:
        closing = asyncio.create_task(process.live.aclose())

        assert await client.closed() == CloseCode.RESTART
        await closing


async def test_one_who_asks_too_fast_is_refused_and_then_cut_off(process: Process) -> None:
    async with process.client() as flooding, process.client() as other:
        for n in range(800):
            await flooding.ask(Ping(ref=n))
        while not isinstance(answer := await flooding.next_event(), Refused):
            assert isinstance(answer, Pong)
        code = await flooding.closed()

        assert answer.code == "too_many"
        assert code == CloseCode.FLOOD
        assert await other.all_until_now() == []


async def test_only_members_mark_what_they_have_read(village: Village, process: Process) -> None:
    async with process.client() as nobody:
        await nobody.ask(Read(conversation=village.talk(), seq=1))

        assert (await nobody.next(Refused)).code == "sign_in_first"


async def test_sockets_that_come_and_go_leave_nothing_behind(village: Village, process: Process) -> None:
    village.settle("ana")
    thread = village.talk()
    tasks_before = len(asyncio.all_tasks())

    async def visit() -> None:
        async with process.client("ana") as client:
            await client.ask(Open(conversation=thread))
            await client.ask(Watch(at=Place(lon=7.3, lat=47.7), scale=Scale.NEAREST, layers=frozenset()))
            await client.next(Opened)

    for _ in range(20):
        await asyncio.gather(*(visit() for _ in range(4)))
    async with asyncio.timeout(PATIENCE_SECONDS):
        # What is awaited is that nothing is left: there is no event to wait for.
        while process.live.sockets.all or len(asyncio.all_tasks()) > tasks_before:  # noqa: ASYNC110
            await asyncio.sleep(0)

    live = process.live
    assert live.hub.topics() == []
    assert (live.counts.sockets, live.counts.watches) == (0, 0)
    assert live.presence.present(thread, None) == []


async def flood(process: Process, topic: Topic) -> None:
    """Deliver 2 MB to the topic, a little in each turn of the loop."""
    event = TypingSeen(conversation=new_id(), member=person("x" * 2000))
    for _ in range(1000):
        process.live.hub.deliver([topic], event)
        await asyncio.sleep(0)


async def test_a_reader_too_slow_is_cut_off_and_told_to_resume(village: Village, process: Process) -> None:
    thread = village.talk()
    options: dict[str, Any] = {"sock": quiet_reader(process.port), "max_queue": 1}

    async with process.client(**options) as slow, process.client() as quick:
        for client in (slow, quick):
            await client.ask(Open(conversation=thread))
            await client.next(Opened)
        flooding = asyncio.create_task(flood(process, conversation_topic(thread)))
        received = [await quick.next(TypingSeen) for _ in range(1000)]
        await flooding

        assert len(received) == 1000
        assert await slow.closed() == CloseCode.SLOW
        assert process.live.counts.slow_cut == 1


async def test_a_reader_who_never_reads_costs_little_and_is_gone_soon(
    village: Village, process: Process
) -> None:
    thread = village.talk()
    options: dict[str, Any] = {"sock": quiet_reader(process.port), "max_queue": 1, "close_timeout": 0.1}

    async with process.client(**options) as deaf:
        await deaf.ask(Open(conversation=thread))
        await deaf.next(Opened)
        link: Any = next(iter(process.live.sockets.all)).link
        most = 0
        event = TypingSeen(conversation=new_id(), member=person("x" * 2000))
        async with asyncio.timeout(PATIENCE_SECONDS):
            while process.live.sockets.all:
                process.live.hub.deliver([conversation_topic(thread)], event)
                most = max(most, link.buffered())
                await asyncio.sleep(0)

    assert SLOW_READER_BYTES / 2 < most < SLOW_READER_BYTES + 8192


@pytest.mark.parametrize("process", ["wire"], indirect=True)
async def test_one_who_pings_without_reading_costs_little_and_is_gone_soon(process: Process) -> None:
    options: dict[str, Any] = {"sock": quiet_reader(process.port), "close_timeout": 0.1}
    # The masked frame of a ping with 125 octets. Of one read few are answered: many at once only near the
    # limit, or reading them is what takes long.
    ping = b"\x89\xfd\0\0\0\0" + bytes(125)

    async with process.client(**options) as deaf:
        link: Any = next(iter(process.live.sockets.all)).link
        deaf.socket.transport.pause_reading()
        most = 0
        async with asyncio.timeout(PATIENCE_SECONDS):
            while process.live.sockets.all:
                if deaf.socket.transport.get_write_buffer_size() == 0:
                    near = link.buffered() > SLOW_READER_BYTES - 8192
                    deaf.socket.transport.write(ping * (2000 if near else 8))
                most = max(most, link.buffered())
                await asyncio.sleep(0)

    assert most < SLOW_READER_BYTES + 8192


@pytest.mark.parametrize("process", ["wire"], indirect=True)
async def test_one_who_pings_and_says_goodbye_without_reading_goes_without_a_fault(process: Process) -> None:
    options: dict[str, Any] = {"sock": quiet_reader(process.port), "close_timeout": 0.1}
    faults: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, fault: faults.append(fault))

    async with process.client(**options) as deaf:
        link: Any = next(iter(process.live.sockets.all)).link
        deaf.socket.transport.pause_reading()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while link.buffered() <= SLOW_READER_BYTES:
                link.write(frame(b"x" * 2000))
                await asyncio.sleep(0)
            # In one piece: an empty ping, and a close with the code 1000.
            deaf.socket.transport.write(b"\x89\x80\0\0\0\0" + b"\x88\x82\0\0\0\0\x03\xe8")
            # Its end shows by nothing but its absence.
            while process.live.sockets.all:  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    assert faults == []
