"""Photos forged byte by byte: heads that lie, parts that no program writes, and films without an end."""

import io
import random
import struct
import zipfile
import zlib
from functools import cache

from PIL import Image

from tests.server.photos.pictures import CANARY, exif, file, png, profile, scene, told_everything


@cache
def jpeg_itself() -> bytes:
    """Return a JPEG as any other."""
    return file(scene())


def jpeg(*segments: bytes) -> bytes:
    """Return a JPEG with `segments` before all others."""
    return b"\xff\xd8" + b"".join(segments) + jpeg_itself()[2:]


def segment(marker: int, body: bytes) -> bytes:
    """Return a segment of a JPEG."""
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def jpeg_of(width: int, height: int, bits: int = 8) -> bytes:
    """Return a JPEG whose head says that it has this size."""
    itself = jpeg_itself()
    at = itself.index(b"\xff\xc0") + 4
    return itself[:at] + struct.pack(">BHH", bits, height, width) + itself[at + 5 :]


def many_scans(scans: int) -> bytes:
    """Return a progressive JPEG whose last scan comes so many times more."""
    progressive = file(scene(), progressive=True)
    last = progressive.rindex(b"\xff\xda")
    return progressive[:-2] + progressive[last:-2] * scans + b"\xff\xd9"


def looping() -> bytes:
    """Return EXIF whose directories lead to each other without an end."""
    return b"Exif\0\0II*\0\x08\0\0\0\x01\0\x69\x87\x04\0\x01\0\0\0\x08\0\0\0\x08\0\0\0"


def counting() -> bytes:
    """Return EXIF that says to have four billion values."""
    return b"Exif\0\0II*\0\x08\0\0\0\xff\xff\x12\x01\x03\0\xff\xff\xff\xff\x08\0\0\0" + CANARY


def profile_part(number: int) -> bytes:
    """Return a piece of a colour profile of which 255 are announced."""
    return segment(0xE2, b"ICC_PROFILE\0" + bytes([number, 255]) + profile()[:400])


def rows(
    *before: tuple[bytes, bytes],
    after: list[tuple[bytes, bytes]] | None = None,
    line: bytes = bytes(range(100)) * 3,
    bits: int = 8,
    colour: int = 2,
    width: int = 100,
    packed: bytes | None = None,
) -> bytes:
    """Return a PNG of a hundred times `line`, with other chunks before and after its pixels."""
    pixels = zlib.compress((b"\0" + line) * 100) if packed is None else packed
    return png(width, 100, *before, (b"IDAT", pixels), *(after or ()), bits=bits, colour=colour)


def claims(width: int, height: int) -> bytes:
    """Return a PNG whose head says that it has this size."""
    return png(width, height, (b"IDAT", zlib.compress(bytes(1000))), bits=1, colour=0)


def apng(frames: int) -> bytes:
    """Return a PNG that moves."""
    pixels = zlib.compress((b"\0" + bytes(300)) * 100)
    parts: list[tuple[bytes, bytes]] = [(b"acTL", struct.pack(">II", frames, 0))]
    for number in range(frames):
        control = struct.pack(">IIIIIHHBB", max(0, 2 * number - 1), 100, 100, 0, 0, 1, 100, 0, 0)
        data = (b"fdAT", struct.pack(">I", 2 * number) + pixels) if number else (b"IDAT", pixels)
        parts += [(b"fcTL", control), data]
    return png(100, 100, *parts)


def webp(kind: bytes, body: bytes) -> bytes:
    """Return a WebP with one more chunk at its end."""
    extended = file(scene(), "WEBP", exif=exif())
    return riff(extended[12:] + webp_chunk(kind, body))


def riff(body: bytes) -> bytes:
    """Return the container of a WebP around its chunks."""
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def webp_chunk(kind: bytes, body: bytes) -> bytes:
    """Return a chunk of a WebP."""
    return kind + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)


def webp_film(frames: int, broken: bytes | None = None) -> bytes:
    """Return a WebP that moves; the second of its frames is `broken` if that is given."""
    still = file(scene(16, 16), "WEBP")[12:]
    placed = bytes(6) + b"\x0f\0\0\x0f\0\0" + b"\x0a\0\0\0"
    one = webp_chunk(b"ANMF", placed + still)
    bad = b"" if broken is None else webp_chunk(b"ANMF", placed + webp_chunk(b"VP8 ", broken))
    head = webp_chunk(b"VP8X", b"\x02\0\0\0\x0f\0\0\x0f\0\0") + webp_chunk(b"ANIM", bytes(6))
    return riff(head + one + bad + one * (frames - 1))


def webp_claims(width: int, height: int) -> bytes:
    """Return a lossless WebP whose head says that it has this size."""
    itself = file(Image.new("RGB", (64, 64)), "WEBP", lossless=True)
    at = itself.index(b"VP8L") + 9
    return itself[:at] + struct.pack("<I", (width - 1) | (height - 1) << 14) + itself[at + 4 :]


def webp_canvas(width: int, height: int) -> bytes:
    """Return a WebP whose canvas says that it has this size."""
    size = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    return riff(webp_chunk(b"VP8X", bytes(4) + size) + file(scene(16, 16), "WEBP")[12:])


def plain(mode: str, side: int) -> bytes:
    """Return a square PNG of one colour."""
    return file(Image.new(mode, (side, side)), "PNG", compress_level=1)


def archive() -> bytes:
    """Return a ZIP archive that a Java program would run."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as written:
        written.writestr("META-INF/MANIFEST.MF", CANARY)
    return packed.getvalue()


def held(form: str, turn: int) -> bytes:
    """Return a photo that was taken with the camera turned."""
    return file(scene(), form, exif=exif(turn))


def cut(form: str, share: int) -> bytes:
    """Return the first `share` percent of a photo."""
    whole = told_everything(form)
    return whole[: len(whole) * share // 100]


def with_errors(form: str, seed: int) -> bytes:
    """Return a photo of which some bytes are others, the more the larger `seed` is."""
    whole = told_everything(form)
    chance = random.Random(seed)
    flipped = bytearray(whole)
    for _ in range(1 + seed * 3):
        flipped[chance.randrange(12, len(flipped))] = chance.randrange(256)
    return bytes(flipped)
