"""Passwords: hashed with argon2id in a few threads, never shown or stored.

Hashing is slow on purpose. The number of waiting hashes is limited, so that they cannot block the machine.
The waiting room decides who is next.
"""

import asyncio
import re
from collections.abc import Callable
from typing import Annotated

import msgspec
from argon2 import PasswordHasher, Type
from argon2.exceptions import VerifyMismatchError
from msgspec import Meta

from hubsim_cloud.service.sign_in_limits import Visitor
from hubsim_cloud.service.waiting_room import WaitingRoom

MIN_PASSWORD_CHARS = 8
MAX_PASSWORD_CHARS = 128
"""A longer password is refused: people do not type one."""

HASH_CHARS_MAX = 512
"""The length of a hash from another server; a longer one is refused."""

OURSELVES = Visitor("", "")
"""The visitor of a hash that the cloud itself needs."""


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
    """The number of further hashes that may wait. One more is refused with `TooBusy`, or takes the place of a
    larger share."""


_HASH = re.compile(
    r"\$argon2id\$v=19\$m=(?P<memory_kib>[0-9]{1,9}),t=(?P<passes>[0-9]{1,9}),p=(?P<lanes>[0-9]{1,9})"
    r"\$(?:[A-Za-z0-9+/]{4})*[A-Za-z0-9+/]{2,4}\$(?:[A-Za-z0-9+/]{4})*[A-Za-z0-9+/]{2,4}"
)
"""The form of a hash: parameters, salt and digest (github.com/P-H-C/phc-winner-argon2)."""


def is_usable_hash(text: str) -> bool:
    """Return whether a text can be the hash of a password that does not cost more than `Hashing` allows."""
    found = _HASH.fullmatch(text)
    if found is None or len(text) > HASH_CHARS_MAX:
        return False
    try:
        msgspec.convert(found.groupdict(), Hashing, strict=False)
    except msgspec.ValidationError:
        return False
    return True


class Passwords:
    """Hashes and verifies passwords. Its methods raise `TooBusy`."""

    def __init__(self, hashing: Hashing) -> None:
        self.room = WaitingRoom(hashing.at_once, hashing.waiting)
        self._hasher = PasswordHasher(
            time_cost=hashing.passes,
            memory_cost=hashing.memory_kib,
            parallelism=hashing.lanes,
            type=Type.ID,
        )

    async def hash(self, password: str, visitor: Visitor = OURSELVES, *, known: bool = False) -> str:
        """Return the hash, which contains its salt and parameters."""
        async with self.room.turn(visitor, known=known):
            return await asyncio.to_thread(self._hasher.hash, password)

    async def matches(
        self,
        password_hash: str,
        password: str,
        visitor: Visitor = OURSELVES,
        *,
        known: bool = False,
        still: Callable[[], None] = lambda: None,
    ) -> bool:
        """Return whether this is the password. The hash may have other parameters.

        `still` is called when the turn has come; it raises an error if the attempt is no longer allowed.
        """
        async with self.room.turn(visitor, known=known):
            still()
            return await asyncio.to_thread(self._verify, password_hash, password)

    def outdated(self, password_hash: str) -> bool:
        """Return whether the hash has other parameters than the current ones."""
        return self._hasher.check_needs_rehash(password_hash)

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except VerifyMismatchError:
            return False
