"""What is to happen when: keys with the instant they are due at, the earliest one at hand.

Owns nothing but the order in time. A key stands at one instant at most; putting it again moves it.
Looking at the earliest instant costs the same for ten keys and for a hundred thousand.
"""

from collections.abc import Iterable
from heapq import heapify, heappop, heappush
from typing import Generic, TypeVar

KeyT = TypeVar("KeyT")

_FEW = 64
"""Below so many emptied instants the heap is never tidied."""


def earliest(*instants_ms: int | None) -> int | None:
    """Return the earliest of some instants, of which any may be None for never."""
    first: int | None = None
    for instant_ms in instants_ms:
        if instant_ms is not None and (first is None or instant_ms < first):
            first = instant_ms
    return first


class TimerQueue(Generic[KeyT]):
    """Keys by the instant they are due at. Equal to another with the same keys at the same instants."""

    __slots__ = ("_at", "_instants", "_keys")

    def __init__(self) -> None:
        self._at: dict[KeyT, int] = {}
        self._keys: dict[int, dict[KeyT, None]] = {}
        self._instants: list[int] = []
        """A heap with every instant of `_keys`, and some that have become empty since."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TimerQueue) and self._at == other._at

    __hash__ = None  # type: ignore[assignment]  # it changes

    def __repr__(self) -> str:
        return f"Agenda({self._at!r})"

    def __len__(self) -> int:
        return len(self._at)

    def put(self, key: KeyT, at_ms: int) -> None:
        """Let the key be due at this instant, and at no other."""
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
        """Let the key not be due any more; nothing happens when it was not."""
        at_ms = self._at.pop(key, None)
        if at_ms is None:
            return
        there = self._keys[at_ms]
        del there[key]
        if not there:
            del self._keys[at_ms]
            self._tidy()

    def due(self, key: KeyT) -> int | None:
        """Return the instant at which the key is due, or None."""
        return self._at.get(key)

    def earliest(self) -> int | None:
        """Return the earliest instant at which anything is due, or None."""
        while self._instants and self._instants[0] not in self._keys:
            heappop(self._instants)
        return self._instants[0] if self._instants else None

    def keys_at(self, at_ms: int) -> Iterable[KeyT]:
        """Return the keys due at exactly this instant, in the order in which they were put there."""
        return self._keys.get(at_ms, {}).keys()

    def _tidy(self) -> None:
        """Keep the heap in proportion: emptied instants far ahead would else stay for ever."""
        if len(self._instants) > _FEW + 2 * len(self._keys):
            self._instants = list(self._keys)
            heapify(self._instants)
