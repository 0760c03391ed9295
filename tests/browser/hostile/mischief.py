"""A town in which somebody has written every hostile text into every field that there is."""

import io
import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Final, NamedTuple, TypeVar

import httpx
from markupsafe import escape
from PIL import Image
from websockets.sync.client import connect

from geo.position import Point
from geo.privacy import home_cell
from server.ids import new_id
from tests.browser.hostile.fields import Field, operation, text_fields, texts_in
from tests.browser.hostile.moving_in import move_in
from tests.browser.hostile.texts import ELSEWHERE, JS, TEXTS, line, packed
from tests.browser.house import PASSWORD, Account, House, Spot

S = TypeVar("S")
T = TypeVar("T")

EMAIL: Final = f"'onload='a&lt={{{{7*7}}}}%0d%0a@{ELSEWHERE}"
KEY: Final = f'"><script>{JS}</script>'
AGENT: Final = f"<img src=x onerror={JS}>"
_PHOTOS_EACH = 10
# So many words of thanks are shown of a member.
_THANKS = 20
# By one of these a text is known that is more than what a form asks for.
_SIGNS: Final = (JS, ELSEWHERE, "7*7")


class Asked(NamedTuple):
    """A request that was taken, or refused for what it is and not for its text."""

    method: str
    path: str
    body: Any
    by: Account | None


class Mischief:
    """What was written, as the server answered it; `members` are called by the texts, one each.

    `asked` holds, of each field in which a text came, one request.
    """

    def __init__(self, house: House, here: Spot) -> None:
        self.house, self.here = house, here
        self.asked: dict[Field, Asked] = {}
        # One line for all of them: it keeps nobody's cookie.
        nobodys = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
        self._client = httpx.Client(base_url=house.address, timeout=60, cookies=nobodys)
        self.sheets = packed(4000)
        self.notes = packed(500)
        with self._client:
            moved = move_in(house, [self._of_text(at) for at in range(len(TEXTS))], AGENT)
            self.members, self.cards = [one.account for one in moved], [one.card for one in moved]
            self.plain = self._all(self._request, self.sheets)
            self.mags = self._mags()
            self.said = self._all(self._say, enumerate(self.notes))
            self.articles = self._all(self._preview, TEXTS)
            self.projects = self._all(self._project, self.sheets)
            self._support(self.projects[0])
            self.cancelled = self._cancel(self._project(self.sheets[0]))
            self.ana, self.bo = house.join(line(f"<b>Ana {JS}", 40)), house.join(line(f"<b>Bo {JS}", 40))
            self.josiane = house.join(line(f"Josiane {TEXTS[-1]}", 40))
            house.appoint(self.josiane)
            self.dialog, self.dispute = self._exchange()
            self._all(self._write_to_ana, range(0, len(TEXTS), 6))
            self._send_by_socket()
            self.reasons = self._moderate()
            self.mallory = self._join_by_a_form()
            self._hide_an_avatar()
            self._edit()
            self._ask_in_vain()

    def ask(self, method: str, path: str, body: Any = None, *, by: Account | None = None) -> Any:
        """Send one request over a line that stays open; return what is answered."""
        answer = self._send(Asked(method, path, body, by))
        assert answer.is_success, (path, body, answer.text)
        return answer.json() if answer.content else None

    def _send(self, asked: Asked) -> httpx.Response:
        method, path, body, by = asked
        for field, text in texts_in(body):
            if any(sign in text for sign in _SIGNS):
                self.asked[operation(method, path), field] = asked
        headers = {"Origin": self.house.address, "Idempotency-Key": f"{KEY}{new_id()}", "User-Agent": AGENT}
        if by is not None:
            headers["Cookie"] = f"onemile={by.token}"
        return self._client.request(method, path, json=body, headers=headers)

    def _all(self, act: Callable[[S], T], over: Iterable[S]) -> list[T]:
        with ThreadPoolExecutor(4) as hands:
            return list(hands.map(act, over))

    def _draft(self, at: int, **draft: Any) -> dict[str, Any]:
        place = self.here.away(east_m=at % 21 * 40 - 400, north_m=at // 21 * 40 - 400)
        usual = {"kind": "request", "category": "other", "smiles": 0, "precision": "exact"}
        return {"id": new_id(), "place": {"lon": place.lon, "lat": place.lat}, **usual, **draft}

    def _of_text(self, at: int) -> dict[str, Any]:
        title = line(TEXTS[at], 80)
        kind = "offer" if at % 2 else "request"
        return self._draft(at, kind=kind, title=title if len(title) > 2 else f"{title} !!", text=TEXTS[at])

    def _request(self, sheet: str) -> Any:
        body = self._draft(0, title=line(sheet, 80), text=sheet)
        return self.ask("POST", "/api/listings", body, by=self.members[0])["listing"]

    def _preview(self, text: str) -> str:
        return str(self.ask("POST", "/api/articles/preview", {"text": text}, by=self.members[0])["html"])

    def _mags(self) -> list[Any]:
        captions, alts = packed(300), packed(200)
        photos = self._all(self._photo, range(len(alts)))
        chosen = [
            {"id": photo, "alt": alt, "caption": captions[at % len(captions)]}
            for at, (photo, alt) in enumerate(zip(photos, alts, strict=True))
        ]
        mags = []
        for at in range(0, len(chosen), _PHOTOS_EACH):
            sheet = self.sheets[at // _PHOTOS_EACH % len(self.sheets)]
            draft = {"title": line(sheet, 80), "text": sheet, "photos": chosen[at : at + _PHOTOS_EACH]}
            soon = datetime.now(UTC) + timedelta(days=3)
            body = self._draft(at, kind="mag", category="event", starts_at=soon.isoformat(), **draft)
            mags.append(self.ask("POST", "/api/listings", body, by=self.members[1])["listing"])
        return mags

    def _photo(self, at: int, by: Account | None = None, kind: str = "photo") -> str:
        picture = io.BytesIO()
        Image.new("RGB", (8, 8), (at % 256, 99, 150)).save(picture, "PNG")
        photo = new_id()
        headers = {
            "Origin": self.house.address,
            "Content-Type": "image/png",
            "Cookie": f"onemile={(by or self.members[1]).token}",
        }
        path = f"/api/photos/{photo}?kind={kind}"
        self._client.put(path, content=picture.getvalue(), headers=headers).raise_for_status()
        return photo

    def _say(self, one: tuple[int, str]) -> Any:
        at, words = one
        thread = self.mags[at % len(self.mags)]["thread"]
        body = {"id": new_id(), "text": words}
        return self.ask("POST", f"/api/conversations/{thread}/messages", body, by=self.members[at])

    def _project(self, sheet: str) -> Any:
        terms = {
            "reach": "wide",
            "target_cents": 50_000,
            "target_smiles": 200,
            "closes_at": (datetime.now(UTC) + timedelta(days=30)).isoformat(),
            "instructions": sheet[:2000],
        }
        draft = {"title": line(sheet, 80), "text": sheet, "category": "culture", "project": terms}
        body = self._draft(0, kind="project", **draft)
        return self.ask("POST", "/api/listings", body, by=self.members[2])["listing"]

    def _support(self, project: dict[str, Any]) -> None:
        path, owner = f"/api/projects/{project['id']}", self.members[2]

        def promise(one: tuple[int, str]) -> None:
            at, words = one
            body = {"id": new_id(), "cents": 1000, "words": words}
            self.ask("POST", f"{path}/pledges", body, by=self.members[at + 3])

        self._all(promise, enumerate(packed(300)))
        for sheet in self.sheets:
            self.ask("POST", f"{path}/updates", {"id": new_id(), "text": sheet}, by=owner)
        for text in TEXTS[::60]:
            task = self._draft(0, title=line(f"Tâche {text}", 80), text=text, project_id=project["id"])
            self.ask("POST", "/api/listings", task, by=owner)
        code = self.ask("POST", f"{path}/team/link", by=owner)["code"]
        for member in self.members[3:300:60]:
            self.ask("POST", f"{path}/team", {"code": code}, by=member)

    def _cancel(self, project: dict[str, Any]) -> dict[str, Any]:
        path, words = f"/api/projects/{project['id']}", f"<img src=x onerror={JS}> \u202eAdieu"
        self.ask("POST", f"{path}/pledges", {"id": new_id(), "cents": 1000}, by=self.members[3])
        version = self.ask("GET", path, by=self.members[2])["listing"]["version"]
        self.ask("POST", f"{path}/cancel", {"version": version, "words": words}, by=self.members[2])
        return project

    def _exchange(self) -> tuple[str, str]:
        """Go every way that an exchange can, with a note and words at each step; leave one in dispute."""
        draft = self._draft(0, kind="offer", title=f"Des leçons <script>{JS}</script>", text="De piano.")
        self.lessons = self.ask("POST", "/api/listings", draft, by=self.ana)["listing"]
        opened = str(
            self.ask("PUT", f"/api/listings/{self.lessons['id']}/dialog", by=self.bo)["conversation"]
        )
        ways = [
            ("amend", "accept", "finish", "confirm"),
            ("accept", "cancel"),
            ("accept", "report", "object", "settle"),
            *[("decline",)] * (len(self.notes) - _THANKS - 3),
            *[("accept", "confirm")] * _THANKS,
        ]
        for words, way in zip(self.notes, ways, strict=True):
            self._go(opened, words, way)
        return opened, self._go(opened, self.notes[0], ("accept", "dispute", "share"))["id"]

    def _go(self, dialog: str, words: str, way: Sequence[str]) -> Any:
        # Nobody has smiles for so many.
        terms = {"id": new_id(), "helper": self.ana.id, "smiles": int(words in self.notes[:5]), "note": words}
        card = self.ask("POST", f"/api/conversations/{dialog}/exchanges", terms, by=self.bo)
        for step in way:
            path, body = f"/api/exchanges/{card['id']}", {"version": card["version"], "words": words}
            by = self.ana if step in {"accept", "decline", "finish", "object"} else self.bo
            if step == "amend":
                card = self.ask("PATCH", path, {"version": card["version"], "note": words[2:]}, by=self.ana)
                # Now it is the other one who is asked.
                card = self.ask("POST", f"{path}/accept", {**body, "version": card["version"]}, by=self.bo)
            elif step == "share":
                self.ask("PUT", f"{path}/shared", by=self.bo)
            elif step == "settle":
                body = {"version": card["version"], "to_helper": 0, "reason": words}
                self.ask("POST", f"/api/moderation/disputes/{card['id']}/settle", body, by=self.josiane)
            elif card["state"] != "accepted" or step != "accept":
                card = self.ask("POST", f"{path}/{step}", body, by=by)
        return card

    def _write_to_ana(self, at: int) -> None:
        path = f"/api/listings/{self.lessons['id']}/dialog"
        opened = self.ask("PUT", path, by=self.members[at])["conversation"]
        body = {"id": new_id(), "text": TEXTS[at]}
        self.ask("POST", f"/api/conversations/{opened}/messages", body, by=self.members[at])

    def _send_by_socket(self) -> None:
        headers = {"Origin": self.house.address, "Cookie": f"onemile={self.bo.token}"}
        words = {"type": "send", "ref": 1, "conversation": self.dialog, "id": new_id(), "text": TEXTS[0]}
        url = f"{self.house.address.replace('http', 'ws', 1)}/live"
        with connect(url, additional_headers=headers) as socket:
            socket.send(json.dumps(words))
            answer = next(frame for frame in map(json.loads, socket) if frame.get("ref") == 1)
        assert answer["type"] == "sent", answer
        self.asked["send", "text"] = Asked("GET", "/live", words, self.bo)

    def _moderate(self) -> list[str]:
        draft = self._draft(0, title="Sans intérêt", text="Rien.")
        self.hidden = self.ask("POST", "/api/listings", draft, by=self.members[0])["listing"]
        acts = [("hide", "restore")[at % 2] for at in range(len(self.notes))]
        for act, reason in zip(acts, self.notes, strict=True):
            path = f"/api/moderation/listings/{self.hidden['id']}/{act}"
            self.ask("POST", path, {"reason": reason}, by=self.josiane)
        if acts[-1] == "restore":
            path = f"/api/moderation/listings/{self.hidden['id']}/hide"
            self.ask("POST", path, {"reason": self.notes[0]}, by=self.josiane)
        for act in ("hide", "restore"):
            path = f"/api/moderation/messages/{self.said[0]['id']}/{act}"
            self.ask("POST", path, {"reason": self.notes[0]}, by=self.josiane)
        return self.notes

    def _join_by_a_form(self) -> Account:
        name = line(f"<img src=x onerror={JS}>", 40)
        body = {"email": EMAIL, "name": name, "password": PASSWORD, "invitation": KEY}
        self.ask("POST", "/api/members", body)
        token = self.house.link_for(str(escape(EMAIL))).partition("#")[2]
        self.ask("POST", "/api/session/link", {"email": EMAIL})
        entered = self._send(Asked("POST", "/api/session/link/use", {"token": token}, None))
        self.ask("POST", "/api/session", {"email": EMAIL, "password": PASSWORD})
        member, token = entered.json()["member"], entered.cookies["onemile"]
        return Account(member["id"], member["name"], EMAIL, token)

    def _hide_an_avatar(self) -> None:
        photo = {"photo": self._photo(0, self.mallory, "avatar")}
        self.ask("PUT", "/api/me/avatar", photo, by=self.mallory)
        avatar = self.ask("GET", f"/api/members/{self.mallory.id}")["avatar"]
        for act in ("hide", "restore", "hide"):
            path = f"/api/moderation/members/{self.mallory.id}/avatar/{act}"
            self.ask("POST", path, {"avatar": avatar, "reason": self.notes[0]}, by=self.josiane)

    def _edit(self) -> None:
        """Write anew what was written."""
        self.ask("PATCH", "/api/me", {"name": line(f"{{@html '{JS}'}}", 40)}, by=self.mallory)
        said = self.said[0]
        self.ask("PATCH", f"/api/messages/{said['id']}", {"text": said["text"]}, by=self.members[0])
        project, mag = (
            self.ask("GET", f"/api/listings/{one['id']}") for one in (self.projects[1], self.mags[0])
        )
        words = {"title": project["listing"]["title"], "text": self.sheets[1]}
        terms = {"instructions": self.sheets[1][:2000]}
        body = {"version": project["listing"]["version"], **words, "project": terms}
        self.ask("PATCH", f"/api/listings/{project['listing']['id']}", body, by=self.members[2])
        photos = [
            {"id": one["id"], "alt": one["alt"], "caption": one["caption"]}
            for one in mag["listing"]["photos"]
        ]
        body = {"version": mag["listing"]["version"], "photos": photos}
        self.ask("PATCH", f"/api/listings/{mag['listing']['id']}", body, by=self.members[1])

    def _ask_in_vain(self) -> None:
        """Ask for what nobody gets; what is answered is a problem that says nothing of the text."""
        confirm = {"confirm": KEY}
        assert self._send(Asked("DELETE", "/api/me", confirm, self.bo)).status_code == 422
        self.ask("POST", "/api/places", {"text": f"Rue {KEY}"}, by=self.bo)
        cell = home_cell(Point(self.here.lon, self.here.lat))
        for name, field in text_fields():
            method, path = name.split(" ") if " " in name else ("", "")
            if field.startswith("query:"):
                there = path.format(id=self.members[0].id, cell=cell) + f"?{field.partition(':')[2]}={KEY}"
                answer = self._send(Asked(method, there, None, None))
                assert (answer.status_code, KEY in answer.text) == (422, False), answer.text
                self.asked[name, field] = Asked(method, there, None, None)
