"""The points at which a process may lose its power, and the one way in which it does.

A point is armed from outside by a file of its name in the folder `SABOTAGE_FOLDER`; the process that comes by
takes the file away and dies without a word, so that it does so once.
"""

import os
import signal
from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path
from typing import Any

# In the order in which a write comes by.
CRASH_POINTS = (
    "between claim and commit",
    "before commit",
    "after commit",
    "after publish",
    "in a sweep",
    "before a snapshot is sent",
    "between a photo's files and its row",
    "after a deadline",
    "while a project is settled",
)

_sweeping: ContextVar[bool] = ContextVar("sweeping", default=False)


def die_at(point: str) -> None:
    """End this process as a power cut would, if `point` is armed."""
    try:
        (Path(os.environ["SABOTAGE_FOLDER"]) / point).unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


def lay() -> None:
    """Let this process come by each of `CRASH_POINTS`."""
    from sqlmodel.ext.asyncio.session import AsyncSession

    from server import idempotency
    from server.jobs import KINDS, Kind
    from server.live import SiteBackend
    from server.outbox import Outbox
    from server.photos import actions as photos
    from server.projects import ending, settling

    put(AsyncSession, "commit", _commit)
    put(idempotency, "_claimed", _claimed)
    put(Outbox, "settle", _settle)
    put(Outbox, "sweep", _sweep)
    put(SiteBackend, "opening", _opening)
    put(photos, "_written", _written)
    put(settling, "_settle", _then_die("while a project is settled"))
    for kind in (ending.CLOSE, ending.DECIDE):
        KINDS[kind] = Kind(_then_die("after a deadline")(KINDS[kind].work), None)


def put(owner: Any, name: str, make: Callable[[Any], Any]) -> None:
    """Put `make(what was there)` in place of what `owner` has by `name`."""
    setattr(owner, name, make(getattr(owner, name)))


def _commit(goes_on: Any) -> Any:
    from server.outbox import Emitted

    async def commit(session: Any) -> None:
        tells = any(isinstance(thing, Emitted) for thing in session.info.get("deferred", ()))
        if tells:
            die_at("before commit")
        if _sweeping.get():
            die_at("in a sweep")
        await goes_on(session)
        if tells:
            die_at("after commit")

    return commit


def _claimed(goes_on: Any) -> Any:
    async def claimed(*attempt: Any) -> bool:
        is_new: bool = await goes_on(*attempt)
        die_at("between claim and commit")
        return is_new

    return claimed


def _settle(goes_on: Any) -> Any:
    async def settle(outbox: Any) -> None:
        if outbox._published:
            die_at("after publish")
        await goes_on(outbox)

    return settle


def _sweep(goes_on: Any) -> Any:
    async def sweep(outbox: Any) -> int:
        token = _sweeping.set(True)
        try:
            swept: int = await goes_on(outbox)
        finally:
            _sweeping.reset(token)
        return swept

    return sweep


def _opening(goes_on: Any) -> Any:
    async def opening(*question: Any) -> Any:
        answer = await goes_on(*question)
        die_at("before a snapshot is sent")
        return answer

    return opening


def _written(goes_on: Any) -> Any:
    async def written(*photo: Any) -> bool:
        die_at("between a photo's files and its row")
        is_new: bool = await goes_on(*photo)
        return is_new

    return written


def _then_die(point: str) -> Callable[[Any], Any]:
    """Return what has something done, committed by its end, and then ends the process."""

    def make(goes_on: Any) -> Any:
        async def do(*given: Any, **named: Any) -> None:
            await goes_on(*given, **named)
            die_at(point)

        return do

    return make
