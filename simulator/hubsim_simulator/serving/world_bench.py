"""The bench of one world on a simulator's server: changes become durable before their effects leave.

Owns the order that prevents the loss of anything acknowledged: the effects of an event are held back until
the server has made its changes durable (`take_changes`), and are then released (`release`).
"""

import asyncio
import secrets
import time
from collections.abc import Callable
from typing import Any

import msgspec

from hubsim_contract.clock import WorldClock
from hubsim_contract.core import Stop
from hubsim_contract.lab.bench_actions import HubSetup
from hubsim_contract.lab.faults import Drop, Hit
from hubsim_contract.lab.in_flight import Marks, OneSideTracker
from hubsim_contract.lab.port_filter import PortObserver, facts_of
from hubsim_contract.lab.protocol import BenchEvent, ClockReading, SavedBench
from hubsim_contract.lab.tapped_port import TappedPort
from hubsim_contract.lab.watching import FaultHit, MessageStage, arriving_message, sent_message
from hubsim_contract.mqtt.port import PortEvent, Publish, Received
from hubsim_contract.wire.topics import CARRIER_KINDS, TopicAddress, Topics
from hubsim_simulator.carrier.ports import FaultMet
from hubsim_simulator.fleet import CARRIER, At
from hubsim_simulator.hub import Sever
from hubsim_simulator.hub_setup import setup_of
from hubsim_simulator.serving.bench_watch import BenchWatch
from hubsim_simulator.serving.connection_count import ConnectionCount
from hubsim_simulator.serving.connection_meter import METERED_EFFECTS, METERED_EVENTS, ConnectionMeter
from hubsim_simulator.serving.untracked_messages import UntrackedMessages
from hubsim_simulator.simulated_bench import BenchSettings, SimulatedBench, StationPort

_REAL_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Linux has a clock that advances while the host sleeps."""
EVENTS_MAX = 100_000
"""The number of events kept for a trace that no client fetches; then the oldest are dropped."""


class Changes(msgspec.Struct, frozen=True):
    """Changes that must be durable before their effects are released."""

    world: str
    clock: ClockReading
    """The world clock at the time of the changes."""
    hubs: dict[str, bytes]
    """The setup of each changed hub, as JSON, by id."""
    removed: tuple[str, ...]
    """The hubs that were taken off the bench, before the changes of `hubs`."""
    lines: dict[str, bytes]
    """The carrier's line of each changed card, by ICCID."""


OpenStation = Callable[[str, str, OneSideTracker, "WorldBench"], TappedPort]
"""Creates the port of a station; takes the world, the station, the tracker, and the tap."""


def real_ms() -> int:
    """Return real time in ms, including the host's sleep; it has no epoch and never goes back."""
    return time.clock_gettime_ns(_REAL_CLOCK) // 1_000_000


def station_of(address: TopicAddress) -> str:
    """Return the station that receives the messages of an address: the carrier, or a hub."""
    return CARRIER if address.kind in CARRIER_KINDS else address.subject


class BenchEvents(PortObserver):
    """The events of a bench: for a trace that is merged elsewhere if `kept` is true, and for who watches."""

    def __init__(self, clock: WorldClock, watch: BenchWatch, *, kept: bool) -> None:
        self._clock = clock
        self._watch = watch
        self._is_kept = kept
        self._events: list[BenchEvent] = []

    def add(self, event: str, who: str, /, **facts: Any) -> None:
        """Add an event."""
        if self._is_kept:
            self._events.append(BenchEvent(at_ms=self._clock.world_ms(), event=event, who=who, facts=facts))
            del self._events[:-EVENTS_MAX]

    def published(self, station: str, message: Publish) -> None:
        """Add a message that a station publishes."""
        if self._is_kept:
            super().published(station, message)
        if self._watch.is_open:
            self._watch.add(sent_message(self._clock.world_ms(), station, message))

    def received(self, station: str, message: Received) -> None:
        """Add that a station has received a message, so that its answer is after it in the trace."""
        if self._is_kept:
            self.add("received", station, **facts_of(message))

    def arrived(self, station: str, message: Received, hit: Hit | None) -> None:
        """Show those who watch that a station gets a message."""
        if self._watch.is_open:
            self._hit(hit)
            fault = None if hit is None else hit.id
            self._watch.add(arriving_message(self._clock.world_ms(), station, message, fault=fault))

    def stopped(self, station: str, message: Received, hit: Hit) -> None:
        """Show those who watch that a fault drops a message, or holds it back."""
        if self._watch.is_open:
            self._hit(hit)
            stage = MessageStage.DROPPED if isinstance(hit.fault, Drop) else MessageStage.DELAYED
            self._watch.add(arriving_message(self._clock.world_ms(), station, message, stage, hit.id))

    def fault_hit(self, name: str, left: int) -> None:
        """Show those who watch that an armed fault was applied."""
        if self._watch.is_open:
            self._watch.add(FaultHit(at_ms=self._clock.world_ms(), fault=name, left=left))

    def _hit(self, hit: Hit | None) -> None:
        if hit is not None:
            self.fault_hit(hit.id, hit.left)

    def take(self) -> tuple[BenchEvent, ...]:
        """Return the events since the last call."""
        events, self._events = tuple(self._events), []
        return events


class WorldBench(SimulatedBench):
    """One world's bench in an event loop; `on_change` is called when there is something to do."""

    def __init__(
        self,
        world: str,
        settings: BenchSettings,
        clock: ClockReading,
        open_station: OpenStation,
        on_change: Callable[[], None],
        *,
        carrier: bytes | None = None,
        traced: bool = True,
        tracked: bool = True,
        watch: BenchWatch | None = None,
    ) -> None:
        """Take the parts; `tracked`: whether a lab may ask which messages are in flight."""
        self.world = world
        tracker = OneSideTracker if tracked else UntrackedMessages
        self.tracker = tracker(Topics(settings.carrier.prefix), station_of)
        world_clock = WorldClock(clock.world_ms, real_ms)
        if not clock.held:
            world_clock.release()
        self.watch = watch or BenchWatch(world, settings.run)
        """What those who watch this bench still have to receive."""
        self._events = BenchEvents(world_clock, self.watch, kept=traced)
        super().__init__(
            settings,
            world_clock,
            lambda station: open_station(world, station, self.tracker, self),
            self._events,
            memory=carrier,
        )
        self._on_change = on_change
        self._held_back: list[At] = []
        self._taken: set[str] = set()
        """Hubs that were taken off the bench while their effects were being made durable."""
        self._is_writing = False
        """Whether changes were taken and their effects are not released yet."""
        self._kept: dict[str, HubSetup] = {}
        self._name = secrets.token_hex(4)
        """Distinguishes this bench from an earlier one of the same world."""
        self.connections = ConnectionCount()
        """The connected hubs, as of the last changes taken."""
        self.meter = ConnectionMeter()

    # ------------------------------------------------------------------ actions

    def stop(self) -> None:
        """Disconnect the carrier. `aclose` cuts the hubs' connections, as in a power failure."""
        self._to_fleet(CARRIER, Stop())

    def take(self, hub: str) -> StationPort | None:
        """Take a hub off the bench, with the effects that were held back. Return its port to close."""
        port = super().take(hub)
        self._held_back = [at for at in self._held_back if at.station != hub]
        if self._is_writing:
            self._taken.add(hub)
        self._kept.pop(hub, None)
        self._on_change()
        return port

    def put_back(self, setup: HubSetup) -> None:
        """Put a hub on the bench that is already durable with this setup. Raises the errors of `put`."""
        self._kept[setup.id] = setup
        self.put(setup)

    def set_clock(self, reading: ClockReading) -> None:
        """Follow the world clock; a slightly earlier time leaves this clock unchanged."""
        self.clock.catch_up(reading.world_ms)
        if reading.held:
            self.clock.hold()
        else:
            self.clock.release()

    @property
    def roster(self) -> str:
        """The name of the present roster of hubs. It changes when a hub is put here or taken away."""
        return f"{self._name}-{self.fleet.roster_changes}"

    # ------------------------------------------------------------------ durable first

    @property
    def busy(self) -> bool:
        """Whether effects are held back or changes are not durable yet."""
        return bool(
            self._is_writing
            or self._held_back
            or self.fleet.touched_hubs
            or self.fleet.removed_hubs
            or self.fleet.changed_cards
        )

    def take_changes(self) -> tuple[Changes, list[At]]:
        """Return the changes, and the effects to release once they are durable."""
        hubs: dict[str, bytes] = {}
        removed = tuple(self.fleet.removed_hubs)
        for gone in self.fleet.removed_hubs.values():
            self.connections.update(gone)
            self.meter.effect(gone.id, Sever(), time.monotonic())
        for hub in self.fleet.touched_hubs:
            self.connections.update(self.fleet.hubs[hub])
            setup = setup_of(self.fleet.hubs[hub])
            if self._kept.get(hub) != setup:
                self._kept[hub] = setup
                hubs[hub] = msgspec.json.encode(setup)
        lines = {card: self.fleet.carrier.line_memory(card) for card in self.fleet.changed_cards}
        self.fleet.removed_hubs.clear()
        if self.watch.is_open:
            self._touch(removed)
        self.fleet.touched_hubs.clear()
        self.fleet.changed_cards.clear()
        held_back, self._held_back = self._held_back, []
        self._is_writing = True
        clock = ClockReading(self.clock.world_ms(), self.clock.held)
        return Changes(self.world, clock, hubs, removed, lines), held_back

    def _touch(self, removed: tuple[str, ...]) -> None:
        """Note for those who watch which hubs may look different: also those whose cards have changed."""
        for hub in (*self.fleet.touched_hubs, *removed):
            self.watch.touch(hub)
        for card in self.fleet.changed_cards:
            hub_with_it = self.fleet.hub_with(card)
            if hub_with_it is not None:
                self.watch.touch(hub_with_it)

    def release(self, effects: list[At]) -> None:
        """Perform effects that were held back."""
        self._is_writing = False
        now_s = time.monotonic()
        effects = [at for at in effects if at.station not in self._taken]
        self._taken.clear()
        for at in effects:
            if type(at.effect) in METERED_EFFECTS and at.station != CARRIER:
                assert not isinstance(at.effect, FaultMet)
                self.meter.effect(at.station, at.effect, now_s)
        super()._follow(effects)

    # ------------------------------------------------------------------ idleness and events

    def awaited(self, marks: Marks) -> list[str]:
        """Return, in words, what is in flight or in progress; `marks`: the messages sent by the cloud."""
        return (["changes are being written"] if self.busy else []) + self.tracker.awaited(marks)

    def take_events(self) -> tuple[BenchEvent, ...]:
        """Return the events since the last call."""
        return self._events.take()

    def save(self) -> SavedBench:
        """Return everything on the bench."""
        return SavedBench(
            hubs=tuple(setup_of(hub) for hub in self.fleet.hubs.values()),
            carrier=self.fleet.carrier.memory(),
            faults=tuple(self.filter.armed()),
        )

    async def aclose(self) -> None:
        """Cut every connection, as in a power failure, and close all clients."""
        await asyncio.gather(*self.closing())

    # ------------------------------------------------------------------ the tap of the ports

    def port_event(self, station: str, event: PortEvent) -> None:
        """Pass a port's event on to its station, as faults allow."""
        if type(event) in METERED_EVENTS and station != CARRIER:
            self.meter.event(station, event, time.monotonic())
        self.filter.port_event(station, event)

    def progress(self) -> None:
        """Report a change: something in flight has arrived or ended."""
        self._on_change()

    # ------------------------------------------------------------------ inside

    def _follow(self, effects: list[At]) -> None:
        """Hold back the effects of an event until its changes are durable."""
        self._held_back += effects
        self._on_change()
