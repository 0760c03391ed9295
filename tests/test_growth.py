"""The page on growth says what its inputs say."""

import dataclasses

import pytest

from tests.bench.growth import DUE, INPUTS, PAGE, Town, members_where, written


def test_the_tables_of_the_page_are_those_of_its_inputs() -> None:
    page = PAGE.read_text("utf-8")

    assert written(page) == page, "run: python -m tests.bench.growth"


@pytest.mark.parametrize("name", sorted(INPUTS))
def test_every_input_counts(name: str) -> None:
    more = {**INPUTS, name: dataclasses.replace(INPUTS[name], value=INPUTS[name].value * 1.5)}
    # Just past the limit of Redis, so that more of what it can is seen.
    members = 11_000_000

    assert said_of(Town(members, more)) != said_of(Town(members))


def said_of(town: Town) -> list[object]:
    """Return all that is said of a town: its figures, and which limits it has reached."""
    names = [name for name, one in vars(Town).items() if isinstance(one, property)]
    return [*(getattr(town, name) for name in names), *(reached(town) for _, _, reached in DUE)]


def test_more_processes_do_not_make_hearing_cheaper() -> None:
    smaller = {**INPUTS, "most_sockets": dataclasses.replace(INPUTS["most_sockets"], value=100)}
    few, many = Town(10_000_000), Town(10_000_000, smaller)

    assert (many.processes or 0) > (few.processes or 0)
    assert many.hearing == few.hearing
    assert (many.bus_sends or 0) > (few.bus_sends or 0)


def test_where_hearing_alone_is_too_much_no_number_of_processes_will_do() -> None:
    members = members_where(lambda town: town.processes is None)

    assert Town(round(members * 1.1)).processes is None
    assert (Town(round(members * 0.9)).processes or 0) > 0


@pytest.mark.parametrize("number", range(len(DUE)))
def test_a_change_falls_due_where_its_limit_is_reached_and_not_before(number: int) -> None:
    _, _, reached = DUE[number]

    members = members_where(reached)

    assert reached(Town(round(members * 1.06)))
    assert not reached(Town(round(members * 0.94)))
