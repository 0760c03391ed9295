"""Whatever neighbours agree on, in whatever order: exchanges, listings and purses are a plain model's.

The model knows nothing of the program's table: what leads where is written down again, by hand. The proof of
the whole ledger (`server.books.proof`) finds nothing wrong afterwards, nor after many who act at once.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import astuple, dataclass, field
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
from realtime.topics import member_topic
from server.board.exchanges import ExchangeRow
from server.books.proof import faults
from server.clock import now
from server.database import Database
from server.exchanges import actions, disputes
from server.exchanges.later import DUE
from server.exchanges.schemas import Amendment, Settlement
from server.jobs import KINDS
from server.listings import actions as listings
from server.moderation.actions import Action, sanction_listing
from tests.server.board.town import Town
from tests.server.exchanges.pair import Pair, id_of
from tests.server.leaving.parting import leave

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
ALIVE = {"open", "in_progress"}
# What the author does with a listing, and in which of its states.
VERBS = {
    "close": ALIVE,
    "reopen": {"done"},
    "renew": {*ALIVE, "expired"},
    "delete": {*ALIVE, "done", "expired"},
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
class Above:
    """What the model knows of a listing above dialogs."""

    kind: str
    state: str = "open"
    hidden: bool = False

    def stand(self, dialogs: list[Plain]) -> None:
        """Come back to the map, as what is agreed under it wants."""
        if self.state not in ALIVE:
            self.state = "in_progress" if any(one.state in HELD for one in dialogs) else "open"

    def turn(self, before: str, dialogs: list[Plain], *, passed: bool) -> None:
        """Let one of its dialogs' exchanges come out of the state `before`."""
        held = any(one.state in HELD for one in dialogs)
        if held and before == "proposed" and self.state == "open":
            self.state = "in_progress"
        elif before in HELD and not held and self.state in ALIVE:
            if passed and self.kind == "request":
                self.state = "done"
            elif self.state == "in_progress":
                self.state = "open"


@dataclass
class Books:
    """What the model knows of everybody's smiles."""

    balance: dict[str, int] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)
    community: int = 0

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
    """Ana has three dialogs, two under a request and one under an offer; the model does what anybody does."""

    url: str

    @initialize(agreed=st.sets(st.integers(0, 2)))
    def move_in(self, agreed: set[int]) -> None:
        self.runner = asyncio.Runner()
        self.books, self.plain = Books(), [Plain(), Plain(), Plain()]
        self.above = [Above("request"), Above("offer")]
        self.gone: set[str] = set()
        self.runner.run(self._move_in())
        for dialog in sorted(agreed):
            self._propose(dialog, self.pairs[dialog].bo, self.pairs[dialog].bo, smiles=2)
            self._act(self.pairs[dialog].ana, dialog, "accept", 1)

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
        pair = self.pairs[dialog]
        self._propose(dialog, pair.ana if by else pair.bo, pair.ana if helps else pair.bo, smiles)

    def _propose(self, dialog: int, proposer: Viewer, helper: Viewer, smiles: int) -> None:
        pair, one = self.pairs[dialog], self.plain[dialog]
        found = self._try(pair.propose(by=proposer, helper=id_of(helper), smiles=smiles))
        if self.above[dialog // 2].hidden:
            assert found == "not_in_this_state"
            return
        if self.gone & {id_of(pair.ana), id_of(pair.bo)}:
            assert found == ("sign_in_first" if id_of(proposer) in self.gone else "other_has_left")
            return
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

    @rule(dialog=st.integers(0, 2), picks=st.lists(st.integers(0, 99), min_size=1, max_size=4))
    def go_on(self, dialog: int, picks: list[int]) -> None:
        for pick in picks:
            self._go_on(dialog, pick)

    def _go_on(self, dialog: int, pick: int) -> None:
        pair, one = self.pairs[dialog], self.plain[dialog]
        if one.state not in {*HELD, "proposed"}:
            proposer, helper = (pair.ana if pick % 2 else pair.bo), (pair.ana if pick % 3 else pair.bo)
            self._propose(dialog, proposer, helper, pick % 7)
            return
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
            self._turn(dialog, to)

    def _turn(self, dialog: int, state: str, to_helper: int | None = None) -> None:
        one, before = self.plain[dialog], self.plain[dialog].state
        self.books.turn(one, state, to_helper)
        passed = state == "confirmed" or bool(to_helper)
        self.above[dialog // 2].turn(before, self._under(dialog // 2), passed=passed)

    def _under(self, listing: int) -> list[Plain]:
        return [one for dialog, one in enumerate(self.plain) if dialog // 2 == listing]

    @rule(listing=st.integers(0, 1), pick=st.integers(0, 99), sure=st.integers(0, 9))
    def change_the_listing(self, listing: int, pick: int, sure: int) -> None:
        pair, above = self.pairs[2 * listing], self.above[listing]
        # Mostly what can be undone.
        undoable = [verb for verb in VERBS if above.state in VERBS[verb] and verb != "delete"]
        verbs = undoable if undoable and sure < 9 else [*VERBS]
        verb = verbs[pick % len(verbs)]
        found = self._try(getattr(listings, verb)(self.town.site, pair.ana, pair.listing))
        if above.state not in VERBS[verb] or (above.hidden and verb != "delete"):
            assert found == "not_in_this_state"
        elif verb in {"close", "delete"}:
            above.state = "done" if verb == "close" else "deleted"
        else:
            above.stand(self._under(listing))

    @rule(listing=st.integers(0, 1), action=st.sampled_from(["hide", "restore", "restore"]))
    def moderate(self, listing: int, action: Action) -> None:
        above = self.above[listing]
        deed = sanction_listing(self.town.site, self.mo, action, self.pairs[2 * listing].listing, "Pas ici.")
        found = self._try(deed)
        if above.state == "deleted":
            assert found == "not_in_this_state"
        else:
            above.hidden = action == "hide"

    @rule(listing=st.integers(0, 1), sure=st.integers(0, 9))
    def let_its_time_pass(self, listing: int, sure: int) -> None:
        if sure < 6:
            return
        self.runner.run(self.pairs[2 * listing].expire())
        if self.above[listing].state in ALIVE:
            self.above[listing].state = "expired"

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
        self._turn(dialog, BY_CLOCK[one.state])

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
            self._turn(dialog, "settled", part)

    @rule(pick=st.integers(0, 2), sure=st.integers(0, 9))
    def leave(self, pick: int, sure: int) -> None:
        # With Ana all is over.
        if sure < (9 if pick == 0 else 8):
            return
        viewer = [self.pairs[0].ana, self.pairs[0].bo, self.pairs[1].bo][pick]
        who = id_of(viewer)
        self.runner.run(leave(self.town, viewer))
        for dialog, one in enumerate(self.plain):
            if who in (one.helper, one.beneficiary) and one.state in BY_LEAVING:
                stays_with_helper = one.smiles if who == one.beneficiary else 0
                self._turn(
                    dialog, BY_LEAVING[one.state], stays_with_helper if one.state == "disputed" else None
                )
        self.gone.add(who)
        self.books.community += self.books.balance[who]
        self.books.balance[who] = 0
        if pick == 0:
            for above in self.above:
                above.state = "deleted"

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
                # Of a hidden listing it is its author who goes on reading.
                last = (await pair._replace(bo=pair.ana).cards())[-1].card
                assert last is not None
                assert last.exchange == found
        for pair in self.pairs[:2]:
            for who in (pair.ana, pair.bo):
                purse = await pair.purse(who)
                known = self.books.balance[id_of(who)], self.books.held[id_of(who)]
                assert (purse.balance, purse.held) == known
        theirs = sum(self.books.balance.values()) + sum(self.books.held.values())
        assert theirs + self.books.community == GRANT
        for pair, above in zip(self.pairs[::2], self.above, strict=True):
            found_above = await pair.above()
            assert (found_above.kind, found_above.state, found_above.hidden) == astuple(above)

    def teardown(self) -> None:
        if hasattr(self, "pairs"):
            assert self.runner.run(_faults(self.town)) == []
            self.runner.run(self._compare_what_was_told())
            self.runner.run(_close(self.town))
            self.runner.close()

    async def _compare_what_was_told(self) -> None:
        told = await self.town.purses_told()
        for pair in self.pairs[:2]:
            for who in (pair.ana, pair.bo):
                purse = await pair.purse(who)
                assert told.get(member_topic(id_of(who)), purse) == purse

    def _try(self, deed: Any) -> Any:
        """Return what a deed leads to, or the code by which it is refused."""

        async def attempt() -> Any:
            try:
                return await deed
            except Refusal as refusal:
                return refusal.code

        return self.runner.run(attempt())


@pytest.mark.parametrize(("kind", "examples"), [("sqlite", 12), ("postgresql", 4)])
def test_exchanges_and_purses_are_those_of_a_plain_model(
    request: pytest.FixtureRequest, kind: str, examples: int
) -> None:
    class Here(Neighbours):
        url = request.getfixturevalue(f"{kind}_town_url")

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=examples,
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
