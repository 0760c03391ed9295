"""Snapshot + events = fresh snapshot, for whatever is told of listings, mags and messages (E2).

A screen here is what a client keeps: it took a snapshot in the middle of a random history and then only
listened. At the end it must show what a fresh one shows, and never have been told what it may not see (E6).
"""

import random
import secrets
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from realtime.backend import Viewer
from realtime.inboxes import activities
from realtime.protocol import Activity, Event, ListingChanged, ListingGone, MessageChanged
from realtime.refusals import Refusal
from realtime.shapes import Conversation, FeedItem, Layer, Listing, ListingState, Message, Pin
from realtime.signals import AnySignal, Broadcast, FeedNews, InboxNews, PinMoved
from realtime.topics import conversation_topic, member_topic
from server.clock import now
from server.conversations import actions as conversations
from server.conversations import queries
from server.ids import new_id
from server.listings import actions as listings
from server.listings import views
from server.listings.schemas import ListingChange
from server.moderation import actions as moderation
from server.moderation import feed
from server.moderation.actions import Action
from server.moderation.schemas import FeedQuery
from server.photos.models import PhotoRow
from server.photos.schemas import PhotoChoice
from tests.server.board.town import REBBERG, REUNION, Town

STEPS = 120


class Screen:
    """What one member sees: the map, their inbox, one thread, and what they have open.

    Who moderates has every listing open and sees the feed.
    """

    def __init__(self, viewer: Viewer, thread: str | None = None) -> None:
        assert viewer.member is not None
        self.viewer, self.thread, self.me = viewer, thread, viewer.member.id
        self.pins: dict[str, Pin] = {}
        self.inbox: dict[str, Conversation] = {}
        self.messages: dict[str, Message] = {}
        self.feed: dict[str, FeedItem] = {}
        self.opened: dict[str, Listing] = {}

    async def look(self, town: Town, listings: Sequence[str] = ()) -> None:
        self.pins = {pin.id: pin async for pin in town.backend.pins()}
        inbox = await queries.inbox(town.site, self.viewer)
        self.inbox = {one.id: one for one in inbox.conversations}
        if self.thread is not None:
            page = await queries.page(town.site, self.viewer, self.thread, limit=200)
            self.messages = {one.id: one for one in page.messages}
        if self.viewer.moderator:
            items = (await feed.page(town.site, self.viewer, FeedQuery(limit=200))).items
            self.feed = {item.id: item for item in items}
            seen = [(await views.view(town.site, self.viewer, one)).listing for one in listings]
            self.opened = {one.id: one for one in seen}

    def hear(self, signal: AnySignal) -> None:
        match signal:
            case PinMoved(pin=None):
                self.pins.pop(signal.id, None)
            case PinMoved(pin=Pin() as pin):
                self.pins[pin.id] = pin
            case Broadcast(event=ListingChanged(listing=changed)) if changed.id in self.opened:
                self.opened[changed.id] = changed
            case Broadcast(topics=topics) if member_topic(self.me) in topics:
                self._hear_own(signal.event)
            case InboxNews():
                for member, event in activities(signal):
                    if member == self.me:
                        self._hear_own(event)
            case Broadcast(topics=topics, event=MessageChanged(message=message)):
                if self.thread and conversation_topic(self.thread) in topics:
                    self.messages[message.id] = message
            case FeedNews(item=item) if self.viewer.moderator:
                self._show(item)

    def _hear_own(self, event: Event) -> None:
        match event:
            case Activity(conversation=conversation):
                known = self.inbox.get(conversation.id)
                # By its version a reader knows what is late: nothing changes without a higher one.
                assert known is None or known == conversation or known.version < conversation.version
                self.inbox[conversation.id] = conversation
            case ListingGone(id=listing):
                self.inbox = {key: one for key, one in self.inbox.items() if one.listing.id != listing}
            case ListingChanged(listing=changed):
                assert changed.author.id == self.me

    def _show(self, item: FeedItem) -> None:
        if item.listing.state is ListingState.DELETED:
            self.feed = {key: one for key, one in self.feed.items() if one.listing.id != item.listing.id}
        elif item.text == "":
            self.feed.pop(item.id, None)
        else:
            self.feed[item.id] = item


class History:
    """Things that happen in a town, one after the other, as the dice say."""

    def __init__(self, town: Town, dice: random.Random, members: list[Viewer], moderator: Viewer) -> None:
        self.town, self.dice, self.members, self.moderator = town, dice, members, moderator
        self.listings: list[str] = []
        self.mags: list[tuple[Viewer, str]] = []
        self.places: list[str] = []
        self.messages: list[tuple[Viewer, str]] = []
        self.done = 0

    async def step(self) -> None:
        deed = self.dice.choices(
            [
                self.publish,
                self.publish_a_mag,
                self.answer,
                self.say,
                self.reword,
                self.read,
                self.turn,
                self.change,
                self.change_a_mag,
                self.sanction,
            ],
            [2, 2, 2, 8, 3, 3, 4, 2, 6, 3],
        )[0]
        try:
            await deed()
            self.done += 1
        except Refusal:
            # The dice know no rules: what is refused did not happen.
            return

    async def publish(self, author: Viewer | None = None) -> None:
        place = self.dice.choice([REUNION, REBBERG])
        view = await self.town.publish(author or self.dice.choice(self.members), place=place)
        self.listings.append(view.listing.id)
        self.places.append(view.listing.thread)

    async def publish_a_mag(self) -> None:
        author = self.dice.choice(self.members)
        dated = self.dice.choice([{}, {"category": "event", "starts_at": self.some_day()}])
        mag: dict[str, Any] = {"kind": "mag", "category": "shop", "smiles": 0, **dated}
        photos = [await self.photo(author) for _ in range(self.dice.randrange(3))]
        listing = (await self.town.publish(author, **mag, text=self.article(), photos=photos)).listing
        self.listings.append(listing.id)
        self.places.append(listing.thread)
        self.mags.append((author, listing.id))

    async def change_a_mag(self) -> None:
        author, listing = self.dice.choice(self.mags)
        before = (await views.view(self.town.site, author, listing)).listing
        shown = [PhotoChoice(id=one.id, alt=one.alt) for one in before.photos]
        photos = self.dice.sample(shown, self.dice.randint(0, len(shown)))
        changes: list[dict[str, Any]] = [
            {"starts_at": self.some_day(), "ends_at": None},
            {"starts_at": None},
            {"text": self.article()},
            {"photos": [*photos, await self.photo(author)]},
            {"photos": photos, "title": f"Titre {self.dice.random()}"},
        ]
        change = ListingChange(version=before.version, **self.dice.choice(changes))
        await listings.edit(self.town.site, author, listing, change)

    async def photo(self, owner: Viewer) -> PhotoChoice:
        """Have a photo be there, as if it had been sent and developed."""
        assert owner.member is not None
        row = PhotoRow(
            id=new_id(),
            owner_id=owner.member.id,
            kind="photo",
            name=secrets.token_urlsafe(16),
            sha256="0" * 64,
            width=320,
            height=200,
            widths=[320],
            placeholder="data:image/webp;base64,",
            bytes=1,
            created_at=now(),
        )
        async with self.town.database.write() as session:
            session.add(row)
        return PhotoChoice(id=row.id, alt=f"Vue {self.dice.random()}")

    def some_day(self) -> datetime:
        return now() + timedelta(hours=self.dice.randint(1, 1000))

    def article(self) -> str:
        return f"# Titre {self.dice.random()}\n\nDu **pain** <b>chaud</b>, [ici](https://four.example)."

    async def answer(self) -> None:
        listing = self.dice.choice(self.listings)
        self.places.append(await self.town.dialog(self.dice.choice(self.members), listing))

    async def say(self) -> None:
        author = self.dice.choice(self.members)
        message = await self.town.post(author, self.dice.choice(self.places), f"Mot {self.dice.random()}")
        self.messages.append((author, message.id))

    async def reword(self) -> None:
        author, message = self.dice.choice(self.messages)
        if self.dice.random() < 0.5:
            await conversations.edit(self.town.site, author, message, f"Mieux {self.dice.random()}")
        else:
            await conversations.delete(self.town.site, author, message)

    async def read(self) -> None:
        reader, place = self.dice.choice(self.members), self.dice.choice(self.places)
        await conversations.read(self.town.site, reader, place, self.dice.randrange(40))

    async def turn(self) -> None:
        author, listing = self.dice.choice(self.members), self.dice.choice(self.listings)
        turns: list[Callable[..., Awaitable[object]]] = [
            listings.close,
            listings.reopen,
            listings.renew,
            listings.delete,
        ]
        await self.dice.choices(turns, [4, 4, 2, 1])[0](self.town.site, author, listing)

    async def change(self) -> None:
        author, listing = self.dice.choice(self.members), self.dice.choice(self.listings)
        version = (await views.view(self.town.site, author, listing)).listing.version
        change = ListingChange(version=version, title=f"Titre {self.dice.random()}", place=REBBERG)
        await listings.edit(self.town.site, author, listing, change)

    async def sanction(self) -> None:
        action: Action = "hide" if self.dice.random() < 0.4 else "restore"
        if self.dice.random() < 0.5:
            listing = self.dice.choice(self.listings)
            await moderation.sanction_listing(self.town.site, self.moderator, action, listing, "Pourquoi")
        else:
            _, message = self.dice.choice(self.messages)
            await moderation.sanction_message(self.town.site, self.moderator, action, message, "Pourquoi")


async def test_a_screen_that_only_listened_shows_what_a_fresh_one_shows(town: Town) -> None:
    members = [await town.member(f"Membre {n}") for n in range(4)]
    mo = await town.member("Mo", moderator=True)
    history = History(town, random.Random(7), members, mo)
    await history.publish(members[0])
    await history.publish_a_mag()
    await history.say()
    thread = history.places[0]
    for _ in range(STEPS // 4):
        await history.step()
    # Author and moderator may read the first thread whatever becomes of it; the others keep an inbox.
    screens = [Screen(members[0], thread), Screen(mo, thread), *(Screen(one) for one in members[1:])]
    known = [*history.listings]
    for screen in screens:
        await screen.look(town, known)
    heard = len(await town.told())

    for _ in range(STEPS):
        await history.step()
    for signal in (await town.told())[heard:]:
        for screen in screens:
            screen.hear(signal)

    assert history.done > STEPS // 2
    assert {pin.starts_at is None for pin in screens[1].pins.values() if pin.kind is Layer.MAG} == {
        True,
        False,
    }
    assert any(pin.cover for pin in screens[1].pins.values())
    for screen in screens:
        fresh = Screen(screen.viewer, screen.thread)
        await fresh.look(town, known)
        assert screen.pins == fresh.pins
        assert screen.messages == fresh.messages
        assert screen.inbox == fresh.inbox
        assert screen.opened == fresh.opened
        assert screen.feed.keys() == fresh.feed.keys()
        assert {key: (one.text, one.hidden) for key, one in screen.feed.items()} == {
            key: (one.text, one.hidden) for key, one in fresh.feed.items()
        }
