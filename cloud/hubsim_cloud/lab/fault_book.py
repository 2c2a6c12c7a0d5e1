"""The faults of one world that were injected while this server runs, by their ids."""

import secrets
from collections import OrderedDict
from collections.abc import Mapping
from typing import get_args

import msgspec

from hubsim_cloud.lab.watch_events import FaultEvent, FaultState
from hubsim_contract.lab.faults import AnyArmedFault, AnyFault

FAULTS_KEPT = 1_000
"""The number of faults that are remembered for events about them; beyond it the oldest are forgotten."""


class FaultBook:
    """The ids of faults, and what they are."""

    def __init__(self) -> None:
        self._faults: OrderedDict[str, tuple[AnyFault, str | None]] = OrderedDict()

    def add(self, fault: AnyFault) -> str:
        """Remember a fault that is about to be armed, and return its new id."""
        name = secrets.token_hex(4)
        self._faults[name] = (fault, hub_of(fault))
        if len(self._faults) > FAULTS_KEPT:
            self._faults.popitem(last=False)
        return name

    def known(self) -> dict[str, AnyFault]:
        """Return the faults as they were injected, by id."""
        return {name: fault for name, (fault, _) in self._faults.items()}

    def remember(self, faults: Mapping[str, AnyFault]) -> None:
        """Remember faults that were armed under these ids before."""
        self._faults.update((name, (fault, hub_of(fault))) for name, fault in faults.items())

    def drop(self, name: str) -> None:
        """Forget a fault."""
        self._faults.pop(name, None)

    def fault(self, name: str) -> AnyFault | None:
        """Return a fault as it was injected; None: it is no longer known."""
        return self._faults.get(name, (None, None))[0]

    def hub(self, name: str) -> str | None:
        """Return the hub of a fault; None for any hub, and for an unknown fault."""
        return self._faults.get(name, (None, None))[1]

    def event(self, at_ms: int, name: str, state: FaultState, left: int) -> FaultEvent:
        """Return the event of a fault."""
        return FaultEvent(at_ms=at_ms, id=name, fault=self.fault(name), state=state, left=left)

    def hit(self, at_ms: int, name: str, left: int) -> list[FaultEvent]:
        """Return the events of a fault that was applied; after the last time it is done."""
        events = [self.event(at_ms, name, FaultState.HIT, left)]
        if not left:
            events.append(self.event(at_ms, name, FaultState.DONE, 0))
        return events


def stays_armed(fault: AnyFault) -> bool:
    """Return whether a fault waits for messages or orders, and does not happen at once."""
    return isinstance(fault, get_args(AnyArmedFault))


def left_of(fault: AnyFault) -> int:
    """Return how many messages or orders a new fault applies to; 0 if it happens at once."""
    return int(getattr(fault, "count", 0)) if stays_armed(fault) else 0


def hub_of(fault: AnyFault) -> str | None:
    """Return the hub of a fault, or None."""
    hub = msgspec.structs.asdict(fault).get("hub")
    return hub if isinstance(hub, str) else None
