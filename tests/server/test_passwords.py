"""Hashes are slow on purpose, for those who guess; nobody else waits for them."""

import asyncio
from typing import Any

from argon2 import PasswordHasher
from pydantic import SecretStr

from server.passwords import Passwords

GUESS = SecretStr("a guess")


class Counting(PasswordHasher):
    """A hasher that knows how many hashes it made."""

    made = 0

    def hash(self, *given: Any, **more: Any) -> str:
        self.made += 1
        return super().hash(*given, **more)


async def test_the_loop_goes_on_while_a_password_is_hashed() -> None:
    passwords = Passwords(time_cost=1, memory_kib=65_536)
    hashing, turns = asyncio.create_task(passwords.hash(GUESS)), 0

    while not hashing.done():
        await asyncio.sleep(0)
        turns += 1

    assert turns > 10
    passwords.close()


async def test_a_crowd_just_after_a_start_waits_for_one_decoy_and_not_for_one_each() -> None:
    passwords = Passwords(time_cost=1, memory_kib=8)
    passwords._hasher = hasher = Counting(time_cost=1, memory_cost=8, parallelism=1)

    answers = await asyncio.gather(*(passwords.matches(None, GUESS) for _ in range(20)))

    assert (answers, hasher.made) == ([False] * 20, 1)
    passwords.close()


async def test_who_hangs_up_meanwhile_takes_the_decoy_from_nobody() -> None:
    passwords = Passwords(time_cost=1, memory_kib=8)
    gone, waiting = (asyncio.create_task(passwords.matches(None, GUESS)) for _ in range(2))
    await asyncio.sleep(0)

    gone.cancel()

    assert await waiting is False
    passwords.close()
