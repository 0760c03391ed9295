"""Frames that are not of the protocol: an answer or a close code, no traceback, and nobody else notices."""

import logging

import pytest

from realtime.commands import MALFORMED_LIMIT
from realtime.protocol import (
    MAX_FRAME_BYTES,
    CloseCode,
    MessageChanged,
    Open,
    Opened,
    Ping,
    Pong,
    Refused,
)
from tests.realtime.served import Client, Process
from tests.realtime.village import Village, new_id

ID = new_id()
DIGITS = "9" * 5000

NOT_OF_THE_PROTOCOL = [
    "",
    " ",
    "{",
    "null",
    "[]",
    "NaN",
    '"ping"',
    "\ufeff{}",
    "[" * 8000,
    '{"a":' * 3000,
    "{}",
    '{"type":null}',
    '{"type":["ping"]}',
    '{"type":"telepathy"}',
    '{"type":"welcome","member":null}',
    '{"type":"ping","extra":1}',
    '{"type":"ping","ref":-1}',
    '{"type":"ping","ref":true}',
    '{"type":"ping","ref":1.5}',
    '{"type":"ping","ref":"1"}',
    f'{{"type":"ping","ref":{DIGITS}}}',
    f'{{"type":"ping","{DIGITS}":1}}',
    '{"type":"watch"}',
    '{"type":"watch","at":{"lon":NaN,"lat":0},"scale":"mile","layers":[]}',
    '{"type":"watch","at":{"lon":1e999,"lat":0},"scale":"mile","layers":[]}',
    '{"type":"watch","at":{"lon":-Infinity,"lat":0},"scale":"mile","layers":[]}',
    f'{{"type":"watch","at":{{"lon":{DIGITS},"lat":0}},"scale":"mile","layers":[]}}',
    '{"type":"watch","at":{"lon":"7","lat":"47"},"scale":"mile","layers":[]}',
    '{"type":"watch","at":{"lon":true,"lat":false},"scale":"mile","layers":[]}',
    '{"type":"watch","at":{"lon":7,"lat":91},"scale":"mile","layers":[]}',
    '{"type":"watch","at":{"lon":7,"lat":47},"scale":"world","layers":[]}',
    '{"type":"watch","at":{"lon":7,"lat":47},"scale":"mile","layers":["offer","aliens"]}',
    '{"type":"watch","at":{"lon":7,"lat":47},"scale":"mile","layers":"offer"}',
    '{"type":"open","conversation":"1"}',
    f'{{"type":"open","conversation":"{ID}\\n"}}',
    f'{{"type":"open","conversation":"{ID.upper()}"}}',
    f'{{"type":"open","conversation":"{ID}","cursor":-1}}',
    f'{{"type":"open","conversation":"{ID}","cursor":{DIGITS}}}',
    f'{{"type":"send","conversation":"{ID}","id":"{ID}","text":"\\ud800"}}',
    f'{{"type":"send","conversation":"{ID}","id":"{ID}","text":"nul \\u0000"}}',
    f'{{"type":"send","conversation":"{ID}","id":"{ID}","text":"  "}}',
    f'{{"type":"send","conversation":"{ID}","id":"{ID}","text":"{"x" * 4001}"}}',
    f'{{"type":"send","conversation":"{ID}","id":"{ID}","text":{{}}}}',
    f'{{"type":"read","conversation":"{ID}","seq":1e3}}',
    '{"type":"feed","area":[],"kinds":["listing"]}',
    '{"type":"feed","kinds":["everything"]}',
]

NO_AREAS = [
    "{}",
    '{"type":"Polygon"}',
    '{"type":"Polygon","coordinates":null}',
    '{"type":"Polygon","coordinates":[]}',
    '{"type":"Polygon","coordinates":[[]]}',
    '{"type":"Polygon","coordinates":[[[]]]}',
    '{"type":"Polygon","coordinates":[null]}',
    '{"type":"Polygon","coordinates":[[null,null,null,null]]}',
    '{"type":"Polygon","coordinates":[["ab","cd","ef","ab"]]}',
    '{"type":"Polygon","coordinates":{"0":1}}',
    '{"type":"Polygon","coordinates":[[[0,0],[1,1],[NaN,1],[0,0]]]}',
    '{"type":"Polygon","coordinates":[[[0,0],[1,1],[1e999,1],[0,0]]]}',
    f'{{"type":"Polygon","coordinates":[[[0,0],[1,1],[{DIGITS},1],[0,0]]]}}',
    '{"type":"Polygon","coordinates":[[[0,0],[0,0],[0,0],[0,0]]]}',
    '{"type":"Polygon","coordinates":[[[0,0],[1,1],[0,1],[1,0],[0,0]]]}',
    '{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1]]]}',
    '{"type":"MultiPolygon","coordinates":[]}',
    '{"type":"MultiPolygon","coordinates":[[[[0,0]]]]}',
    '{"type":"Point","coordinates":[7,47]}',
    '{"type":{"a":1},"coordinates":[]}',
    f'{{"type":"Polygon","coordinates":{"[" * 100}{"]" * 100}}}',
]


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """What is logged, from warnings on."""
    caplog.set_level(logging.WARNING)
    return caplog


async def others_are_well(village: Village, process: Process, bystander: Client, thread: str) -> None:
    """Check that a client who was there all the time, and a new one, are served."""
    ana = village.settle("ana")
    await village.say(ana, thread, "Tout va bien")
    assert [type(event) for event in await bystander.all_until_now()] == [MessageChanged]
    async with process.client() as late:
        assert await late.all_until_now() == []


async def test_each_malformed_frame_is_refused_and_harms_nobody(
    village: Village, process: Process, log: pytest.LogCaptureFixture
) -> None:
    thread = village.talk()

    async with process.client() as bystander:
        await bystander.ask(Open(conversation=thread))
        await bystander.next(Opened)
        for text in NOT_OF_THE_PROTOCOL:
            async with process.client() as client:
                await client.socket.send(text)
                refused = await client.next(Refused)
                assert refused.code == "malformed", text
                await client.ask(Ping())
                await client.next(Pong)
        await others_are_well(village, process, bystander, thread)

    assert log.records == []


async def test_each_area_that_is_none_is_refused(
    village: Village, process: Process, log: pytest.LogCaptureFixture
) -> None:
    village.settle("max", moderator=True)

    for area in NO_AREAS:
        async with process.client("max") as moderator:
            await moderator.socket.send(f'{{"type":"feed","ref":1,"area":{area},"kinds":["listing"]}}')
            refused = await moderator.next(Refused)
            assert refused.code in {"malformed", "invalid_area"}, area

    assert log.records == []


async def test_a_refusal_carries_the_ref_of_what_was_refused(process: Process) -> None:
    async with process.client() as client:
        await client.socket.send(f'{{"type":"send","ref":9,"conversation":"{ID}","id":"{ID}","text":""}}')

        assert (await client.next(Refused)).ref == 9


async def test_who_speaks_another_language_again_and_again_is_cut_off(process: Process) -> None:
    async with process.client() as client:
        for _ in range(MALFORMED_LIMIT):
            await client.socket.send("BONJOUR")

        assert await client.closed() == CloseCode.PROTOCOL


@pytest.mark.parametrize(
    ("payload", "as_text", "code"),
    [
        (b'{"type":"ping"}', False, CloseCode.PROTOCOL),
        (b" " * (MAX_FRAME_BYTES + 1), True, 1009),
        ("é".encode() * (MAX_FRAME_BYTES // 2 + 1), True, 1009),
        ([b" " * MAX_FRAME_BYTES, b" "], True, 1009),
    ],
)
async def test_a_frame_of_the_wrong_kind_or_size_ends_the_socket(
    payload: bytes,
    as_text: bool,
    code: int,
    village: Village,
    process: Process,
    log: pytest.LogCaptureFixture,
) -> None:
    thread = village.talk()

    async with process.client() as bystander:
        await bystander.ask(Open(conversation=thread))
        await bystander.next(Opened)
        async with process.client() as client:
            await client.socket.send(payload, text=as_text)
            assert await client.closed() == code
        await others_are_well(village, process, bystander, thread)

    assert log.records == []


async def test_a_frame_of_just_16_kib_is_read(process: Process) -> None:
    async with process.client() as client:
        await client.socket.send('{"type":"ping"}'.ljust(MAX_FRAME_BYTES))

        await client.next(Pong)


@pytest.mark.parametrize("process", ["wire"], indirect=True)
@pytest.mark.parametrize(
    ("octets", "code"),
    [
        # Text that is not UTF-8; a frame unmasked, of an unknown kind, compressed without leave.
        (b"\x81\x82\x00\x00\x00\x00\xff\xfe", 1007),
        (b"\x81\x02{}", 1002),
        (b"\x83\x80\x00\x00\x00\x00", 1002),
        (b"\xc1\x80\x00\x00\x00\x00", 1002),
        # A text that begins and goes on in empty fragments, and never ends.
        (b"\x01\x80\x00\x00\x00\x00" + b"\x00\x80\x00\x00\x00\x00" * 1000, 1009),
    ],
)
async def test_octets_that_are_no_frame_end_the_socket(
    octets: bytes, code: int, process: Process, log: pytest.LogCaptureFixture
) -> None:
    async with process.client() as client:
        client.socket.transport.write(octets)

        assert await client.closed() == code
    assert log.records == []
