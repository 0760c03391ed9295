"""Sockets of which every raw frame is kept, and whether who heard something could have asked for it."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from realtime.protocol import Ping
from tests.processes.street import Neighbour, WebProcess
from tests.realtime.served import Client
from tests.waiting import PATIENCE_SECONDS


@dataclass
class Ear:
    """A socket of which every raw frame is kept."""

    who: Neighbour
    socket: Client
    frames: list[str] = field(default_factory=list)

    async def hear(self) -> str:
        """Return all that came since last time, up to the answer to a question asked now."""
        await self.socket.ask(Ping(ref=4711))
        heard: list[str] = []
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not heard or '"pong"' not in heard[-1]:
                heard.append(str(await self.socket.socket.recv()))
        self.frames += heard
        return "\n".join(heard)


async def could_have_asked(web: WebProcess, ear: Ear, event: dict[str, Any]) -> bool:
    """Say whether who heard `event` is answered when asking for what it tells of."""
    match event:
        case (
            {"type": "pin", "pin": {"id": listing}}
            | {"type": "listing", "listing": {"id": listing}}
            | {"type": "listing_restored", "id": listing}
        ):
            return (await ear.who.ask(web, "GET", f"/api/listings/{listing}")).status_code == 200
        case {"type": "message", "message": {"id": message, "conversation": talk, "text": text}}:
            page = await ear.who.ask(web, "GET", f"/api/conversations/{talk}/messages?limit=200")
            found = page.json().get("messages", [])
            return any(
                (one["id"], one["text"], one["card"]) == (message, text, event["message"]["card"])
                for one in found
            )
        case {"type": "typing" | "read" | "presence", "conversation": talk}:
            page = await ear.who.ask(web, "GET", f"/api/conversations/{talk}/messages")
            return page.status_code == 200
        case {"type": "activity", "conversation": conversation}:
            inbox = (await ear.who.ask(web, "GET", "/api/inbox")).json().get("conversations", [])
            # Two pieces of news of one deed: the first of them is no longer what is there.
            is_older = any(
                one["id"] == conversation["id"] and one["version"] > conversation["version"] for one in inbox
            )
            return is_older or conversation in inbox
        case {"type": "purse", "purse": told}:
            purse = (await ear.who.ask(web, "GET", "/api/me/smiles")).json().get("purse", {"version": 0})
            return bool(told == purse or told["version"] < purse["version"])
        case {"type": "feed", "item": {"kind": "dispute", "id": exchange}}:
            path = f"/api/moderation/disputes/{exchange}"
            return (await ear.who.ask(web, "GET", path)).status_code == 200
        case {"type": "feed" | "author"}:
            return (await ear.who.ask(web, "POST", "/api/moderation/feed", {})).status_code == 200
        case {"type": "avatar", "avatar": avatar, "hidden": False}:
            return (await ear.who.ask(web, "GET", f"/photos/{avatar}-64.webp")).status_code == 200
        case {"type": "gone" | "listing_gone" | "avatar" | "pong" | "done" | "refused" | "sent"}:
            return True
    return False


def events_in(text: str) -> list[dict[str, Any]]:
    """Return the events in `text`, one a line."""
    return [json.loads(line) for line in text.splitlines()]
