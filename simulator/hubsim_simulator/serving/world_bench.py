"""The bench of one world on a simulator's server: durable first, and at rest across a real broker.

Owns the order that makes nothing acknowledged get lost: what follows from an event is held back until
whoever runs the bench has made its changes durable (`take_changes`), and then let go (`release`).
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import msgspec

from hubsim_contract.clock import WorldClock
from hubsim_contract.core import Stop
from hubsim_contract.lab.bench_actions import HubSetup
from hubsim_contract.lab.in_flight import Marks, OneSideTracker
from hubsim_contract.lab.port_filter import PortObserver, facts_of
from hubsim_contract.lab.protocol import ClockReading, Noted, SavedBench
from hubsim_contract.lab.tapped_port import TappedPort
from hubsim_contract.mqtt.port import PortEvent, Received
from hubsim_contract.wire.topics import CARRIER_KINDS, TopicAddress, Topics
from hubsim_simulator.fleet import CARRIER, At
from hubsim_simulator.hub_setup import setup_of
from hubsim_simulator.simulated_bench import BenchSettings, SimulatedBench

_REAL_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Linux has a clock that goes on while the host sleeps."""
NOTES_MAX = 100_000
"""So many notes are kept for a trace that nobody fetches; then the oldest are dropped."""


class Changes(msgspec.Struct, frozen=True):
    """What has to be durable before anything that follows from it is let go."""

    world: str
    clock: ClockReading
    """How the world clock stands at it."""
    hubs: dict[str, bytes]
    """How each hub stands now, as JSON, by id."""
    lines: dict[str, bytes]
    """The carrier's line of each card, by ICCID."""


OpenStation = Callable[[str, str, OneSideTracker, "WorldBench"], TappedPort]
"""Makes the port of a station: the world, the station, the tracker, and the tap."""


def real_ms() -> int:
    """Return real time in ms, the host's sleep included; it has no epoch and never goes back."""
    return time.clock_gettime_ns(_REAL_CLOCK) // 1_000_000


def station_of(address: TopicAddress) -> str:
    """Return the station that receives the messages of an address: the carrier, or a hub."""
    return CARRIER if address.kind in CARRIER_KINDS else address.subject


class BenchNotes(PortObserver):
    """Notes of what happened on a bench, for a trace that is joined elsewhere. Of a world, or of none."""

    def __init__(self, clock: WorldClock, *, kept: bool) -> None:
        self._clock = clock
        self._is_kept = kept
        self._notes: list[Noted] = []

    def add(self, event: str, who: str, /, **facts: Any) -> None:
        """Note an event."""
        if self._is_kept:
            self._notes.append(Noted(at_ms=self._clock.world_ms(), event=event, who=who, facts=facts))
            del self._notes[:-NOTES_MAX]

    def heard(self, station: str, message: Received) -> None:
        """Note that a station has a message, so that its answer stands after it."""
        if self._is_kept:
            self.add("heard", station, **facts_of(message))

    def take(self) -> tuple[Noted, ...]:
        """Return what has happened since the last time."""
        notes, self._notes = tuple(self._notes), []
        return notes


class WorldBench(SimulatedBench):
    """One world's bench in an event loop; `stirred` is called when there is something to do."""

    def __init__(
        self,
        world: str,
        settings: BenchSettings,
        clock: ClockReading,
        open_station: OpenStation,
        stirred: Callable[[], None],
        *,
        carrier: bytes | None = None,
        traced: bool = True,
    ) -> None:
        self.world = world
        self.tracker = OneSideTracker(Topics(settings.carrier.prefix), station_of)
        world_clock = WorldClock(clock.world_ms, real_ms)
        if not clock.held:
            world_clock.release()
        self._notes = BenchNotes(world_clock, kept=traced)
        super().__init__(
            settings,
            world_clock,
            lambda station: open_station(world, station, self.tracker, self),
            self._notes,
            memory=carrier,
        )
        self._stirred = stirred
        self._held_back: list[At] = []
        self._is_writing = False
        """Whether changes were taken, and what follows from them was not let go yet."""
        self._kept: dict[str, HubSetup] = {}

    # ------------------------------------------------------------------ what is done to it

    def stop(self) -> None:
        """Let the carrier say goodbye. Hubs are cut off by `aclose`, as when the power fails."""
        self._to_fleet(CARRIER, Stop())

    def put_back(self, setup: HubSetup) -> None:
        """Put a hub on the bench that is durable as it stands. Raises as `put` does."""
        self._kept[setup.id] = setup
        self.put(setup)

    def set_clock(self, reading: ClockReading) -> None:
        """Follow the world clock; one that is a little behind ours lets ours stand as it is."""
        self.clock.catch_up(reading.world_ms)
        if reading.held:
            self.clock.hold()
        else:
            self.clock.release()

    # ------------------------------------------------------------------ durable first

    @property
    def busy(self) -> bool:
        """Whether something is held back, or not yet durable."""
        return bool(
            self._is_writing or self._held_back or self.fleet.touched_hubs or self.fleet.changed_cards
        )

    def take_changes(self) -> tuple[Changes, list[At]]:
        """Return what has changed, and what may be let go once that is durable."""
        hubs: dict[str, bytes] = {}
        for hub in self.fleet.touched_hubs:
            setup = setup_of(self.fleet.hubs[hub])
            if self._kept.get(hub) != setup:
                self._kept[hub] = setup
                hubs[hub] = msgspec.json.encode(setup)
        lines = {card: self.fleet.carrier.line_memory(card) for card in self.fleet.changed_cards}
        self.fleet.touched_hubs.clear()
        self.fleet.changed_cards.clear()
        held_back, self._held_back = self._held_back, []
        self._is_writing = True
        clock = ClockReading(self.clock.world_ms(), self.clock.held)
        return Changes(self.world, clock, hubs, lines), held_back

    def release(self, effects: list[At]) -> None:
        """Carry out what was held back."""
        self._is_writing = False
        super()._follow(effects)

    # ------------------------------------------------------------------ rest, and what it looked like

    def awaited(self, marks: Marks) -> list[str]:
        """Return, in words, what is under way; `marks`: what the cloud has said."""
        return (["changes are being written"] if self.busy else []) + self.tracker.awaited(marks)

    def take_notes(self) -> tuple[Noted, ...]:
        """Return what has happened since the last time."""
        return self._notes.take()

    def save(self) -> SavedBench:
        """Return everything on the bench."""
        carrier = self.fleet.carrier
        return SavedBench(
            hubs=tuple(setup_of(hub) for hub in self.fleet.hubs.values()), carrier=carrier.memory()
        )

    async def aclose(self) -> None:
        """Cut every connection, as when the power fails; returns when nothing is left running."""
        await asyncio.gather(*self.closing())

    # ------------------------------------------------------------------ the tap of the ports

    def heard(self, station: str, event: PortEvent) -> None:
        """Give a station what its port heard, as faults let it through."""
        self.filter.heard(station, event)

    def progress(self) -> None:
        """Take note that something under way has come to its end."""
        self._stirred()

    # ------------------------------------------------------------------ inside

    def _follow(self, effects: list[At]) -> None:
        """Hold back what follows from an event, until that is durable."""
        self._held_back += effects
        self._stirred()
