"""The rate bounds of hubs: how many messages of each kind one hub may send (rule MQ-10.rate).

Pure. Owns one instant for each hub and kind. Hubs that are silent cost no memory.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from hubsim_contract.wire.errors import ContractError
from hubsim_contract.wire.hub_bounds import (
    EVENTS_BOUND,
    OVERTAKING_BOUND,
    PRESENCE_BOUND,
    REPORTS_BOUND,
    RateBound,
)

ENTRIES_BEFORE_TIDYING = 10_000
"""At this number of entries, or at twice those that were left, those of silent hubs are dropped."""


class BoundedMessage(StrEnum):
    """The messages with a rate bound for each hub."""

    REPORTED = "reported"
    PRESENCE = "presence"
    EVENTS = "events"
    OVERTAKING = "overtaking"
    """Reports with a version that the cloud never assigned."""


BOUNDS: Mapping[BoundedMessage, RateBound] = MappingProxyType(
    {
        BoundedMessage.REPORTED: REPORTS_BOUND,
        BoundedMessage.PRESENCE: PRESENCE_BOUND,
        BoundedMessage.EVENTS: EVENTS_BOUND,
        BoundedMessage.OVERTAKING: OVERTAKING_BOUND,
    }
)
_CONSEQUENCES = {
    BoundedMessage.REPORTED: "the newest one is taken when the bound allows it",
    BoundedMessage.PRESENCE: "the newest one is taken when the bound allows it",
    BoundedMessage.EVENTS: "it is dropped",
    BoundedMessage.OVERTAKING: "the cloud continues above it when the bound allows it",
}


class TooManyMessages(ContractError):
    """The hub sends more than its bound."""

    rule = "MQ-10.rate"

    def __init__(self, kind: BoundedMessage) -> None:
        bound = BOUNDS[kind]
        super().__init__(
            f"more than {bound.burst} ({kind.value}) at once, and then one in {bound.pause_ms / 1000:g} s: "
            f"{_CONSEQUENCES[kind]}"
        )
        self.kind = kind
        self.field = ""


class _Filling:
    """The bound of one key, and the instant at which its whole burst is available again."""

    __slots__ = ("filled_ms", "pause_ms", "window_ms")

    def __init__(self, bound: RateBound, now_ms: int) -> None:
        self.filled_ms = now_ms
        self.pause_ms = bound.pause_ms
        self.window_ms = (bound.burst - 1) * bound.pause_ms


class MessageRates:
    """Counts messages by a key: their topic, or another name of the hub and the kind. Times are in ms."""

    def __init__(self) -> None:
        self._fillings: dict[str, _Filling] = {}
        self._tidy_at = ENTRIES_BEFORE_TIDYING

    def admit(self, key: str, bound: RateBound, now_ms: int) -> int | None:
        """Count a message; return None if it is within the bound, else the instant at which one will be.

        A message above the bound is not counted. A key has one bound only.
        """
        filling = self._fillings.get(key)
        if filling is None:
            filling = self._new(key, bound, now_ms)
        filled_ms = filling.filled_ms
        if filled_ms <= now_ms:
            filling.filled_ms = now_ms + filling.pause_ms
            return None
        if filled_ms - filling.window_ms > now_ms:
            return filled_ms - filling.window_ms
        filling.filled_ms = filled_ms + filling.pause_ms
        return None

    def _new(self, key: str, bound: RateBound, now_ms: int) -> _Filling:
        if len(self._fillings) >= self._tidy_at:
            self._fillings = {
                name: filling for name, filling in self._fillings.items() if filling.filled_ms > now_ms
            }
            self._tidy_at = max(ENTRIES_BEFORE_TIDYING, 2 * len(self._fillings))
        filling = self._fillings[key] = _Filling(bound, now_ms)
        return filling
