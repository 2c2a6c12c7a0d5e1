"""A timer queue: keys by the instant at which they are due.

Owns only the order in time. A key has at most one instant; putting it again moves it. Reading the earliest
instant costs the same for ten keys and for a hundred thousand.
"""

from collections.abc import Iterable
from heapq import heapify, heappop, heappush, nsmallest
from typing import Generic, TypeVar

KeyT = TypeVar("KeyT")

_FEW = 64
"""Up to this number of emptied instants the heap is not compacted."""


def earliest(*instants_ms: int | None) -> int | None:
    """Return the earliest of the instants; None stands for never."""
    first: int | None = None
    for instant_ms in instants_ms:
        if instant_ms is not None and (first is None or instant_ms < first):
            first = instant_ms
    return first


class TimerQueue(Generic[KeyT]):
    """Keys by the instant at which they are due. Equal to a queue with the same keys at the same instants."""

    __slots__ = ("_at", "_instants", "_keys")

    def __init__(self) -> None:
        self._at: dict[KeyT, int] = {}
        self._keys: dict[int, dict[KeyT, None]] = {}
        self._instants: list[int] = []
        """A heap with every instant of `_keys`, and some that are empty by now."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TimerQueue) and self._at == other._at

    __hash__ = None  # type: ignore[assignment]  # mutable

    def __repr__(self) -> str:
        return f"TimerQueue({self._at!r})"

    def __len__(self) -> int:
        return len(self._at)

    def put(self, key: KeyT, at_ms: int) -> None:
        """Make the key due at this instant only."""
        if self._at.get(key) == at_ms:
            return
        self.drop(key)
        self._at[key] = at_ms
        if at_ms in self._keys:
            self._keys[at_ms][key] = None
        else:
            self._keys[at_ms] = {key: None}
            heappush(self._instants, at_ms)

    def drop(self, key: KeyT) -> None:
        """Remove the key; does nothing if it is not due."""
        at_ms = self._at.pop(key, None)
        if at_ms is None:
            return
        there = self._keys[at_ms]
        del there[key]
        if not there:
            del self._keys[at_ms]
            self._compact()

    def due(self, key: KeyT) -> int | None:
        """Return the instant at which the key is due, or None."""
        return self._at.get(key)

    def earliest(self) -> int | None:
        """Return the earliest instant at which anything is due, or None."""
        while self._instants and self._instants[0] not in self._keys:
            heappop(self._instants)
        return self._instants[0] if self._instants else None

    def first(self, count: int) -> list[tuple[int, KeyT]]:
        """Return up to `count` keys that are due first, each with its instant, in their order."""
        found: list[tuple[int, KeyT]] = []
        for instant in nsmallest(count, self._keys):
            found += [(instant, key) for key in self._keys[instant]]
            if len(found) >= count:
                break
        return found[:count]

    def keys_at(self, at_ms: int) -> Iterable[KeyT]:
        """Return the keys due at exactly this instant, in the order in which they were put there."""
        return self._keys.get(at_ms, {}).keys()

    def due_by(self, now_ms: int) -> set[KeyT]:
        """Return the keys that are due at or before this instant."""
        first_ms = self.earliest()
        if first_ms is None or first_ms > now_ms:
            return set()
        return {key for at_ms, keys in self._keys.items() if at_ms <= now_ms for key in keys}

    def _compact(self) -> None:
        """Limit the size of the heap: emptied instants in the far future would otherwise stay forever."""
        if len(self._instants) > _FEW + 2 * len(self._keys):
            self._instants = list(self._keys)
            heapify(self._instants)
