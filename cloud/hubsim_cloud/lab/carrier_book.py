"""The orders to the carrier and the places of cards, read from the log of facts on demand.

The log is read in slices and only once: a request costs what was added since the last one. When the engine
was replaced, the book begins again.
"""

import asyncio
from collections.abc import Sequence
from enum import StrEnum

from hubsim_cloud.domain.carrier_facts import CarrierOrderConfirmed, CarrierOrderPlaced
from hubsim_cloud.domain.facts import (
    Fact,
    HubAdded,
    HubRemoved,
    ObjectDeleted,
    ServiceActivated,
    SimBound,
    SimsObserved,
)
from hubsim_contract.wire.messages import OrderStage, Profile

SLICE = 20_000
"""The number of facts read in one go; in between, the cloud serves other requests."""


class CarrierOrderState(StrEnum):
    """How far an order to the carrier is."""

    PLACED = "placed"
    """Sent, and not confirmed yet."""
    ACCEPTED = "accepted"
    """The carrier will execute it after its delay."""
    EXECUTED = "executed"
    REFUSED = "refused"
    """The carrier does not accept it. The cloud orders the same again later."""
    FAILED = "failed"
    """The carrier could not execute it. The cloud orders the same again later."""
    REPLACED = "replaced"
    """A newer order for the card was placed before this one was executed."""


class OrderRecord:
    """One order, and its progress."""

    __slots__ = ("confirmed_ms", "iccid", "placed_ms", "profile", "reason", "sequence", "state")

    def __init__(self, fact: CarrierOrderPlaced) -> None:
        self.iccid = fact.iccid
        self.sequence = fact.sequence
        self.profile: Profile = fact.profile
        self.placed_ms = fact.at_ms
        self.state = CarrierOrderState.PLACED
        self.confirmed_ms: int | None = None
        """When the cloud received the last confirmation."""
        self.reason = ""


class CarrierBook:
    """The book of one world."""

    def __init__(self) -> None:
        self._log: Sequence[Fact] = ()
        self._begin()

    def _begin(self) -> None:
        """Forget everything: the book is that of an empty log."""
        self._read = 0
        self.orders: list[OrderRecord] = []
        """In the order in which they were placed."""
        self._newest: dict[str, OrderRecord] = {}
        self._hub_of_card: dict[str, str] = {}
        self._object_of_hub: dict[str, str] = {}
        self._hubs_of_object: dict[str, dict[str, None]] = {}

    def hub_of(self, card: str) -> str | None:
        """Return the hub in which a card was last seen or last paid for, or None."""
        return self._hub_of_card.get(card)

    def newest(self, card: str) -> OrderRecord | None:
        """Return the newest order for a card, or None."""
        return self._newest.get(card)

    def was_in(self, site: str) -> tuple[str, ...]:
        """Return the hubs that are in an object, or were there when it was deleted."""
        return tuple(self._hubs_of_object.get(site, ()))

    async def catch_up(self, log: Sequence[Fact]) -> None:
        """Read the rest of the log, in slices."""
        while not self.read(log, SLICE):  # noqa: ASYNC110 (other work has its turn, nothing is awaited)
            await asyncio.sleep(0)

    def read(self, log: Sequence[Fact], most: int) -> bool:
        """Read up to `most` further facts; return whether these were all."""
        if log is not self._log:
            self._log = log
            self._begin()
        end = min(len(log), self._read + most)
        for fact in log[self._read : end]:
            self._take(fact)
        self._read = end
        return end == len(log)

    def _take(self, fact: Fact) -> None:
        match fact:
            case CarrierOrderPlaced():
                self._placed(fact)
            case CarrierOrderConfirmed():
                self._confirmed(fact)
            case _:
                self._move(fact)

    def _move(self, fact: Fact) -> None:
        """Follow a card or a hub to another place."""
        match fact:
            case SimsObserved():
                for sim in fact.sims:
                    if sim.iccid is not None:
                        self._hub_of_card[sim.iccid] = fact.hub
            case ServiceActivated() | SimBound():
                self._hub_of_card[fact.iccid] = fact.hub
            case HubAdded():
                self._leave(fact.hub)
                self._object_of_hub[fact.hub] = fact.object
                self._hubs_of_object.setdefault(fact.object, {})[fact.hub] = None
            case HubRemoved():
                self._leave(fact.hub)
            case ObjectDeleted():
                for hub in self._hubs_of_object.get(fact.object, ()):
                    self._object_of_hub.pop(hub, None)

    def _leave(self, hub: str) -> None:
        site = self._object_of_hub.pop(hub, None)
        if site is not None:
            self._hubs_of_object[site].pop(hub, None)

    def _placed(self, fact: CarrierOrderPlaced) -> None:
        before = self._newest.get(fact.iccid)
        if before is not None and before.state in {CarrierOrderState.PLACED, CarrierOrderState.ACCEPTED}:
            before.state = CarrierOrderState.REPLACED
        record = self._newest[fact.iccid] = OrderRecord(fact)
        self.orders.append(record)

    def _confirmed(self, fact: CarrierOrderConfirmed) -> None:
        record = self._newest.get(fact.iccid)
        if record is not None and record.sequence == fact.sequence:
            record.state = _STATES[fact.stage]
            record.confirmed_ms = fact.at_ms
            record.reason = fact.reason


_STATES = {
    OrderStage.ACCEPTED: CarrierOrderState.ACCEPTED,
    OrderStage.EXECUTED: CarrierOrderState.EXECUTED,
    OrderStage.REFUSED: CarrierOrderState.REFUSED,
    OrderStage.FAILED: CarrierOrderState.FAILED,
    OrderStage.SUPERSEDED: CarrierOrderState.REPLACED,
}
