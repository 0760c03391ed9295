"""What 1Mile is compared with, and 1Mile: each as the bench starts it and talks to it."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tests.bench.arena import PEERS_PYTHON, SOURCES, Contestant, Pinned, Speech, compiled, text_of
from tests.bench.town import Town
from tests.local_server import free_port

PEERS = SOURCES / "peers"
MESSAGE_BYTES = 200
FLOOR = "C program, one write per message"
NODE_WS = "Node ws"
PYTHON_SOCKETIO = "python-socketio"
CHANNELS = "Django Channels + Redis"
OURS = "1Mile, from the bus"
OURS_POSTED = "1Mile, posted by REST into SQLite"

_PLAIN = Speech(
    path="/",
    enter=lambda room: f"join {room}",
    publish=lambda room: f"pub {room} {text_of(MESSAGE_BYTES)}",
    room_ready="joined",
)
_SOCKET_IO = Speech(
    path="/socket.io/?EIO=4&transport=websocket",
    enter=lambda room: f'42["join","{room}"]',
    publish=lambda room: f'42["pub","{room}","{text_of(MESSAGE_BYTES)}"]',
    room_ready='"joined"',
    idle_ready="40{",
    options={"socket-io": 1},
)


def peers(rooms: int, redis_url: str) -> list[Contestant]:
    """Return everybody but us."""
    return [
        floor(rooms),
        _node("Node ws, ready-made frame", "ws_rooms.mjs", _PLAIN, rooms, PREPARED="1"),
        _node(NODE_WS, "ws_rooms.mjs", _PLAIN, rooms),
        _node("Socket.IO (Node)", "socket_io_rooms.mjs", _SOCKET_IO, rooms),
        _python("websockets, broadcast()", "websockets_rooms.py", _PLAIN, rooms),
        _python("Starlette, send_text loop", "starlette_rooms.py", _PLAIN, rooms),
        python_socketio(rooms),
        _python(CHANNELS, "channels_rooms.py", _PLAIN, rooms, redis_url),
    ]


def some_peers(rooms: int, redis_url: str) -> list[Contestant]:
    """Return those whose latency is compared; python-socketio with the Redis that its rooms live in."""
    return [_node(NODE_WS, "ws_rooms.mjs", _PLAIN, rooms), python_socketio(rooms, redis_url)]


def python_socketio(rooms: int, redis_url: str = "", publish_port: int | None = None) -> Contestant:
    """Return python-socketio; with a Redis, as one of several processes, and published to at another."""
    ports = {"publish-port": publish_port} if publish_port else {}
    speech = replace(_SOCKET_IO, options={**_SOCKET_IO.options, **ports})
    more = [redis_url] if redis_url else []
    return _python(PYTHON_SOCKETIO, "python_socketio_rooms.py", speech, rooms, *more)


def floor(rooms: int) -> Contestant:
    """Return the C program."""
    return Contestant(FLOOR, Pinned(lambda port: [compiled("floor"), str(port)]), _PLAIN, rooms)


class Ours:
    """One process of 1Mile in a town: the whole application, with the bench's door beside its own."""

    def __init__(self, town: Town, redis_url: str = "") -> None:
        self.town = town
        self.door = free_port()
        program = str(SOURCES / "whole_server.py")
        self.server = Pinned(
            lambda _: [sys.executable, program],
            {
                "ONEMILE_DATABASE_URL": town.database_url,
                "ONEMILE_REDIS_URL": redis_url,
                "ONEMILE_MAIL": "page",
                "ONEMILE_LIMITS": "false",
                "ONEMILE_LOG_FORMAT": "json",
                "BENCH_DOOR": str(self.door),
            },
        )
        self.server.set("ONEMILE_PORT", str(self.server.port))
        self.server.set("ONEMILE_PUBLIC_URL", self.address)

    @property
    def address(self) -> str:
        """Where it serves."""
        return f"http://127.0.0.1:{self.server.port}"

    def contestant(self, rooms: int = 1, publish_port: int | None = None) -> Contestant:
        """Return it with clients, all signed in, in its first rooms.

        A message is an event of 200 bytes that is put on the bus, of this process or of the one whose door
        is at `publish_port`.
        """
        way = {"publish-port": publish_port or self.door, "publish-by": "line"}
        return Contestant(OURS, self.server, self._speech(self.town.threads, _signal, way), rooms)

    def posted(self) -> Contestant:
        """Return it with clients in its last room, to which messages of 200 characters are posted by REST.

        They go the whole way: session, policy, transaction, outbox.
        """
        way = {"publish-by": "http", "publishers": 16, "first-house": 5_000}
        return Contestant(OURS_POSTED, self.server, self._speech(self.town.threads[-1:], self._post, way))

    def _speech(
        self, threads: Sequence[str], publish: Callable[[str], str], way: Mapping[str, object]
    ) -> Speech:
        return Speech(
            path="/live",
            enter=lambda room: json.dumps({"type": "open", "conversation": threads[room]}),
            back=lambda room: json.dumps({"type": "open", "conversation": threads[room], "cursor": 0}),
            publish=lambda room: publish(threads[room]),
            idle_ready='"welcome"',
            room_ready='"opened"',
            options={**way, "headers": self._headers()},
        )

    def _headers(self) -> Path:
        """Write the headers of each client, with the cookie of its session."""
        file = self.server.folder / "headers"
        lines = (rf"Origin: {self.address}\r\nCookie: onemile={token}\r\n" for token in self.town.tokens)
        file.write_text("".join(f"{line}\n" for line in lines))
        return file

    def _post(self, conversation: str) -> str:
        body = json.dumps({"id": "019aaaaa-0000-7000-8000-%%%%%%%%%%%%", "text": text_of(MESSAGE_BYTES)})
        head = [
            f"POST /api/conversations/{conversation}/messages HTTP/1.1",
            f"Host: 127.0.0.1:{self.server.port}",
            f"Origin: {self.address}",
            f"Cookie: onemile={self.town.tokens[0]}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
        ]
        return r"\r\n".join([*head, "", body])


def _signal(conversation: str) -> str:
    """Return a signal whose event is as long as the peers' messages."""
    event = {
        "type": "typing",
        "conversation": conversation,
        "member": {"id": conversation, "name": "", "kind": "individual"},
    }
    around = len(json.dumps(event, separators=(",", ":")))
    event["member"] = {"id": conversation, "name": text_of(MESSAGE_BYTES - around), "kind": "individual"}
    topics = [f"conversation:{conversation}"]
    return json.dumps({"type": "broadcast", "topics": topics, "event": event}) + r"\n"


def _node(label: str, program: str, speech: Speech, rooms: int, **settings: str) -> Contestant:
    server = Pinned(lambda port: ["node", str(PEERS / program), str(port)], settings)
    return Contestant(label, server, speech, rooms)


def _python(label: str, program: str, speech: Speech, rooms: int, *more: str) -> Contestant:
    server = Pinned(lambda port: [PEERS_PYTHON, str(PEERS / program), str(port), *more])
    return Contestant(label, server, speech, rooms)
