"""The laws of the ledger, whatever is done to it: L1, L2, L7.

What is done one after the other is compared with a plain ledger after each step; what is done by eight at
once is proved from the entries, since nobody can say in which order it happened.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, ClassVar, NamedTuple, TypeAlias

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlmodel import col, or_, select

from realtime.refusals import Conflict
from server.books import proof
from server.database import Session
from server.ids import new_id
from server.smiles import holds, ledger, purses
from server.smiles.accounts import bought, earned, mint
from server.smiles.models import AccountRow
from server.smiles.transfers import Transfer
from tests.server.board.town import Town, town_at
from tests.server.smiles.plain import PlainLedger, TooFew

Deed: TypeAlias = Callable[[Session], Awaitable[Any]]

MEMBERS = ("Ana", "Bo", "Cem")
few = st.integers(1, 12)
who = st.sampled_from(range(len(MEMBERS)))


class Hold(NamedTuple):
    """Smiles that wait."""

    exchange: str
    beneficiary: int
    smiles: int


class Purchase(NamedTuple):
    """Smiles that were bought."""

    id: str
    member: int
    smiles: int


class Life(RuleBasedStateMachine):
    """Three members who are given smiles, buy, hold, pass, get back, owe and leave; and their plain twins."""

    town: ClassVar[Town]
    runner: ClassVar[asyncio.Runner]

    holds = Bundle("holds")
    purchases = Bundle("purchases")
    taken_back = Bundle("taken_back")

    def __init__(self) -> None:
        super().__init__()
        self.members = self.runner.run(_members(self.town))
        # Mints and the community are everybody's: they are compared with what was there before.
        self.before = self.runner.run(_balances(self.town))
        self.plain = PlainLedger()
        self.done: list[Deed] = []

    @rule(member=who, smiles=few)
    def is_granted(self, member: int, smiles: int) -> None:
        self.plain.give("grant", self.members[member], smiles)
        self.does(lambda session, key: ledger.give(session, "grant", self.members[member], smiles, key=key))

    @rule(target=purchases, member=who, smiles=few)
    def buys(self, member: int, smiles: int) -> Purchase:
        bought_now = Purchase(new_id(), member, smiles)
        self.plain.give("purchase", self.members[member], smiles)
        self.does(
            lambda session, key: ledger.give(
                session, "purchase", self.members[member], smiles, key=key, purchase=bought_now.id
            )
        )
        return bought_now

    @rule(target=holds, member=who, smiles=st.integers(0, 20))
    def accepts(self, member: int, smiles: int) -> Hold:
        held = Hold(new_id(), member, smiles)
        deed = self.deed(
            lambda session, key: holds.put_on_hold(
                session, held.exchange, self.members[member], smiles, key=key, by=self.members[member]
            )
        )
        return (
            held
            if self.is_done(deed, lambda: self.plain.put_on_hold(held.exchange, self.members[member], smiles))
            else held._replace(smiles=0)
        )

    @rule(held=consumes(holds), helper=who, part=st.integers(0, 12))
    def ends(self, held: Hold, helper: int, part: int) -> None:
        if helper == held.beneficiary:
            helper = (helper + 1) % len(self.members)
        people = self.members[held.beneficiary], self.members[helper]
        deed = self.deed(
            lambda session, key: holds.release(session, held.exchange, *people, part, key=key, by=None)
        )
        if not self.is_done(deed, lambda: self.plain.release(held.exchange, *people, part)):
            self.does(
                lambda session, key: holds.release(session, held.exchange, *people, 0, key=key, by=None)
            )
            self.plain.release(held.exchange, *people, 0)

    @rule(target=taken_back, purchase=consumes(purchases), reason=st.sampled_from(["refund", "chargeback"]))
    def money_goes_back(self, purchase: Purchase, reason: Any) -> Purchase:
        member = self.members[purchase.member]
        self.plain.take_back(member, purchase.smiles)
        self.does(
            lambda session, key: ledger.take_back(
                session, member, purchase.smiles, key=key, reason=reason, purchase=purchase.id
            )
        )
        return purchase

    @rule(purchase=consumes(taken_back))
    def money_comes_after_all(self, purchase: Purchase) -> None:
        member = self.members[purchase.member]
        entries = {mint("purchase"): -purchase.smiles, bought(member): purchase.smiles}
        self.plain.reinstate(member, purchase.smiles)
        self.does(
            lambda session, key: ledger.book(
                session, Transfer(key, "reinstate", entries, purchase=purchase.id)
            )
        )

    @rule(member=who)
    def leaves(self, member: int) -> None:
        if (
            self.plain.smiles[earned(self.members[member])] + self.plain.smiles[bought(self.members[member])]
            == 0
        ):
            # Then nothing is booked, and the key is still free.
            return
        self.plain.leave(self.members[member])
        self.does(lambda session, key: ledger.community_takes(session, self.members[member], key=key))

    @rule(member=who, smiles=few)
    def gives_more_than_there_is(self, member: int, smiles: int) -> None:
        one, other = self.members[member], self.members[member - 1]
        there = self.plain.smiles[earned(one)]
        entries = {earned(one): -there - smiles, earned(other): there + smiles}
        deed = self.deed(lambda session, key: ledger.book(session, Transfer(key, "correct", entries)))

        with pytest.raises(Conflict) as refused:
            self.carry_out(deed)

        assert refused.value.params["missing"] == smiles

    @rule(chance=st.randoms(use_true_random=False))
    def something_is_done_again(self, chance: random.Random) -> None:
        if self.done:
            self.carry_out(chance.choice(self.done))

    @invariant()
    def everything_is_where_the_plain_ledger_has_it(self) -> None:
        found = self.runner.run(_balances(self.town, self.members))
        for account, smiles in self.before.items():
            found[account] = found.get(account, 0) - smiles
        assert {account: smiles for account, smiles in found.items() if smiles} == self.plain.there()

    def teardown(self) -> None:
        assert self.runner.run(_broken_laws(self.town)) == []

    def deed(self, act: Callable[[Session, str], Awaitable[Any]]) -> Deed:
        """Return something to do, under a key of its own however often it is done."""
        key = new_id()
        return lambda session: act(session, key)

    def does(self, act: Callable[[Session, str], Awaitable[Any]]) -> None:
        """Do something that must succeed."""
        deed = self.deed(act)
        self.carry_out(deed)
        self.done.append(deed)

    def is_done(self, deed: Deed, plainly: Callable[[], None]) -> bool:
        """Do something, and the same plainly: both succeed, or both say how many smiles are missing."""
        missing = 0
        try:
            plainly()
        except TooFew as there_are:
            missing = there_are.missing
        if not missing:
            self.carry_out(deed)
            self.done.append(deed)
            return True
        with pytest.raises(Conflict) as refused:
            self.carry_out(deed)
        assert refused.value.code == "not_enough_smiles"
        assert refused.value.params["missing"] == missing
        return False

    def carry_out(self, deed: Deed) -> None:
        """Do something in a transaction of its own."""
        self.runner.run(_carry_out(self.town, deed))


async def _carry_out(town: Town, deed: Deed) -> None:
    async with town.database.write() as session:
        await deed(session)


async def _members(town: Town) -> list[str]:
    people = [(await town.member(name)).member for name in MEMBERS]
    return [person.id for person in people if person is not None]


async def _balances(town: Town, members: Sequence[str] = ()) -> dict[str, int]:
    """Return what is in the accounts of `members`, and in those of nobody."""
    owner = col(AccountRow.owner_id)
    wanted = select(AccountRow.id, AccountRow.balance).where(or_(owner.in_(members), owner.is_(None)))
    async with town.database.read() as session:
        return dict((await session.exec(wanted)).all())


async def _broken_laws(town: Town) -> list[str]:
    """Return what the proof finds; what an exchange or a purchase should say is not ours: there are none."""
    async with town.database.snapshot() as session:
        return [fault for fault in await proof.faults(session) if fault[:2] in {"L1", "L2", "L3", "L7"}]


def test_whatever_is_done_to_it_the_ledger_is_as_a_plain_one(town_url: str) -> None:
    async def opened() -> tuple[Any, Town]:
        opening = town_at(town_url)
        return opening, await opening.__aenter__()

    with asyncio.Runner() as runner:
        opening, town = runner.run(opened())
        lives = type("Life", (Life,), {"town": town, "runner": runner})
        try:
            run_state_machine_as_test(
                lives,
                settings=settings(
                    max_examples=40,
                    stateful_step_count=30,
                    deadline=None,
                    database=None,
                    suppress_health_check=list(HealthCheck),
                ),
            )
        finally:
            runner.run(opening.__aexit__(None, None, None))


def _any_deed(chance: random.Random, members: Sequence[str], held: list[Hold], key: str) -> partial[Any]:
    """Return something to do with a session, as chance has it; what is held may be released once."""
    one, other = chance.sample(members, 2)
    smiles = chance.randint(1, 9)
    if held and chance.random() < 0.4:
        hold = held.pop(chance.randrange(len(held)))
        people: dict[str, Any] = {
            "beneficiary": members[hold.beneficiary],
            "helper": members[hold.beneficiary - 1],
        }
        part = chance.randint(0, hold.smiles)
        return partial(holds.release, cause=hold.exchange, **people, to_helper=part, key=key, by=None)
    wrong = Transfer(key, "correct", {earned(one): -smiles, earned(other): smiles})
    spent: dict[str, Any] = {"member": one, "smiles": smiles, "key": key, "purchase": key}
    return chance.choice(
        [
            partial(ledger.give, why="purchase", **spent),
            partial(ledger.take_back, reason="refund", **spent),
            partial(holds.put_on_hold, cause=key, beneficiary=one, smiles=smiles, key=key, by=one),
            partial(ledger.book, transfer=wrong),
        ]
    )


async def test_eight_who_book_at_once_leave_a_ledger_in_which_nothing_is_wrong(town: Town) -> None:
    members = await _members(town)
    async with town.database.write() as session:
        for member in members:
            await ledger.give(session, "grant", member, 30, key=f"grant {member}")
            # More than is ever taken back.
            await ledger.give(session, "purchase", member, 500, key=f"bought {member}")

    async def live(n: int) -> int:
        chance, booked, held = random.Random(n), 0, list[Hold]()
        for m in range(30):
            deed = _any_deed(chance, members, held, f"{n} {m}")
            with suppress(Conflict):
                await _carry_out(town, deed)
                booked += 1
                if deed.func is holds.put_on_hold:
                    given = deed.keywords
                    held.append(Hold(given["cause"], members.index(given["beneficiary"]), given["smiles"]))
        return booked

    booked = await asyncio.gather(*(live(n) for n in range(8)))

    assert sum(booked) > 100
    assert await _broken_laws(town) == []
    async with town.database.read() as session:
        found = [await purses.purse(session, member) for member in members]
    assert all(min(purse.balance, purse.bought, purse.held, purse.debt) >= 0 for purse in found)
