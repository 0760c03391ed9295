"""What a project tells those who follow it: its updates, and its closing date."""

from server.catalogue import translate
from server.feeds import addresses
from server.feeds.atom import Entry
from server.feeds.calendar import Occasion
from server.feeds.reading import Project, ToldBy
from server.feeds.texts import summary
from server.settings import Settings

_TITLE_LENGTH = 80


def news(settings: Settings, project: Project, told: ToldBy, locale: str) -> Entry:
    """Return an update as news; it has no title of its own, so it begins with its first words."""
    row, author = told
    text = row.text or ""
    return Entry(
        id=row.id,
        title=summary(text, _TITLE_LENGTH),
        link=addresses.listing(settings, project.listing.id),
        author=author.name,
        author_link=addresses.member(settings, author.id),
        published=row.created_at,
        updated=row.edited_at or row.created_at,
        text=text,
        category=(project.listing.category, translate(locale, f"feeds.category.{project.listing.category}")),
        at=(project.listing.lat, project.listing.lon),
    )


def closing(settings: Settings, project: Project, locale: str) -> Occasion:
    """Return a project's closing date as an event: a moment, not a span."""
    listing, terms = project.listing, project.terms
    link = addresses.listing(settings, listing.id)
    return Occasion(
        uid=listing.id,
        title=translate(locale, "feeds.closing", title=listing.title),
        text="",
        starts_at=terms.closes_at,
        ends_at=None,
        link=link,
        category=translate(locale, f"feeds.category.{listing.category}"),
        at=(listing.lat, listing.lon),
        changed_at=project.changed_at,
        version=listing.version,
        cancelled=terms.outcome == "cancelled",
    )
