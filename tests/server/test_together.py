"""What is asked at the same time is asked once, and everybody gets an answer of their own."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from server.together import MOST, ROUNDS_AT_ONCE, Together


class Clerk:
    """Somebody who answers, once they may, with the double of each number but 13."""

    def __init__(self) -> None:
        self.rounds: list[list[int]] = []
        self.begun: asyncio.Queue[None] = asyncio.Queue()
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.fault: Exception | None = None

    async def answer(self, questions: Sequence[int]) -> Mapping[int, int]:
        self.rounds.append(list(questions))
        self.begun.put_nowait(None)
        await self.may_answer.wait()
        if self.fault is not None:
            raise self.fault
        return {number: 2 * number for number in questions if number != 13}


@pytest.fixture
def clerk() -> Clerk:
    """A clerk who answers at once."""
    return Clerk()


async def test_who_asks_in_the_same_moment_is_answered_by_one_reading(clerk: Clerk) -> None:
    desk = Together(clerk.answer)

    answers = await asyncio.gather(*(desk.ask(number) for number in (1, 2, 2, 13)))

    assert answers == [2, 4, 4, None]
    assert clerk.rounds == [[1, 2, 13]]


async def test_one_question_is_asked_at_once_and_those_that_come_meanwhile_are_asked_together(
    clerk: Clerk,
) -> None:
    clerk.may_answer.clear()
    desk = Together(clerk.answer)
    asking = []
    for number in range(ROUNDS_AT_ONCE + 5):
        asking.append(asyncio.create_task(desk.ask(number)))
        if number < ROUNDS_AT_ONCE:
            await clerk.begun.get()

    clerk.may_answer.set()
    answers = await asyncio.gather(*asking)

    assert answers == [2 * number for number in range(ROUNDS_AT_ONCE + 5)]
    assert [len(asked) for asked in clerk.rounds] == [*[1] * ROUNDS_AT_ONCE, 5]


async def test_the_answer_is_never_older_than_the_question(clerk: Clerk) -> None:
    clerk.may_answer.clear()
    desk = Together(clerk.answer)
    before = asyncio.create_task(desk.ask(1))
    await clerk.begun.get()

    after = asyncio.create_task(desk.ask(1))
    await asyncio.sleep(0)
    clerk.may_answer.set()
    await asyncio.gather(before, after)

    assert clerk.rounds == [[1], [1]]


async def test_a_round_is_no_longer_than_the_loop_can_bear(clerk: Clerk) -> None:
    desk = Together(clerk.answer)

    answers = await asyncio.gather(*(desk.ask(number + 100) for number in range(3 * MOST)))

    assert answers == [2 * (number + 100) for number in range(3 * MOST)]
    assert [len(asked) for asked in clerk.rounds] == [MOST] * 3


async def test_a_fault_is_told_to_all_who_asked_and_to_nobody_after(clerk: Clerk) -> None:
    desk = Together(clerk.answer)
    clerk.fault = ConnectionError("the book is closed")

    told = await asyncio.gather(*(desk.ask(number) for number in range(5)), return_exceptions=True)
    clerk.fault = None

    assert [type(one) for one in told] == [ConnectionError] * 5
    assert await desk.ask(4) == 8


async def test_who_gives_up_takes_the_answer_from_nobody_else(clerk: Clerk) -> None:
    clerk.may_answer.clear()
    desk = Together(clerk.answer)
    impatient, patient = (asyncio.create_task(desk.ask(1)) for _ in range(2))
    await clerk.begun.get()

    impatient.cancel()
    clerk.may_answer.set()

    assert await patient == 2
    with pytest.raises(asyncio.CancelledError):
        await impatient
