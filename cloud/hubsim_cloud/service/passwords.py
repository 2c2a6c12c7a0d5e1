"""Passwords: hashed with argon2id in a few threads, never shown or stored.

Hashing is slow on purpose. The number of waiting hashes is limited, so that they cannot block the machine.
"""

import asyncio
from collections.abc import Callable
from typing import Annotated, TypeVar

import msgspec
from argon2 import PasswordHasher, Type
from argon2.exceptions import VerifyMismatchError
from msgspec import Meta

MIN_PASSWORD_CHARS = 8
MAX_PASSWORD_CHARS = 128
"""A longer password is refused: people do not type one."""

T = TypeVar("T")


class Hashing(msgspec.Struct, frozen=True, kw_only=True):
    """The cost of hashing. The default is the one for argon2id in OWASP's cheat sheet on password storage."""

    memory_kib: Annotated[int, Meta(ge=8, le=1_048_576)] = 19_456
    """Memory of one hash."""
    passes: Annotated[int, Meta(ge=1, le=100)] = 2
    lanes: Annotated[int, Meta(ge=1, le=64)] = 1
    """Threads of one hash."""
    at_once: Annotated[int, Meta(ge=1, le=64)] = 2
    """The number of hashes that are computed in parallel."""
    waiting: Annotated[int, Meta(ge=1, le=10_000)] = 100
    """The number of further hashes that may wait; the next one is refused with `TooBusy`."""


class TooBusy(Exception):
    """Too many passwords wait to be hashed. Nothing was done; try again in a moment."""


class Passwords:
    """Hashes and verifies passwords. Its methods raise `TooBusy`."""

    def __init__(self, hashing: Hashing) -> None:
        self._limit = hashing.at_once + hashing.waiting
        self._slots = asyncio.Semaphore(hashing.at_once)
        self._open = 0
        self._hasher = PasswordHasher(
            time_cost=hashing.passes,
            memory_cost=hashing.memory_kib,
            parallelism=hashing.lanes,
            type=Type.ID,
        )

    async def hash(self, password: str) -> str:
        """Return the hash, which contains its salt and parameters."""
        return await self._work(lambda: self._hasher.hash(password))

    async def matches(self, password_hash: str, password: str) -> bool:
        """Return whether this is the password. The hash may have other parameters."""
        return await self._work(lambda: self._verify(password_hash, password))

    def outdated(self, password_hash: str) -> bool:
        """Return whether the hash has other parameters than the current ones."""
        return self._hasher.check_needs_rehash(password_hash)

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except VerifyMismatchError:
            return False

    async def _work(self, job: Callable[[], T]) -> T:
        if self._open >= self._limit:
            raise TooBusy("too many people sign in or sign up at the same time; try again in a moment")
        self._open += 1
        try:
            async with self._slots:
                return await asyncio.to_thread(job)
        finally:
            self._open -= 1
