"""The darkroom: a child that can be lost, and a short queue in front of it."""

import asyncio
import io
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image

from realtime.refusals import Refusal, Unavailable
from server.album import PhotoKind, Prints
from server.photos.darkroom import MOST_WAITING, Darkroom
from tests.kernel import is_running
from tests.server.photos.pictures import file, inside, scene
from tests.waiting import until

PROJECT = Path(__file__).parents[3]


@pytest.fixture
async def darkroom() -> AsyncIterator[Darkroom]:
    """A darkroom, closed after the test."""
    opened = Darkroom()
    yield opened
    await opened.aclose()


async def develop(darkroom: Darkroom, sent: bytes, kind: PhotoKind = "photo") -> Prints:
    return await darkroom.develop(io.BytesIO(sent), len(sent), kind)


async def test_photos_are_developed_one_after_the_other_by_one_child(darkroom: Darkroom) -> None:
    portrait = asyncio.create_task(develop(darkroom, file(scene(300, 400))))
    avatar = asyncio.create_task(develop(darkroom, file(scene(300, 400)), "avatar"))
    await until(lambda: darkroom.pid is not None, "a child")
    child = darkroom.pid

    assert (await portrait).height == 400
    assert inside((await avatar).files["64.webp"]).size == (64, 64)
    assert darkroom.pid == child


async def test_nobody_has_a_child_who_has_no_photo(darkroom: Darkroom) -> None:
    assert darkroom.pid is None


def test_the_web_process_itself_knows_no_picture_library() -> None:
    asked = "import sys, server.app, server.photos.darkroom; print('PIL' in sys.modules)"

    said = subprocess.run([sys.executable, "-c", asked], cwd=PROJECT, capture_output=True, check=True)

    assert said.stdout == b"False\n"


async def test_what_is_unusable_is_said_and_the_child_lives_on(darkroom: Darkroom) -> None:
    await develop(darkroom, file(scene()))
    child = darkroom.pid

    with pytest.raises(Refusal) as refused:
        await develop(darkroom, b"<html>")
    again = await develop(darkroom, file(scene()))

    assert refused.value.code == "photo_type"
    assert again.width == 800
    assert darkroom.pid == child


async def test_a_child_that_is_killed_at_work_costs_one_photo_and_no_other(darkroom: Darkroom) -> None:
    hard = asyncio.create_task(develop(darkroom, file(Image.effect_noise((1900, 1900), 90), "PNG")))
    next_one = asyncio.create_task(develop(darkroom, file(scene())))
    await until(lambda: darkroom.pid is not None, "a child")
    assert darkroom.pid is not None
    os.kill(darkroom.pid, signal.SIGKILL)

    with pytest.raises(Refusal) as refused:
        await hard
    assert refused.value.code == "photo_too_hard"
    assert (await next_one).width == 800


async def test_a_child_that_was_killed_while_it_waited_costs_nothing(darkroom: Darkroom) -> None:
    await develop(darkroom, file(scene()))
    gone = darkroom.pid
    assert gone is not None
    os.kill(gone, signal.SIGKILL)
    await until(lambda: darkroom.pid is None, "its end")

    assert (await develop(darkroom, file(scene()))).width == 800
    assert darkroom.pid != gone


@pytest.mark.parametrize(
    "program",
    [
        pytest.param("import sys; sys.stdin.buffer.read()", id="never answers"),
        pytest.param("import time; time.sleep(600)", id="never reads"),
    ],
)
async def test_a_child_that_is_stuck_is_killed(program: str) -> None:
    stuck = Darkroom(lambda: _running(program), seconds=0.2)

    with pytest.raises(Refusal) as refused:
        await develop(stuck, bytes(1_000_000))

    assert refused.value.code == "photo_too_hard"
    assert stuck.pid is None
    await stuck.aclose()


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"\xff\xff\xff\xff", id="an answer without end"),
        pytest.param(b"\x00\x00\x00\x02{}", id="nothing said"),
        pytest.param(b"\x00\x00\x00\x04[1,2", id="no JSON"),
        pytest.param(
            b'\x00\x00\x00\x6a{"width":1,"height":1,"widths":[320],'
            b'"placeholder":"data:image/webp;base64,AA==","files":{"../../x.webp":1}}x',
            id="a file of another name",
        ),
    ],
)
async def test_a_child_that_is_no_longer_ours_is_not_believed(answer: bytes) -> None:
    speaking = f"import sys; sys.stdout.buffer.write({answer!r}); sys.stdout.flush(); sys.stdin.buffer.read()"
    taken_over = Darkroom(lambda: _running(speaking))

    with pytest.raises(Refusal) as refused:
        await develop(taken_over, file(scene()))

    assert refused.value.code == "photo_too_hard"
    await taken_over.aclose()


async def test_who_finds_too_many_waiting_is_told_to_come_again() -> None:
    stuck = Darkroom(lambda: _running("import sys; sys.stdin.buffer.read()"))
    waiting = [asyncio.create_task(develop(stuck, b"x")) for _ in range(MOST_WAITING)]
    await asyncio.sleep(0)

    with pytest.raises(Unavailable) as refused:
        await develop(stuck, b"x")
    await stuck.aclose()
    ended = await asyncio.gather(*waiting, return_exceptions=True)

    assert refused.value.code == "photo_busy"
    # Who waited is told the same, not that there is something about their photo; who did not even begin, too.
    assert {type(one) for one in ended} <= {Unavailable, asyncio.CancelledError}


async def test_who_comes_while_the_system_starts_no_child_is_told_to_come_again() -> None:
    def starts_none() -> "subprocess.Popen[bytes]":
        raise OSError(24, "Too many open files")

    darkroom = Darkroom(starts_none)
    try:
        with pytest.raises(Unavailable, match="photo_busy"):
            await develop(darkroom, file(scene(30, 30)))
    finally:
        await darkroom.aclose()


async def test_a_closed_darkroom_leaves_no_child(darkroom: Darkroom) -> None:
    await develop(darkroom, file(scene()))
    child = darkroom.pid
    assert child is not None

    await darkroom.aclose()

    assert not is_running(child)


async def test_a_child_ends_with_its_parent_even_with_one_that_is_killed() -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _PARENT, cwd=PROJECT, stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    child = int(await parent.stdout.readline())
    assert is_running(child)

    parent.kill()

    await parent.wait()
    await until(lambda: not is_running(child), "the child's end")


async def test_the_child_knows_no_secret_and_writes_no_file(
    darkroom: Darkroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONEMILE_SECRET", "CANARY")
    await develop(darkroom, file(scene()))

    process = Path(f"/proc/{darkroom.pid}")
    limits = {
        line[:26].strip(): line[26:47].strip() for line in (process / "limits").read_text().splitlines()
    }
    assert b"CANARY" not in (process / "environ").read_bytes()
    assert limits["Max file size"] == "0"
    assert limits["Max data size"] == str(224 * 1024 * 1024)


def _running(program: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)


_PARENT = """
import asyncio, io
from server.photos.darkroom import Darkroom
from tests.server.photos.pictures import file, scene

async def main():
    darkroom, sent = Darkroom(), file(scene(40, 30))
    await darkroom.develop(io.BytesIO(sent), len(sent), "photo")
    print(darkroom.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""
