"""A thread in which hundreds take part costs hardly more than one of two: a message is one row of news."""

from sqlalchemy import insert

from realtime.backend import Viewer
from realtime.protocol import Activity
from realtime.signals import InboxNews
from realtime.topics import member_topic
from server.board.models import ParticipantRow
from server.conversations import actions, queries
from server.ids import new_id
from server.listings import actions as listings
from server.listings.schemas import ListingChange
from server.members.models import MemberRow
from tests.server.board.town import Town

CROWD = 500
MOST_STATEMENTS = 5


async def crowd(town: Town, thread: str) -> list[str]:
    """Let hundreds take part in a thread; return their ids."""
    some = await town.member("Une parmi tant d’autres")
    assert some.member
    async with town.database.write() as session:
        like = (await session.get_one(MemberRow, some.member.id)).model_dump()
        people = [{**like, "id": (one := new_id()), "email": f"{one}@example.org"} for _ in range(CROWD)]
        await session.exec(insert(MemberRow), params=people)
        places = [
            {"conversation_id": thread, "member_id": one["id"], "read_seq": 0, "unread": 0} for one in people
        ]
        await session.exec(insert(ParticipantRow), params=places)
    return [one["id"] for one in people]


async def busy_thread(town: Town) -> tuple[Viewer, str, str, list[str]]:
    """Return an author, their listing, its thread and who else takes part in it."""
    ana = await town.member("Ana")
    listing = (await town.publish(ana)).listing
    await town.post(ana, listing.thread)
    return ana, listing.id, listing.thread, await crowd(town, listing.thread)


async def test_a_message_in_a_busy_thread_is_one_row_of_news_in_five_statements(town: Town) -> None:
    ana, _, thread, others = await busy_thread(town)
    before = len(await town.told())

    with town.counting() as statements:
        message = await town.post(ana, thread, "Samedi !")
    told = (await town.told())[before:]

    assert len(statements) == MOST_STATEMENTS
    news = [signal for signal in told if isinstance(signal, InboxNews)]
    assert len(told) == 3
    assert len(news) == 1
    assert set(others) < set(news[0].places)
    last = (await town.events(Activity, member_topic(others[-1])))[-1].conversation
    assert (last.unread, last.last) == (1, message)


async def test_an_edit_a_deletion_and_a_change_of_the_listing_are_one_piece_of_news_each(town: Town) -> None:
    ana, listing, thread, others = await busy_thread(town)
    message = await town.post(ana, thread)
    before = len(await town.signals(InboxNews))

    await actions.edit(town.site, ana, message.id, "Mieux")
    await actions.delete(town.site, ana, message.id)
    await listings.edit(town.site, ana, listing, ListingChange(version=1, title="Autre titre"))

    news = (await town.signals(InboxNews))[before:]
    assert [len(one.places) for one in news] == [CROWD + 1] * 3
    assert [one.places[others[0]] for one in news] == [(1, 0), (1, 0), (1, 0)]


async def test_everybody_in_a_busy_thread_has_their_own_count(town: Town) -> None:
    ana, _, thread, others = await busy_thread(town)
    bo = await town.member("Bo")
    mine = await town.post(bo, thread)
    await town.post(ana, thread)

    await actions.read(town.site, ana, thread, mine.seq)

    counts = (await town.signals(InboxNews))[-2].places
    assert bo.member
    assert ana.member
    assert (counts[bo.member.id], counts[ana.member.id], counts[others[0]]) == ((1, 2), (1, 0), (2, 0))
    for viewer in (ana, bo):
        assert viewer.member
        fresh = (await queries.inbox(town.site, viewer)).conversations
        assert fresh == [(await town.events(Activity, member_topic(viewer.member.id)))[-1].conversation]
