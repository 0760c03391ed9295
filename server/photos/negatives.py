"""A stranger's file, opened as a picture: what it is by its bytes, and whether we can afford to decode it.

Everything here is asked before a single pixel is decoded. The limits keep the process that develops below
256 MiB whatever comes (`tests/server/photos/test_nasty_uploads.py` measures it); the kernel's limit
(`server.photos.child`) is the second line, for files that lie to one of two parsers.
"""

import io
from typing import Final, NamedTuple

from PIL import Image, ImageFile, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

from server.photos.prints import Unusable

# What decoding may take. Python, Pillow and its codecs are 35 MiB, and the file itself is there besides.
MOST_BYTES: Final = 160 * 1024 * 1024
# Beyond, even a file of one colour takes seconds.
MOST_PIXELS: Final = 120_000_000
# An encoder writes some ten; each is a walk over the whole picture, a tiny file can ask for thousands.
MOST_SCANS: Final = 64
# As large as a profile of a press gets, and more than any text that we would only throw away.
MOST_CHUNK_BYTES: Final = 1024 * 1024
_ORIENTATION: Final = 0x0112
# Pillow keeps RGB in four bytes too.
_PIXEL_BYTES: Final = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2}
# libwebp's two canvases and the copy that it hands out.
_WEBP_PIXEL_BYTES: Final = 12

Image.MAX_IMAGE_PIXELS = None  # ours are asked instead, by what a format takes
PngImagePlugin.MAX_TEXT_CHUNK = MOST_CHUNK_BYTES
PngImagePlugin.MAX_TEXT_MEMORY = 4 * MOST_CHUNK_BYTES


class Negative(NamedTuple):
    """A picture that may be decoded; `target` is the size to bring it to, before it is turned.

    `orientation` is EXIF's, 1 to 8.
    """

    image: ImageFile.ImageFile
    target: tuple[int, int]
    orientation: int


def opened(sent: bytes, longest: int) -> Negative:
    """Return the picture in `sent`, a file of JPEG, PNG or WebP by its first bytes.

    Its longest side is to be at most `longest`. Raises `Unusable`, and whatever a parser of strangers' bytes
    raises.
    """
    image = _kind(sent)(io.BytesIO(sent))
    size = image.size
    if 0 in size:
        raise Unusable("photo_unreadable")
    scale = min(1.0, longest / max(size))
    target = max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
    # JPEG alone knows how to be decoded small at once, to a half, a quarter or an eighth.
    image.draft(None, target)
    _afford(image, size, sent)
    return Negative(image, target, _orientation(image))


def _kind(sent: bytes) -> type[ImageFile.ImageFile]:
    # The classes themselves: Pillow's own choice would turn a JPEG with a second picture into a film.
    if sent.startswith(b"\xff\xd8\xff"):
        return JpegImagePlugin.JpegImageFile
    if sent.startswith(b"\x89PNG\r\n\x1a\n"):
        return PngImagePlugin.PngImageFile
    if sent.startswith(b"RIFF") and sent[8:12] == b"WEBP":
        return WebPImagePlugin.WebPImageFile
    raise Unusable("photo_type")


def _afford(image: ImageFile.ImageFile, size: tuple[int, int], sent: bytes) -> None:
    """Raise `Unusable` if decoding would take more memory or time than a photo (of `size`) is worth."""
    pixels = size[0] * size[1]
    needed = image.width * image.height * _PIXEL_BYTES.get(image.mode, 4)
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        scans = sent.count(b"\xff\xda")
        if scans > MOST_SCANS:
            raise Unusable("photo_unreadable")
        # One scan is decoded line by line; several add to coefficients that are all kept.
        needed += _coefficients(image, size) if scans > 1 else 0
    elif isinstance(image, WebPImagePlugin.WebPImageFile):
        needed = pixels * _WEBP_PIXEL_BYTES
    if pixels > MOST_PIXELS or needed > MOST_BYTES:
        most = min(MOST_PIXELS, pixels * MOST_BYTES // needed)
        raise Unusable("photo_too_many_pixels", megapixels=-(-pixels // 10**6), most=most // 10**6)


def _coefficients(image: JpegImagePlugin.JpegImageFile, size: tuple[int, int]) -> int:
    """Return the bytes of all coefficients: two for each sample of each component."""
    width, height = size
    across, down = max(h for _, h, _, _ in image.layer), max(v for _, _, v, _ in image.layer)
    each = ((width * h // across + 8 * h) * (height * v // down + 8 * v) for _, h, v, _ in image.layer)
    return 2 * sum(each)


def _orientation(image: Image.Image) -> int:
    try:
        turned = image.getexif().get(_ORIENTATION, 1)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - a photo whose EXIF is broken is still a photo
        return 1
    return turned if turned in range(1, 9) else 1


def pixels(image: ImageFile.ImageFile) -> Image.Image:
    """Return `image` decoded. Raises whatever a decoder of strangers' bytes raises."""
    if not isinstance(image, WebPImagePlugin.WebPImageFile):
        image.load()
        return image
    # Pillow would make a copy more, beside the decoder's two canvases. Of a film this is the first frame.
    frame = image._decoder.get_next()
    if frame is None:
        raise Unusable("photo_unreadable")
    image._decoder = None
    return Image.frombuffer(image.rawmode, image.size, frame[0], "raw", image.rawmode, 0, 1)
