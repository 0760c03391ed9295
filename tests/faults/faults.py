"""The faults, each by its name: it strikes a living crowd, lasts, and is mended; then the crowd is judged."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from typing import TypeAlias

from tests.faults.crowd import Crowd
from tests.faults.history import Server
from tests.faults.proxy import Proxy
from tests.faults.world import Web, World
from tests.servers import RedisServer
from tests.waiting import until

Fault: TypeAlias = Callable[[World, Crowd, Random], Awaitable[None]]

# So many requests end, one way or the other, while something is away.
_A_WHILE = 12
# Longer than it takes to notice that the bus is silent (three beats), or that the database is.
_PARTITION_SECONDS = 9.0

FAULTS: dict[str, Fault] = {}


def fault(name: str) -> Callable[[Fault], Fault]:
    """Register a fault under the name that the table of docs/reliability.md shows."""

    def register(act: Fault) -> Fault:
        FAULTS[name] = act
        return act

    return register


@fault("kill -9 of a web process")
async def kill_a_process(world: World, crowd: Crowd, dice: Random) -> None:
    """A process loses its power and comes back."""
    web = dice.choice(world.webs)
    await asyncio.to_thread(web.kill)
    await crowd.more_attempts(_A_WHILE)
    await asyncio.to_thread(web.start)


def _crash_at(point: str) -> Fault:
    async def crash(world: World, crowd: Crowd, dice: Random) -> None:
        await _dies_at(point, dice.choice(world.webs), world, crowd)

    return crash


for _point in ("between claim and commit", "before commit", "after commit", "after publish"):
    fault(f"power cut {_point}")(_crash_at(_point))


@fault("power cut before a snapshot is sent")
async def crash_before_a_snapshot(world: World, crowd: Crowd, dice: Random) -> None:  # noqa: ARG001
    """Whoever comes back first costs a process its life."""
    await _one_dies_at("before a snapshot is sent", world, crowd.lose_lines)
    await _come_back(world, crowd)


@fault("power cut between a photo's files and its row")
async def crash_before_a_row(world: World, crowd: Crowd, dice: Random) -> None:
    """A photo is kept, and nobody knows of it."""
    await _one_dies_at("between a photo's files and its row", world, dice.choice(crowd.members).send_photo)
    await _come_back(world, crowd)


@fault("power cut in a sweep")
async def crash_in_a_sweep(world: World, crowd: Crowd, dice: Random) -> None:
    """One process leaves something behind, another dies while it sweeps that up, a third goes on."""
    first = dice.choice(world.webs)
    others = [web for web in world.webs if web is not first]
    for web in others:
        web.arm("in a sweep")
    first.arm("after commit")
    await until(lambda: any(not web.running for web in others), "a sweep dies")
    await _come_back(world, crowd)


@fault("power cuts as projects end")
async def crash_as_projects_end(world: World, crowd: Crowd, dice: Random) -> None:  # noqa: ARG001
    """One process dies when it has closed a project in time, another one while it sends smiles back."""
    await _one_dies_at("after a deadline", world, crowd.a_project_closes)
    await _one_dies_at("while a project is settled", world, crowd.a_project_is_called_off)
    await _come_back(world, crowd)


def _kill(of: Server) -> Fault:
    async def kill(world: World, crowd: Crowd, dice: Random) -> None:  # noqa: ARG001
        server = world.redis if of == "bus" else world.postgres
        assert server is not None
        await asyncio.to_thread(server.kill)
        with crowd.history.outage(of, *range(len(world.webs))):
            await crowd.more_attempts(_A_WHILE)
        await asyncio.to_thread(server.start)

    return kill


fault("kill -9 of Redis")(_kill("bus"))


@fault("FLUSHALL")
async def flush_redis(world: World, crowd: Crowd, dice: Random) -> None:  # noqa: ARG001
    """The bus forgets everything."""
    await asyncio.to_thread(_redis_of(world).flush)
    await crowd.more_attempts(_A_WHILE)


def _pause(seconds: float) -> Fault:
    async def pause(world: World, crowd: Crowd, dice: Random) -> None:  # noqa: ARG001
        redis = _redis_of(world)
        redis.pause()
        with crowd.history.outage("bus", *range(len(world.webs))):
            await asyncio.sleep(seconds)
        redis.resume()

    return pause


for _seconds in (5, 30):
    fault(f"SIGSTOP of Redis for {_seconds} s")(_pause(_seconds))


def _cut_off(of: Server) -> Fault:
    async def cut_off(world: World, crowd: Crowd, dice: Random) -> None:
        web = dice.choice(world.webs)
        way = _way(web, of)
        way.cut()
        with crowd.history.outage(of, world.webs.index(web)):
            await crowd.more_attempts(_A_WHILE)
        way.pass_on()

    return cut_off


def _partition(of: Server) -> Fault:
    async def partition(world: World, crowd: Crowd, dice: Random) -> None:
        web = dice.choice(world.webs)
        way = _way(web, of)
        way.swallow()
        with crowd.history.outage(of, world.webs.index(web)):
            await asyncio.sleep(_PARTITION_SECONDS)
        way.pass_on()

    return partition


# The net breaks what is there and what comes; or it swallows everything, and nobody is told.
fault("a process cut off from Redis")(_cut_off("bus"))
fault("partition between a process and Redis")(_partition("bus"))
fault("kill -9 of PostgreSQL")(_kill("database"))
fault("a process cut off from PostgreSQL")(_cut_off("database"))
fault("partition between a process and PostgreSQL")(_partition("database"))


@fault("everything 200 ms late")
async def delay_all(world: World, crowd: Crowd, dice: Random) -> None:
    """The net of one process is slow."""
    web = dice.choice(world.webs)
    for proxy in web.proxies:
        proxy.delay(0.2)
    await crowd.more_attempts(_A_WHILE)
    for proxy in web.proxies:
        proxy.pass_on()


@fault("rolling restart")
async def restart_all(world: World, crowd: Crowd, dice: Random) -> None:
    """An administrator restarts one process after the other by SIGTERM."""
    webs: list[Web] = dice.sample(world.webs, len(world.webs))
    for web in webs:
        await asyncio.to_thread(web.stop)
        await asyncio.to_thread(web.start)
        await crowd.more_attempts(1)


@fault("clock set back an hour in one process, then a power cut after commit")
async def set_clock_back(world: World, crowd: Crowd, dice: Random) -> None:
    """A machine's clock jumps while its process runs, and once more before its last commit."""
    web = dice.choice(world.webs)
    web.set_clock_back()
    await crowd.more_attempts(_A_WHILE)
    web.set_clock_back()
    await _dies_at("after commit", web, world, crowd)


@fault("clock an hour ahead in one process, then a power cut after commit")
async def start_ahead(world: World, crowd: Crowd, dice: Random) -> None:
    """A process starts on a machine whose clock is wrong."""
    web = dice.choice(world.webs)
    web.sabotage("clock ahead")
    await asyncio.to_thread(web.kill)
    await asyncio.to_thread(web.start)
    web.sabotage()
    await crowd.more_attempts(_A_WHILE)
    await _dies_at("after commit", web, world, crowd)


async def _dies_at(point: str, web: Web, world: World, crowd: Crowd) -> None:
    """Have `web` lose its power at `point`, and come back after a while."""
    web.arm(point)
    await until(lambda: not web.running, f"{point}: it dies")
    await _come_back(world, crowd)


async def _one_dies_at(point: str, world: World, provoke: Callable[[], Awaitable[object]]) -> None:
    """Have the process lose its power that comes by `point` first, which `provoke` sees to."""
    running = [web for web in world.webs if web.running]
    for web in running:
        web.arm(point)
    provoking = asyncio.ensure_future(provoke())
    await until(lambda: not all(web.running for web in running), f"{point}: one dies")
    for web in running:
        web.disarm()
    await provoking


async def _come_back(world: World, crowd: Crowd) -> None:
    """Let some time pass, and have all processes run again."""
    await crowd.more_attempts(_A_WHILE)
    await asyncio.to_thread(world.start)


def _way(web: Web, of: Server) -> Proxy:
    way = web.to_redis if of == "bus" else web.to_database
    assert way is not None
    return way


def _redis_of(world: World) -> RedisServer:
    assert world.redis is not None
    return world.redis
