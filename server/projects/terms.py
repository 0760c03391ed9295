"""A project's terms: what it wants, until when, and how those behind it may change that while it is open."""

from datetime import datetime, timedelta
from typing import Any, Final

from realtime.backend import Viewer
from realtime.refusals import Conflict, Forbidden, Invalid
from server.board.finding import Posted
from server.board.models import ListingRow
from server.board.projects import ProjectRow, TeamRow
from server.clock import now
from server.database import Session
from server.inserting import insert
from server.projects.ending import watch_for_end
from server.projects.finding import member_of, project_of
from server.projects.gifts import goal
from server.projects.progress import progress, recount
from server.projects.schemas import ProjectTerms, TermsChange
from server.settings import Settings

SOONEST: Final = timedelta(days=1)
LATEST: Final = timedelta(days=366)
# A form that was open for a while is not refused for it.
GRACE: Final = timedelta(hours=1)
_COMPARED: Final = ("reach", "target_cents", "target_smiles", "closes_at", "instructions")


def terms_of(listing: str, terms: ProjectTerms) -> ProjectRow:
    """Return the row of a new project's terms. Raises `Invalid` for terms that no project may have."""
    _require_time(terms.closes_at)
    row = ProjectRow(listing_id=listing, **{name: getattr(terms, name) for name in _COMPARED})
    _require_instructions(row)
    return row


async def begin(session: Session, row: ListingRow, terms: ProjectRow) -> None:
    """Write the terms of a new project, whose listing is written, and its owner; it ends by the clock."""
    await insert(session, terms)
    await insert(
        session, TeamRow(listing_id=row.id, member_id=row.author_id, role="owner", since=row.created_at)
    )
    await watch_for_end(session, terms)


def shown_first(terms: ProjectRow) -> dict[str, Any]:
    """Return how far a new project has come, as its listing keeps it."""
    return progress(terms).model_dump(mode="json")


async def same(session: Session, listing: str, terms: ProjectTerms) -> bool:
    """Say whether the project was published with these terms."""
    row = await session.get(ProjectRow, listing)
    return row is not None and all(getattr(row, name) == getattr(terms, name) for name in _COMPARED)


async def change(
    session: Session, settings: Settings, viewer: Viewer, posted: Posted, wanted: TermsChange
) -> bool:
    """Change the terms of a locked project; return whether anything has changed.

    Raises `Conflict` once it is over, though the clock may be late, and if what was promised or given is no
    longer wanted; `Invalid` for a closing date before the one that stands; `Forbidden` if one of the team has
    donations go elsewhere.
    """
    project = await project_of(session, posted)
    row = project.terms
    if not project.facts.open:
        raise Conflict("project_over")
    news = {
        name: value
        for name in wanted.model_fields_set
        if (value := getattr(wanted, name)) != getattr(row, name) and (value is not None or name in _NULLABLE)
    }
    if not news:
        return False
    if "instructions" in news and member_of(viewer) != posted.row.author_id:
        raise Forbidden("owners_alone", field="project.instructions")
    await recount(session, project)
    _require_still_wanted(posted.row, news)
    if "closes_at" in news:
        _require_time(news["closes_at"], after=row.closes_at)
    for name, value in news.items():
        setattr(row, name, value)
    _require_instructions(row)
    posted.row.expires_at = row.closes_at
    if "closes_at" in news:
        await watch_for_end(session, row)
    await goal(session, settings, project)
    # Also that the goal is reached by it.
    await recount(session, project)
    return True


_NULLABLE: Final = frozenset({"target_cents", "target_smiles"})


def _require_time(closes_at: datetime, after: datetime | None = None) -> None:
    if after is not None and closes_at < after:
        raise Invalid("closes_earlier", field="project.closes_at")
    if closes_at < now() + SOONEST - GRACE:
        raise Invalid("closes_soon", field="project.closes_at")
    if closes_at > now() + LATEST:
        raise Invalid("closes_late", field="project.closes_at")


def _require_instructions(row: ProjectRow) -> None:
    if row.target_cents is not None and not row.instructions:
        raise Invalid("instructions_needed", field="project.instructions")


def _require_still_wanted(row: ListingRow, news: dict[str, Any]) -> None:
    """Raise `Conflict` if a target is taken away towards which something was promised or given."""
    shown = row.progress or {}
    for name, counted in (("target_cents", "promised_cents"), ("target_smiles", "given_smiles")):
        if name in news and news[name] is None and shown.get(counted):
            raise Conflict("already_supported", field=f"project.{name}")
