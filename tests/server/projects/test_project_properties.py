"""Whatever people do to a project, in whatever order: it, its pin and all purses are those of a plain model.

The model knows nothing of the program's rules: what leads where is written down again, by hand. The proof of
the whole ledger finds nothing wrong afterwards, nor after many who act at once.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal

import pytest
import time_machine
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from realtime.backend import Viewer
from realtime.protocol import ListingChanged
from realtime.refusals import Refusal
from realtime.signals import PinMoved
from realtime.topics import listing_topic, member_topic
from server.board import shaping
from server.board.finding import find_listing
from server.database import Database
from server.ids import new_id
from server.listings.actions import delete, edit
from server.listings.schemas import ListingChange
from server.moderation.actions import Action, sanction_listing
from server.projects import gifts, pledges
from server.projects.finding import find_project
from server.projects.progress import recount
from server.projects.schemas import TermsChange
from tests.server.board.town import Town
from tests.server.exchanges.pair import id_of
from tests.server.leaving.parting import leave
from tests.server.projects.garden import Garden, in_days

GRANT = 12
TARGET = 20
# The association, after the three neighbours.
TEAM = 3
DAYS_TO_DECIDE = 14
# Of one member, whatever became of them.
A_DAYS_PLEDGES = 20
ACTS: list[pledges.Act] = ["withdraw", "receive", "unreceive"]
STEPS = {
    ("promised", "withdraw"): ("supporter", "withdrawn"),
    ("promised", "receive"): ("team", "received"),
    ("received", "unreceive"): ("team", "promised"),
}


@dataclass
class Paper:
    """A pledge or a gift as the model knows it."""

    id: str
    who: int
    amount: int
    state: str
    version: int = 1


@dataclass
class Plain:
    """What the model knows of the project."""

    outcome: str = "open"
    release: str = "waiting"
    # The day on which the clock decides what its owner has not.
    decided_on: int | None = None
    target: int = TARGET
    pledges: list[Paper] = field(default_factory=list)
    gifts: list[Paper] = field(default_factory=list)
    balance: Counter[int] = field(default_factory=Counter)
    raised: int = 0
    gone: set[int] = field(default_factory=set)
    hidden: bool = False
    deleted: bool = False

    @property
    def is_supported(self) -> bool:
        """Whether it is not deleted yet: its owner cancels it first, or what is held goes where it is to."""
        if self.outcome == "open":
            return self.promised("promised", "received") + self.given("held", "given") > 0
        return self.given("held", "given") > 0 and self.release != "released"

    def given(self, *states: str) -> int:
        return sum(one.amount for one in self.gifts if one.state in states)

    def promised(self, *states: str) -> int:
        return sum(one.amount for one in self.pledges if one.state in states)

    def reach(self) -> None:
        """Let the goal be reached if it is."""
        if (
            self.outcome == "open"
            and self.release == "waiting"
            and self.given("held", "given") >= self.target
        ):
            self.release = "released"

    def turn(self, gift: Paper, state: str) -> None:
        gift.state, gift.version = state, gift.version + 1
        if state == "given":
            self.raised += gift.amount
        else:
            self.balance[gift.who] += gift.amount

    def settle(self) -> None:
        """Do what the jobs do."""
        for gift in self.gifts:
            if gift.state == "held" and self.release != "waiting":
                self.turn(gift, self.way)
        self.withdraw()

    @property
    def way(self) -> str:
        """What becomes of what is held, once that is known."""
        return "given" if self.release == "released" and TEAM not in self.gone else "returned"

    def withdraw(self) -> None:
        """Let nothing stay promised by who has left, or to what is cancelled or gone."""
        over = self.outcome == "cancelled" or self.deleted
        for pledge in self.pledges:
            if pledge.state == "promised" and (over or pledge.who in self.gone):
                pledge.state, pledge.version = "withdrawn", pledge.version + 1

    def leave(self, who: int) -> None:
        for gift in self.gifts:
            if (gift.who, gift.state) == (who, "held"):
                self.turn(gift, self.way)
        self.gone.add(who)
        # What is theirs is left to the community.
        self.balance[who] = 0
        if who == TEAM:
            self.raised = 0
            self.abandon()
            self.deleted = True
        elif self.outcome != "cancelled" and not self.deleted:
            self.withdraw()
        else:
            for pledge in self.pledges:
                if (pledge.who, pledge.state) == (who, "promised"):
                    pledge.state, pledge.version = "withdrawn", pledge.version + 1

    def abandon(self) -> None:
        if self.outcome == "open":
            self.end("cancelled")
        elif self.decided_on is not None:
            self.release, self.decided_on = "returned", None

    def end(self, outcome: str, day: int = 0) -> None:
        self.outcome = outcome
        if outcome == "cancelled" and self.release == "waiting":
            self.release = "returned"
        waits = outcome == "closed" and self.release == "waiting" and self.given("held") > 0
        self.decided_on = day + DAYS_TO_DECIDE if waits else None


class Neighbours(RuleBasedStateMachine):
    """An association has a project, three neighbours support it; whoever does what, the model does it too."""

    url: str

    @initialize()
    def move_in(self) -> None:
        self.runner = asyncio.Runner()
        self.plain = Plain()
        self.runner.run(self._move_in())

    async def _move_in(self) -> None:
        self.garden = await Garden.lay_out(Town(Database(self.url)), target_smiles=TARGET)
        self.people = [await self.garden.neighbour(name, GRANT) for name in ("Bo", "Cy", "Di")]
        self.mo = await self.garden.town.member("Mo", moderator=True)
        self.plain.balance.update(dict.fromkeys(range(3), GRANT))

    @rule(who=st.integers(0, 2), euros=st.integers(1, 9))
    def promise(self, who: int, euros: int) -> None:
        name = new_id()
        found = self._try(self.garden.promise(self.people[who], euros, id=name))
        if who in self.plain.gone:
            assert found == "sign_in_first"
        elif self.plain.hidden or self.plain.deleted:
            assert found == "not_found"
        elif self.plain.outcome != "open":
            assert found == "project_over"
        elif sum(one.who == who for one in self.plain.pledges) == A_DAYS_PLEDGES:
            assert found == "too_many_pledges"
        else:
            assert not isinstance(found, str)
            self.plain.pledges.append(Paper(name, who, euros * 100, "promised"))

    @rule(pick=st.integers(0, 99), who=st.integers(0, 3), act=st.sampled_from(ACTS), stale=st.integers(0, 9))
    def step(self, pick: int, who: int, act: pledges.Act, stale: int) -> None:
        if not self.plain.pledges:
            return
        one = self.plain.pledges[pick % len(self.plain.pledges)]
        actor = [*self.people, self.garden.asso][who]
        version = one.version + (stale == 9)
        found = self._try(pledges.take(self.garden.town.site, actor, one.id, act, version))
        if who in self.plain.gone:
            assert found == "sign_in_first"
        elif who not in (one.who, TEAM) or (who == TEAM and self.plain.deleted):
            assert found == "not_found"
        elif version != one.version:
            assert found == "changed_meanwhile"
        else:
            whose, to = STEPS.get((one.state, act), (None, ""))
            if (who == TEAM) is (whose == "team") and whose is not None:
                one.state, one.version = to, one.version + 1
                if act == "unreceive":
                    self.plain.withdraw()
            else:
                assert found in {"not_in_this_state", "not_yours"}

    @rule(who=st.integers(0, 2), smiles=st.integers(1, 9))
    def give(self, who: int, smiles: int) -> None:
        name = new_id()
        found = self._try(self.garden.give(self.people[who], smiles, id=name))
        if who in self.plain.gone:
            assert found == "sign_in_first"
        elif self.plain.hidden or self.plain.deleted:
            assert found == "not_found"
        elif self.plain.outcome != "open":
            assert found == "project_over"
        elif self.plain.balance[who] < smiles:
            assert found == "not_enough_smiles"
        else:
            one = Paper(name, who, smiles, "held")
            self.plain.gifts.append(one)
            self.plain.balance[who] -= smiles
            if self.plain.release == "released":
                self.plain.turn(one, "given")
            self.plain.reach()

    @rule(pick=st.integers(0, 99))
    def take_back(self, pick: int) -> None:
        if not self.plain.gifts:
            return
        one = self.plain.gifts[pick % len(self.plain.gifts)]
        found = self._try(gifts.withdraw(self.garden.town.site, self.people[one.who], one.id, one.version))
        if one.who in self.plain.gone:
            assert found == "sign_in_first"
        elif one.state == "held" and self.plain.release == "waiting":
            self.plain.turn(one, "returned")
        else:
            assert found == "not_in_this_state"

    @rule(wanted=st.integers(1, 30))
    def want_otherwise(self, wanted: int) -> None:
        found = self._try(self._want(wanted))
        if self.plain.outcome != "open" or self.plain.hidden or self.plain.deleted:
            assert found == "not_in_this_state"
        else:
            self.plain.target = wanted
            self.plain.reach()

    async def _want(self, target: int) -> None:
        change = ListingChange(version=await self.garden.version(), project=TermsChange(target_smiles=target))
        await edit(self.garden.town.site, self.garden.asso, self.garden.id, change)

    @rule(how=st.sampled_from(["close", "cancel"]), sure=st.integers(0, 9))
    def end(self, how: str, sure: int) -> None:
        if sure < 8:
            return
        found = self._try(self.garden.close() if how == "close" else self.garden.cancel())
        if self.plain.outcome == "open":
            self.plain.end("closed" if how == "close" else "cancelled")
        else:
            assert found == "not_in_this_state"

    @rule(release=st.sampled_from(["released", "returned"]))
    def decide(self, release: Literal["released", "returned"]) -> None:
        found = self._try(self.garden.decide(release))
        if self.plain.decided_on is None:
            assert found == "not_in_this_state"
        elif self.plain.hidden and release == "released":
            assert found == "hidden_meanwhile"
        else:
            self.plain.release, self.plain.decided_on = release, None

    @rule(who=st.integers(0, TEAM), sure=st.integers(0, 9))
    def leave(self, who: int, sure: int) -> None:
        if sure == 9:
            self.runner.run(leave(self.garden.town, [*self.people, self.garden.asso][who]))
            if who not in self.plain.gone:
                self.plain.leave(who)

    @rule(action=st.sampled_from(["hide", "restore", "restore"]))
    def moderate(self, action: Action) -> None:
        deed = sanction_listing(self.garden.town.site, self.mo, action, self.garden.id, "Pas ici.")
        found = self._try(deed)
        if self.plain.deleted:
            assert found == "not_in_this_state"
        else:
            self.plain.hidden = action == "hide"

    @rule(sure=st.integers(0, 9))
    def delete(self, sure: int) -> None:
        if sure < 8:
            return
        found = self._try(delete(self.garden.town.site, self.garden.asso, self.garden.id))
        if self.plain.is_supported:
            assert found == "cancel_first"
        elif self.plain.deleted:
            assert found == "not_in_this_state"
        else:
            self.plain.abandon()
            self.plain.deleted = True

    @rule()
    def work(self) -> None:
        self.runner.run(self.garden.town.work())
        self.plain.settle()

    @rule(days=st.sampled_from([31, 60]), sure=st.integers(0, 9))
    def wait(self, days: int, sure: int) -> None:
        if sure < 8:
            return
        with time_machine.travel(in_days(days)):
            self.runner.run(self.garden.town.work())
        if self.plain.hidden:
            self.plain.abandon()
        elif self.plain.outcome == "open":
            self.plain.end("closed", days)
        elif self.plain.decided_on is not None and days > self.plain.decided_on:
            self.plain.release, self.plain.decided_on = "returned", None
        self.plain.settle()

    @rule(who=st.integers(0, 2), what=st.sampled_from(["promise", "give", "want", "close", "cancel"]))
    def come_late(self, who: int, what: str) -> None:
        """Do something after the closing date that the clock has not come to yet."""
        if self.plain.outcome != "open" or who in self.plain.gone:
            return
        deeds: dict[str, Callable[[], Any]] = {
            "promise": lambda: self.garden.promise(self.people[who]),
            "give": lambda: self.garden.give(self.people[who], 1),
            "want": lambda: self._want(1),
            "close": self.garden.close,
            "cancel": self.garden.cancel,
        }
        with time_machine.travel(in_days(31)):
            found = self._try(deeds[what]())
        if what in {"close", "cancel"} or (what == "want" and self.plain.hidden):
            assert found == "not_in_this_state"
        else:
            assert found == ("not_found" if self.plain.hidden else "project_over")

    @invariant()
    def all_is_as_in_the_model(self) -> None:
        if hasattr(self, "garden"):
            self.runner.run(self._compare())

    async def _compare(self) -> None:
        plain, shown = self.plain, await self.garden.progress()
        assert shown.outcome == plain.outcome
        assert shown.released is (plain.release == "released")
        assert shown.promised_cents == plain.promised("promised", "received")
        assert shown.received_cents == plain.promised("received")
        assert shown.given_smiles == plain.given("held", "given")
        living = {one.who for one in plain.pledges if one.state != "withdrawn"}
        assert shown.supporters == len(living | {one.who for one in plain.gifts if one.state != "returned"})
        for who, viewer in enumerate(self.people):
            purse = await self.garden.purse(viewer)
            held = sum(one.amount for one in plain.gifts if one.state == "held" and one.who == who)
            assert (purse.balance, purse.held) == (plain.balance[who], held)
            assert purse.held_for_projects == held
        assert (await self.garden.purse(self.garden.asso)).balance == plain.raised

    def teardown(self) -> None:
        if hasattr(self, "garden"):
            self.runner.run(self._look_back())
            self.runner.close()

    async def _look_back(self) -> None:
        assert await self.garden.faults() == []
        await what_was_told_is_what_is_there(self.garden)
        told = await self.garden.town.purses_told()
        for who in (*self.people, self.garden.asso):
            purse = await self.garden.purse(who)
            assert told.get(member_topic(id_of(who)), purse) == purse
        await self.garden.town.database.aclose()
        self.garden.town.site.passwords.close()

    def _try(self, deed: Any) -> Any:
        """Return what a deed leads to, or the code by which it is refused."""

        async def attempt() -> Any:
            try:
                return await deed
            except Refusal as refusal:
                return refusal.code

        return self.runner.run(attempt())


async def what_was_told_is_what_is_there(garden: Garden) -> None:
    """Assert that the first pin and all news of it give what a fresh look gives, as does what is opened."""
    moved = [one for one in await garden.town.signals(PinMoved) if one.id == garden.id]
    opened = await garden.town.events(ListingChanged, listing_topic(garden.id))
    async with garden.town.database.read() as session:
        posted = await find_listing(session, garden.id)

    assert [one.version for one in moved] == [*range(1, posted.row.version + 1)]
    shown = shaping.has_pin(posted.row, posted.author)
    assert moved[-1].pin == (shaping.pin(posted.row, posted.author) if shown else None)
    if posted.author.left_at is None:
        assert opened[-1].listing == shaping.listing(posted.row, posted.author)


@pytest.mark.parametrize(("kind", "examples"), [("sqlite", 12), ("postgresql", 4)])
def test_a_project_and_all_purses_are_those_of_a_plain_model(
    request: pytest.FixtureRequest, kind: str, examples: int
) -> None:
    class Here(Neighbours):
        url = request.getfixturevalue(f"{kind}_town_url")

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=examples,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=[*HealthCheck],
            derandomize=True,
        ),
    )


@pytest.mark.parametrize("seed", range(3))
async def test_after_eight_who_did_whatever_they_could_at_once_nothing_is_lost(town: Town, seed: int) -> None:
    # How much is given is up to who comes first, who gives or who cancels: until there has been enough.
    for day in count():
        done = await _a_day(town, f"{seed} {day}")
        if done["held"] + done["given"] > 5:
            break


async def _a_day(town: Town, seed: str) -> Counter[str]:
    """Have eight do whatever they can to a new project; see that nothing is lost, and say what came of it."""
    garden = await Garden.lay_out(town, target_smiles=30)
    people = [await garden.neighbour(f"V{n}", GRANT, bought=3) for n in range(6)]
    done: Counter[str] = Counter()

    async def live(dice: random.Random) -> None:
        for _ in range(12):
            try:
                done[await _anything(dice, garden, dice.choice(people))] += 1
            except Refusal as refusal:
                done[refusal.code] += 1

    await asyncio.gather(*(live(random.Random(f"{seed} {n}")) for n in range(8)))
    await town.work()

    assert await garden.faults() == []
    purses = [await garden.purse(who) for who in (*people, garden.asso)]
    assert sum(one.balance + one.held for one in purses) == 6 * (GRANT + 3)
    held = sum(one.held for one in purses)
    view = await garden.view()
    assert view.held_smiles == held
    assert held == 0 or view.terms.release == "waiting"
    async with town.database.write() as session:
        assert not await recount(session, await find_project(session, garden.id, lock=True))
    await what_was_told_is_what_is_there(garden)
    return done


async def _anything(dice: random.Random, garden: Garden, who: Viewer) -> str:
    """Do something that one may do to a project, and say what came of it."""
    match dice.randrange(20):
        case 0:
            return (await garden.cancel()).terms.release
        case 1:
            return (await garden.close()).terms.release
        case 2:
            return (await garden.decide(dice.choice(["released", "returned"]))).terms.release
        case 3 | 4:
            await garden.town.work()
            return "worked"
        case 5 | 6 | 7:
            return (await garden.promise(who, dice.randrange(1, 9))).state
    mine = (await garden.view(who)).mine
    await asyncio.sleep(0)
    if mine.gifts and dice.random() < 0.3:
        return (await garden.take_back(who, mine.gifts[0])).state
    if mine.pledges and dice.random() < 0.3:
        act = dice.choice(ACTS)
        return (await garden.take(who if act == "withdraw" else garden.asso, act, mine.pledges[0])).state
    return (await garden.give(who, dice.randrange(1, 6))).state


async def test_of_goal_cancellation_and_withdrawal_at_once_one_wins(town: Town) -> None:
    for _ in range(4):
        garden = await Garden.lay_out(town, target_smiles=10)
        people = [await garden.neighbour(f"V{n}", 5) for n in range(8)]
        first = await garden.give(people[0], 5)

        await asyncio.gather(
            garden.take_back(people[0], first),
            garden.cancel(),
            *(garden.give(who, 5) for who in people[1:]),
            return_exceptions=True,
        )
        await town.work()

        assert await garden.faults() == []
        raised = (await garden.purse(garden.asso)).balance
        purses = [await garden.purse(who) for who in people]
        assert [one.held for one in purses] == [0] * 8 or (await garden.progress()).outcome == "open"
        assert raised + sum(one.balance + one.held for one in purses) == 40
        released = (await garden.progress()).released
        assert (raised >= 10) if released else raised == 0
        assert id_of(garden.asso) == (await garden.listing()).author.id
