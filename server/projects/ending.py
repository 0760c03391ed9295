"""How a project ends: at its closing date, by its owner before, or cancelled; where its smiles go then.

Whoever ends it writes down where its smiles are to go; the job in `settling` brings each gift there.
"""

from datetime import datetime, timedelta
from typing import Any, Final, Literal

from realtime.backend import Viewer
from realtime.projects import Outcome
from realtime.refusals import Conflict, NotFound
from realtime.shapes import ListingState
from server.board.finding import Posted
from server.board.projects import ProjectRow
from server.clock import now
from server.database import Session
from server.jobs import job
from server.outbox import enqueue
from server.policy.listings import ALIVE
from server.projects import letters
from server.projects.finding import Project, find_project, project_of, require, require_version
from server.projects.gifts import settle_later
from server.projects.progress import held, recount, tell
from server.projects.schemas import ProjectView
from server.projects.views import view_of
from server.settings import Settings
from server.site import Site

CLOSE: Final = "project.close"
DECIDE: Final = "project.decide"
STILL_HIDDEN: Final = "project.still_hidden"


async def close(site: Site, viewer: Viewer, project: str, version: int) -> ProjectView:
    """Close a project before its time. Smiles that are held wait for its owner's word."""
    async with site.database.write() as session:
        found = await _own(session, viewer, project, "close", version)
        await _close(session, site.settings, found)
        return await view_of(session, viewer, found)


async def cancel(site: Site, viewer: Viewer, project: str, version: int, words: str) -> ProjectView:
    """Call a project off: what is held goes back, and what is only promised is not expected any more."""
    async with site.database.write() as session:
        found = await _own(session, viewer, project, "cancel", version)
        await call_off(session, found, words)
        await tell(session, found)
        return await view_of(session, viewer, found)


async def decide(
    site: Site, viewer: Viewer, project: str, release: Literal["released", "returned"], version: int
) -> ProjectView:
    """Say what becomes of the smiles of a project that is over without having reached its goal.

    Raises `Conflict` if they were to pass to the owner of a project that moderators have hidden.
    """
    async with site.database.write() as session:
        found = await _own(session, viewer, project, "decide", version)
        if release == "released" and found.posted.row.hidden_at is not None:
            raise Conflict("hidden_meanwhile")
        await _decide(session, found, release)
        return await view_of(session, viewer, found)


async def call_off(session: Session, project: Project, words: str = "") -> None:
    """Cancel a locked project. Smiles that its goal has released already are its owner's."""
    terms = project.terms
    _end(project, Outcome.CANCELLED, ListingState.EXPIRED)
    terms.farewell = words or None
    if terms.release == "waiting":
        terms.release = "returned"
    terms.decide_by = None
    await session.flush()
    await letters.called_off(session, project)
    await settle_later(session, project)


async def abandon(session: Session, posted: Posted, *, for_good: bool) -> None:
    """Have nothing of a locked project go on whose listing is taken away: what is held for it goes back.

    Taken away `for_good`, a project that had closed is promised nothing any more either.
    """
    project = await project_of(session, posted)
    if project.terms.outcome == Outcome.OPEN:
        await call_off(session, project)
    else:
        if project.facts.waiting:
            await _settle(session, project, "returned")
        if for_good:
            await letters.let_off(session, project)
            await settle_later(session, project)
    await recount(session, project)


async def watch_hidden(session: Session, settings: Settings, posted: Posted) -> None:
    """Have a project that moderators have just hidden end, unless they restore it before."""
    hidden_at = posted.row.hidden_at
    assert hidden_at is not None, "the caller has just hidden it"  # noqa: S101 - for mypy
    payload = {"project": posted.row.id, "hidden_at": hidden_at.isoformat()}
    run_at = hidden_at + timedelta(days=settings.project_decide_days)
    await enqueue(session, STILL_HIDDEN, payload, run_at=run_at)


async def watch_for_end(session: Session, terms: ProjectRow) -> None:
    """Have the project close at its closing date."""
    payload = {"project": terms.listing_id, "closes_at": terms.closes_at.isoformat()}
    key = f"{CLOSE}:{terms.listing_id}:{terms.closes_at.isoformat()}"
    await enqueue(session, CLOSE, payload, run_at=terms.closes_at, key=key)


@job(CLOSE)
async def close_in_time(site: Site, payload: dict[str, Any]) -> None:
    """Close a project whose time is over, if that is still when it closes."""
    async with site.database.write() as session:
        found = await _still(session, payload["project"])
        if found is None or found.terms.outcome != Outcome.OPEN:
            return
        as_planned = found.terms.closes_at == datetime.fromisoformat(payload["closes_at"])
        if as_planned and found.terms.closes_at <= now():
            await _close(session, site.settings, found)


@job(DECIDE)
async def decide_in_time(site: Site, payload: dict[str, Any]) -> None:
    """Send the smiles of a project back whose owner has not said what is to become of them."""
    async with site.database.write() as session:
        found = await _still(session, payload["project"])
        if found is not None and found.facts.waiting and found.terms.decide_by <= now():  # type: ignore[operator]
            await _decide(session, found, "returned")


@job(STILL_HIDDEN)
async def end_if_still_hidden(site: Site, payload: dict[str, Any]) -> None:
    """Have nothing go on of a project that has been hidden since; what is held for it goes back."""
    async with site.database.write() as session:
        found = await _still(session, payload["project"])
        since = None if found is None else found.posted.row.hidden_at
        if found is not None and since == datetime.fromisoformat(payload["hidden_at"]):
            await abandon(session, found.posted, for_good=False)
            await tell(session, found)


async def _close(session: Session, settings: Settings, project: Project) -> None:
    _end(project, Outcome.CLOSED, ListingState.DONE)
    smiles = await held(session, project.id)
    if project.terms.release == "waiting" and smiles:
        project.terms.decide_by = now() + timedelta(days=settings.project_decide_days)
        key = f"{DECIDE}:{project.id}"
        await enqueue(session, DECIDE, {"project": project.id}, run_at=project.terms.decide_by, key=key)
        await letters.undecided(session, settings, project, smiles)
    await tell(session, project)


async def _decide(session: Session, project: Project, release: Literal["released", "returned"]) -> None:
    await _settle(session, project, release)
    await tell(session, project)


async def _settle(session: Session, project: Project, release: Literal["released", "returned"]) -> None:
    project.terms.release, project.terms.decide_by = release, None
    await session.flush()
    await settle_later(session, project)
    await letters.settled(session, project)


def _end(project: Project, outcome: Outcome, state: ListingState) -> None:
    project.terms.outcome, project.terms.ended_at = outcome, now()
    if ListingState(project.posted.row.state) in ALIVE:
        project.posted.row.state = state


async def _own(
    session: Session, viewer: Viewer, project: str, verb: Literal["close", "cancel", "decide"], version: int
) -> Project:
    found = await find_project(session, project, lock=True)
    require(viewer, "read", found)
    require_version(version, found.posted.row.version)
    require(viewer, verb, found)
    return found


async def _still(session: Session, project: str) -> Project | None:
    try:
        return await find_project(session, project, lock=True)
    except NotFound:
        return None
