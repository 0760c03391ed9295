"""Rewards for several sponsors at once: they wait for each other, and never for ever."""

import asyncio

from server.ids import new_id
from server.members.models import MemberRow
from server.smiles import holds, ledger, locks, referral
from server.smiles.accounts import earned, mint
from tests.server.board.town import Town
from tests.server.exchanges.pair import id_of


async def joins(town: Town, name: str, sponsor: str) -> str:
    """Have somebody join by an invitation."""
    member = id_of(await town.member(name))
    async with town.database.write() as session:
        (await session.get_one(MemberRow, member)).sponsor_id = sponsor
    return member


async def helped(town: Town, helper: str, beneficiary: str) -> dict[str, str]:
    """Have an exchange come to its end in which a smile passed; return what is told of it."""
    exchange = new_id()
    async with town.database.write() as session:
        await ledger.give(session, "grant", beneficiary, 1, key=new_id())
        await holds.put_on_hold(session, exchange, beneficiary, 1, key=new_id(), by=None)
        await holds.release(session, exchange, beneficiary, helper, 1, key=new_id(), by=None)
    return {"exchange": exchange, "helper": helper, "beneficiary": beneficiary}


async def test_two_exchanges_whose_sponsors_are_each_others_both_reward_both(postgresql_town: Town) -> None:
    town = postgresql_town
    sponsors = [id_of(await town.member(name)) for name in ("Ana", "Bo")]
    one, other = [[await joins(town, "Cy", sponsor) for sponsor in sponsors] for _ in range(2)]
    told = [await helped(town, one[0], one[1]), await helped(town, other[1], other[0])]
    accounts = [mint("referral"), *map(earned, sponsors)]
    async with town.database.write() as session:
        await locks.lock(session, accounts)

    # Both rewards have come as far as they can before either goes on.
    async with town.database.write() as session:
        await locks.lock(session, [mint("referral")])
        rewarding = [asyncio.ensure_future(referral.reward(town.site, one)) for one in told]
        await town.until_waiting(2)
    await asyncio.gather(*rewarding)

    async with town.database.read() as session:
        assert [await referral.rewarded(session, sponsor) for sponsor in sponsors] == [2, 2]
