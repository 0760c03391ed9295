"""Bodies that two parsers would read differently, or that none should have to read, are refused."""

import json
from collections.abc import AsyncIterator, Iterator
from functools import partial

import pytest

from realtime.refusals import Refusal
from server.app import OPERATIONS
from server.http import Operation
from server.problems import render
from server.strict_json import MAX_BODY_BYTES, MAX_DEPTH, MAX_VALUES, Malformed, TooLarge, parse
from tests.counting import calls
from tests.server.house import House, problem

MALFORMED = {
    "nothing": b"",
    "not JSON": b"{name: 1}",
    "NaN": b'{"text": NaN}',
    "infinity": b'{"text": -Infinity}',
    "beyond a double": b'{"text": 1e999}',
    "many digits": b'{"text": ' + b"9" * 5000 + b"}",
    "a name twice": b'{"text": "a", "text": "b"}',
    "a name twice, written differently": b'{"text": "a", "t\\u0065xt": "b"}',
    "lone surrogate": b'{"text": "\\ud800"}',
    "not UTF-8": b'{"text": "\xff"}',
    "UTF-16": '{"text": "a"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"text": "a"}',
    "two values": b'{"text": "a"}{"text": "b"}',
    "a control character": b'{"text": "a\x00b"}',
    "deep": b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
    "very deep": b'{"a":' * 6000 + b"1" + b"}" * 6000,
    "extremely deep": b"[" * 60_000,
    "more values than anything here has": b"[" + b"1," * (MAX_VALUES - 1) + b"1]",
    "many small objects": b"[" + b"{}," * 20_000 + b"{}]",
}
BOUNDED = [
    b"[" * MAX_DEPTH + b"]" * MAX_DEPTH,
    b"[" + b"1," * (MAX_VALUES - 2) + b"1]",
    b'["' + b"[,{" * 10_000 + b'"]',
    b'{"a":[' + b"[{}]," * 200 + b'{"b":[]}]}',
]
# Some 30 ms: a text of 128 KiB, looked at letter by letter, takes 530,000.
MOST_CALLS = 600_000
# Of a body of 128 KiB, what takes longest to read or to refuse.
HOSTILE = {
    "wrong values": b'{"layers":[' + b"1," * 65_000 + b"1]}",
    "small objects": b'{"layers":[' + b"{}," * 43_000 + b"{}]}",
    "small numbers": b'{"layers":[' + b"1.5," * 32_000 + b"1.5]}",
    "unknown names": b"{%b}" % b",".join(b'"%x":0' % n for n in range(14_000)),
    "levels": b'{"layers":[%b]}' % b",".join([b"[" * 30 + b"]" * 30] * 2_000),
    "a long text": b'{"text":"' + b"a" * 131_000 + b'"}',
    "a letter under many marks": ('{"text":"a' + "\u0301\u0323" * 32_000 + '"}').encode(),
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_not_strict_json_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed):
        parse(body)


def test_what_is_longer_than_a_body_may_be_is_refused() -> None:
    assert parse(b'"' + b"a" * (MAX_BODY_BYTES - 2) + b'"')
    with pytest.raises(TooLarge):
        parse(b'"' + b"a" * (MAX_BODY_BYTES - 1) + b'"')


@pytest.mark.parametrize("body", BOUNDED)
def test_what_is_just_within_the_bounds_is_read(body: bytes) -> None:
    assert parse(body) == json.loads(body)


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_body_keeps_the_loop_for_long_nor_makes_a_long_answer(body: bytes) -> None:
    for one in OPERATIONS:
        if one.body is not None:
            answers: list[bytes] = []

            assert calls(partial(answers.extend, refusals(one, body))) <= MOST_CALLS, one.path
            assert 0 < len(answers[0]) < 2_000


def refusals(one: Operation, body: bytes) -> Iterator[bytes]:
    """Give the answer to a body that is refused, worked out when it is asked for."""
    with pytest.raises(Refusal) as refused:
        one._body(body)
    yield bytes(render(refused.value, "fr").body)


def test_ordinary_json_is_read_as_it_is() -> None:
    body = '{"text": "Ça va ? 😀 \\ud83d\\ude00", "list": [1, -2.5, 1e3, true, null, {}]}'.encode()

    assert parse(body) == {"text": "Ça va ? 😀 😀", "list": [1, -2.5, 1000.0, True, None, {}]}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
async def test_a_route_answers_such_a_body_with_a_problem(small_house: House, body: bytes) -> None:
    client = await small_house.visitor()

    answer = await client.post("/api/places", content=body, headers={"Content-Type": "application/json"})

    assert problem(answer) == (400, "malformed_json")


async def test_a_body_that_does_not_end_is_refused_as_soon_as_it_is_too_long(small_house: House) -> None:
    client = await small_house.visitor()
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1024
            yield b" " * 1024

    answer = await client.post("/api/places", content=endless(), headers={"Content-Type": "application/json"})

    assert problem(answer) == (413, "body_too_large")
    assert sent <= MAX_BODY_BYTES + 2048


@pytest.mark.parametrize(
    ("headers", "content", "expected"),
    [
        ({"Content-Type": "text/plain"}, b"{}", (415, "json_expected")),
        ({}, b"{}", (415, "json_expected")),
        ({"Content-Type": "application/json"}, b"[]", (422, "not_an_object")),
        ({"Content-Type": "application/json; charset=utf-8"}, b"{}", (422, "invalid_fields")),
        ({"Content-Type": "application/json"}, b'{"text": "x y", "more": 1}', (422, "invalid_fields")),
    ],
)
async def test_a_body_of_another_kind_is_refused_with_what_was_expected(
    small_house: House, headers: dict[str, str], content: bytes, expected: tuple[int, str]
) -> None:
    client = await small_house.visitor()

    answer = await client.post("/api/places", content=content, headers=headers)

    assert problem(answer) == expected
