"""The same key, the same answer, one effect: a click or a request that arrives twice does nothing twice.

The key is claimed in the very transaction of the effect, and the answer is kept in it too. So there is
no moment at which one exists without the other, and two tries at once wait for each other in the database.
"""

import hmac
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy import Update, bindparam, delete, update
from sqlmodel import Field, col

from realtime.refusals import Conflict, Refusal
from server.clock import now
from server.database import Session, come_through
from server.inserting import insert_new
from server.jobs import job
from server.site import Site
from server.tables import Row, long_text, moment

KEPT: Final = timedelta(days=2)
_LONGEST_KEY = 128


class KeyRow(Row, table=True):
    """A key that a member has used, what for, and what was answered. The body is kept as its HMAC only."""

    __tablename__ = "idempotency_key"

    member_id: str = Field(primary_key=True, max_length=36)
    key: str = Field(primary_key=True, max_length=_LONGEST_KEY)
    body_mac: str = Field(max_length=64)
    status: int
    answer: str = long_text()
    created_at: datetime = moment(index=True)


class Attempt(NamedTuple):
    """One try: whose, under which key, of what."""

    member_id: str
    key: str
    body_mac: str


class InvalidKey(Refusal):
    """The Idempotency-Key header is missing or not one."""

    status = 400


def attempt(site: Site, member_id: str, key: str | None, request: bytes) -> Attempt:
    """Return the try to do `request` (what is asked for, method, path and body) under `key`.

    Raises `InvalidKey` without a key of 8 to 128 visible ASCII characters.
    """
    if key is None:
        raise InvalidKey("idempotency_key_missing")
    if not (8 <= len(key) <= _LONGEST_KEY and key.isascii() and key.isprintable() and " " not in key):
        raise InvalidKey("idempotency_key_invalid")
    mac = hmac.new(site.settings.key("idempotency"), request, "sha256")
    return Attempt(member_id, key, mac.hexdigest())


async def once(site: Site, this: Attempt, act: Callable[[], Awaitable[tuple[int, str]]]) -> tuple[int, str]:
    """Do `act`, which returns a status and an answer, unless it was done under the key: then return those.

    Every `database.write()` inside `act` joins one transaction with the key; if the database ends it to let
    another go first, `act` is done again from the start. Raises `Conflict` if the key was used for something
    else.
    """
    return await come_through(lambda: _once(site, this, act))


async def _once(site: Site, this: Attempt, act: Callable[[], Awaitable[tuple[int, str]]]) -> tuple[int, str]:
    async with site.database.write(whole=True) as session:
        if not await _claimed(session, this):
            row = await session.get_one(KeyRow, (this.member_id, this.key))
            if not hmac.compare_digest(row.body_mac, this.body_mac):
                raise Conflict("idempotency_key_reused")
            return row.status, row.answer
        status, answer = await act()
        await session.exec(
            _answered(), params={"member": this.member_id, "used": this.key, "s": status, "a": answer}
        )
        return status, answer


@job("idempotency.prune", every=timedelta(days=1))
async def prune(site: Site, _: dict[str, Any]) -> None:
    """Forget keys that are older than two days."""
    async with site.database.write() as session:
        await session.exec(delete(KeyRow).where(col(KeyRow.created_at) < now() - KEPT))


async def _claimed(session: Session, this: Attempt) -> bool:
    return await insert_new(session, KeyRow(**this._asdict(), status=0, answer="", created_at=now()))


@cache
def _answered() -> Update:
    return (
        update(KeyRow)
        .where(col(KeyRow.member_id) == bindparam("member"), col(KeyRow.key) == bindparam("used"))
        .values(status=bindparam("s"), answer=bindparam("a"))
        .execution_options(synchronize_session=False)
    )
