"""Sockets whose application has returned: heard in order, ended once, and nothing while nothing is said."""

import asyncio
import gc
import weakref
from typing import Any

import pytest
from websockets.asyncio.client import connect

from realtime.links import EXTENSION, Receive, Scope, Send
from tests.realtime.served import Process, serving_app
from tests.realtime.village import Village
from tests.waiting import PATIENCE_SECONDS

ABNORMAL = 1006


class Notebook:
    """A listener that writes down what it hears, slowly if told so."""

    def __init__(self) -> None:
        self.heard: list[str | None] = []
        self.ends: list[int] = []
        self.changed = asyncio.Event()
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()

    async def hear(self, text: str | None) -> None:
        """Write it down when that is allowed."""
        await self.may_go_on.wait()
        if text == "stumble":
            raise RuntimeError(text)
        self.heard.append(text)
        self.changed.set()

    def end(self, code: int) -> None:
        """Write down the end."""
        self.ends.append(code)
        self.changed.set()

    async def until(self, *, heard: int = 0, ends: int = 0) -> None:
        """Wait until so much has happened."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(self.heard) < heard or len(self.ends) < ends:
                self.changed.clear()
                await self.changed.wait()


def attended_by(notebook: Notebook) -> Any:
    """Return an application that accepts, leaves the rest to `notebook` and returns."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        scope["extensions"][EXTENSION].attend(notebook)

    return app


@pytest.fixture
def notebook() -> Notebook:
    """An empty one."""
    return Notebook()


async def test_what_a_client_says_is_heard_in_order_though_hearing_takes_long(notebook: Notebook) -> None:
    said = [str(n) for n in range(200)]
    notebook.may_go_on.clear()

    async with serving_app(attended_by(notebook)) as port, connect(f"ws://127.0.0.1:{port}") as client:
        for text in said:
            await client.send(text)
        await client.send(b"no text")
        notebook.may_go_on.set()
        await notebook.until(heard=len(said) + 1)

    assert notebook.heard == [*said, None]


async def test_an_end_is_told_once_and_after_all_that_was_said(notebook: Notebook) -> None:
    async with serving_app(attended_by(notebook)) as port:
        async with connect(f"ws://127.0.0.1:{port}") as client:
            await client.send("farewell")
            await client.close(4321)
        await notebook.until(ends=1)

    assert (notebook.heard, notebook.ends) == (["farewell"], [4321])


async def test_one_whose_message_cannot_be_heard_is_let_go_alone(notebook: Notebook) -> None:
    async with (
        serving_app(attended_by(notebook)) as port,
        connect(f"ws://127.0.0.1:{port}") as other,
        connect(f"ws://127.0.0.1:{port}") as clumsy,
    ):
        await clumsy.send("stumble")
        await clumsy.wait_closed()
        await other.send("unharmed")
        await notebook.until(heard=1)

        assert (notebook.heard, notebook.ends) == (["unharmed"], [ABNORMAL])


async def test_a_socket_that_is_gone_needs_no_garbage_collector(notebook: Notebook) -> None:
    kept: list[weakref.ref[Any]] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        kept.append(weakref.ref(scope["extensions"][EXTENSION]))
        await attended_by(notebook)(scope, receive, send)

    gc.disable()
    try:
        async with serving_app(app) as port:
            async with connect(f"ws://127.0.0.1:{port}") as client:
                await client.send("here")
                await notebook.until(heard=1)
            async with asyncio.timeout(PATIENCE_SECONDS):
                # What is awaited is that nothing is left: there is no event to wait for.
                while kept[0]() is not None:  # noqa: ASYNC110
                    await asyncio.sleep(0)
    finally:
        gc.enable()

    assert notebook.ends == [1000]


@pytest.mark.parametrize("process", ["wire"], indirect=True)
async def test_an_idle_socket_has_no_task(village: Village, process: Process) -> None:
    village.settle("ana")
    before = _theirs()

    async with process.client("ana") as talker, process.client("ana") as idle:
        for client in (talker, idle):
            assert await client.all_until_now() == []
        async with asyncio.timeout(PATIENCE_SECONDS):
            # What is awaited is that nothing is left: there is no event to wait for.
            while _theirs() - before:  # noqa: ASYNC110
                await asyncio.sleep(0)


def _theirs() -> set[asyncio.Task[Any]]:
    """Return the server's tasks: all but the test's own and those of its clients."""
    return {task for task in asyncio.all_tasks() - {asyncio.current_task()} if not _is_of_a_client(task)}


def _is_of_a_client(task: asyncio.Task[Any]) -> bool:
    code = getattr(task.get_coro(), "cr_code", None)
    return code is not None and "/websockets/" in code.co_filename and "/uvicorn/" not in code.co_filename
