"""Rooms on Django Channels: its groups over its Redis layer, under uvicorn."""

import sys

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="bench",
    INSTALLED_APPS=["channels"],
    CHANNEL_LAYERS={
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            "CONFIG": {
                # redis-py 8 gives up on an answer after 5 s, which is how long Channels waits for a message:
                # each pause of 5 s ended one receiver, whose client then heard nothing more.
                "hosts": [{"address": sys.argv[2], "socket_timeout": 60}],
                "capacity": 10_000,
                "expiry": 60,
            },
        }
    },
)
django.setup()

import uvicorn  # noqa: E402 - Django wants to be set up first
from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402


class Talk(AsyncWebsocketConsumer):
    """One client."""

    async def receive(self, text_data: str = "", bytes_data: bytes = b"") -> None:  # noqa: ARG002
        """Carry out what the client says."""
        verb, room, *text = text_data.split(" ", 2)
        if verb == "join":
            await self.channel_layer.group_add(room, self.channel_name)
            await self.send(text_data="joined")
        else:
            await self.channel_layer.group_send(room, {"type": "told", "text": text[0]})

    async def told(self, event: dict[str, str]) -> None:
        """Pass on what the group was told."""
        await self.send(text_data=event["text"])


uvicorn.run(
    Talk.as_asgi(),
    port=int(sys.argv[1]),
    log_level="warning",
    lifespan="off",
    ws="websockets-sansio",
    ws_per_message_deflate=False,
    ws_ping_interval=None,
)
