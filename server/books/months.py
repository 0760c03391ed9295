"""What a member was given and gave, month by month."""

from contextlib import aclosing
from datetime import datetime
from functools import cache
from typing import Final

from sqlalchemy import bindparam
from sqlmodel import select

from realtime.people import Person
from server.board.finding import stream
from server.books.schemas import Month, Months
from server.books.statement import all_lines, is_kind
from server.clock import now
from server.database import AnySelect
from server.site import Site

MONTHS: Final = 12


async def months(site: Site, person: Person) -> Months:
    """Return the last twelve months of a member, this one last: what they bought is no part of it."""
    today = now()
    received = dict.fromkeys(_names(today), 0)
    given = dict.fromkeys(received, 0)
    since = today.replace(year=today.year - 1, day=1, hour=0, minute=0, second=0, microsecond=0)
    question = _gains().params(member=person.id, since=since)
    async with site.database.read() as session, aclosing(stream(session, question)) as rows:
        async for at, gained in rows:
            sums = received if gained > 0 else given
            if (name := f"{at:%Y-%m}") in sums:
                sums[name] += abs(gained)
    return Months(months=[Month(month=name, received=received[name], given=given[name]) for name in received])


def _names(today: datetime) -> list[str]:
    """Return the names of the last twelve months, oldest first."""
    counted = today.year * 12 + today.month - 1
    return [f"{month // 12:04}-{month % 12 + 1:02}" for month in range(counted - MONTHS + 1, counted + 1)]


@cache
def _gains() -> AnySelect:
    line = all_lines()
    wanted: AnySelect = select(line.c.at, line.c.amount + line.c.held - line.c.debt)
    return wanted.where(
        is_kind(line, "received") | is_kind(line, "given"),
        line.c.at >= bindparam("since", type_=line.c.at.type),
    )
