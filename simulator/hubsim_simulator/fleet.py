"""The simulated devices as one core: the carrier, the hubs, and the radio between them.

Routes radio messages and finds the next timer, for any number of hubs. Radio messages go directly to their
receiver, not through the broker. Timers are on the world axis.
"""

from collections import deque
from collections.abc import Iterable

import msgspec

from hubsim_contract.core import Now, Wake
from hubsim_contract.lab.bench_actions import Card, InsertSim, RemoveSim
from hubsim_contract.mqtt.port import PortEffect
from hubsim_contract.timer_queue import TimerQueue
from hubsim_contract.wire.identifiers import BadIdentifier, iccid
from hubsim_simulator.carrier.carrier_choice import AnyCarrier
from hubsim_simulator.carrier.ports import (
    AttachAnswer,
    AttachAttempt,
    CancelLocation,
    CarrierEffect,
    CarrierEvent,
    DataCounted,
    DataLimited,
    FaultMet,
    MemoryChanged,
    ServiceBegun,
    SimReleased,
    SimSilent,
)
from hubsim_simulator.hardware.radio import (
    AttachRequested,
    ContactLost,
    DataUsed,
    Detached,
    LocationCancelled,
    ServiceChanged,
)
from hubsim_simulator.hardware.refusals import BenchActionRefused, BenchRefusal
from hubsim_simulator.hub import HubEffect, HubEvent, Sever, SimulatedHub

CARRIER = "carrier"
"""The station name of the carrier. The station name of a hub is its id."""


class At(msgspec.Struct, frozen=True, gc=False):
    """An effect for the MQTT port of one station."""

    station: str
    effect: PortEffect | Sever | FaultMet


class Fleet:
    """Carrier and hubs. Their methods return the effects for the MQTT ports, in order."""

    def __init__(self, carrier: AnyCarrier) -> None:
        self.carrier = carrier
        self.hubs: dict[str, SimulatedHub] = {}
        self.roster_changes = 0
        """How often a hub was added or removed."""
        self.removed_hubs: dict[str, SimulatedHub] = {}
        """Hubs that were removed. Code that persists hubs clears it."""
        self._hub_of_card: dict[str, str] = {}
        self._cards_of_hub: dict[str, tuple[str, ...]] = {}
        self.touched_hubs: dict[str, None] = {}
        """Hubs that have processed an event. Code that persists hubs clears it."""
        self.changed_cards: dict[str, None] = {}
        """Cards whose lines at the carrier have changed. Code that persists lines clears it."""
        self._timers: TimerQueue[str] = TimerQueue()
        self._out: list[At] = []
        self._radio: deque[tuple[str, HubEvent | CarrierEvent]] = deque()

    def add(self, hub: SimulatedHub) -> None:
        """Add a hub, on or off. Raises `BenchActionRefused` for a card that is in another hub."""
        assert hub.id not in self.hubs, "hub ids are unique"
        for card in hub.hardware.cards():
            self._refuse_second_place(card)
        self.hubs[hub.id] = hub
        self.roster_changes += 1
        self._update_cards(hub)
        self.touched_hubs[hub.id] = None

    def remove(self, hub: str) -> None:
        """Remove a hub that is switched off. Its cards are free for other hubs."""
        removed = self.hubs.pop(hub)
        assert not removed.hardware.switched_on, "a running hub has sessions and timers"
        for card in self._cards_of_hub.pop(hub, ()):
            del self._hub_of_card[card]
        self._timers.drop(hub)
        self.touched_hubs.pop(hub, None)
        self.removed_hubs[hub] = removed
        self.roster_changes += 1

    @property
    def cards_in_hubs(self) -> Iterable[str]:
        """The ICCIDs of all cards in slots."""
        return self._hub_of_card.keys()

    def hub_with(self, card: str) -> str | None:
        """Return the hub that has the card in a slot, or None."""
        return self._hub_of_card.get(card)

    def due(self) -> int | None:
        """Return when `wake` is needed, in world milliseconds, or None."""
        return self._timers.earliest()

    def timers(self, count: int) -> list[tuple[int, SimulatedHub]]:
        """Return the hubs on which something is due first, each with the instant in world milliseconds."""
        found = self._timers.first(count + 1)  # one may be the carrier
        return [(due, self.hubs[station]) for due, station in found if station != CARRIER][:count]

    def wake(self, now: Now) -> list[At]:
        """Run all timers that are due."""
        self._out = []
        while (instant := self._timers.earliest()) is not None and instant <= now.world_ms:
            for station in list(self._timers.keys_at(instant)):
                self._timers.drop(station)
                self._handle(station, Wake(), now)
        return self._out

    def handle(self, station: str, event: HubEvent | CarrierEvent, now: Now) -> list[At]:
        """Pass an event to the carrier or a hub. Raises `BenchActionRefused` as the hub does."""
        if isinstance(event, InsertSim):
            self._refuse_second_place(event.card)
        self._out = []
        self._handle(station, event, now)
        if isinstance(event, InsertSim | RemoveSim):
            self._update_cards(self.hubs[station])
        return self._out

    def replace_carrier(self, carrier: AnyCarrier, now: Now) -> list[At]:
        """Replace the carrier by a restarted one.

        The new carrier does not know which hubs were refused, so every standing refusal ends.
        """
        self.carrier = carrier
        self._timers.drop(CARRIER)
        self._out = []
        for hub in self.hubs.values():
            for card in hub.hardware.cards():
                self._handle(hub.id, ServiceChanged(card.iccid), now)
        return self._out

    def _handle(self, station: str, event: HubEvent | CarrierEvent, now: Now) -> None:
        self._radio.append((station, event))
        while self._radio:
            station, event = self._radio.popleft()
            if station == CARRIER:
                self._follow_carrier(self.carrier.handle(event, now))  # type: ignore[arg-type]
                self._plan(CARRIER, self.carrier.due())
            elif station in self.hubs:  # a hub that was removed no longer receives anything
                hub = self.hubs[station]
                self.touched_hubs[station] = None
                self._follow_hub(hub, hub.handle(event, now))  # type: ignore[arg-type]
                self._plan(station, hub.due())

    def _refuse_second_place(self, card: Card) -> None:
        """Refuse a card that is in a hub already. Two modems with it would cancel each other's sessions."""
        try:
            number = iccid(card.iccid)
        except BadIdentifier:
            return  # the slot refuses the card
        hub = self._hub_of_card.get(number)
        if hub is not None:
            raise BenchActionRefused(BenchRefusal.CARD_IN_USE, f"the card {number} is in the hub {hub}")

    def _update_cards(self, hub: SimulatedHub) -> None:
        """Update the index of cards after a change of the hub's slots."""
        for card in self._cards_of_hub.pop(hub.id, ()):
            del self._hub_of_card[card]
        cards = self._cards_of_hub[hub.id] = tuple(card.iccid for card in hub.hardware.cards())
        self._hub_of_card |= dict.fromkeys(cards, hub.id)

    def _plan(self, station: str, due_ms: int | None) -> None:
        if due_ms is None:
            self._timers.drop(station)
        else:
            self._timers.put(station, due_ms)

    def _follow_hub(self, hub: SimulatedHub, effects: list[HubEffect]) -> None:
        for effect in effects:
            match effect:
                case AttachRequested():
                    attempt = AttachAttempt(
                        hub.id,
                        effect.iccid,
                        effect.imei,
                        effect.generation_best,
                        effect.network,
                        effect.apn,
                    )
                    self._radio.append((CARRIER, attempt))
                case Detached():
                    self._radio.append((CARRIER, SimReleased(hub.id, effect.iccid)))
                case DataUsed():
                    self._radio.append((CARRIER, DataCounted(hub.id, effect.iccid, effect.size)))
                case ContactLost():
                    self._radio.append((CARRIER, SimSilent(hub.id, effect.iccid)))
                case _:
                    self._out.append(At(hub.id, effect))

    def _follow_carrier(self, effects: list[CarrierEffect]) -> None:
        for effect in effects:
            match effect:
                case AttachAnswer():
                    self._radio.append((effect.hub, effect.answer))
                case CancelLocation():
                    self._radio.append((effect.hub, LocationCancelled(effect.iccid)))
                case DataLimited():
                    self._radio.append((effect.hub, effect.change))
                case ServiceBegun():
                    self._radio.append((effect.hub, ServiceChanged(effect.iccid)))
                case MemoryChanged():
                    self.changed_cards[effect.iccid] = None
                case _:
                    self._out.append(At(CARRIER, effect))
