"""WebSocket text frames, made once and written as they are to every socket that gets them.

A frame from a server is its payload behind a header of 2, 4 or 10 bytes, unmasked (RFC 6455, 5.2).
"""

from typing import TypeAlias

from realtime.protocol import Event

Frame: TypeAlias = bytes
"""A whole text frame, header and payload."""

_TEXT_FINAL = 0x81


def frame(payload: bytes) -> Frame:
    """Return `payload`, UTF-8 text, as one text frame."""
    length = len(payload)
    if length < 126:
        return bytes((_TEXT_FINAL, length)) + payload
    if length < 65_536:
        return bytes((_TEXT_FINAL, 126)) + length.to_bytes(2, "big") + payload
    return bytes((_TEXT_FINAL, 127)) + length.to_bytes(8, "big") + payload


def payload_of(made: Frame) -> bytes:
    """Return the payload of a frame that `frame` made."""
    return made[{126: 4, 127: 10}.get(made[1], 2) :]


def event_frame(event: Event) -> Frame:
    """Return `event` as one text frame."""
    return frame(event.model_dump_json().encode())
