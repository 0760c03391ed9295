"""Two who exchange smiles in a dialog, over real processes, and a look at what became of it."""

from dataclasses import dataclass
from typing import Any

import httpx

from realtime.shapes import Place
from server.ids import new_id
from server.smiles import purses
from tests.faults.checker import violations
from tests.faults.history import History
from tests.faults.truth import Truth, read_truth
from tests.processes.street import Neighbour, WebProcess, grant, moves_in
from tests.server.board.town import Town


@dataclass
class Pair:
    """The author of an offer, who helps, and who asks for it; at which place, in which dialog."""

    town: Town
    helper: Neighbour
    beneficiary: Neighbour
    listing: str
    dialog: str
    place: Place

    async def propose(self, web: WebProcess, smiles: int = 3, **terms: Any) -> dict[str, Any]:
        """Have the beneficiary propose an exchange; return it."""
        answer = await self.beneficiary.ask(web, "POST", self.path, self.draft(smiles=smiles, **terms))
        assert answer.status_code == 201, answer.text
        exchange: dict[str, Any] = answer.json()
        return exchange

    def draft(self, **terms: Any) -> dict[str, Any]:
        """Return the body of a proposal."""
        usual = {"id": new_id(), "helper": self.helper.id, "smiles": 3, "agreed_for": None, "note": ""}
        return {**usual, **terms}

    @property
    def path(self) -> str:
        """Where one proposes."""
        return f"/api/conversations/{self.dialog}/exchanges"

    async def balance(self) -> tuple[int, int, int]:
        """Return what the beneficiary can spend, what is held of it, and what the helper can spend."""
        async with self.town.database.read() as session:
            mine = await purses.purse(session, self.beneficiary.id)
            theirs = await purses.purse(session, self.helper.id)
        return mine.balance, mine.held, theirs.balance

    async def truth(self) -> Truth:
        """Return what the database holds of the two; fail unless all of it agrees with itself."""
        members = [self.helper.id, self.beneficiary.id]
        found = await read_truth(self.town.database, [self.dialog], self.place, members)
        assert violations(History(), found) == []
        return found


async def a_pair(
    town: Town,
    web: WebProcess,
    place: Place,
    *,
    smiles: int = 10,
    beneficiary: Neighbour | None = None,
    kind: str = "offer",
) -> Pair:
    """Let two move in (or somebody new beside `beneficiary`), who has `smiles`, and open their dialog."""
    helper = await moves_in(town, "Ana")
    if beneficiary is None:
        beneficiary = await moves_in(town, "Bo")
        await grant(town, beneficiary.id, smiles)
    listing = (await helper.publish(web, kind=kind, place=place))["id"]
    opened = await beneficiary.ask(web, "PUT", f"/api/listings/{listing}/dialog")
    return Pair(town, helper, beneficiary, listing, opened.json()["conversation"], place)


async def step(
    who: Neighbour,
    web: WebProcess,
    act: str,
    exchange: dict[str, Any],
    words: str | None = None,
    key: str = "",
) -> httpx.Response:
    """Have somebody take a step from where an exchange stood when it was answered."""
    body = {"version": exchange["version"], **({"words": words} if words else {})}
    return await who.ask(web, "POST", f"/api/exchanges/{exchange['id']}/{act}", body, key or None)
