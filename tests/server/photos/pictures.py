"""Pictures for tests, made here: as a camera writes them, and with what nobody should ever see again."""

import io
import struct
import zlib
from typing import Any

from PIL import Image, ImageCms, ImageDraw, PngImagePlugin

# What is looked for in whatever is kept, in each of the ways in which a file could have said it.
CANARY = b"CANARY-47.7466N-7.3389E"
# 47° 44' 47.76" N, 7° 20' 20.04" E, as EXIF writes them.
LATITUDE = (47.0, 44.0, 47.76)
LONGITUDE = (7.0, 20.0, 20.04)
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description exif:GPSLatitude="' + CANARY + b'"/></rdf:RDF></x:xmpmeta>'
)


def scene(width: int = 800, height: int = 600) -> Image.Image:
    """Return a view with a sky, a hill and a house: not one colour, and not noise."""
    picture = Image.linear_gradient("L").resize((width, height))
    view = Image.merge(
        "RGB", (picture, Image.linear_gradient("L").rotate(90).resize((width, height)), picture)
    )
    draw = ImageDraw.Draw(view)
    draw.ellipse((width // 4, height // 2, width, height * 2), fill=(40, 120, 50))
    draw.rectangle((width // 3, height // 3, width // 2, height * 2 // 3), fill=(200, 60, 40))
    return view


def corner(width: int = 400, height: int = 200) -> Image.Image:
    """Return a blue picture whose upper left quarter is red."""
    picture = Image.new("RGB", (width, height), (0, 0, 255))
    picture.paste((255, 0, 0), (0, 0, width // 2, height // 2))
    return picture


def file(picture: Image.Image, form: str = "JPEG", **options: Any) -> bytes:
    """Return `picture` as a file."""
    written = io.BytesIO()
    picture.save(written, form, **options)
    return written.getvalue()


def exif(orientation: int = 1) -> bytes:
    """Return the EXIF of a camera that knows where it is."""
    tags = Image.Exif()
    tags[0x0112] = orientation
    tags[0x010F] = tags[0x0110] = tags[0x013B] = CANARY.decode()
    position = tags.get_ifd(0x8825)
    position[1], position[2], position[3], position[4] = "N", LATITUDE, "E", LONGITUDE
    position[0x1D] = CANARY.decode()
    return tags.tobytes()


def profile() -> bytes:
    """Return a colour profile in which red and blue have changed places, and that says so."""
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = srgb.replace(b"rXYZ", b"tmp-").replace(b"bXYZ", b"rXYZ").replace(b"tmp-", b"bXYZ")
    return swapped.replace("sRGB built-in".encode("utf-16-be"), "CANARY-47.746".encode("utf-16-be"))


def told_everything(form: str, picture: Image.Image | None = None) -> bytes:
    """Return a file that says where it was taken in every way its format has."""
    picture = picture or scene()
    if form == "JPEG":
        return file(picture, comment=CANARY, exif=exif(), icc_profile=profile(), xmp=XMP, extra=_app13())
    if form == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_text("Comment", CANARY.decode())
        text.add_text("Description", CANARY.decode(), zip=True)
        text.add_itxt("XML:com.adobe.xmp", XMP.decode())
        return file(picture, "PNG", pnginfo=text, exif=exif(), icc_profile=profile()) + CANARY
    return file(picture, "WEBP", exif=exif(), icc_profile=profile(), xmp=XMP)


def _app13() -> bytes:
    photoshop = b"Photoshop 3.0\x008BIM\x04\x04\x00\x00" + struct.pack(">I", len(CANARY)) + CANARY
    return b"\xff\xed" + struct.pack(">H", len(photoshop) + 2) + photoshop


def png(width: int, height: int, *chunks: tuple[bytes, bytes], bits: int = 8, colour: int = 2) -> bytes:
    """Return a PNG of these chunks after its head, whatever they are."""
    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*one) for one in ((b"IHDR", head), *chunks, (b"IEND", b"")))


def chunk(kind: bytes, body: bytes) -> bytes:
    """Return a chunk as a PNG has it."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def inside(file: bytes) -> Image.Image:
    """Return the picture in `file`, decoded."""
    picture = Image.open(io.BytesIO(file))
    picture.load()
    return picture
