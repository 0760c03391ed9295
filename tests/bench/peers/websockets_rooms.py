"""Rooms on the `websockets` library, with its own `broadcast`."""

import sys
from collections import defaultdict

import uvloop
from websockets.asyncio.server import ServerConnection, broadcast, serve

rooms: defaultdict[str, set[ServerConnection]] = defaultdict(set)


async def talk(client: ServerConnection) -> None:
    """Serve one client."""
    try:
        async for message in client:
            verb, room, *text = str(message).split(" ", 2)
            if verb == "join":
                rooms[room].add(client)
                await client.send("joined")
            else:
                broadcast(rooms[room], text[0])
    finally:
        for clients in rooms.values():
            clients.discard(client)


async def main() -> None:
    """Serve for ever."""
    port = int(sys.argv[1])
    async with serve(talk, "127.0.0.1", port, compression=None, ping_interval=None, backlog=2048) as server:
        await server.serve_forever()


uvloop.run(main())
