"""Rooms on python-socketio under uvicorn; with a second argument, over Redis between several processes."""

import sys

import socketio
import uvicorn

redis_url = sys.argv[2] if len(sys.argv) > 2 else None
io = socketio.AsyncServer(
    async_mode="asgi",
    transports=["websocket"],
    ping_interval=600,
    client_manager=socketio.AsyncRedisManager(redis_url) if redis_url else None,
)


@io.event
async def join(client: str, room: str) -> None:
    """Let a client into a room."""
    await io.enter_room(client, room)
    await io.emit("joined", to=client)


@io.event
async def pub(_: str, room: str, text: str) -> None:
    """Tell the room."""
    await io.emit("m", text, room=room)


uvicorn.run(
    socketio.ASGIApp(io),
    port=int(sys.argv[1]),
    log_level="warning",
    ws_per_message_deflate=False,
    ws_ping_interval=None,
)
