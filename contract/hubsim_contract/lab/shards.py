"""The shards of a fleet: which simulator simulates a hub when several share one prefix.

Shard `2/4` has the hubs whose id, divided by 4, leaves the remainder 1. So every hub belongs to exactly one
of the shards, and a shard can be divided again. Two shards overlap if a hub can belong to both. Shard 1 of
any number has the hubs with the remainder 0, and serves the carrier. Two shards with the number 1 overlap, so
there is never a second carrier.
"""

import re
from math import gcd
from typing import Self

import msgspec

SHARDS_MAX = 4_096
"""The largest number of shards of one fleet; each is a process."""
_TEXT = re.compile(r"([0-9]{1,4})/([0-9]{1,4})")
_LEVEL = re.compile(r"([1-9][0-9]{0,3})-of-([1-9][0-9]{0,3})")


class BadShard(ValueError):
    """A text that does not name a shard."""


class Shard(msgspec.Struct, frozen=True):
    """One shard; without arguments the whole fleet. `index` is from 1 to `count`."""

    index: int = 1
    count: int = 1

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the shard of a text such as `2/4`. Raises `BadShard`."""
        found = _TEXT.fullmatch(text.strip())
        index, count = (int(found[1]), int(found[2])) if found else (0, 0)
        if not 1 <= index <= count <= SHARDS_MAX:
            raise BadShard(
                f"{text!r} is not a shard such as 2/4: a number from 1 to {SHARDS_MAX}, and how many"
            )
        return cls(index, count)

    @classmethod
    def of_level(cls, level: str) -> Self | None:
        """Return the shard of a text such as `2-of-4` (see `level`); None for another text."""
        found = _LEVEL.fullmatch(level)
        if found is None or not int(found[1]) <= int(found[2]) <= SHARDS_MAX:
            return None
        return cls(int(found[1]), int(found[2]))

    @property
    def is_whole(self) -> bool:
        """Whether there are no other shards."""
        return self.count == 1

    @property
    def serves_carrier(self) -> bool:
        """Whether the carrier runs in the process of this shard."""
        return self.index == 1

    @property
    def level(self) -> str:
        """The shard as a level of a topic, and in the name of a file."""
        return f"{self.index}-of-{self.count}"

    def has(self, hub: str) -> bool:
        """Return whether the hub belongs to the shard. A text that is not an id is in shard 1."""
        try:
            return int(hub, 16) % self.count == self.index - 1
        except ValueError:
            return self.serves_carrier

    def overlaps(self, other: Self) -> bool:
        """Return whether a hub can belong to both shards (Chinese remainder theorem)."""
        return (self.index - other.index) % gcd(self.count, other.count) == 0

    def part(self, index: int, count: int) -> Self:
        """Return one of the `count` shards of this shard, from 1. Raises `BadShard` for too many."""
        assert 1 <= index <= count
        if self.count * count > SHARDS_MAX:
            raise BadShard(f"{self.count * count} shards are more than {SHARDS_MAX}; use fewer processes")
        return type(self)(self.index + self.count * (index - 1), self.count * count)

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"


WHOLE = Shard()
