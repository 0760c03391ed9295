"""Two towns may share one Redis, as hosts rent them, and know nothing of each other."""

from realtime.bus import Bus
from realtime.signals import AnySignal, IdentityChanged
from server.app import assemble
from server.ids import new_id
from tests.server.house import settings
from tests.waiting import until


async def test_what_happens_in_one_town_is_told_in_all_its_processes_and_in_no_other(
    sqlite_town_url: str, redis_url: str
) -> None:
    ours, theirs = "the secret of one town, long enough", "the secret of another town, as long"
    told: list[list[AnySignal]] = [[], [], []]
    buses: list[Bus] = []
    for secret, heard in zip((ours, ours, theirs), told, strict=True):
        parts = assemble(settings(sqlite_town_url, redis_url=redis_url, secret=secret))
        parts.site.passwords.close()
        buses.append(parts.site.bus)
        await parts.site.bus.start(heard.extend, lambda: None, lambda: None)
    here, there = IdentityChanged(member=new_id()), IdentityChanged(member=new_id())

    await buses[0].publish([here])
    await buses[2].publish([there])
    await until(lambda: here in told[1] and there in told[2], "the news")
    for bus in buses:
        await bus.aclose()

    assert [here in heard for heard in told] == [True, True, False]
    assert [there in heard for heard in told] == [False, False, True]
