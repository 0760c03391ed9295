"""JSON as RFC 8259 has it and as two parsers would agree on it.

Python's parser takes NaN, 1e999, lone surrogates, 5,000-digit numbers, 100,000 levels and the last of two
equal names. Each is a way to make one reader see another document than the next, or none at all.
"""

import json
import re
from math import isfinite
from typing import Any, Final, NoReturn

import orjson

from realtime.refusals import Invalid, Refusal

# An article of 20,000 characters, of four bytes each, with the words under its photos.
MAX_BODY_BYTES: Final = 131_072
MAX_DEPTH: Final = 32
# Ours have some dozens. A list of 30,000 wrong values is an answer of 3 MB to write, in 200 ms.
MAX_VALUES: Final = 1000
_MAX_DIGITS = 30
_STRING: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"')


class Malformed(Refusal):
    """The body is not JSON that we take."""

    status = 400


class TooLarge(Refusal):
    """The body is longer than any that makes sense."""

    status = 413


def parse(body: bytes) -> Any:
    """Return the value of `body`, a JSON document in UTF-8.

    Raises `TooLarge` beyond 128 KiB and `Malformed` for what strict parsers refuse, for a name given twice,
    for more than 32 levels or 1,000 values and for numbers beyond a double.
    """
    if len(body) > MAX_BODY_BYTES:
        raise TooLarge("body_too_large", limit=MAX_BODY_BYTES)
    try:
        # orjson refuses NaN, lone surrogates, control characters and what is not UTF-8; it takes doubles.
        orjson.loads(body)
        brackets = body.count(b"{") + body.count(b"[")
        # Most bodies have not even so many signs.
        suspect = brackets > MAX_DEPTH or brackets + body.count(b",") >= MAX_VALUES
        if suspect and _has_too_many_signs(body):
            raise Malformed("malformed_json")
        value = _DECODER.decode(body.decode())
    except (ValueError, RecursionError):
        raise Malformed("malformed_json") from None
    if suspect and _is_boundless(value):
        raise Malformed("malformed_json")
    return value


def parse_object(body: bytes) -> dict[str, Any]:
    """Return the object in `body`. Raises as `parse` does, and `Invalid` for another kind of value."""
    value = parse(body)
    if not isinstance(value, dict):
        raise Invalid("not_an_object")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name comes twice")
    return found


def _refuse(_: str) -> NoReturn:
    raise ValueError("not a number")


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError("beyond a double")
    return number


def _short(text: str) -> int:
    if len(text) > _MAX_DIGITS:
        raise ValueError("more digits than anything here is long")
    return int(text)


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_once, parse_constant=_refuse, parse_float=_finite, parse_int=_short
)


def _has_too_many_signs(body: bytes) -> bool:
    """Return whether a JSON document has more brackets or commas than it may have values: they are not made.

    What stands in its texts does not count; a value that is hidden by another of the same name does.
    """
    bare = _STRING.sub(b"", body)
    return max(bare.count(b"{") + bare.count(b"["), bare.count(b",")) > MAX_VALUES


def _is_boundless(value: Any) -> bool:
    """Return whether `value` has too many levels or values, looking at one level after the other."""
    level, values = [value], 1
    for _ in range(MAX_DEPTH + 1):
        level = [one for one in level if isinstance(one, dict | list)]
        if not level:
            return False
        level = [one for outer in level for one in (outer.values() if isinstance(outer, dict) else outer)]
        values += len(level)
        if values > MAX_VALUES:
            return True
    return True
