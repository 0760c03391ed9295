"""What is told late is told as it is by then."""

from datetime import timedelta

import time_machine
from sqlalchemy import delete
from sqlmodel import col, select

from realtime.bus import MemoryBus
from realtime.signals import AnySignal, PinMoved
from server.board.news import as_of_now
from server.clock import now
from server.listings import actions as listings
from server.outbox import Outbox, SignalRow
from tests.server.board.town import Town


async def test_a_pin_that_has_ended_does_not_come_back_by_the_late_news_of_its_beginning(town: Town) -> None:
    ana = await town.member("Ana")
    listing = (await town.publish(ana)).listing
    async with town.database.read() as session:
        beginning = list(await session.exec(select(SignalRow.id)))
    await listings.close(town.site, ana, listing.id)
    async with town.database.write() as session:
        # Its end was told, and heard by some.
        await session.exec(delete(SignalRow).where(col(SignalRow.id).not_in(beginning)))
    heard: list[AnySignal] = []
    bus = MemoryBus()
    await bus.start(heard.extend, lambda: None, lambda: None)

    with time_machine.travel(now() + timedelta(seconds=3)):
        await Outbox(town.database, bus, lambda _: None, as_of_now).sweep()
    await bus.aclose()

    told = [signal for signal in heard if isinstance(signal, PinMoved)]
    assert [(one.id, one.version, one.pin, one.reason) for one in told] == [(listing.id, 2, None, "done")]
