"""A house in which every text stands in every field, furnished once for all that looks into it."""

from collections.abc import Callable, Iterator

import pytest

from tests.browser.conftest import Street
from tests.browser.hostile.looking import HERE
from tests.browser.hostile.mischief import Mischief
from tests.browser.house import House


@pytest.fixture(scope="session")
def mischief() -> Iterator[Mischief]:
    """A house in which every text stands in every field; furnishing it takes half a minute."""
    with House() as house:
        yield Mischief(house, HERE)


@pytest.fixture
def street(mischief: Mischief, street_of: Callable[[House], Street]) -> Street:
    """The street of that house."""
    return street_of(mischief.house)
