"""A person at a browser: what they do and what they see, by the names that are on the screen."""

import re
import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import urlencode

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Route, expect

from tests.browser.house import PASSWORD, Account, House, Spot

NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
# At this zoom a tile of 512 px is so many metres wide at latitude 46.5; one pixel is 13 m.
ZOOM = 12
PIXEL_M = 40_030_173 * 0.68835 / (512 * 2**ZOOM)


class Neighbour:
    """Somebody who looks at `house`; `account` is None for a visitor."""

    def __init__(self, house: House, context: BrowserContext, account: Account | None) -> None:
        self.house, self.account, self.context = house, account, context
        self.page: Page = context.new_page()
        self.frames: list[str] = []
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.page.on("websocket", lambda socket: socket.on("framereceived", self._received))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._note)
        self.page.on("request", lambda request: self.requests.append(request.url))

    def _received(self, frame: str | bytes) -> None:
        self.frames.append(frame if isinstance(frame, str) else frame.decode())

    def _note(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.errors.append(message.text)

    # Where one looks

    def look(self, at: Spot, path: str = "/") -> None:
        """Open `path` with the avatar `at`, and wait for the list."""
        bare, mark, token = path.partition("#")
        place = urlencode({"z": ZOOM, "lat": at.lat, "lon": at.lon})
        self.visit(f"{bare}?{place}{mark}{token}")

    def visit(self, path: str) -> None:
        """Open an address of the house, and wait until its list knows what is around."""
        self.page.goto(self.house.address + path)
        expect(self.page.locator("main .under .skeleton")).to_have_count(0)
        expect(self.page.locator("#list")).to_be_attached()

    def drag_avatar(self, *, east_m: float = 0, north_m: float = 0) -> None:
        """Drag the avatar so far over the map, which is at `ZOOM`."""
        box = self.avatar.bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        mouse = self.page.mouse
        mouse.move(x, y)
        mouse.down()
        mouse.move(x + east_m / PIXEL_M, y - north_m / PIXEL_M, steps=8)
        mouse.up()

    # What one sees

    @property
    def cards(self) -> Locator:
        """The cards around the avatar, at the scale that is chosen."""
        return self._cards("^(Annonces autour de vous|Listings around you)")

    def card(self, title: str) -> Locator:
        """The card of a listing around the avatar.

        Not one of `cards_elsewhere`: those may be of any test, and have the same title.
        """
        return self.cards.filter(has_text=title)

    @property
    def cards_elsewhere(self) -> Locator:
        """The cards of what is nearest anywhere, which the list shows while nothing is within the mile."""
        return self._cards("^(Les plus proches|The nearest)$")

    def _cards(self, heading: str) -> Locator:
        inside = self.page.get_by_role("main").get_by_role("list", name=re.compile(heading))
        return inside.get_by_role("link")

    @property
    def pins(self) -> Locator:
        """All pins on the map that are buttons."""
        return self.page.get_by_role("group", name=re.compile("Annonces sur la carte|Listings on the map"))

    def pin(self, title: str) -> Locator:
        """The pin of a listing on the map."""
        return self.pins.get_by_role("button", name=title)

    @property
    def avatar(self) -> Locator:
        """The avatar on the map."""
        return self.page.get_by_role("button", name=re.compile("Votre avatar, déplaçable|Your avatar"))

    def panel(self, name: str | re.Pattern[str]) -> Locator:
        """The open panel called `name`."""
        return self.page.get_by_role("region", name=name, exact=True)

    @property
    def log(self) -> Locator:
        """The messages of the open conversation."""
        return self.page.get_by_role("log")

    def bubble(self, text: str) -> Locator:
        """One message of the open conversation."""
        return self.rows.filter(has_text=text)

    @property
    def rows(self) -> Locator:
        """The messages of the open conversation, oldest first."""
        return self.log.locator("[data-row]")

    @property
    def composer(self) -> Locator:
        """The field one writes in."""
        return self.page.get_by_role("textbox", name="Votre message", exact=True)

    @property
    def deal(self) -> Locator:
        """The card of the exchange under way, above the messages of the open dialog."""
        return self.page.get_by_role("region", name="Échange en cours", exact=True)

    def step(self, text: str) -> Locator:
        """A step of an exchange, as it stands among the messages of the open dialog."""
        return self.log.locator(".step").filter(has_text=text)

    @property
    def smiles(self) -> Locator:
        """What one has, in the header: the way to one's smiles."""
        return self.page.get_by_role("banner").get_by_role("link", name=re.compile("voir vos smiles"))

    @property
    def statement(self) -> Locator:
        """The lines of one's open statement, newest first."""
        return self.page.get_by_role("list", name="Lignes du relevé").get_by_role("listitem")

    @property
    def proposing(self) -> Locator:
        """The button that opens the form of a proposal."""
        return self.page.get_by_role("button", name="Proposer un échange", exact=True)

    # What one does

    def open(self, title: str) -> None:
        """Open a listing from the list."""
        self.card(title).click()
        expect(self.page.get_by_role("heading", name=title, level=2)).to_be_visible()

    def choose(self, menu: str, act: str) -> None:
        """Open a menu of the open panel and choose an act in it."""
        self.page.get_by_role("button", name=menu).click()
        self.page.get_by_role("menuitem", name=act).click()

    def confirm(self, question: str, answer: str) -> None:
        """Answer the open question."""
        dialog = self.page.get_by_role("dialog", name=question)
        dialog.get_by_role("button", name=answer, exact=True).click()
        expect(dialog).to_have_count(0)

    def tab(self, name: str) -> Locator:
        """A tab of the conversations under the open listing."""
        return self.page.get_by_role("tab", name=name)

    def say(self, text: str) -> float:
        """Write into the composer, and send by Enter; return the moment, in seconds."""
        self.composer.fill(text)
        began = time.time()
        self.composer.press("Enter")
        return began

    def open_dialog(self, title: str, other: str | None = None) -> None:
        """Open the private dialog under a listing: with its author, or as its author with `other`."""
        self.open(title)
        if other is None:
            self.tab("Dialogue privé").click()
        else:
            self.tab("Réponses privées").click()
            self.page.get_by_role("link", name=other).click()

    def write_proposal(self, **terms: str) -> None:
        """Fill the open form of a proposal: `who` helps, `smiles`, `day`, `time`, `note` as on the screen."""
        page = self.page
        if "who" in terms:
            page.get_by_role("radio", name=terms["who"]).check(force=True)
        for label, name in (
            ("Pour combien de smiles ?", "smiles"),
            ("Jour", "day"),
            ("Heure", "time"),
            ("Ce qui est convenu", "note"),
        ):
            if name in terms:
                page.get_by_label(label).fill(terms[name])

    def propose(self, **terms: str) -> None:
        """Propose an exchange in the open dialog; what is not said stays as the form has it."""
        self.proposing.click()
        self.write_proposal(**terms)
        self.page.get_by_role("button", name="Envoyer la proposition").click()

    def amend(self, **terms: str) -> None:
        """Propose the exchange under way otherwise."""
        self.unfold_deal()
        self.deal.get_by_role("button", name="Modifier", exact=True).click()
        self.write_proposal(**terms)
        self.page.get_by_role("button", name="Proposer ces changements").click()

    def take_step(self, act: str, *, words: str | None = None) -> None:
        """Take a step that has a button on the card, and say yes to what is asked then."""
        self.unfold_deal()
        self.deal.get_by_role("button", name=act, exact=True).click()
        self._answer(act, words)

    def take_other_step(self, act: str, *, words: str | None = None) -> None:
        """Take a step that stands among the other ones, and say yes to what is asked then."""
        self.unfold_deal()
        self.deal.get_by_role("button", name="Autres actions").click()
        self.page.get_by_role("dialog").get_by_role("button", name=act).click()
        self._answer(act, words)

    def unfold_deal(self) -> None:
        """Show all of the card of the exchange under way, which is folded where there is little room."""
        head = self.deal.locator("h3 button")
        if head.get_attribute("aria-expanded") == "false":
            head.click()

    def _answer(self, act: str, words: str | None) -> None:
        dialog = self.page.get_by_role("dialog")
        if words is not None:
            dialog.get_by_role("textbox").fill(words)
        dialog.get_by_role("button", name=act, exact=True).click()
        expect(dialog).to_have_count(0)

    def write_listing(self, title: str, **form: str) -> None:
        """Fill the form of a request: `kind`, `text`, `category`, `smiles` as on the screen."""
        page = self.page
        page.get_by_role("radio", name=form.get("kind", "Une demande")).check(force=True)
        page.get_by_label("Titre").fill(title)
        page.get_by_label("Description").fill(form.get("text", f"{title}, s’il vous plaît."))
        page.get_by_role("radio", name=form.get("category", "Jardin")).check(force=True)
        page.get_by_label("Smiles proposés").fill(form.get("smiles", "3"))

    def press_publish(self) -> float:
        """Publish what is written; return the moment, in seconds."""
        began = time.time()
        self.page.get_by_role("button", name=re.compile("^(Publier|Continuer pour publier)$")).click()
        return began

    def publish(self, title: str, **form: str) -> float:
        """Publish a request where the avatar stands, through the form; return the moment, in seconds."""
        self.page.get_by_role("link", name="Publier", exact=True).click()
        self.write_listing(title, **form)
        return self.press_publish()

    def sign_in(self, account: Account) -> None:
        """Fill the form that asks who one is."""
        self.page.get_by_label("Adresse e-mail").fill(account.email)
        self.page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
        self.page.get_by_label("Mot de passe", exact=True).press("Enter")

    def lose_first_answer(self, address: str) -> list[str | None]:
        """Carry out the first request to `address` and lose its answer; note the key of each from now on."""
        keys: list[str | None] = []

        def lose_first(route: Route) -> None:
            keys.append(route.request.headers.get("idempotency-key"))
            if len(keys) > 1:
                return route.continue_()
            route.fetch()
            return route.abort("connectionfailed")

        self.page.route(address, lose_first)
        return keys

    def note_when_seen(self, text: str) -> None:
        """From now on, remember the moment when `text` first stands on the page."""
        self.page.evaluate(
            """text => {
              window.seenAt = new Promise(seen => {
                const look = () => document.body.textContent.includes(text) && seen(Date.now());
                new MutationObserver(look).observe(document.body,
                  { subtree: true, childList: true, characterData: true });
                look();
              });
            }""",
            text,
        )

    def seconds_after(self, moment: float) -> float:
        """Return how long after `moment` the noted text stood there."""
        return float(self.page.evaluate("window.seenAt")) / 1000 - moment
