"""Whatever neighbours agree on, in whatever order: exchanges and purses are those of a plain model.

The model knows nothing of the program's table: what leads where is written down again, by hand. The proof of
the whole ledger (`server.books.proof`) finds nothing wrong afterwards, nor after many who act at once.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count, pairwise
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlmodel import select

from realtime.backend import Viewer
from realtime.exchanges import Act
from realtime.refusals import Refusal
from server.board.exchanges import ExchangeRow
from server.books.proof import faults
from server.clock import now
from server.database import Database
from server.exchanges import actions, disputes
from server.exchanges.later import DUE
from server.exchanges.leaving import settle_for_leaving
from server.exchanges.schemas import Amendment, Settlement
from server.jobs import KINDS
from tests.server.board.town import Town
from tests.server.exchanges.pair import Pair, id_of

GRANT = 10
OVER = {"confirmed", "declined", "cancelled", "expired", "returned", "settled"}
HELD = {"accepted", "done", "missed", "disputed"}
MOVES: dict[tuple[str, str], dict[str, str]] = {
    ("proposed", "accept"): {"asked": "accepted"},
    ("proposed", "decline"): {"asked": "declined"},
    ("proposed", "cancel"): {"proposer": "cancelled"},
    ("accepted", "cancel"): {"helper": "cancelled", "beneficiary": "cancelled"},
    ("accepted", "finish"): {"helper": "done"},
    ("accepted", "confirm"): {"beneficiary": "confirmed"},
    ("accepted", "report"): {"helper": "returned", "beneficiary": "missed"},
    ("accepted", "dispute"): {"helper": "disputed", "beneficiary": "disputed"},
    ("done", "cancel"): {"helper": "cancelled"},
    ("done", "confirm"): {"beneficiary": "confirmed"},
    ("done", "dispute"): {"beneficiary": "disputed"},
    ("missed", "cancel"): {"helper": "cancelled"},
    ("missed", "confirm"): {"beneficiary": "confirmed"},
    ("missed", "object"): {"helper": "disputed"},
    ("disputed", "cancel"): {"helper": "cancelled"},
    ("disputed", "confirm"): {"beneficiary": "confirmed"},
}
BY_CLOCK = {"proposed": "expired", "accepted": "expired", "done": "confirmed", "missed": "returned"}
BY_LEAVING = {
    "proposed": "cancelled",
    "accepted": "cancelled",
    "done": "confirmed",
    "missed": "returned",
    "disputed": "settled",
}
# The clock may step in whenever somebody looks.
DUE_AT_ONCE = dict.fromkeys(
    ("exchange_answer_days", "exchange_lapse_days", "exchange_release_days", "exchange_objection_hours"), 1e-9
)
ACTS: list[Act] = ["accept", "decline", "cancel", "finish", "confirm", "report", "object", "dispute"]


@dataclass
class Plain:
    """What the model knows of one dialog's exchange."""

    id: str = ""
    state: str = "none"
    version: int = 0
    smiles: int = 0
    helper: str = ""
    beneficiary: str = ""
    proposer: str = ""

    def roles(self, who: str) -> set[str]:
        return {
            "helper" if who == self.helper else "beneficiary",
            "proposer" if who == self.proposer else "asked",
        }


@dataclass
class Books:
    """What the model knows of everybody's smiles."""

    balance: dict[str, int] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)

    def turn(self, one: Plain, state: str, to_helper: int | None = None) -> None:
        """Let an exchange come to `state`, with its smiles."""
        if state == "accepted":
            self.balance[one.beneficiary] -= one.smiles
            self.held[one.beneficiary] += one.smiles
        elif one.state in HELD and state in OVER:
            passes = one.smiles if state == "confirmed" else to_helper or 0
            self.held[one.beneficiary] -= one.smiles
            self.balance[one.helper] += passes
            self.balance[one.beneficiary] += one.smiles - passes
        one.state, one.version = state, one.version + 1


class Neighbours(RuleBasedStateMachine):
    """Ana has three dialogs under two listings; whoever does what, the model does it too."""

    url: str

    @initialize()
    def move_in(self) -> None:
        self.runner = asyncio.Runner()
        self.books, self.plain = Books(), [Plain(), Plain(), Plain()]
        self.runner.run(self._move_in())

    async def _move_in(self) -> None:
        self.town = Town(Database(self.url))
        one = await Pair.meet(self.town, smiles=GRANT)
        two = await one.another_helper()
        listing = (await self.town.publish(one.ana, kind="offer")).listing
        three = one._replace(listing=listing.id, dialog=await self.town.dialog(one.bo, listing.id))
        self.pairs = [one, two, three]
        self.mo = await self.town.member("Mo", moderator=True)
        for who in (one.ana, one.bo, two.bo):
            granted = GRANT if who is one.ana else 0
            self.books.balance[id_of(who)], self.books.held[id_of(who)] = granted, 0

    @rule(dialog=st.integers(0, 2), by=st.booleans(), helps=st.booleans(), smiles=st.integers(0, 6))
    def propose(self, dialog: int, by: bool, helps: bool, smiles: int) -> None:
        pair, one = self.pairs[dialog], self.plain[dialog]
        proposer, helper = (pair.ana if by else pair.bo), (pair.ana if helps else pair.bo)
        found = self._try(pair.propose(by=proposer, helper=id_of(helper), smiles=smiles))
        if one.state in {*HELD, "proposed"}:
            assert found == "exchange_under_way"
            return
        other = pair.bo if helper is pair.ana else pair.ana
        self.plain[dialog] = Plain(
            found.id, "proposed", 1, smiles, id_of(helper), id_of(other), id_of(proposer)
        )

    @rule(dialog=st.integers(0, 2), by=st.booleans(), swap=st.booleans(), smiles=st.integers(0, 6))
    def amend(self, dialog: int, by: bool, swap: bool, smiles: int) -> None:
        pair, one = self.pairs[dialog], self.plain[dialog]
        if not one.id:
            return
        who = pair.ana if by else pair.bo
        helper = one.beneficiary if swap else one.helper
        change = Amendment(version=one.version, helper=helper, smiles=smiles)
        found = self._try(actions.amend(self.town.site, who, one.id, change))
        if one.state != "proposed":
            assert found == "not_in_this_state"
        elif smiles == one.smiles and not swap:
            assert found == "nothing_changed"
        else:
            if swap:
                one.helper, one.beneficiary = one.beneficiary, one.helper
            one.smiles, one.proposer, one.version = smiles, id_of(who), one.version + 1

    @rule(dialog=st.integers(0, 2), by=st.booleans(), act=st.sampled_from(ACTS), stale=st.integers(0, 9))
    def try_anything(self, dialog: int, by: bool, act: Act, stale: int) -> None:
        pair, one = self.pairs[dialog], self.plain[dialog]
        if one.id:
            self._act(pair.ana if by else pair.bo, dialog, act, one.version + (stale == 9))

    @rule(dialog=st.integers(0, 2), pick=st.integers(0, 99))
    def go_on(self, dialog: int, pick: int) -> None:
        pair, one = self.pairs[dialog], self.plain[dialog]
        possible = [
            (who, act)
            for who in (pair.ana, pair.bo)
            for act in ACTS
            if MOVES.get((one.state, act), {}).keys() & one.roles(id_of(who))
        ]
        if possible:
            who, act = possible[pick % len(possible)]
            self._act(who, dialog, act, one.version)

    def _act(self, who: Viewer, dialog: int, act: Act, version: int) -> None:
        one = self.plain[dialog]
        found = self._try(actions.take(self.town.site, who, one.id, act, version, "Voilà pourquoi."))
        if version != one.version:
            assert found == "changed_meanwhile"
            return
        leads = MOVES.get((one.state, act), {})
        to = next((leads[role] for role in one.roles(id_of(who)) if role in leads), None)
        if to is None:
            assert found in {"not_in_this_state", "not_yours"}
        elif to == "accepted" and self.books.balance[one.beneficiary] < one.smiles:
            assert found == "not_enough_smiles"
        else:
            assert not isinstance(found, str)
            self.books.turn(one, to)

    @rule(dialog=st.integers(0, 2), sure=st.integers(0, 9))
    def wait(self, dialog: int, sure: int) -> None:
        one = self.plain[dialog]
        if one.state not in BY_CLOCK or sure < 6:
            return
        # Its job, and those of versions that are gone, which do nothing.
        for version in range(1, one.version + 1):
            payload = {"exchange": one.id, "version": version, "letter": ""}
            with time_machine.travel(now() + timedelta(days=60)):
                self._try(KINDS[DUE].work(self.town.site, payload))
        self.books.turn(one, BY_CLOCK[one.state])

    @rule(dialog=st.integers(0, 2), part=st.integers(0, 6))
    def settle(self, dialog: int, part: int) -> None:
        one = self.plain[dialog]
        if not one.id:
            return
        settlement = Settlement(version=one.version, to_helper=part, reason="Tranché.")
        found = self._try(disputes.settle(self.town.site, self.mo, one.id, settlement))
        if one.state != "disputed":
            assert found in {"not_in_this_state", "not_found"}
        elif part > one.smiles:
            assert found == "more_than_held"
        else:
            self.books.turn(one, "settled", part)

    @rule(dialog=st.integers(0, 2), by=st.booleans(), sure=st.integers(0, 9))
    def leave(self, dialog: int, by: bool, sure: int) -> None:
        if sure < 8:
            return
        who = id_of(self.pairs[dialog].ana if by else self.pairs[dialog].bo)
        self.runner.run(self._leave(who))
        for one in self.plain:
            if who in (one.helper, one.beneficiary) and one.state in BY_LEAVING:
                stays_with_helper = one.smiles if who == one.beneficiary else 0
                self.books.turn(
                    one, BY_LEAVING[one.state], stays_with_helper if one.state == "disputed" else None
                )

    async def _leave(self, who: str) -> None:
        async with self.town.database.write() as session:
            await settle_for_leaving(session, self.town.settings, who)

    @invariant()
    def all_is_as_in_the_model(self) -> None:
        if hasattr(self, "pairs"):
            self.runner.run(self._compare())

    async def _compare(self) -> None:
        for pair, one in zip(self.pairs, self.plain, strict=True):
            if one.id:
                found = await pair.now()
                assert (found.id, found.state, found.version) == (one.id, one.state, one.version)
                assert (found.due is None) == (one.state not in BY_CLOCK)
                last = (await pair.cards())[-1].card
                assert last is not None
                assert last.exchange == found
        for pair in self.pairs[:2]:
            for who in (pair.ana, pair.bo):
                purse = await pair.purse(who)
                known = self.books.balance[id_of(who)], self.books.held[id_of(who)]
                assert (purse.balance, purse.held) == known
        assert sum(self.books.balance.values()) + sum(self.books.held.values()) == GRANT
        above = (await self.pairs[0].above()).state
        under_way = any(one.state in HELD for one in self.plain[:2])
        assert not under_way or above != "open"
        assert under_way or above != "in_progress"

    def teardown(self) -> None:
        if hasattr(self, "pairs"):
            assert self.runner.run(_faults(self.town)) == []
            self.runner.run(_close(self.town))
            self.runner.close()

    def _try(self, deed: Any) -> Any:
        """Return what a deed leads to, or the code by which it is refused."""

        async def attempt() -> Any:
            try:
                return await deed
            except Refusal as refusal:
                return refusal.code

        return self.runner.run(attempt())


def test_exchanges_and_purses_are_those_of_a_plain_model(town_url: str) -> None:
    class Here(Neighbours):
        url = town_url

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=15,
            stateful_step_count=50,
            deadline=None,
            suppress_health_check=[*HealthCheck],
            derandomize=True,
        ),
    )


@pytest.fixture
async def hasty_town(town_url: str) -> AsyncIterator[Town]:
    """A town in which all that waits for the clock is due at once."""
    town = Town(Database(town_url), **DUE_AT_ONCE)
    yield town
    await _close(town)


@pytest.mark.parametrize("seed", range(3))
async def test_after_eight_who_did_whatever_they_could_at_once_the_ledger_is_without_a_fault(
    hasty_town: Town, seed: int
) -> None:
    town = hasty_town
    first = await Pair.meet(town, smiles=GRANT)
    pairs = [first, *[await first.another_helper(f"Aide {n}") for n in range(3)]]
    mo = await town.member("Mo", moderator=True)
    done: list[str] = []

    async def live(dice: random.Random) -> None:
        for _ in range(25):
            pair = dice.choice(pairs)
            try:
                done.append(await _anything(dice, pair, mo))
            except Refusal as refusal:
                done.append(refusal.code)

    # Whether anybody accepts in time is up to who comes first: until somebody has.
    for day in count():
        await asyncio.gather(*(live(random.Random(f"{seed} {day} {n}")) for n in range(8)))
        if {"accepted", "proposed"} <= {*done}:
            break

    assert await _faults(town) == []
    members = {id_of(first.ana), *(id_of(pair.bo) for pair in pairs)}
    purses = [await first.purse(who) for who in (first.ana, *(pair.bo for pair in pairs))]
    assert len(purses) == len(members)
    assert sum(purse.balance + purse.held for purse in purses) == GRANT
    assert sum(purse.held for purse in purses) == await _agreed_on(town)
    for pair in pairs:
        versions = [one.card.exchange.version for one in await pair.cards() if one.card]
        # Each exchange's steps follow one another, without one that is missing or there twice.
        assert all(after in {before + 1, 1} for before, after in pairwise(versions))


async def _anything(dice: random.Random, pair: Pair, mo: Viewer) -> str:
    who = dice.choice([pair.ana, pair.bo])
    known = await actions.exchanges(pair.town.site, who, pair.dialog)
    if not known or known[0].state in OVER:
        return (await pair.propose(by=who, smiles=dice.randrange(5))).state
    one = known[0]
    await asyncio.sleep(0)
    if one.state == "disputed" and dice.random() < 0.5:
        part = Settlement(version=one.version, to_helper=dice.randrange(one.smiles + 1), reason="Tranché.")
        return (await disputes.settle(pair.town.site, mo, one.id, part)).dispute.exchange.state
    if one.due is not None and dice.random() < 0.15:
        await KINDS[DUE].work(pair.town.site, {"exchange": one.id, "version": one.version, "letter": ""})
        return "clock"
    return (await pair.take(who, dice.choice(ACTS), one, "Voilà pourquoi.")).state


async def _agreed_on(town: Town) -> int:
    """Return how many smiles the exchanges under way are about."""
    async with town.database.read() as session:
        rows = (await session.exec(select(ExchangeRow))).all()
    return sum(row.smiles for row in rows if row.state in HELD)


async def _faults(town: Town) -> list[str]:
    async with town.database.read() as session:
        return await faults(session)


async def _close(town: Town) -> None:
    town.site.passwords.close()
    await town.database.aclose()
