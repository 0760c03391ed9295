"""Photos in a town of two web processes: sent to one, shown by the other, and lost by none."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from server.ids import new_id
from tests.kernel import children_of, is_running
from tests.processes.photos import PHOTO, send
from tests.processes.street import Neighbour, WebProcess, moves_in
from tests.server.board.town import town_at
from tests.server.photos.pictures import file, scene
from tests.servers import RedisServer
from tests.waiting import until

# Some seconds of work for a child.
HARD = file(scene(6000, 4500), "PNG", compress_level=1)


@pytest.fixture(scope="module")
def processes(
    database_of_all: str, redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[WebProcess, WebProcess]]:
    """Two web processes with one folder of photos."""
    redis_server.start()
    photos = {"ONEMILE_PHOTO_DIR": str(tmp_path_factory.mktemp("photos"))}
    with (
        WebProcess(database_of_all, redis_server.url, **photos) as one,
        WebProcess(database_of_all, redis_server.url, **photos) as two,
    ):
        yield one, two


@pytest.fixture
def here(processes: tuple[WebProcess, WebProcess]) -> WebProcess:
    """The one process; running, whatever became of it before."""
    processes[0].start()
    return processes[0]


@pytest.fixture
def there(processes: tuple[WebProcess, WebProcess]) -> WebProcess:
    """The other process."""
    return processes[1]


@pytest.fixture
async def ana(here: WebProcess) -> AsyncIterator[Neighbour]:
    """Somebody who sends photos."""
    async with town_at(here.database_url) as town:
        yield await moves_in(town, "Ana")


async def test_what_is_sent_to_one_is_shown_by_the_other(
    here: WebProcess, there: WebProcess, ana: Neighbour
) -> None:
    photo = (await send(here, ana, PHOTO, new_id())).json()

    shown = await ana.ask(there, "GET", f"/photos/{photo['name']}-320.webp")

    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/webp")


async def test_sent_to_both_at_once_it_is_one_photo(
    here: WebProcess, there: WebProcess, ana: Neighbour
) -> None:
    photo = new_id()

    answers = await asyncio.gather(*(send(web, ana, PHOTO, photo) for web in (here, there) * 3))

    assert [answer.status_code for answer in answers] == [201] * 6
    (name,) = {answer.json()["name"] for answer in answers}
    shown = [await ana.ask(web, "GET", f"/photos/{name}-share.jpg") for web in (here, there)]
    assert [one.status_code for one in shown] == [200, 200]


async def test_a_process_that_is_killed_at_work_takes_its_child_along_and_leaves_no_half_photo(
    here: WebProcess, there: WebProcess, ana: Neighbour
) -> None:
    photo = new_id()
    sending = asyncio.create_task(send(here, ana, HARD, photo))
    await until(lambda: bool(children_of(here.pid)), "a child")
    children = children_of(here.pid)

    here.kill()

    with pytest.raises(httpx.HTTPError):
        await sending
    await until(lambda: not any(map(is_running, children)), "the child's end")
    again = await send(there, ana, HARD, photo)
    assert again.status_code == 201
    shown = await ana.ask(there, "GET", f"/photos/{again.json()['name']}-1920.avif")
    assert shown.status_code == 200
