"""What the other one of a dialog still has under a listing that moderators have hidden: an exchange to end.

The author keeps their listing and its dialogs; to who answered both are as if they were not there. Nothing is
shown of the listing: an exchange holds the words of the two alone.
"""

from functools import cache
from typing import Any, Final

from sqlalchemy import bindparam
from sqlalchemy.orm import aliased
from sqlmodel import col, or_, select

from realtime.backend import Viewer
from realtime.exchanges import Exchange
from realtime.refusals import Unauthenticated
from server.board.exchanges import ExchangeRow
from server.board.finding import Posted, Talk
from server.board.models import ConversationRow, ListingRow
from server.database import AnySelect
from server.exchanges import cards
from server.exchanges.finding import Bound
from server.exchanges.states import UNDER_WAY
from server.members.models import MemberRow
from server.policy.matrix import may
from server.site import Site

MOST_EXCHANGES: Final = 100


async def hidden_exchanges(site: Site, viewer: Viewer) -> list[Exchange]:
    """Return what `viewer` agreed under hidden listings that they may not read and that is not over.

    The newest first, at most 100. Raises `Unauthenticated` if nobody is signed in.
    """
    if viewer.member is None:
        raise Unauthenticated("sign_in_first")
    async with site.database.read() as session:
        rows = await session.exec(_hidden(), params={"member": viewer.member.id})
        found = [
            # Who answered under a deleted listing matters only while it is not hidden.
            Bound(exchange, Talk(talk, Posted(listing, author, frozenset()), answerer))
            for exchange, talk, listing, author, answerer in rows
        ]
    return [cards.exchange(one) for one in found if not may(viewer, "read", one.talk.posted.facts)]


_AUTHOR, _ANSWERER = aliased(MemberRow), aliased(MemberRow)


# Made once: making this statement takes longer than carrying it out.
@cache
def _hidden() -> AnySelect:
    mine = or_(
        col(ExchangeRow.helper_id) == bindparam("member"),
        col(ExchangeRow.beneficiary_id) == bindparam("member"),
    )
    entities: Any = (ExchangeRow, ConversationRow, ListingRow, _AUTHOR, _ANSWERER)
    wanted: AnySelect = (
        select(*entities)
        .join(ConversationRow, col(ConversationRow.id) == ExchangeRow.conversation_id)
        .join(ListingRow, col(ListingRow.id) == ExchangeRow.listing_id)
        .join(_AUTHOR, col(_AUTHOR.id) == ListingRow.author_id)
        .join(_ANSWERER, col(_ANSWERER.id) == ConversationRow.answerer_id)
        .where(
            mine,
            col(ExchangeRow.state).in_(UNDER_WAY),
            col(ListingRow.hidden_at).is_not(None),
            col(ListingRow.author_id) != bindparam("member"),
        )
        .order_by(col(ExchangeRow.created_at).desc(), col(ExchangeRow.id).desc())
        .limit(MOST_EXCHANGES)
    )
    return wanted
