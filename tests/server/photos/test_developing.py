"""What becomes of a file: upright, in true colours, in the sizes of a page, and silent about its maker."""

import base64
import io

import pytest
from PIL import Image

from server.album import PhotoKind, Prints
from server.photos.developing import develop
from server.photos.prints import KINDS, Unusable
from tests.server.photos.pictures import (
    CANARY,
    corner,
    exif,
    file,
    inside,
    profile,
    scene,
    told_everything,
)

FORMS = ["JPEG", "PNG", "WEBP"]


@pytest.mark.parametrize("form", FORMS)
def test_a_photo_comes_in_the_widths_of_a_page_and_in_two_formats(form: str) -> None:
    prints = develop(file(scene(2400, 1800), form), "photo")

    sizes = {name: inside(made).size for name, made in prints.files.items()}
    assert (prints.width, prints.height, prints.widths) == (1920, 1440, [320, 640, 1280, 1920])
    assert sizes == {
        **{f"{width}.{to}": (width, width * 3 // 4) for width in prints.widths for to in ("webp", "avif")},
        "share.jpg": (1200, 900),
    }
    assert {name: inside(made).format for name, made in prints.files.items()} == {
        name: {"webp": "WEBP", "avif": "AVIF", "jpg": "JPEG"}[name.rpartition(".")[2]] for name in sizes
    }


@pytest.mark.parametrize(
    ("size", "widths"),
    [
        ((100, 80), [320]),
        ((320, 200), [320]),
        ((700, 700), [320, 700]),
        ((1000, 700), [320, 640, 1000]),
        ((3024, 4032), [320, 640, 1440]),
        ((100, 6000), [320]),
    ],
)
def test_nothing_is_blown_up_and_nothing_is_longer_than_1920(
    size: tuple[int, int], widths: list[int]
) -> None:
    prints = develop(file(scene(*size)), "photo")

    largest = inside(prints.files[f"{widths[-1]}.webp"])
    assert prints.widths == widths
    assert largest.size == (prints.width, prints.height)
    assert largest.width <= size[0]
    assert max(largest.size) == min(1920, max(size))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", FORMS)
def test_a_photo_is_upright_however_the_camera_was_held(form: str, orientation: int) -> None:
    upright = corner()
    held = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    taken = upright.transpose(held[orientation]) if orientation in held else upright

    prints = develop(file(taken, form, exif=exif(orientation)), "photo")

    shown = inside(prints.files["320.webp"]).convert("RGB")
    assert shown.size == (320, 160)
    assert _is_red(shown.getpixel((40, 20)))
    assert not any(_is_red(shown.getpixel(at)) for at in ((280, 20), (40, 140), (280, 140)))


@pytest.mark.parametrize("form", FORMS)
def test_nothing_that_a_file_says_comes_through(form: str) -> None:
    told = told_everything(form)
    assert CANARY in told

    prints = develop(told, "photo")

    assert [name for name, made in prints.files.items() if _says_something(made)] == []


@pytest.mark.parametrize("form", FORMS)
def test_colours_are_those_that_the_profile_means(form: str) -> None:
    picture = Image.new("RGB", (400, 300), (255, 0, 0))

    plain = _colour(develop(file(picture, form), "photo"))
    meant = _colour(develop(file(picture, form, icc_profile=profile()), "photo"))

    assert _near(plain, (255, 0, 0))
    assert _near(meant, (0, 0, 255))


@pytest.mark.parametrize("broken", [b"not a profile", profile()[:200], profile()[:128] * 40])
def test_a_profile_that_is_broken_counts_as_none(broken: bytes) -> None:
    sent = file(Image.new("RGB", (400, 300), (255, 0, 0)), icc_profile=broken)

    assert _near(_colour(develop(sent, "photo")), (255, 0, 0))


@pytest.mark.parametrize(
    ("mode", "form", "colour", "shown"),
    [
        ("L", "PNG", 128, (128, 128, 128)),
        ("1", "PNG", 1, (255, 255, 255)),
        ("LA", "PNG", (0, 0), (255, 255, 255)),
        ("LA", "PNG", (128, 255), (128, 128, 128)),
        ("RGBA", "PNG", (255, 0, 0, 0), (255, 255, 255)),
        ("RGBA", "WEBP", (255, 0, 0, 255), (255, 0, 0)),
        ("RGBA", "PNG", (0, 0, 0, 128), (127, 127, 127)),
        ("I;16", "PNG", 0x8000, (128, 128, 128)),
        ("CMYK", "JPEG", (0, 255, 255, 0), (255, 0, 0)),
        ("L", "JPEG", 200, (200, 200, 200)),
    ],
)
def test_whatever_a_file_keeps_its_colours_in_it_is_shown_in_rgb(
    mode: str, form: str, colour: int | tuple[int, ...], shown: tuple[int, int, int]
) -> None:
    sent = file(Image.new(mode, (400, 300), colour), form)

    prints = develop(sent, "photo")

    assert {inside(made).mode for made in prints.files.values()} == {"RGB"}
    assert _near(_colour(prints), shown)


def test_a_palette_with_a_transparent_colour_is_shown_on_white() -> None:
    picture = Image.new("P", (400, 300), 1)
    picture.putpalette([255, 0, 0, 0, 0, 255, 0, 255, 0])
    picture.paste(2, (0, 0, 200, 300))

    prints = develop(file(picture, "PNG", transparency=1), "photo")

    shown = inside(prints.files["320.webp"]).convert("RGB")
    assert _near(shown.getpixel((60, 100)), (0, 255, 0))
    assert _near(shown.getpixel((260, 100)), (255, 255, 255))


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_of_a_film_the_first_frame_is_kept(form: str) -> None:
    frames = [Image.new("RGB", (400, 300), colour) for colour in ((255, 0, 0), (0, 255, 0), (0, 0, 255))]
    film = file(frames[0], form, save_all=True, append_images=frames[1:], duration=100)

    prints = develop(film, "photo")

    assert {getattr(inside(made), "n_frames", 1) for made in prints.files.values()} == {1}
    assert _near(_colour(prints), (255, 0, 0))


def test_an_avatar_is_the_middle_of_a_photo_in_two_small_squares() -> None:
    picture = Image.new("RGB", (900, 300), (0, 0, 255))
    picture.paste((255, 0, 0), (300, 0, 600, 300))

    prints = develop(file(picture), "avatar")

    assert (prints.width, prints.height, prints.widths) == (160, 160, [64, 160])
    assert {name: inside(made).size for name, made in prints.files.items()} == {
        f"{width}.{form}": (width, width) for width in (64, 160) for form in ("webp", "avif")
    }
    shown = inside(prints.files["64.webp"]).convert("RGB")
    assert all(_is_red(shown.getpixel(at)) for at in ((4, 4), (32, 32), (60, 60)))


@pytest.mark.parametrize("size", [(1, 1), (800, 600), (2000, 30), (30, 2000)])
@pytest.mark.parametrize("kind", KINDS)
def test_a_placeholder_is_a_few_bytes_that_a_browser_draws_without_asking(
    size: tuple[int, int], kind: PhotoKind
) -> None:
    prints = develop(file(Image.effect_noise(size, 120).convert("RGB"), "PNG"), kind)

    head, _, packed = prints.placeholder.partition(",")
    assert head == "data:image/webp;base64"
    assert len(prints.placeholder) <= 400
    assert max(inside(base64.b64decode(packed)).size) <= 16


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\xff\xd8",
        b"<html><body onload=alert(1)>",
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        b"GIF89a\x01\x00\x01\x00\x00\x00\x00;",
        b"BM" + bytes(60),
        b"II*\x00" + bytes(60),
        bytes(4) + b"ftypheic" + bytes(60),
        b"PK\x03\x04" + bytes(60),
        b"RIFF\x20\x00\x00\x00WAVE" + bytes(60),
    ],
)
def test_what_is_no_jpeg_png_or_webp_is_said_to_be_none(sent: bytes) -> None:
    assert _refused(sent) == "photo_type"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.9, 0.99])
def test_a_file_that_ends_too_early_is_refused(form: str, share: float) -> None:
    whole = file(scene(), form)

    assert _refused(whole[: int(len(whole) * share)]) == "photo_unreadable"


def test_what_is_too_large_to_decode_is_refused_with_how_much_may_come() -> None:
    # 65,000 by 65,000 in 1 bit is a file of half a megabyte; Pillow keeps each in a byte.
    sent = file(Image.new("1", (12_000, 12_000)), "PNG")

    with pytest.raises(Unusable) as refused:
        develop(sent, "photo")

    assert refused.value.code == "photo_too_many_pixels"
    assert refused.value.params == {"megapixels": 144, "most": 120}


def test_the_largest_photos_of_phones_are_taken() -> None:
    fifty_megapixels = file(Image.new("RGB", (8160, 6120), (90, 120, 60)), quality=60)
    twelve_in_several_scans = file(scene(4032, 3024), progressive=True)

    assert develop(fifty_megapixels, "photo").width == 1920
    assert develop(twelve_in_several_scans, "photo").height == 1440


def _refused(sent: bytes) -> str:
    with pytest.raises(Unusable) as refused:
        develop(sent, "photo")
    return refused.value.code


def _says_something(made: bytes) -> bool:
    picture = Image.open(io.BytesIO(made))
    said = {"exif", "xmp", "icc_profile", "comment", "photoshop"} & set(picture.info)
    return (
        bool(said) or bool(picture.getexif()) or any(mark in made for mark in (CANARY, b"CANARY", b"Exif\0"))
    )


def _colour(prints: Prints) -> tuple[int, ...]:
    colours = [inside(made).convert("RGB").resize((1, 1)).getpixel((0, 0)) for made in prints.files.values()]
    assert all(_near(one, colours[0]) for one in colours)
    assert isinstance(colours[0], tuple)
    return colours[0]


def _near(one: object, other: object) -> bool:
    assert isinstance(one, tuple)
    assert isinstance(other, tuple)
    return all(abs(a - b) <= 6 for a, b in zip(one, other, strict=True))


def _is_red(colour: object) -> bool:
    assert isinstance(colour, tuple)
    return bool(colour[0] > 200 and colour[2] < 60)
