"""Pledges and gifts as who gave them and those behind the project see them."""

from typing import Final, Literal, cast

from realtime.backend import Viewer
from server.policy.matrix import may
from server.projects.finding import Given, Promised
from server.projects.schemas import Gift, GiftState, Pledge, PledgeState

_PLEDGE_VERBS: Final[tuple[Literal["withdraw", "receive", "unreceive"], ...]] = (
    "withdraw",
    "receive",
    "unreceive",
)


def pledge(viewer: Viewer, promised: Promised) -> Pledge:
    """Return the pledge as `viewer`, who may read it, sees it."""
    row, on = promised.row, promised.facts.project
    # What moderators have hidden is to reach nobody else any more, where money is to go least of all.
    shown = row.state != "withdrawn" and (may(viewer, "read", on) or may(viewer, "list", on))
    return Pledge(
        id=row.id,
        project=row.listing_id,
        by=promised.by.person(),
        cents=row.cents,
        public=row.public,
        words=row.words,
        state=cast("PledgeState", row.state),
        created_at=row.created_at,
        updated_at=row.updated_at,
        version=row.version,
        instructions=promised.project.terms.instructions if shown else None,
        may=[verb for verb in _PLEDGE_VERBS if may(viewer, verb, promised.facts)],
    )


def gift(viewer: Viewer, given: Given) -> Gift:
    """Return the gift as `viewer`, who may read it, sees it."""
    row = given.row
    return Gift(
        id=row.id,
        project=row.listing_id,
        by=given.by.person(),
        smiles=row.smiles,
        public=row.public,
        state=cast("GiftState", row.state),
        created_at=row.created_at,
        updated_at=row.updated_at,
        version=row.version,
        may=["withdraw"] if may(viewer, "withdraw", given.facts) else [],
    )
