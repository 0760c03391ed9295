"""The card of a step: a message of the dialog that says what was done, by whom, and how it stands since."""

from sqlmodel import col, select

from realtime.exchanges import Card, Exchange, ExchangeState, ExchangeStep
from realtime.people import Person
from server.board.finding import Said
from server.board.models import MessageRow
from server.board.news import tell_message
from server.board.saying import Words, say
from server.board.talking import next_change
from server.database import Session
from server.exchanges.finding import Bound
from server.ids import new_id
from server.members.models import MemberRow


def exchange(bound: Bound) -> Exchange:
    """Return the exchange as both of them see it now."""
    row = bound.row
    return Exchange(
        **row.model_dump(
            include={
                "id",
                "smiles",
                "agreed_for",
                "note",
                "state",
                "due",
                "due_at",
                "to_helper",
                "thanks",
                "version",
                "updated_at",
            }
        ),
        conversation=row.conversation_id,
        listing=row.listing_id,
        helper=bound.helper.person(),
        beneficiary=bound.beneficiary.person(),
        proposed_by=row.proposed_by_id,
        acts={member: [*acts] for member, acts in bound.facts.acts.items()},
        shared=row.shared_at is not None and bound.state is ExchangeState.DISPUTED,
    )


async def lay(
    session: Session, bound: Bound, step: ExchangeStep, by: Person | None, words: str | None
) -> None:
    """Lay the card of a step into the dialog, where it is told like any message.

    What neither of the two did stands under the name of one of them, since each message has an author, and
    waits unread for both.
    """
    card = Card(step=step, by=by, words=words, exchange=exchange(bound))
    author = _author(bound, by)
    by_clock = by is None or by.id != author.id
    said = Words(new_id(), card=card.model_dump(mode="json"), by_clock=by_clock)
    row, there = await say(session, bound.talk, author.id, said)
    await tell_message(session, Said(row, author, bound.talk), there)


async def retell(session: Session, bound: Bound) -> None:
    """Tell the last card of an exchange that is under way anew, with the exchange as it is by now.

    For what is no step: nothing more stands in the dialog, and nothing more waits unread.
    """
    # A dialog has one exchange at a time that is under way: its last card is of this one.
    last = select(MessageRow).where(
        col(MessageRow.conversation_id) == bound.row.conversation_id, col(MessageRow.card).is_not(None)
    )
    row = (await session.exec(last.order_by(col(MessageRow.seq).desc()).limit(1))).one()
    card = Card.model_validate(row.card).model_copy(update={"exchange": exchange(bound)})
    row.card, row.change = card.model_dump(mode="json"), await next_change(session, bound.talk)
    await tell_message(session, Said(row, bound.party(row.author_id), bound.talk))


def _author(bound: Bound, by: Person | None) -> MemberRow:
    row = bound.row
    if by is not None and by.id in (row.helper_id, row.beneficiary_id):
        return bound.party(by.id)
    return bound.party(row.proposed_by_id if by is None else row.disputed_by_id or row.proposed_by_id)
