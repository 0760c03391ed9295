"""A photo, and how a member of a town of real processes sends one."""

import httpx

from tests.processes.street import Neighbour, WebProcess
from tests.server.photos.pictures import file, scene

PHOTO = file(scene(400, 300))


async def send(web: WebProcess, member: Neighbour, sent: bytes, photo: str) -> httpx.Response:
    """Send a photo under the id `photo` to one process; return its answer."""
    headers = {"Origin": web.address, "Cookie": f"onemile={member.token}", "Content-Type": "image/jpeg"}
    async with httpx.AsyncClient(base_url=web.address, timeout=120, verify=False) as client:
        return await client.put(f"/api/photos/{photo}", content=sent, headers=headers)
