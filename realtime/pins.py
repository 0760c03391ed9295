"""Pins as the live index holds them: encoded once when they change, sent as they are from then on."""

from collections.abc import Sequence
from typing import Final, NewType

import orjson

from geo.index import PinIndex, Placed
from geo.position import Point
from realtime.frames import Frame, frame
from realtime.shapes import Layer, Pin

EncodedPin = NewType("EncodedPin", bytes)
"""A pin as a GeoJSON feature (RFC 7946), whose properties are the pin's own JSON: see `json_of`.

Bytes and nothing else: as a shape beside its JSON a pin took 2,760 bytes of the index, so it takes 880.
"""

LiveIndex = PinIndex[EncodedPin]

_PROPERTIES: Final = b'"properties":'

LAYER_BITS: Final[dict[str, int]] = {layer.value: 1 << i for i, layer in enumerate(Layer)}


def layer_mask(layers: frozenset[Layer]) -> int:
    """Return the bits of `layers` together."""
    return sum(LAYER_BITS[layer] for layer in layers)


def placed(pin: Pin) -> Placed[EncodedPin]:
    """Return `pin` as the index takes it."""
    return Placed(pin.id, Point(pin.lon, pin.lat), pin.version, pin.kind.value, encoded(pin))


def encoded(pin: Pin) -> EncodedPin:
    """Return `pin` as it is sent from now on."""
    head = b'{"type":"Feature","id":"%b","geometry":{"type":"Point","coordinates":%b},"properties":'
    at = orjson.dumps([pin.lon, pin.lat])
    # What most pins have not is left out: as nulls it would be a tenth of the index.
    properties = pin.model_dump_json(exclude_defaults=True).encode()
    return EncodedPin(head % (pin.id.encode(), at) + properties + b"}")


def json_of(one: EncodedPin) -> bytes:
    """Return the JSON of the pin itself, without what it has not."""
    # Before it stand only an id and two numbers: what somebody typed comes after.
    return one[one.index(_PROPERTIES) + len(_PROPERTIES) : -1]


def put_frame(one: Placed[EncodedPin]) -> Frame:
    """Return the frame of the event `pin` (`realtime.protocol.PinPut`)."""
    return frame(b'{"type":"pin","pin":' + json_of(one.pin) + b"}")


def gone_frame(pin_id: str, version: int, reason: str) -> Frame:
    """Return the frame of the event `gone` (`realtime.protocol.PinGone`)."""
    return frame(orjson.dumps({"type": "gone", "id": pin_id, "version": version, "reason": reason}))


def view_frame(
    entered: Sequence[Placed[EncodedPin]], left: Sequence[str], *, reset: bool, ref: int | None
) -> Frame:
    """Return the frame of the event `view` (`realtime.protocol.View`)."""
    head = b'{"type":"view","ref":%b,"reset":%b,' % (orjson.dumps(ref), orjson.dumps(reset))
    pins = b",".join(json_of(one.pin) for one in entered)
    return frame(head + b'"entered":[%b],"left":%b}' % (pins, orjson.dumps(list(left))))
