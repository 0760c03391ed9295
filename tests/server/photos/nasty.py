"""Uploads that nobody should have to decode, all made here, and what may become of each.

`KEPT`: it is a photo like any other, without a word of what it said. All else is the code of a refusal.
"""

import gzip
import random
import struct
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final, NamedTuple

from PIL import Image

from tests.server.photos.forged import (
    apng,
    archive,
    claims,
    counting,
    cut,
    held,
    jpeg,
    jpeg_of,
    looping,
    many_scans,
    plain,
    profile_part,
    rows,
    segment,
    webp,
    webp_canvas,
    webp_claims,
    webp_film,
    with_errors,
)
from tests.server.photos.pictures import CANARY, XMP, exif, file, png, profile, scene, told_everything

KEPT: Final = "kept"
TYPE: Final = "photo_type"
UNREADABLE: Final = "photo_unreadable"
PIXELS: Final = "photo_too_many_pixels"
HARD: Final = "photo_too_hard"
_FORMS: Final = ("JPEG", "PNG", "WEBP")
_HTML: Final = b"<!DOCTYPE html><html><body><script>alert('" + CANARY + b"')</script></body></html>"
_SVG: Final = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><text>' + CANARY + b"</text></svg>"


class Nasty(NamedTuple):
    """An upload by its name: its bytes, made when asked for, and what may become of it."""

    name: str
    make: Callable[[], bytes]
    outcomes: frozenset[str]


def uploads() -> Iterator[Nasty]:
    """Return all of them."""
    for group in (
        _telling,
        _telling_in_jpeg,
        _telling_in_png,
        _telling_in_webp,
        _other_things,
        _polyglots,
        _colours,
        _films,
        _lies_about_size,
        _bombs,
        _broken_heads,
        _truncated,
        _flipped,
        _as_large_as_may_be,
    ):
        yield from group()


def _one(name: str, make: Callable[[], bytes] | bytes, *outcomes: str) -> Nasty:
    return Nasty(name, make if callable(make) else lambda: make, frozenset(outcomes))


def _telling() -> Iterator[Nasty]:
    for form in _FORMS:
        yield _one(f"{form} that tells all it can", partial(told_everything, form), KEPT)
        for turn in (0, 6, 8, 9, 65535):
            yield _one(f"{form} with GPS, held {turn}", partial(held, form, turn), KEPT)


def _telling_in_jpeg() -> Iterator[Nasty]:
    second = b"".join((b"II*\x00\x08\x00\x00\x00\x00\x00", bytes(4)))
    parts = {
        "a comment": [segment(0xFE, CANARY)],
        "a hundred comments": [segment(0xFE, CANARY)] * 100,
        "an APP15": [segment(0xEF, CANARY)],
        "EXIF twice": [segment(0xE1, exif()), segment(0xE1, exif())],
        "EXIF of another byte order": [segment(0xE1, b"Exif\0\0MM\0*\0\0\0\x08\0\0" + CANARY)],
        "EXIF with a thumbnail": [segment(0xE1, b"Exif\0\0" + second + file(scene(40, 30), comment=CANARY))],
        "XMP": [segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP)],
        "XMP in pieces": [
            segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + b"0" * 32 + bytes(8) + XMP)
        ],
        "what Photoshop keeps": [segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x20" + CANARY)],
        "a thumbnail of JFIF": [segment(0xE0, b"JFXX\0\x10" + file(scene(40, 30), comment=CANARY))],
        "a profile in pieces": [segment(0xE2, b"ICC_PROFILE\0\x02\x02" + CANARY)],
        "a second picture": [segment(0xE2, b"MPF\0II*\0\x08\0\0\0" + CANARY)],
        "what C2PA claims": [segment(0xEB, b"JP" + bytes(6) + b"jumb" + CANARY)],
    }
    for name, segments in parts.items():
        yield _one(f"JPEG with {name}", partial(jpeg, *segments), KEPT)
    yield _one("JPEG with words after its end", lambda: jpeg() + CANARY * 100, KEPT)
    yield _one("JPEG with a JPEG after its end", lambda: jpeg() + jpeg(segment(0xFE, CANARY)), KEPT)


def _telling_in_png() -> Iterator[Nasty]:
    parts = {
        "text": (b"tEXt", b"Comment\0" + CANARY),
        "packed text": (b"zTXt", b"Comment\0\0" + zlib.compress(CANARY)),
        "text of the world": (b"iTXt", b"Comment\0\0\0fr\0\0" + CANARY),
        "XMP": (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP),
        "EXIF": (b"eXIf", exif()[6:]),
        "a moment": (b"tIME", struct.pack(">HBBBBB", 2026, 11, 29, 10, 0, 0)),
        "a profile": (b"iCCP", b"CANARY\0\0" + zlib.compress(profile())),
        "a broken profile": (b"iCCP", b"CANARY\0\0" + CANARY),
        "a chunk of its own": (b"caNa", CANARY),
    }
    for name, part in parts.items():
        yield _one(f"PNG with {name}", partial(rows, part), KEPT)
        yield _one(f"PNG with {name} at the end", partial(rows, after=[part]), KEPT)
    yield _one("PNG with words after its end", lambda: rows() + CANARY * 100, KEPT)


def _telling_in_webp() -> Iterator[Nasty]:
    yield _one("WebP with a chunk of its own", lambda: webp(b"CANA", CANARY), KEPT)
    yield _one("WebP with words after its end", lambda: file(scene(), "WEBP") + CANARY * 100, KEPT)
    yield _one("WebP with broken EXIF", lambda: file(scene(), "WEBP", exif=b"Exif\0\0" + CANARY), KEPT)


def _other_things() -> Iterator[Nasty]:
    things: dict[str, bytes] = {
        "nothing": b"",
        "one byte": b"\xff",
        "zeros": bytes(1_000_000),
        "noise": random.Random(1).randbytes(1_000_000),
        "HTML": _HTML,
        "HTML in UTF-16": _HTML.decode().encode("utf-16"),
        "HTML after a mark of order": b"\xef\xbb\xbf" + _HTML,
        "SVG": _SVG,
        "SVG with a prolog": b'<?xml version="1.0"?>' + _SVG,
        "SVG, packed": gzip.compress(_SVG),
        "XML that grows": b'<!DOCTYPE x [<!ENTITY a "lol"><!ENTITY b "&a;&a;">]><svg>&b;</svg>',
        "a script of ImageMagick": b"push graphic-context\nimage over 0,0 0,0 'https://example.org/x'\n",
        "a page of PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        "PDF": b"%PDF-1.7\n" + _HTML,
        "a program": b"\x7fELF" + bytes(100),
        "a ZIP": archive(),
        "HEIC": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200),
        "AVIF": file(scene(64, 48), "AVIF"),
        "GIF": file(scene(64, 48), "GIF"),
        "BMP": file(scene(64, 48), "BMP"),
        "TIFF": file(scene(64, 48), "TIFF"),
        "ICO": file(scene(64, 48), "ICO"),
        "JPEG 2000": file(scene(64, 48), "JPEG2000"),
        "TGA": file(scene(64, 48), "TGA"),
        "a JPEG, packed": gzip.compress(jpeg()),
        "a JPEG after a space": b" " + jpeg(),
        "a JPEG in HTML": _HTML + jpeg(),
        "a sound of RIFF": b"RIFF\x24\0\0\0WAVEfmt " + bytes(24),
    }
    for name, sent in things.items():
        yield _one(name, sent, TYPE)
    yield _one("a JPEG's first bytes and HTML", b"\xff\xd8\xff\xe0" + _HTML, UNREADABLE)
    yield _one("a PNG's first bytes and HTML", b"\x89PNG\r\n\x1a\n" + _HTML, UNREADABLE)
    yield _one("a WebP's first bytes and HTML", b"RIFF\xff\0\0\0WEBPVP8 " + _HTML, UNREADABLE)


def _polyglots() -> Iterator[Nasty]:
    yield _one("JPEG that is a page too", lambda: jpeg(segment(0xFE, _HTML)) + _HTML, KEPT)
    yield _one("JPEG that is a script too", lambda: jpeg(segment(0xFE, b"*/=alert(1);/*" + CANARY)), KEPT)
    yield _one("JPEG that is a ZIP too", lambda: jpeg() + archive(), KEPT)
    yield _one("JPEG that is PHP too", lambda: jpeg(segment(0xFE, b"<?php system($_GET[0]);" + CANARY)), KEPT)
    yield _one("JPEG that is a PDF too", lambda: jpeg(segment(0xFE, b"%PDF-1.7\n" + CANARY)), KEPT)
    yield _one("PNG that is a page too", lambda: rows((b"tEXt", b"Comment\0" + _HTML)) + _HTML, KEPT)
    yield _one("PNG that is a ZIP too", lambda: rows() + archive(), KEPT)
    yield _one("WebP that is a page too", lambda: webp(b"CANA", _HTML) + _HTML, KEPT)
    yield _one("GIF that is a ZIP too", lambda: file(scene(64, 48), "GIF") + archive(), TYPE)
    yield _one("pixels that are a page", lambda: rows(line=_HTML.ljust(300)[:300]), KEPT)


def _colours() -> Iterator[Nasty]:
    for mode in ("CMYK", "L"):
        of = scene().convert(mode)
        told: dict[str, Any] = {"exif": exif(), "icc_profile": profile(), "comment": CANARY}
        yield _one(f"JPEG in {mode}", partial(file, of, **told), KEPT)
        yield _one(f"JPEG in {mode}, in scans", partial(file, of, progressive=True, **told), KEPT)
    for mode in ("1", "P", "LA", "RGBA", "I;16"):
        of = scene().convert("L" if mode == "I;16" else mode).convert(mode)
        yield _one(f"PNG in {mode}", partial(file, of, "PNG", exif=exif()), KEPT)
    for colour, samples in ((0, 1), (2, 3), (4, 2), (6, 4)):
        line = random.Random(colour).randbytes(60 * samples * 2)
        yield _one(
            f"PNG of 16 bits, kind {colour}", partial(rows, line=line, bits=16, colour=colour, width=60), KEPT
        )
    for bits in (1, 2, 4, 8):
        few = (b"PLTE", bytes(range(3 * min(4, 2**bits))))
        yield _one(
            f"PNG with a short palette of {bits} bits",
            partial(rows, few, line=b"\xff" * 100, bits=bits, colour=3, width=800 // bits),
            KEPT,
            UNREADABLE,
        )


def _films() -> Iterator[Nasty]:
    yield _one("PNG of 10,000 frames", lambda: apng(10_000), KEPT)
    yield _one(
        "PNG that claims two billion frames", lambda: rows((b"acTL", b"\x7f\xff\xff\xff" + bytes(4))), KEPT
    )
    yield _one("WebP of 10,000 frames", lambda: webp_film(10_000), KEPT)
    yield _one(
        "WebP of 10,000 frames, one of them broken", lambda: webp_film(10_000, CANARY * 3), KEPT, UNREADABLE
    )
    second = [scene(320, 240)]
    yield _one(
        "JPEG of two pictures", lambda: file(scene(), "MPO", save_all=True, append_images=second), KEPT
    )
    yield _one(
        "GIF of 1,000 frames",
        lambda: file(scene(8, 8), "GIF", save_all=True, append_images=[scene(8, 8)] * 999),
        TYPE,
    )


def _lies_about_size() -> Iterator[Nasty]:
    for width, height in ((65_500, 65_500), (65_535, 65_535), (40_000, 30_000)):
        yield _one(f"JPEG that claims {width}×{height}", partial(jpeg_of, width, height), PIXELS)
    for width, height in ((0, 600), (800, 0), (0, 0)):
        yield _one(f"JPEG that claims {width}×{height}", partial(jpeg_of, width, height), UNREADABLE)
    for width, height in ((1, 1), (8, 65_500), (9000, 9000)):
        yield _one(f"JPEG that claims {width}×{height}", partial(jpeg_of, width, height), KEPT, UNREADABLE)
    for width, height in ((65_535, 65_535), (2**31 - 1, 2**31 - 1), (2**31 - 1, 1), (100_000, 2000)):
        yield _one(f"PNG that claims {width}×{height}", partial(claims, width, height), PIXELS)
    for width, height in ((0, 0), (0, 9), (2**32 - 1, 2**32 - 1), (9000, 4000)):
        yield _one(f"PNG that claims {width}×{height}", partial(claims, width, height), UNREADABLE, PIXELS)
    # As small as a file of 16,383×16,383 can be.
    yield _one("WebP of 16,383×16,383", lambda: webp_claims(16_383, 16_383), PIXELS, UNREADABLE)
    yield _one("WebP whose canvas is 16,777,216 wide", lambda: webp_canvas(2**24, 256), PIXELS, UNREADABLE)
    yield _one("WebP whose canvas is 9000×9000", lambda: webp_canvas(9000, 9000), PIXELS, UNREADABLE)


def _bombs() -> Iterator[Nasty]:
    nothing = zlib.compress(bytes(64_000_000), 9)
    either = (KEPT, UNREADABLE)
    yield _one("PNG with text that unpacks to 64 MB", lambda: rows((b"zTXt", b"C\0\0" + nothing)), *either)
    yield _one(
        "PNG with a profile that unpacks to 64 MB", lambda: rows((b"iCCP", b"C\0\0" + nothing)), *either
    )
    yield _one(
        "PNG with 100 such texts", lambda: rows(*[(b"zTXt", b"C\0\0" + nothing[:60_000])] * 100), *either
    )
    yield _one("PNG with 100,000 texts", lambda: rows(*[(b"tEXt", b"C\0" + CANARY)] * 100_000), *either)
    yield _one("PNG with 200,000 empty chunks", lambda: rows(*[(b"caNa", b"")] * 200_000), *either)
    yield _one("PNG with more pixels than it says", lambda: rows(packed=nothing), *either)
    yield _one("PNG with text of 10 MB", lambda: rows((b"tEXt", b"C\0" + CANARY * 450_000)), *either)
    yield _one("JPEG with 500,000 comments", lambda: jpeg(*[segment(0xFE, b"")] * 500_000), *either)
    yield _one(
        "JPEG with a megabyte of filling", lambda: jpeg(b"\xff" * 1_000_000 + segment(0xFE, b"")), *either
    )
    yield _one("JPEG of 1,000 scans", lambda: many_scans(1000), UNREADABLE)
    yield _one("JPEG of 60 scans", lambda: many_scans(60), *either)
    yield _one("JPEG whose EXIF bites its tail", lambda: jpeg(segment(0xE1, looping())), *either)
    yield _one("JPEG whose EXIF counts four billion", lambda: jpeg(segment(0xE1, counting())), *either)
    yield _one("JPEG with 255 profiles", lambda: jpeg(*map(profile_part, range(1, 256))), *either)
    yield _one("WebP with XMP of 10 MB", lambda: file(scene(), "WEBP", xmp=XMP * 40_000), KEPT)


def _broken_heads() -> Iterator[Nasty]:
    yield _one("JPEG without a picture", lambda: b"\xff\xd8\xff\xd9", UNREADABLE)
    yield _one("JPEG that begins anew", lambda: b"\xff\xd8" * 1000 + jpeg()[2:], KEPT, UNREADABLE)
    yield _one("JPEG of 12 bits", lambda: jpeg_of(800, 600, bits=12), UNREADABLE)
    yield _one("JPEG of another process", lambda: jpeg().replace(b"\xff\xc0", b"\xff\xc3", 1), UNREADABLE)
    yield _one("JPEG without tables", lambda: jpeg().replace(b"\xff\xc4", b"\xff\xef"), KEPT, UNREADABLE)
    yield _one("PNG without pixels", lambda: png(300, 100), UNREADABLE)
    yield _one(
        "PNG with two heads",
        lambda: rows((b"IHDR", struct.pack(">IIBBBBB", 9, 9, 8, 2, 0, 0, 0))),
        KEPT,
        UNREADABLE,
    )
    yield _one("PNG with a wrong sum", lambda: rows().replace(b"IDAT", b"IDAT\0", 1), KEPT, UNREADABLE)
    yield _one("PNG of bits that there are not", lambda: png(9, 9, bits=5), UNREADABLE)
    yield _one("WebP without a frame", lambda: b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0" + bytes(10), UNREADABLE)


def _truncated() -> Iterator[Nasty]:
    for form in _FORMS:
        for share in (1, 2, 5, 10, 25, 50, 75, 90, 99):
            yield _one(f"{form} of which {share} % came", partial(cut, form, share), UNREADABLE, TYPE, KEPT)
        yield _one(f"{form} without its last 200 bytes", file(scene(400, 300), form)[:-200], UNREADABLE)


def _flipped() -> Iterator[Nasty]:
    for form in _FORMS:
        for seed in range(8):
            flipped = partial(with_errors, form, seed)
            yield _one(f"{form} with errors ({seed})", flipped, KEPT, UNREADABLE, TYPE, PIXELS, HARD)


def _as_large_as_may_be() -> Iterator[Nasty]:
    """As much memory as our limits let a file take, in each way that there is."""
    either = (KEPT, HARD)
    rough = scene(400, 300)
    yield _one("JPEG of 119 megapixels", lambda: file(Image.new("RGB", (10_900, 10_900), "teal")), KEPT)
    yield _one("JPEG of 3839×3839 in CMYK", lambda: file(Image.new("CMYK", (3839, 3839))), KEPT)
    yield _one(
        "JPEG of 38 megapixels in scans", lambda: file(rough.resize((7100, 5400)), progressive=True), KEPT
    )
    yield _one("PNG of 41 megapixels", lambda: plain("RGB", 6400), KEPT)
    yield _one("PNG of 41 transparent megapixels", lambda: plain("RGBA", 6400), KEPT)
    yield _one("PNG of 119 megapixels in grey", lambda: plain("L", 10_900), KEPT)
    yield _one("WebP of 13 megapixels", lambda: file(rough.resize((4160, 3120)), "WEBP", method=0), KEPT)
    yield _one(
        "WebP of 13 megapixels without loss",
        lambda: file(rough.resize((4160, 3120)), "WEBP", lossless=True, quality=0, method=0),
        *either,
    )
