"""Members who also have projects, support those of others, and send photos."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Final

from server.clock import now
from server.ids import new_id
from tests.faults.history import Deed, DeedKind, Outcome
from tests.faults.neighbours import Neighbour
from tests.server.photos.pictures import file, scene

# So soon a project closes: while people still support it.
_SOONEST_SECONDS, _LATEST_SECONDS = 3.0, 12.0
_MOST_SMILES: Final = 4
_MOST_TARGET: Final = 12
_EUROS: Final = 100
# Older ones are over.
_LATEST_PROJECTS: Final = 6
# What an owner does, where they may, and how often.
_OWNS: Final[dict[str, tuple[DeedKind, int]]] = {
    "close": ("conclude", 1),
    "cancel": ("call_off", 1),
    "task": ("publish", 1),
    "list": ("receive", 4),
}
_PICTURE: Final = file(scene(48, 36))


class Supporter(Neighbour):
    """A neighbour with projects and photos."""

    def deeds(self) -> dict[Callable[[str], Awaitable[object]], int]:
        """Add what they do for projects, and with photos."""
        return {**super().deeds(), self.begin: 1, self.tend: 9, self.send_photo: 1, self.look: 1}

    async def begin(self, _: str = "") -> None:
        """Publish a project that others come to know of."""
        deed = await self.found()
        if deed.outcome is Outcome.ANSWERED:
            self._street.history.projects.append(deed.subject)

    async def found(self, **terms: Any) -> Deed:
        """Publish a project that closes soon."""
        usual = {
            "reach": "local",
            "target_cents": 50 * _EUROS,
            "target_smiles": self._dice.randint(_MOST_SMILES, _MOST_TARGET),
            "closes_at": (now() + timedelta(seconds=self._dice.uniform(_SOONEST_SECONDS, _LATEST_SECONDS))),
            "instructions": "En espèces, le samedi.",
        }
        project = {**usual, **terms}
        project["closes_at"] = project["closes_at"].isoformat()
        deed = await self.publish(kind="project", category="environment", smiles=0, project=project)
        if deed.outcome is Outcome.ANSWERED:
            # Neither moved nor closed as others are.
            self.keep(deed.subject)
        return deed

    async def tend(self, _: str = "") -> None:
        """Do one of the things that one may do with a project now."""
        known = [*self._street.history.lasting, *self._street.history.projects[-_LATEST_PROJECTS:]]
        if not known:
            return
        project = self._dice.choice(known)
        view = await self.looks_at(project)
        if view is None:
            return
        mine = [(kind, one) for kind in ("pledges", "gifts") for one in view["mine"][kind]]
        free = [(kind, one) for kind, one in mine if "withdraw" in one["may"]]
        version = view["listing"]["version"]
        if "decide" in view["may"]:
            act: DeedKind = self._dice.choice(["release", "return"])
            await self.end(act, project, version)
        elif "list" in view["may"]:
            await self._own(project, version, view["may"])
        elif free and self._dice.random() < 0.3:
            kind, one = self._dice.choice(free)
            await self.turn("take_back" if kind == "gifts" else "withdraw", one)
        elif "support" in view["may"]:
            await (self.give if self._dice.random() < 0.7 else self.promise)(project)

    async def looks_at(self, project: str) -> dict[str, Any] | None:
        """Return a project as one sees it, if an answer comes."""
        status, view = await self.ask("GET", f"/api/projects/{project}")
        return view if status == 200 else None

    async def give(self, project: str, smiles: int | None = None) -> Deed:
        """Give smiles to a project; sometimes again though it was answered."""
        wanted = smiles or self._dice.randint(1, _MOST_SMILES)
        return await self._support("give", project, "gifts", "smiles", wanted)

    async def promise(self, project: str) -> Deed:
        """Promise a project a donation; sometimes again though it was answered."""
        return await self._support("promise", project, "pledges", "cents", self._dice.randint(1, 20) * _EUROS)

    async def end(self, act: DeedKind, project: str, version: int) -> Deed:
        """Close a project of one's own, cancel it, or say what becomes of its smiles."""
        deed = self._deed(act, project)
        deed.version = version
        verb = {"conclude": "close", "call_off": "cancel"}.get(act, act)
        await self._send(deed, f"/api/projects/{project}/{verb}", {"version": version})
        return deed

    async def turn(self, act: DeedKind, known: dict[str, Any]) -> Deed:
        """Take a step of a pledge or a gift from where it is `known` to be."""
        deed = self._deed(act, known["id"], known["project"])
        deed.version = known["version"]
        things, verb = ("gifts", "withdraw") if act == "take_back" else ("pledges", act)
        await self._send(deed, f"/api/{things}/{deed.subject}/{verb}", {"version": deed.version})
        return deed

    async def send_photo(self, _: str = "", use: float | None = None) -> Deed:
        """Send a photo; then, as `use` or the dice say, show it in a mag, take it back, or do nothing."""
        deed = self._deed("photo", new_id())
        path = f"/api/photos/{deed.subject}"
        await self._carry_out(deed, lambda: self.ask("PUT", path, photo=_PICTURE), again=True)
        if deed.outcome is Outcome.ANSWERED:
            what = self._dice.random() if use is None else use
            if what < 0.5:
                photos = [{"id": deed.subject}]
                await self.publish(kind="mag", category="shop", smiles=0, photos=photos)
            if what < 0.7:
                self._street.history.photos.append(deed.answers[0]["name"])
            else:
                thrown = self._deed("throw", deed.subject)
                await self._carry_out(thrown, lambda: self.ask("DELETE", path))
        return deed

    async def look(self, _: str = "") -> None:
        """Look at a photo that somebody has sent, wherever it was."""
        if self._street.history.photos:
            deed = self._deed("look", self._dice.choice(self._street.history.photos))
            await self._carry_out(deed, lambda: self.ask("GET", f"/photos/{deed.subject}-share.jpg"))

    async def leave(self) -> Deed:
        """Leave 1Mile for good."""
        deed = self._deed("leave", self.id)
        body = {"confirm": self.screen.page.name}
        while deed.outcome is Outcome.UNKNOWN:
            await self._carry_out(deed, lambda: self.ask("DELETE", "/api/me", body))
        return deed

    async def _own(self, project: str, version: int, may: list[str]) -> None:
        lasts = project in self._street.history.lasting
        acts = [one for one in _OWNS if one in may and not (lasts and one in {"close", "cancel"})]
        [one] = self._dice.choices(acts, [_OWNS[act][1] for act in acts])
        if lasts and self._dice.random() < 0.3:
            await self.tell(project, self._street.history.lasting[project])
            return
        act = _OWNS[one][0]
        if act == "publish":
            await self.publish(kind="request", project_id=project)
        elif act == "receive":
            status, all_of_it = await self.ask("GET", f"/api/projects/{project}/pledges")
            pledges = [
                one for one in all_of_it.get("pledges", ()) if {"receive", "unreceive"} & {*one["may"]}
            ]
            if status == 200 and pledges:
                pledge = self._dice.choice(pledges)
                await self.turn("receive" if "receive" in pledge["may"] else "unreceive", pledge)
        else:
            await self.end(act, project, version)

    async def tell(self, project: str, thread: str) -> Deed:
        """Tell the supporters of a project of one's own something, in its thread."""
        deed = self._deed("post", new_id(), thread, f"Nouvelle {new_id()[-12:]}")
        await self._send(deed, f"/api/projects/{project}/updates", {"id": deed.subject, "text": deed.text})
        return deed

    async def _support(self, kind: DeedKind, project: str, things: str, name: str, amount: int) -> Deed:
        deed = self._deed(kind, new_id(), project, f"{amount}")
        body = {"id": deed.subject, name: amount, "public": self._dice.random() < 0.5}
        await self._send(deed, f"/api/projects/{project}/{things}", body)
        return deed

    async def _send(self, deed: Deed, path: str, body: dict[str, Any]) -> None:
        key = new_id()
        await self._carry_out(deed, lambda: self.ask("POST", path, body, key), again=True)
