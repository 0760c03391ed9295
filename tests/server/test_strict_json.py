"""Bodies that two parsers would read differently, or that none should have to read, are refused."""

from collections.abc import AsyncIterator

import pytest

from server.strict_json import MAX_BODY_BYTES, MAX_DEPTH, Malformed, TooLarge, parse
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
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_not_strict_json_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed):
        parse(body)


def test_what_is_longer_than_a_body_may_be_is_refused() -> None:
    assert parse(b'"' + b"a" * (MAX_BODY_BYTES - 2) + b'"')
    with pytest.raises(TooLarge):
        parse(b'"' + b"a" * (MAX_BODY_BYTES - 1) + b'"')


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
