"""What a listing has to do with projects: its terms if it is one, and whose task a request is."""

from typing import Any

from realtime.backend import Viewer
from realtime.refusals import Forbidden, Invalid
from realtime.shapes import Layer
from server.board.finding import Posted
from server.board.projects import ProjectRow
from server.clock import now
from server.database import Session
from server.listings.schemas import ListingChange, ListingDraft
from server.projects import terms
from server.projects.finding import find_project, member_of, require
from server.settings import Settings


def terms_of(draft: ListingDraft) -> ProjectRow | None:
    """Return the terms of a project that is to be published; none of what is no project.

    Raises `Invalid` for a project without terms, for terms of anything else, and for a task that is no
    request.
    """
    if draft.project_id is not None and draft.kind is not Layer.REQUEST:
        raise Invalid("task_elsewhere", field="project_id")
    if (draft.kind is Layer.PROJECT) != (draft.project is not None):
        raise Invalid("terms_needed" if draft.project is None else "terms_elsewhere", field="project")
    return None if draft.project is None else terms.terms_of(draft.id, draft.project)


def shown(wanted: ProjectRow | None) -> dict[str, Any]:
    """Return what a project's listing shows of its terms from the first."""
    if wanted is None:
        return {}
    return {"expires_at": wanted.closes_at, "progress": terms.shown_first(wanted)}


async def require_team(session: Session, viewer: Viewer, draft: ListingDraft) -> None:
    """Raise the refusal that fits unless `viewer` may publish a task of the project that a draft names."""
    if draft.project_id is not None:
        require(viewer, "task", await find_project(session, draft.project_id))


async def same(session: Session, draft: ListingDraft) -> bool:
    """Say whether a listing that is there was published with the terms of `draft`."""
    return draft.project is None or await terms.same(session, draft.id, draft.project)


async def change(
    session: Session, settings: Settings, viewer: Viewer, posted: Posted, wanted: ListingChange
) -> None:
    """Change the terms of a project, if that is wanted. Raises `Invalid` for what is no project.

    Raises `Forbidden` if one of the team moves it. An exact place is held to the home of the owner: somebody
    else would learn by it where that is.
    """
    moved = wanted.place is not None or wanted.precision not in {None, posted.row.precision}
    if moved and member_of(viewer) != posted.row.author_id:
        raise Forbidden("owners_alone", field="place")
    if wanted.project is None:
        return
    if posted.row.kind != Layer.PROJECT:
        raise Invalid("terms_elsewhere", field="project")
    if await terms.change(session, settings, viewer, posted, wanted.project):
        posted.row.edited_at = now()
