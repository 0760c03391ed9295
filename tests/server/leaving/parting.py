"""Leaving: at once, or held up while others are at something."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlmodel import select

from realtime.backend import Viewer
from server.board.models import ConversationRow
from server.leaving import actions
from server.leaving.schemas import Leaving
from server.smiles import locks
from server.smiles.accounts import community
from tests.server.board.town import Town
from tests.server.exchanges.pair import id_of


async def leave(town: Town, member: Viewer) -> None:
    """Have a member leave for good, their exchanges settled."""
    assert member.member is not None
    await actions.leave(town.site, id_of(member), Leaving(confirm=member.member.name))


@asynccontextmanager
async def leaving_held_up(town: Town, who: Viewer) -> AsyncIterator[asyncio.Task[None]]:
    """Let somebody be about to have left until the block ends: their exchanges are settled."""
    accounts = [community("bought"), community("earned")]
    async with town.database.write() as session:
        await locks.lock(session, accounts)
    async with town.database.write() as session:
        await locks.lock(session, accounts)
        leaving = asyncio.create_task(leave(town, who))
        await town.until_waiting(1)
        yield leaving


@asynccontextmanager
async def telling_held_up(town: Town, who: Viewer, conversation: str) -> AsyncIterator[asyncio.Task[None]]:
    """Let somebody be about to have left until the block ends: they only have to be called anew here."""
    async with town.database.write() as session:
        held = select(ConversationRow.id).where(ConversationRow.id == conversation)
        await session.exec(held.with_for_update())
        leaving = asyncio.create_task(leave(town, who))
        await town.until_waiting(1)
        yield leaving
