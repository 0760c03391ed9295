"""A client's view kept by its events alone, and the link by which it gets them without a network."""

from realtime.backend import Viewer
from realtime.connection import Connection
from realtime.frames import Frame, payload_of
from realtime.protocol import EVENTS, PinGone, PinPut, View
from realtime.shapes import Pin


class Recorder:
    """A link that keeps what is written, in place of a network."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.code: int | None = None

    def write(self, made: Frame) -> None:
        self.frames.append(made)

    async def drain(self) -> None:
        """Return: nothing is ever behind."""

    def close(self, code: int) -> None:
        self.code = code


class Mirror:
    """What a client shows: it applies each event, and each must make a difference."""

    def __init__(self) -> None:
        self.link = Recorder()
        self.connection = Connection(self.link, Viewer("192.0.2.1"), {})
        self.pins: dict[str, Pin] = {}

    def catch_up(self) -> None:
        """Apply what was sent since the last time."""
        frames, self.link.frames = self.link.frames, []
        for made in frames:
            self._apply(EVENTS.validate_json(payload_of(made)))

    def _apply(self, event: object) -> None:
        match event:
            case View():
                if event.reset:
                    self.pins = {}
                for pin_id in event.left:
                    del self.pins[pin_id]
                for pin in event.entered:
                    assert pin.id not in self.pins
                    self.pins[pin.id] = pin
            case PinPut():
                known = self.pins.get(event.pin.id)
                assert known is None or known.version < event.pin.version
                self.pins[event.pin.id] = event.pin
            case PinGone():
                assert self.pins.pop(event.id).version <= event.version
            case _:
                raise AssertionError(f"a watch does not send {event!r}")
