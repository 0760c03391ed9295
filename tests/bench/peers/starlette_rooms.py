"""Rooms on Starlette and uvicorn, as Starlette applications write them: `send_text` in a loop."""

import sys
from collections import defaultdict

import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

rooms: defaultdict[str, set[WebSocket]] = defaultdict(set)


async def talk(client: WebSocket) -> None:
    """Serve one client."""
    await client.accept()
    try:
        while True:
            verb, room, *text = (await client.receive_text()).split(" ", 2)
            if verb == "join":
                rooms[room].add(client)
                await client.send_text("joined")
            else:
                for one in list(rooms[room]):
                    await one.send_text(text[0])
    except WebSocketDisconnect:
        for clients in rooms.values():
            clients.discard(client)


app = Starlette(routes=[WebSocketRoute("/", talk)])
uvicorn.run(
    app,
    port=int(sys.argv[1]),
    log_level="warning",
    ws="websockets-sansio",
    ws_per_message_deflate=False,
    ws_ping_interval=None,
)
