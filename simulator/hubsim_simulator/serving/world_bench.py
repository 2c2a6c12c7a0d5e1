"""The simulated side of one world on a real broker: its fleet, its clock, its faults, and its book.

Owns the order that makes nothing acknowledged get lost: what follows from an event is held back until
whoever runs the bench has made its changes durable (`take_changes`), and then let go (`release`).
"""

import asyncio
import time
from collections.abc import Callable

import msgspec

from hubsim_agent.settings import AgentSettings
from hubsim_contract.clock import WorldClock
from hubsim_contract.core import Start, Stop
from hubsim_contract.lab.bench_actions import AnyBenchAction, HubSetup
from hubsim_contract.lab.delivery import Watermark
from hubsim_contract.lab.faults import AnyMessageFault, FaultInjector
from hubsim_contract.lab.protocol import ClockReading, Noted, SavedBench
from hubsim_contract.mqtt.port import ConnectionLost, PortEffect, PortEvent, Publish, Received
from hubsim_contract.timer_queue import earliest
from hubsim_contract.wire.topics import Topics
from hubsim_simulator.carrier.carrier import Carrier
from hubsim_simulator.carrier.ports import CarrierEvent
from hubsim_simulator.carrier.settings import CarrierSettings
from hubsim_simulator.fleet import CARRIER, At, Fleet
from hubsim_simulator.hardware.profile import ModelProfile, load_profile
from hubsim_simulator.hardware.settings import HardwareSettings
from hubsim_simulator.hub import HubEvent, Sever
from hubsim_simulator.hub_setup import build_hub, setup_of
from hubsim_simulator.serving.in_flight import StationInFlight
from hubsim_simulator.tapped_port import TappedPort

_REAL_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Linux has a clock that goes on while the host sleeps."""
NOTES_MAX = 100_000
"""So many notes are kept for a trace that nobody fetches; then the oldest are dropped."""


class BenchSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the simulated side of one world is like."""

    carrier: CarrierSettings
    """Its prefix is that of the world's topics."""
    hub: HardwareSettings = HardwareSettings()
    models: dict[str, ModelProfile] = {}


class Changes(msgspec.Struct, frozen=True):
    """What has to be durable before anything that follows from it is let go."""

    world: str
    clock: ClockReading
    """How the world clock stands at it."""
    hubs: dict[str, bytes]
    """How each hub stands now, as JSON, by id."""
    lines: dict[str, bytes]
    """The carrier's line of each card, by ICCID."""


OpenStation = Callable[[str, str, StationInFlight, "WorldBench"], TappedPort]
"""Makes the port of a station: the world, the station, the book, and the tap."""


def real_ms() -> int:
    """Return real time in ms, the host's sleep included; it has no epoch and never goes back."""
    return time.clock_gettime_ns(_REAL_CLOCK) // 1_000_000


class WorldBench:
    """One world's simulated side, in one event loop; `stirred` is called when there is something to do."""

    broker_lives = True

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
        self.settings = settings
        self.topics = Topics(settings.carrier.prefix)
        self.clock = WorldClock(clock.world_ms, real_ms)
        self.fleet = Fleet(Carrier(settings.carrier, carrier))
        self.book = StationInFlight(self.topics)
        self._fault_injector = FaultInjector(self.topics)
        self._open_station = open_station
        self._stirred = stirred
        self._ports: dict[str, TappedPort] = {}
        self._held_back: list[At] = []
        self._is_writing = False
        """Whether changes were taken, and what follows from them was not let go yet."""
        self._kept: dict[str, HubSetup] = {}
        self._traced = traced
        self._notes: list[Noted] = []
        if not clock.held:
            self.clock.release()

    # ------------------------------------------------------------------ what is done to it

    def start(self) -> None:
        """Let the carrier begin its work."""
        self._to_fleet(CARRIER, Start())

    def stop(self) -> None:
        """Let the carrier say goodbye. Hubs are cut off by `aclose`, as when the power fails."""
        self._to_fleet(CARRIER, Stop())

    def put(self, setup: HubSetup, *, kept: bool = False) -> None:
        """Put a hub on the bench; `kept`: it is durable so.

        Raises `BenchActionRefused`, `ProfileError`, and `ValueError` for an id that cannot be, or is taken.
        """
        if setup.id in self.fleet.hubs:
            raise ValueError(f"the hub {setup.id} is on the bench already")
        profile = self.settings.models.get(setup.model) or load_profile(setup.model)
        agent = AgentSettings(hub_id=setup.id, prefix=self.topics.prefix)
        hub, bench_actions = build_hub(setup, profile, self.settings.hub, agent)
        self.fleet.add(hub)
        if kept:
            self._kept[setup.id] = setup
        for action in bench_actions:
            self._to_fleet(setup.id, action)

    def lay(self, hub: str, action: AnyBenchAction) -> None:
        """Lay hands on a hub. Raises `BenchActionRefused`, having changed nothing."""
        self._to_fleet(hub, action)

    def arm(self, fault: AnyMessageFault) -> None:
        """Let a fault strike messages on their way to the stations."""
        self._fault_injector.arm(fault)

    def cut(self, station: str) -> None:
        """Cut a station's connection without a goodbye; it hears of it."""
        if station in self._ports:
            self._ports[station].sever(told=True)

    def set_clock(self, reading: ClockReading) -> None:
        """Follow the world clock; one that is a little behind ours lets ours stand as it is."""
        self.clock.catch_up(reading.world_ms)
        if reading.held:
            self.clock.hold()
        else:
            self.clock.release()

    def due(self) -> int | None:
        """Return the earliest instant at which anything here wants to act, or None."""
        late_ms = None if self._fault_injector.quiet else self._fault_injector.due()
        return earliest(self.fleet.due(), late_ms)

    def wake(self) -> bool:
        """Let everything act whose time has come; return whether anything did."""
        due_ms = self.due()
        if due_ms is None or due_ms > self.clock.world_ms():
            return False
        now = self.clock.now()
        for station, message in self._fault_injector.take(now.world_ms):
            if self._is_connected(station):
                self._to_fleet(station, message)
        self._hold_back(self.fleet.wake(now))
        return True

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
        for at in effects:
            if isinstance(at.effect, Sever):
                self._port(at.station).sever(told=False)
            else:
                self._perform(at.station, at.effect)

    # ------------------------------------------------------------------ rest, and what it looked like

    def awaited(self, marks: dict[str, Watermark]) -> list[str]:
        """Return, in words, what is under way; `marks`: what the cloud has said."""
        return (["changes are being written"] if self.busy else []) + self.book.awaited(marks)

    def take_notes(self) -> tuple[Noted, ...]:
        """Return what has happened since the last time."""
        notes, self._notes = tuple(self._notes), []
        return notes

    def save(self) -> SavedBench:
        """Return everything on the bench."""
        carrier = self.fleet.carrier
        return SavedBench(
            hubs=tuple(setup_of(hub) for hub in self.fleet.hubs.values()), carrier=carrier.memory()
        )

    async def aclose(self) -> None:
        """Cut every connection, as when the power fails; returns when nothing is left running."""
        await asyncio.gather(*(port.aclose() for port in self._ports.values()))

    # ------------------------------------------------------------------ the tap of the ports

    def heard(self, station: str, event: PortEvent) -> None:
        """Give a station what its port heard, as faults let it through."""
        if isinstance(event, Received):
            payload = event.payload.decode(errors="replace")
            self._note("heard", station, topic=event.topic, payload=payload)
        if isinstance(event, Received) and not self._fault_injector.quiet:
            admitted = self._fault_injector.admit(station, event, self.clock.world_ms())
            if admitted != [event]:
                self._note("interfered", station, topic=event.topic, arrives=len(admitted))
            for message in admitted:
                self._to_fleet(station, message)
            return
        if isinstance(event, ConnectionLost):
            self._note("connection_lost", station)
        self._to_fleet(station, event)

    def progress(self) -> None:
        """Take note that something under way has come to its end."""
        self._stirred()

    # ------------------------------------------------------------------ inside

    def _to_fleet(self, station: str, event: HubEvent | CarrierEvent) -> None:
        self._hold_back(self.fleet.handle(station, event, self.clock.now()))

    def _hold_back(self, effects: list[At]) -> None:
        self._held_back += effects
        self._stirred()

    def _perform(self, station: str, effect: PortEffect) -> None:
        if isinstance(effect, Publish):
            payload = effect.payload.decode(errors="replace")
            self._note("published", station, topic=effect.topic, payload=payload)
        self._port(station).perform(effect)

    def _port(self, station: str) -> TappedPort:
        if station not in self._ports:
            self._ports[station] = self._open_station(self.world, station, self.book, self)
        return self._ports[station]

    def _is_connected(self, station: str) -> bool:
        return self.book.knows(station)

    def _note(self, event: str, who: str, **facts: object) -> None:
        if not self._traced:
            return
        self._notes.append(Noted(at_ms=self.clock.world_ms(), event=event, who=who, facts=facts))
        del self._notes[:-NOTES_MAX]
