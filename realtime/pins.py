"""Pins as the live index holds them: encoded once when they change, sent as they are from then on."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import orjson

from geo.index import PinIndex, Placed
from geo.position import Point
from realtime.frames import Frame, frame
from realtime.shapes import Layer, Pin


class EncodedPin(NamedTuple):
    """A pin and its JSON."""

    pin: Pin
    json: bytes


LiveIndex = PinIndex[EncodedPin]

LAYER_BITS: Final[dict[str, int]] = {layer.value: 1 << i for i, layer in enumerate(Layer)}


def layer_mask(layers: frozenset[Layer]) -> int:
    """Return the bits of `layers` together."""
    return sum(LAYER_BITS[layer] for layer in layers)


def placed(pin: Pin) -> Placed[EncodedPin]:
    """Return `pin` as the index takes it."""
    encoded = EncodedPin(pin, pin.model_dump_json().encode())
    return Placed(pin.id, Point(pin.lon, pin.lat), pin.version, pin.kind.value, encoded)


def put_frame(one: Placed[EncodedPin]) -> Frame:
    """Return the frame of the event `pin` (`realtime.protocol.PinPut`)."""
    return frame(b'{"type":"pin","pin":' + one.pin.json + b"}")


def gone_frame(pin_id: str, version: int, reason: str) -> Frame:
    """Return the frame of the event `gone` (`realtime.protocol.PinGone`)."""
    return frame(orjson.dumps({"type": "gone", "id": pin_id, "version": version, "reason": reason}))


def view_frame(
    entered: Sequence[Placed[EncodedPin]], left: Sequence[str], *, reset: bool, ref: int | None
) -> Frame:
    """Return the frame of the event `view` (`realtime.protocol.View`)."""
    head = b'{"type":"view","ref":%b,"reset":%b,' % (orjson.dumps(ref), orjson.dumps(reset))
    pins = b",".join(one.pin.json for one in entered)
    return frame(head + b'"entered":[%b],"left":%b}' % (pins, orjson.dumps(list(left))))
