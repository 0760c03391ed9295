"""Photos that take their time, lines on which they do, and where they are added."""

import io
import random
import re
from typing import Any

import httpx
from PIL import Image
from playwright.sync_api import CDPSession, FilePayload, Locator

from server.ids import new_id
from tests.browser.house import Account, House
from tests.browser.neighbour import Neighbour

FREE = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
# A photo of these tests takes some seconds.
SLOW = {"offline": False, "latency": 50, "downloadThroughput": 400_000, "uploadThroughput": 50_000}


def picture(width: int = 640, height: int = 480, form: str = "JPEG", seed: int = 1) -> bytes:
    """Return a photo of noise, which no encoder makes small."""
    noise = random.Random(seed).randbytes(width * height * 3)
    written = io.BytesIO()
    Image.frombytes("RGB", (width, height), noise).save(written, form)
    return written.getvalue()


def photo(name: str, *, seed: int = 1, **shape: Any) -> FilePayload:
    """Return a photo as it is chosen from a folder."""
    return {"name": f"{name}.jpg", "mimeType": "image/jpeg", "buffer": picture(seed=seed, **shape)}


def line_of(person: Neighbour) -> CDPSession:
    """Return the person's line, to make it slow and free again."""
    line = person.context.new_cdp_session(person.page)
    line.send("Network.enable")
    return line


def add(person: Neighbour, *files: FilePayload) -> None:
    """Choose photos in the form that is open."""
    with person.page.expect_file_chooser() as chooser:
        person.page.get_by_role("button", name=re.compile("^(Ajouter des photos|En ajouter)$")).click()
    chooser.value.set_files(list(files))


def row(person: Neighbour, position: int, count: int) -> Locator:
    """The row of a photo in the form, by its place among `count`, from 1."""
    return person.page.get_by_role("listitem", name=f"Photo {position} sur {count}", exact=True)


def keep(house: House, owner: Account, *, seed: int = 1, kind: str = "photo", **shape: Any) -> str:
    """Send a photo as `owner`; return its id."""
    photo_id = new_id()
    headers = {"Origin": house.address, "Cookie": f"onemile={owner.token}", "Content-Type": "image/jpeg"}
    path = f"{house.address}/api/photos/{photo_id}?kind={kind}"
    httpx.put(path, content=picture(seed=seed, **shape), headers=headers, timeout=30).raise_for_status()
    return photo_id
