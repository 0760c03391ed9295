"""Members who do things, each until an answer comes or they give up, and note what they know of it."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any, TypeAlias

from realtime.exchanges import Exchange
from realtime.shapes import Place
from server.ids import new_id
from tests.faults.history import Deed, DeedKind, Outcome
from tests.faults.ledger_rules import SMILE_KINDS
from tests.faults.project_rules import PROJECT_KINDS
from tests.faults.screen import Screen
from tests.faults.street import Street

# HTTP's status (None: no answer came) and the body.
Result: TypeAlias = tuple[int | None, dict[str, Any]]
Try: TypeAlias = Callable[[], Awaitable[Result]]

# About half a mile to either side: some pins lie in a mile around the middle and some do not.
_SPREAD_DEG = 0.03
_GIVES_UP = 0.1
_SAYS_TWICE = 0.1
# Why a step of an exchange is refused to who did nothing wrong.
_OVERTAKEN = frozenset({"changed_meanwhile", "not_in_this_state", "exchange_under_way", "not_enough_smiles"})
# And what is done to a project, by its owner and by others at once, who may have left meanwhile.
_TOO_LATE = _OVERTAKEN | {"project_over", "not_found", "too_many_pledges"}
_UNDER_WAY = frozenset({"proposed", "accepted", "done", "missed", "disputed"})
# How often each is done, where one may.
_ACTS: dict[DeedKind, int] = {
    "accept": 8,
    "amend": 2,
    "decline": 1,
    "cancel": 1,
    "finish": 5,
    "confirm": 4,
    "report": 1,
    "object": 3,
    "dispute": 1,
}
_MOST_SMILES = 6


class Neighbour:
    """A member at their screen, who also uses plain requests: now here, now there."""

    def __init__(self, street: Street, screen: Screen, token: str, dice: Random, place: Place) -> None:
        assert screen.page.member is not None
        self.id = screen.page.member
        self.screen = screen
        self._street = street
        self.token = token
        self._dice = dice
        self._place = place
        # Where all their requests go; None: now here, now there.
        self.at: int | None = None
        # With whom they may exchange, by dialog.
        self.partners: dict[str, str] = {}
        self._mine: list[str] = []
        self._pins: dict[str, int] = {}

    async def live(self, conversations: list[str], resting: asyncio.Event) -> None:
        """Do one thing after the other until it is time to rest, and finish the last one."""
        deeds = self.deeds()
        while not resting.is_set():
            [deed] = self._dice.choices([*deeds], [*deeds.values()])
            await deed(self._dice.choice(conversations))
            await asyncio.sleep(self._dice.uniform(0.02, 0.12))

    def deeds(self) -> dict[Callable[[str], Awaitable[object]], int]:
        """Return what they do in a conversation or elsewhere, and how often each."""
        return {
            self.post: 12,
            self.edit: 3,
            self.delete: 1,
            self.publish: 3,
            self.move: 3,
            self.close: 1,
            self.vanish: 1,
            self.deal: 12,
        }

    def keep(self, listing: str) -> None:
        """Neither move nor close this one."""
        del self._pins[listing]

    async def post(self, conversation: str, by_socket: float = 0.5) -> None:
        """Say something, by the socket so often and else by REST; sometimes again though it was answered."""
        deed = self._deed("post", new_id(), conversation, f"Mot {new_id()[-12:]}")

        async def send() -> Result:
            return await self.screen.send(conversation, deed.subject, deed.text)

        async def post() -> Result:
            body = {"id": deed.subject, "text": deed.text}
            return await self.ask("POST", f"/api/conversations/{conversation}/messages", body)

        async def either() -> Result:
            return await (send if self._dice.random() < by_socket else post)()

        await self._carry_out(deed, either, again=True)
        if deed.outcome is Outcome.ANSWERED:
            self._mine.append(deed.subject)

    async def edit(self, _: str = "") -> None:
        """Word one's latest message anew."""
        if not self._mine:
            return
        deed = self._deed("edit", self._mine.pop(), text=f"Pardon {new_id()[-12:]}")
        await self._carry_out(
            deed, lambda: self.ask("PATCH", f"/api/messages/{deed.subject}", {"text": deed.text})
        )

    async def delete(self, _: str = "") -> None:
        """Take one's latest message back."""
        if not self._mine:
            return
        deed = self._deed("delete", self._mine.pop())
        await self._carry_out(deed, lambda: self.ask("DELETE", f"/api/messages/{deed.subject}"))

    async def publish(
        self, _: str = "", place: Place | None = None, kind: str | None = None, **more: Any
    ) -> Deed:
        """Publish a listing, somewhere or at `place`, under a key; sometimes again though it was answered."""
        deed = self._deed("publish", new_id(), more.get("project_id", ""), f"Aide {new_id()[-12:]}")
        key = new_id()
        body = {
            "id": deed.subject,
            "kind": kind or self._dice.choice(["request", "offer"]),
            "title": deed.text,
            "text": "Une heure, samedi.",
            "category": "garden",
            "smiles": 1,
            "place": place.model_dump() if place else self._somewhere(),
            **more,
        }
        await self._carry_out(deed, lambda: self.ask("POST", "/api/listings", body, key), again=True)
        if deed.outcome is Outcome.ANSWERED:
            self._pins[deed.subject] = deed.answers[0]["listing"]["version"]
        return deed

    async def move(self, _: str = "") -> None:
        """Have one of one's listings stand elsewhere."""
        if not self._pins:
            return
        listing = self._dice.choice(list(self._pins))
        deed = self._deed("move", listing)
        body = {"version": self._pins[listing], "place": self._somewhere()}
        await self._carry_out(deed, lambda: self.ask("PATCH", f"/api/listings/{listing}", body))
        if deed.outcome is Outcome.ANSWERED and deed.answers:
            self._pins[listing] = deed.answers[-1]["listing"]["version"]
        else:
            del self._pins[listing]  # nobody knows which version it has now

    async def close(self, _: str = "") -> None:
        """Say that one of one's listings is done, unless it is one of the last."""
        if len(self._pins) < 4:
            return
        listing = self._dice.choice(list(self._pins))
        del self._pins[listing]
        await self._carry_out(
            self._deed("close", listing), lambda: self.ask("POST", f"/api/listings/{listing}/close")
        )

    async def vanish(self, _: str = "") -> None:
        """Lose the line for a moment."""
        self.screen.drop()

    async def deal(self, _: str = "") -> None:
        """Take the next step of an exchange, as it stands on one's screen; or propose one."""
        if not self.partners:
            return
        dialog = self._dice.choice(list(self.partners))
        shown = self.screen.page.exchanges
        assert shown is not None
        under_way = [one for one in shown.exchanges.values() if one.state in _UNDER_WAY]
        known = next((one for one in under_way if one.conversation == dialog), None)
        if known is None:
            await self.propose(dialog)
        elif acts := [act for act in known.acts.get(self.id, []) if act in _ACTS]:
            [act] = self._dice.choices(acts, [_ACTS[act] for act in acts])
            await self.step(act, known)

    async def propose(self, dialog: str, **terms: Any) -> Deed:
        """Propose an exchange to one's partner in `dialog`; sometimes again though it was answered."""
        deed = self._deed("propose", new_id(), dialog, f"Accord {new_id()[-12:]}")
        helper = self._dice.choice([self.id, self.partners[dialog]])
        smiles = self._dice.randint(0, _MOST_SMILES)
        usual = {
            "id": deed.subject,
            "helper": helper,
            "smiles": smiles,
            "agreed_for": None,
            "note": deed.text,
        }
        body, key = {**usual, **terms}, new_id()
        path = f"/api/conversations/{dialog}/exchanges"
        await self._carry_out(deed, lambda: self.ask("POST", path, body, key), again=True)
        return deed

    async def step(self, act: DeedKind, known: Exchange) -> Deed:
        """Take a step of an exchange from where it is `known` to be; sometimes again though answered."""
        words = f"Raison {new_id()[-12:]}" if act in {"object", "dispute", "confirm"} else ""
        deed = self._deed(act, known.id, known.conversation, words)
        deed.version = known.version
        body: dict[str, Any] = {"version": known.version}
        method, path, key = "POST", f"/api/exchanges/{known.id}/{act}", new_id()
        if act == "amend":
            method, path = "PATCH", f"/api/exchanges/{known.id}"
            body["smiles"] = (known.smiles + self._dice.randint(1, _MOST_SMILES)) % (_MOST_SMILES + 1)
        elif words:
            body["words"] = words
        await self._carry_out(deed, lambda: self.ask(method, path, body, key), again=True)
        return deed

    async def ask(
        self, method: str, path: str, body: Any = None, key: str | None = None, photo: bytes | None = None
    ) -> Result:
        """Send one request to whichever process."""
        web = self._dice.randrange(len(self._street.world.webs)) if self.at is None else self.at
        answer = await self._street.ask(web, method, path, body, token=self.token, key=key, photo=photo)
        if answer is None:
            return None, {}
        is_json = answer.headers.get("content-type", "").startswith(
            ("application/json", "application/problem")
        )
        return answer.status_code, answer.json() if is_json else {}

    def _deed(self, kind: DeedKind, subject: str, where: str = "", text: str = "") -> Deed:
        deed = Deed(kind, self.id, subject, where, text)
        self._street.history.deeds.append(deed)
        return deed

    async def _carry_out(self, deed: Deed, attempt: Try, *, again: bool = False) -> None:
        """Try until an answer says how it went; or give up, with an outcome that nobody knows."""
        while True:
            deed.tries += 1
            status, body = await attempt()
            if status is None or status >= 500:
                if self._dice.random() < _GIVES_UP:
                    return
                await asyncio.sleep(self._dice.uniform(0.05, 0.3))
                continue
            if status < 300:
                deed.outcome = Outcome.ANSWERED
                deed.answers.append(body)
            elif deed.tries > 1 and deed.kind in {"move", "close", "throw", "leave"}:
                # Done by a try that was not answered: it is no longer as it was.
                deed.outcome = Outcome.ANSWERED
            elif body.get("code") in _reasons(deed):
                deed.outcome, deed.refusal = Outcome.OVERTAKEN, str(body["code"])
            else:
                deed.outcome, deed.refusal = Outcome.REFUSED, str(body.get("code"))
            break
        if again and deed.outcome is Outcome.ANSWERED and self._dice.random() < _SAYS_TWICE:
            status, body = await attempt()
            if status is not None and status < 500:
                deed.answers.append(body)

    def _somewhere(self) -> dict[str, float]:
        lon = self._place.lon + self._dice.uniform(-_SPREAD_DEG, _SPREAD_DEG)
        lat = self._place.lat + self._dice.uniform(-_SPREAD_DEG, _SPREAD_DEG)
        return {"lon": lon, "lat": lat}


def _reasons(deed: Deed) -> frozenset[str]:
    """Return why a deed may be refused to who did nothing wrong."""
    if deed.kind in PROJECT_KINDS:
        return _TOO_LATE
    if deed.kind == "publish" and deed.where:
        return frozenset({"project_over", "not_found"})
    return _OVERTAKEN if deed.kind in SMILE_KINDS else frozenset()
