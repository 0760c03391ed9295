"""Passwords as argon2id hashes, made in a thread pool of their own.

One hash takes 64 MiB and tens of milliseconds on purpose. Two threads bound what a crowd at the door can
take, and keep the event loop free for everybody inside.
"""

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar, TypeVarTuple

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from pydantic import SecretStr

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

THREADS = 2


class Passwords:
    """Makes and checks hashes with these costs."""

    def __init__(self, time_cost: int, memory_kib: int) -> None:
        self._hasher = PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=1)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="argon2")
        self._decoy: Future[str] | None = None

    async def hash(self, password: SecretStr) -> str:
        """Return the hash to store for `password`."""
        return await self._run(self._hasher.hash, password.get_secret_value())

    async def matches(self, stored: str | None, password: SecretStr) -> bool:
        """Return whether `password` is the one of `stored`.

        Without a stored hash the answer is no, and takes as long: the time does not tell who is a member.
        """
        if self._decoy is None:
            # One for all: a crowd at the door just after a start would else wait for one each.
            self._decoy = self._threads.submit(self._hasher.hash, secrets.token_urlsafe(16))
        decoy = await asyncio.shield(asyncio.wrap_future(self._decoy))
        right = await self._run(self._verify, stored or decoy, password.get_secret_value())
        return right and stored is not None

    def close(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, function: Callable[[*Ts], T], *arguments: *Ts) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)
