"""A file in, pictures out: upright, in sRGB, in the sizes that a page shows, and without a word about them.

Pure: no file, no network, no clock. It runs in a process of its own (`server.photos.child`).

A picture is made of pixels alone, so what a file said besides (where and when it was taken, by which camera,
a thumbnail of what was cut off) cannot come through. What is transparent becomes white: a logo in black can
then be read in a dark theme too.
"""

import base64
import io
import math
from collections.abc import Iterator
from typing import Any, Final

from PIL import (
    AvifImagePlugin,  # noqa: F401 - else Pillow loads all it has to find who writes AVIF
    Image,
    ImageCms,
    ImageOps,
)

from server.album import PhotoKind, Prints
from server.photos.negatives import Negative, opened, pixels
from server.photos.prints import AVATAR_WIDTHS, FORMATS, SHARE, WIDTHS, Unusable

# The longest side of what is kept: more than a screen shows, and what an encoder takes memory for.
LONGEST: Final = 1920
SHARE_LONGEST: Final = 1200
# A width is left out unless it is so much smaller than the picture's own: it would save nothing.
_STEP: Final = 0.8
# So many lines at a time are made RGB and small.
_STRIP: Final = 256
# At speed 8 AVIF takes a fifth of the time of 6 and as many bytes.
_QUALITY: Final[dict[str, dict[str, Any]]] = {
    "webp": {"quality": 78, "method": 4},
    "avif": {"quality": 58, "speed": 8, "max_threads": 1},
    "jpeg": {"quality": 82, "optimize": True, "progressive": True},
}
_PLACEHOLDER_BYTES: Final = 280
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def develop(sent: bytes, kind: PhotoKind) -> Prints:
    """Return the pictures made of the file `sent`.

    Raises `Unusable`, and `MemoryError` for a file that takes more than the process is given.
    """
    try:
        picture = _picture(opened(sent, LONGEST))
    except (Unusable, MemoryError):
        raise
    except Exception:  # noqa: BLE001 - what decodes strangers' bytes may raise whatever it likes
        raise Unusable("photo_unreadable") from None
    return _avatar(picture) if kind == "avatar" else _photo(picture)


def _photo(picture: Image.Image) -> Prints:
    widths = _widths(picture.width)
    files: dict[str, bytes] = {}
    for width in widths:
        files |= _both(_no_wider(picture, width), width)
    share = picture.copy()
    share.thumbnail((SHARE_LONGEST, SHARE_LONGEST))
    files[SHARE] = _encoded(share, "jpeg")
    return Prints(picture.width, picture.height, widths, placeholder(picture), files)


def _avatar(picture: Image.Image) -> Prints:
    files: dict[str, bytes] = {}
    for width in AVATAR_WIDTHS:
        square = ImageOps.fit(picture, (width, width))
        files |= _both(square, width)
    return Prints(square.width, square.height, list(AVATAR_WIDTHS), placeholder(square), files)


def _widths(width: int) -> list[int]:
    """Return the widths that a picture is made in: the first, those well below its own, and its own."""
    first, *others = WIDTHS
    own = [width] if width > first else []
    return [first, *(one for one in others if one < width * _STEP), *own]


def placeholder(picture: Image.Image) -> str:
    """Return some sixteen blurred pixels of `picture` as a data URI of at most 400 characters."""
    for side in (16, 12, 8, 4, 1):
        tiny = picture.copy()
        tiny.thumbnail((side, side))
        encoded = io.BytesIO()
        tiny.save(encoded, "WEBP", quality=30, method=6)
        if encoded.tell() <= _PLACEHOLDER_BYTES:
            break
    return f"data:image/webp;base64,{base64.b64encode(encoded.getvalue()).decode()}"


def _picture(negative: Negative) -> Image.Image:
    """Return the picture in RGB, upright, of its target's size, and nothing but pixels."""
    source, target, orientation = negative
    profile = source.info.get("icc_profile")
    small = _reduced(pixels(source), target)
    # What was decoded is freed before the encoders need the memory.
    del source, negative
    picture = _in_srgb(small.resize(target, Image.Resampling.LANCZOS), profile)
    if orientation in _TURNS:
        picture = picture.transpose(_TURNS[orientation])
    picture.info = {}
    return picture


def _reduced(source: Image.Image, target: tuple[int, int]) -> Image.Image:
    """Return `source` flat, and smaller by whole factors as long as it stays larger than `target`.

    Strip by strip: made RGB as a whole, a large picture would be in memory twice.
    """
    factor = max(1, min(source.width // target[0], source.height // target[1]))
    small: Image.Image | None = None
    for top, strip in _strips(source, factor):
        flat = _flat(strip)
        if factor > 1:
            flat = flat.reduce(factor)
        if small is None:
            size = math.ceil(source.width / factor), math.ceil(source.height / factor)
            small = Image.new(flat.mode, size)
        small.paste(flat, (0, top // factor))
    assert small is not None, "a picture has at least one line"  # noqa: S101 - for mypy
    return small


def _strips(source: Image.Image, factor: int) -> Iterator[tuple[int, Image.Image]]:
    lines = max(1, _STRIP // factor) * factor
    for top in range(0, source.height, lines):
        strip = source.crop((0, top, source.width, min(top + lines, source.height)))
        strip.info = {name: source.info[name] for name in ("transparency",) if name in source.info}
        yield top, strip


def _flat(strip: Image.Image) -> Image.Image:
    """Return `strip` in L, RGB or CMYK, whatever it was in; on white where it is transparent."""
    if strip.mode.startswith("I"):
        # 16 bits; Pillow's own conversion would cut off instead of divide.
        return strip.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if strip.has_transparency_data:
        white = Image.new("RGBA", strip.size, "white")
        return Image.alpha_composite(white, strip.convert("RGBA")).convert("RGB")
    if strip.mode in {"L", "RGB", "CMYK"}:
        return strip
    return strip.convert("L" if strip.mode == "1" else "RGB")


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Return `picture` in sRGB, by its colour profile if that makes sense."""
    if profile:
        try:
            given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            turned = ImageCms.profileToProfile(
                picture, given, ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - a profile that is broken or of other colours: none then
            turned = None
        if turned is not None:
            return turned
    return picture.convert("RGB")


def _no_wider(picture: Image.Image, width: int) -> Image.Image:
    if picture.width <= width:
        return picture
    height = max(1, round(picture.height * width / picture.width))
    return picture.resize((width, height), Image.Resampling.LANCZOS)


def _both(picture: Image.Image, width: int) -> dict[str, bytes]:
    return {f"{width}.{form}": _encoded(picture, form) for form in FORMATS}


def _encoded(picture: Image.Image, form: str) -> bytes:
    encoded = io.BytesIO()
    picture.save(encoded, form, **_QUALITY[form])
    return encoded.getvalue()
