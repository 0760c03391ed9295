"""What becomes of an upload, in words that need no picture library: the web process never loads one."""

import struct
from typing import Final

from server.album import PhotoKind

# The first is always there, whatever the picture's own width; beyond these, its own.
WIDTHS: Final = (320, 640, 1280, 1920)
AVATAR_WIDTHS: Final = (64, 160)
FORMATS: Final = ("webp", "avif")
SHARE: Final = "share.jpg"

# How a web process and its child talk. A question is a kind (its place in KINDS), a length and the file; an
# answer a length and as many bytes of JSON, then the files that it names, one after the other.
KINDS: Final[tuple[PhotoKind, ...]] = ("photo", "avatar")
QUESTION: Final = struct.Struct(">BI")
ANSWER: Final = struct.Struct(">I")


class Unusable(Exception):
    """A file that is not developed; `code` is the refusal's, `params` fill its sentence."""

    def __init__(self, code: str, **params: int) -> None:
        super().__init__(code)
        self.code, self.params = code, params
