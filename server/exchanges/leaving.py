"""When somebody leaves 1Mile: their exchanges end, and their name leaves the cards."""

from sqlmodel import col, or_, select

from realtime.exchanges import Card, ExchangeState, ExchangeStep
from realtime.people import Person
from server.board.exchanges import ExchangeRow
from server.board.models import ConversationRow, ListingRow, MessageRow
from server.database import Session
from server.exchanges.finding import Bound, find_bound
from server.exchanges.states import LEAVING, TABLE, UNDER_WAY, Flow
from server.exchanges.steps import Taken, carry_out
from server.settings import Settings
from server.smiles import locks
from server.smiles.accounts import earned


async def settle_for_leaving(session: Session, settings: Settings, member: str) -> None:
    """End every exchange of `member` that is under way: nothing of theirs is held after it.

    What is only proposed or accepted is cancelled, what is done passes to the helper, what was missed goes
    back, and what is disputed falls to the one who stays; each with its card, by who leaves.
    """
    mine = or_(col(ExchangeRow.helper_id) == member, col(ExchangeRow.beneficiary_id) == member)
    under_way = (
        select(ExchangeRow.id)
        .where(mine, col(ExchangeRow.state).in_(UNDER_WAY))
        # The order in which locks are taken: listings first.
        .order_by(col(ExchangeRow.listing_id), col(ExchangeRow.id))
    )
    found = [await find_bound(session, one) for one in (await session.exec(under_way)).all()]
    open_ones = [one for one in found if one.state in UNDER_WAY]
    people = {one for bound in open_ones for one in (bound.row.helper_id, bound.row.beneficiary_id)}
    await locks.lock(session, [earned(one) for one in sorted(people)])
    for bound in open_ones:
        await carry_out(session, settings, bound, _end(bound, member))


async def rename(session: Session, person: Person) -> None:
    """Write `person`, as they are called from now on, into all cards that name them."""
    theirs = select(ConversationRow.id).join(
        ListingRow, col(ListingRow.id) == col(ConversationRow.listing_id)
    )
    both = or_(col(ConversationRow.answerer_id) == person.id, col(ListingRow.author_id) == person.id)
    laid = select(MessageRow).where(
        col(MessageRow.conversation_id).in_(theirs.where(both)), col(MessageRow.card).is_not(None)
    )
    for row in await session.exec(laid):
        row.card = _renamed(Card.model_validate(row.card), person).model_dump(mode="json")
    await session.flush()


def _end(bound: Bound, leaver: str) -> Taken:
    step, by = LEAVING[bound.state], bound.party(leaver).person()
    if step is ExchangeStep.CANCEL:
        flow: Flow | None = None if bound.state is ExchangeState.PROPOSED else "return"
        return Taken(step, ExchangeState.CANCELLED, by, flow=flow)
    (rule,) = (rule for rule in TABLE if rule.step is step and bound.state in rule.states)
    to_helper = bound.row.smiles if leaver == bound.row.beneficiary_id else 0
    return Taken(step, rule.to, by, flow=rule.flow, to_helper=to_helper)


def _renamed(card: Card, person: Person) -> Card:
    side = "helper" if card.exchange.helper.id == person.id else "beneficiary"
    exchange = card.exchange.model_copy(update={side: person})
    by = person if card.by is not None and card.by.id == person.id else card.by
    return card.model_copy(update={"exchange": exchange, "by": by})
