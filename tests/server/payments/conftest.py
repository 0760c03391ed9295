"""A shop, for the tests of this folder."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.server.payments.bank import Bank, open_bank
from tests.server.payments.shop import Shop, open_shop


@pytest.fixture
def bank() -> Iterator[Bank]:
    """A Stripe with nothing in it."""
    with open_bank() as opened:
        yield opened


@pytest.fixture
async def shop(town_url: str, bank: Bank, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Shop]:
    """A shop, once on each kind of database."""
    async with open_shop(town_url, bank, monkeypatch) as opened:
        yield opened


@pytest.fixture
async def small_shop(
    sqlite_town_url: str, bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Shop]:
    """A shop on SQLite only, for what has nothing to do with the database."""
    async with open_shop(sqlite_town_url, bank, monkeypatch) as opened:
        yield opened
