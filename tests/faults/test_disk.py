"""A disk that is full: writes are refused in plain words, reading and live go on, nothing answered is lost.

The log of the process is on the same disk. What makes it full is a limit that the system sets on files.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from realtime.protocol import Open, Typing, Watch
from realtime.shapes import Layer, Scale
from server.clock import now
from server.ids import new_id
from server.members.models import SessionRow
from server.members.sessions import SEEN_EVERY
from tests.faults.phones import phone
from tests.faults.watched import Watched
from tests.processes.photos import PHOTO, send
from tests.processes.street import moves_in
from tests.server.board.town import REUNION, town_at
from tests.server.house import problem
from tests.waiting import until

# More than is gathered in memory before it is written.
LARGE = PHOTO + bytes(2 * 1024 * 1024)


@pytest.fixture
def web(migrated_sqlite: Path) -> Iterator[Watched]:
    with Watched(migrated_sqlite) as process:
        yield process


async def last_seen_long_ago(web: Watched) -> None:
    """Let every session be one that is noted as seen when it is next used."""
    async with town_at(web.database_url) as town, town.database.write() as session:
        await session.exec(update(SessionRow).values(seen_at=now() - 2 * SEEN_EVERY))


async def test_while_the_disk_is_full_one_reads_and_listens_and_is_told_why_one_cannot_write(
    web: Watched,
) -> None:
    async with town_at(web.database_url) as town:
        ana, bo = await moves_in(town, "Ana"), await moves_in(town, "Bo")
    listing = await ana.publish(web, title="Soupe")
    thread, said = listing["thread"], new_id()
    answered = [(await bo.say(web, thread, "Avant")).json()["id"]]
    await last_seen_long_ago(web)

    web.turn_disk()

    for _ in range(3):
        refused = await bo.say(web, thread, "Pendant", said)
        assert problem(refused) == (503, "database_down")
        assert refused.json()["title"].startswith("Le service")
    assert problem(await ana.ask(web, "DELETE", f"/api/listings/{listing['id']}")) == (503, "database_down")
    for photo in (PHOTO, LARGE):
        assert problem(await send(web, ana, photo, new_id())) == (503, "photo_store_down")
    page = (await bo.ask(web, "GET", f"/api/conversations/{thread}/messages")).json()
    assert [one["id"] for one in page["messages"]] == answered
    async with phone(web, ana) as late, phone(web, bo) as other:
        late.ask(Watch(at=REUNION, scale=Scale.MILE, layers=frozenset(Layer)))
        assert [pin["title"] for pin in (await late.hears("view"))["entered"]] == ["Soupe"]
        for one in (late, other):
            one.ask(Open(conversation=thread))
            assert [m["id"] for m in (await one.hears("opened"))["messages"]] == answered
        other.ask(Typing(conversation=thread))
        await late.hears("typing")

        web.turn_disk()

        async def written() -> bool:
            return (await bo.say(web, thread, "Pendant", said)).status_code == 201

        await until(written, "one writes again")
        assert (await send(web, ana, PHOTO, new_id())).status_code == 201
        assert (await late.hears("message"))["message"]["id"] == said
    answered.append(said)
    page = (await ana.ask(web, "GET", f"/api/conversations/{thread}/messages")).json()
    assert [one["id"] for one in page["messages"]] == answered
    web.kill()
    web.start()
    page = (await ana.ask(web, "GET", f"/api/conversations/{thread}/messages")).json()
    assert [one["id"] for one in page["messages"]] == answered
    assert "Traceback" not in web.written()
