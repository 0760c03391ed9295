"""Rows as everybody may see them: the only way from a table to the wire.

Pure functions, so that nothing is shown that somebody did not write here.
"""

from typing import Final

from realtime.exchanges import Card, ExchangeState
from realtime.photos import Photo
from realtime.projects import Progress
from realtime.shapes import (
    Category,
    FeedItem,
    Layer,
    Listing,
    ListingBrief,
    ListingState,
    Message,
    MessageState,
    Pin,
    Precision,
)
from server.articles.rendering import html_of
from server.board.exchanges import ExchangeRow, StepRow
from server.board.models import ListingRow, MessageRow
from server.clock import now
from server.members.models import MemberRow
from server.policy.listings import ALIVE
from server.settings import Settings

# Kinds whose text is Markdown.
ARTICLES: Final = frozenset({Layer.PROJECT, Layer.MAG})


def has_pin(row: ListingRow, author: MemberRow) -> bool:
    """Say whether the listing is on the map now."""
    shown = ListingState(row.state) in ALIVE and row.hidden_at is None and row.expires_at > now()
    return shown and author.verified_at is not None


def pin(row: ListingRow, author: MemberRow) -> Pin:
    """Return the listing as the map shows it, whether or not it is there now."""
    return Pin(
        id=row.id,
        kind=Layer(row.kind),
        title=row.title,
        category=Category(row.category),
        smiles=row.smiles,
        state=ListingState(row.state),
        lon=row.lon,
        lat=row.lat,
        precision=Precision(row.precision),
        author=author.person(),
        created_at=row.created_at,
        expires_at=row.expires_at,
        version=row.version,
        cover=row.photos[0]["name"] if row.photos else None,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        progress=None if row.progress is None else Progress.model_validate(row.progress),
        project=row.project_id,
    )


def listing(row: ListingRow, author: MemberRow, *, rendered: bool = True) -> Listing:
    """Return the listing as its panel shows it. Without `rendered`, its article is left as it was written."""
    article = rendered and row.kind in ARTICLES
    return Listing(
        **dict(pin(row, author)),
        text=row.text,
        html=html_of(row.text) if article else None,
        photos=tuple(Photo.model_validate(one) for one in row.photos or ()),
        thread=row.thread_id,
        edited_at=row.edited_at,
        hidden=row.hidden_at is not None,
    )


def brief(row: ListingRow) -> ListingBrief:
    """Return the few words that name the listing."""
    return ListingBrief(id=row.id, kind=Layer(row.kind), title=row.title, state=ListingState(row.state))


def address_of(settings: Settings, row: ListingRow) -> str:
    """Return the listing's public address."""
    return f"{settings.public_url.rstrip('/')}/annonces/{row.id}"


def message(row: MessageRow, author: MemberRow) -> Message:
    """Return the message as its conversation's readers see it; hidden or deleted, without its text."""
    state = message_state(row)
    return Message(
        id=row.id,
        conversation=row.conversation_id,
        seq=row.seq,
        change=row.change,
        author=author.person(),
        text=row.text if state is MessageState.VISIBLE else None,
        state=state,
        created_at=row.created_at,
        edited_at=row.edited_at,
        card=None if row.card is None else Card.model_validate(row.card),
        update=row.update,
    )


def message_state(row: MessageRow) -> MessageState:
    """Return what is left of the message: what its author deleted stays deleted."""
    if row.deleted_at is not None:
        return MessageState.DELETED
    return MessageState.VISIBLE if row.hidden_at is None else MessageState.HIDDEN


def listing_in_feed(row: ListingRow, author: MemberRow) -> FeedItem:
    """Return the listing as a line of the moderators' feed."""
    return FeedItem(
        kind="listing",
        id=row.id,
        listing=brief(row),
        author=author.person(),
        text=row.text,
        lon=row.lon,
        lat=row.lat,
        hidden=row.hidden_at is not None,
        created_at=row.created_at,
        version=row.version,
    )


def message_in_feed(row: MessageRow, author: MemberRow, under: ListingRow) -> FeedItem:
    """Return a public message as a line of the moderators' feed. Its text is empty once deleted.

    Moderators see what is hidden, since it is theirs to restore.
    """
    return FeedItem(
        kind="message",
        id=row.id,
        listing=brief(under),
        author=author.person(),
        text=row.text or "",
        lon=under.lon,
        lat=under.lat,
        hidden=row.hidden_at is not None,
        created_at=row.created_at,
        version=row.change,
    )


def dispute_in_feed(row: ExchangeRow, why: StepRow, by: MemberRow, under: ListingRow) -> FeedItem:
    """Return an exchange that was disputed (by the step `why`) as a line of the moderators' feed."""
    return FeedItem(
        kind="dispute",
        id=row.id,
        listing=brief(under),
        author=by.person(),
        text=why.words or "",
        lon=under.lon,
        lat=under.lat,
        hidden=row.state != ExchangeState.DISPUTED,
        created_at=why.at,
        version=row.version,
    )
