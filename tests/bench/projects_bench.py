"""A project that 1,000 look at while smiles are given: how long until all of them see what it has come to."""

import asyncio
import json
import os
import re
import time
from collections.abc import Sequence
from contextlib import ExitStack
from statistics import median, quantiles
from typing import Final

import httpx
from websockets.asyncio.client import connect

from server.ids import new_id
from tests.bench import rivals
from tests.bench.arena import LOAD_CORE, SMOKE
from tests.bench.reconnect_bench import ask, database_of
from tests.bench.report import Section, middle
from tests.bench.town import Town, founded
from tests.processes.street import grant, moves_in
from tests.server.board.town import REUNION, town_at
from tests.server.exchanges.pair import id_of
from tests.server.projects.garden import Garden

VIEWERS: Final = 50 if SMOKE else 1_000
ONE_BY_ONE: Final = 5 if SMOKE else 50
AT_ONCE: Final = 16 if SMOKE else 200
GIVERS: Final = 8
ROUNDS: Final = 1 if SMOKE else 3
_IN_A_HOUSE: Final = 60
_GIVEN: Final = re.compile(r'"given_smiles":(\d+)')


class Viewers:
    """Those who have the layer of projects on, and what each of them has seen given to the one there."""

    def __init__(self) -> None:
        self._seen = [-1] * VIEWERS
        self._awaited, self._missing, self._all_see = 0, 0, asyncio.Event()

    async def see(self, given: int) -> None:
        """Wait until all have seen as much."""
        self._awaited, self._missing = given, sum(seen < given for seen in self._seen)
        self._all_see.clear()
        if self._missing:
            async with asyncio.timeout(60):
                await self._all_see.wait()

    async def look(self, number: int, ours: rivals.Ours) -> None:
        """Look at the town as one of them, for good."""
        headers = {"Cookie": f"onemile={ours.town.tokens[number]}", "Origin": ours.address}
        address = f"{ours.address.replace('http', 'ws')}/live"
        # One address may have only so many open, as a house has.
        home = f"127.0.1.{number // _IN_A_HOUSE + 1}", 0
        async with connect(
            address, additional_headers=headers, compression=None, local_addr=home, open_timeout=60
        ) as line:
            watch = {"type": "watch", "at": REUNION.model_dump(), "scale": "mile", "layers": ["project"]}
            await line.send(json.dumps(watch))
            async for frame in line:
                if found := _GIVEN.search(str(frame)):
                    self._sees(number, int(found[1]))

    def _sees(self, number: int, given: int) -> None:
        if self._seen[number] < self._awaited <= given:
            self._missing -= 1
            if self._missing == 0:
                self._all_see.set()
        self._seen[number] = given


class Givers:
    """Members with smiles, who give one at a time."""

    def __init__(self, ours: rivals.Ours, project: str, tokens: Sequence[str]) -> None:
        self._ours, self._project, self._tokens = ours, project, tokens
        self._client = httpx.AsyncClient(base_url=ours.address, timeout=60)
        self.given = self.refused = 0

    async def give(self, smiles: int, at_once: int) -> None:
        """Give so many smiles, one by one, by so many members at once."""
        await asyncio.gather(*(self._give(token, smiles // at_once) for token in self._tokens[:at_once]))

    async def _give(self, token: str, smiles: int) -> None:
        for _ in range(smiles):
            gift = new_id()
            headers = {
                "Origin": self._ours.address,
                "Cookie": f"onemile={token}",
                "Idempotency-Key": gift,
            }
            path, body = f"/api/projects/{self._project}/gifts", {"id": gift, "smiles": 1}
            while (answer := await self._client.post(path, json=body, headers=headers)).status_code == 503:
                self.refused += 1
            assert answer.status_code == 201, answer.text
            self.given += 1


async def measure(section: Section, name: str, town: Town) -> None:
    """Have them give and look, and write it down."""
    async with town_at(town.database_url) as homes:
        project = (await Garden.lay_out(homes, target_smiles=100_000)).id
        neighbours = [await moves_in(homes, f"Bo {number}") for number in range(GIVERS)]
        for one in neighbours:
            assert one.viewer is not None
            await grant(homes, id_of(one.viewer), 10_000)
    ours = rivals.Ours(town)
    with ours.contestant():
        viewers, givers = Viewers(), Givers(ours, project, [one.token or "" for one in neighbours])
        looking = [asyncio.create_task(viewers.look(number, ours)) for number in range(VIEWERS)]
        await viewers.see(0)
        ask(ours, "lag")
        waits, rates = list[float](), list[float]()
        clock, computed, served = time.perf_counter(), time.process_time(), ours.server.cpu_seconds()
        for _ in range(ROUNDS):
            for _ in range(ONE_BY_ONE):
                began = time.perf_counter()
                await givers.give(1, at_once=1)
                await viewers.see(givers.given)
                waits.append((time.perf_counter() - began) * 1000)
            began = time.perf_counter()
            await givers.give(AT_ONCE, at_once=GIVERS)
            await viewers.see(givers.given)
            rates.append(AT_ONCE / (time.perf_counter() - began))
        seconds = time.perf_counter() - clock
        shares = (ours.server.cpu_seconds() - served) / seconds, (time.process_time() - computed) / seconds
        late = ask(ours, "lag")
        for task in looking:
            task.cancel()
        await asyncio.gather(*looking, return_exceptions=True)
    section.row(
        name,
        f"{median(waits):.0f} / {quantiles(waits, n=100)[98]:.0f}",
        middle(rates),
        " / ".join(f"{one:.0f}" for one in late),
        " / ".join(f"{share:.0%}" for share in shares),
    )
    section.aim(
        f"a gift is on all {VIEWERS:,} screens, p99 ms, {name}", quantiles(waits, n=100)[98], most=1000
    )


def main() -> None:
    """Measure, and write the page."""
    section = Section(
        "projects",
        "A project that 1,000 look at",
        f"{VIEWERS:,} members have the layer of projects on while others give smiles to the project there, by"
        " REST: one after the other, the next when everybody has seen the last, and then"
        f" {AT_ONCE} by {GIVERS} members at once. A gift is a transaction of the ledger, and a pin for each"
        " of those who look. The generator is Python here, and has the other core, with PostgreSQL.",
        [
            "",
            "from giving to all having seen it, p50 / p99 ms",
            "gifts/s until all have seen the last",
            "loop computed at a stretch, p99 / worst, ms",
            "core used by server / generator",
        ],
    )
    for name in ("SQLite", "PostgreSQL"):
        with ExitStack() as ending:
            url = database_of(name, ending)
            asyncio.run(measure(section, name, founded(members=VIEWERS, listings=1, database_url=url)))
    section.save()


if __name__ == "__main__":
    os.sched_setaffinity(0, {int(LOAD_CORE)})
    main()
