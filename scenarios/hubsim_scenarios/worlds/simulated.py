"""The base of worlds in this process: cloud, carrier, hubs, broker and clock, all under control of the play.

Such a world has the parts of a server: one bench (`hubsim_simulator.simulated_bench`) and one cloud, with one
fault filter between them and the broker, and the control of a server's worlds
(`hubsim_cloud.lab.control_plane`). `virtual` and `live` define how effects reach a broker and how the cloud
stores its facts.
"""

import asyncio
from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

import msgspec

from hubsim_cloud.domain.commands import Command
from hubsim_cloud.domain.context import Accepted
from hubsim_cloud.domain.facts import Fact
from hubsim_cloud.domain.queries import Query
from hubsim_cloud.domain.refusals import Refusal
from hubsim_cloud.domain.types import Actor
from hubsim_cloud.domain.views.view import View
from hubsim_cloud.engine import CloudEngine
from hubsim_cloud.lab.control_plane import ControlPlane
from hubsim_cloud.world.observer import CloudObserver, fact_event
from hubsim_contract.clock import WorldClock
from hubsim_contract.lab.bench_actions import AnyBenchAction, Card, HubSetup, Snapshot
from hubsim_contract.lab.faults import AnyCarrierFault, AnyMessageFault, Process
from hubsim_contract.lab.port_filter import PortFilter
from hubsim_contract.lab.trace import Trace
from hubsim_contract.mqtt.port import PortEvent, Publish
from hubsim_contract.timer_queue import earliest
from hubsim_contract.wire.topics import Topics
from hubsim_scenarios.translation.refusal_words import bench_refusal_words
from hubsim_scenarios.translation.story_language import name_of, say
from hubsim_scenarios.worlds.world import Aspect, CannotPlay, CloudUnreachable, Conditions, World
from hubsim_simulator.fleet import Fleet
from hubsim_simulator.hub_setup import setup_of
from hubsim_simulator.simulated_bench import BenchSettings, SimulatedBench, StationPort
from hubsim_simulator.snapshots import HubSnapshot, carrier_snapshot

CLOUD = "cloud"


class LocalTrace(CloudObserver):
    """Traces both sides of the broker, which are in one process."""

    def __init__(self, trace: Trace, clock: WorldClock) -> None:
        self._trace = trace
        self._clock = clock

    def add(self, event: str, who: str, /, **facts: Any) -> None:
        """Append an event at the current world time."""
        self._trace.add(self._clock.world_ms(), event, who, **facts)

    def record(self, facts: Iterable[Fact]) -> None:
        """Append facts of the cloud, each at its own instant."""
        self._trace.events += map(fact_event, facts)


class LocalCloud(Protocol):
    """A cloud in this process: computed, or running in the event loop (`running_cloud`)."""

    @property
    def engine(self) -> CloudEngine:
        """Its core, for reading."""
        ...

    async def command(self, actor: Actor, command: Command) -> Accepted | Refusal:
        """Perform a command."""
        ...

    async def query(self, actor: Actor, query: Query) -> View | Refusal:
        """Answer a query."""
        ...

    def deliver(self, event: PortEvent) -> None:
        """Deliver an event of its port."""
        ...

    def sever(self, *, notify: bool) -> None:
        """Cut its connection without a DISCONNECT; `notify`: it receives `ConnectionLost`."""
        ...

    def due(self) -> int | None:
        """Return the instant of its earliest timer, or None."""
        ...

    def wake(self) -> bool:
        """Fire its due timers; return whether there were any."""
        ...


class SimulatedWorld(ControlPlane, World):
    """One world in this process, for one play."""

    clock: WorldClock

    def __init__(self, conditions: Conditions, clock: WorldClock, prefix: str) -> None:
        self.conditions = conditions
        self.cloud_settings = conditions.settings.cloud
        self.clock = clock
        self.trace = Trace()
        self.topics = Topics(prefix)
        self.observer = LocalTrace(self.trace, clock)
        self.filter = PortFilter(self.topics, clock, self.observer, self._deliver, self._is_online)
        settings = BenchSettings(
            carrier=msgspec.structs.replace(conditions.settings.carrier, prefix=prefix),
            hub=conditions.settings.hub,
            models=dict(conditions.models),
        )
        self.bench = SimulatedBench(
            settings, clock, self._open_station, self.observer, port_filter=self.filter
        )
        self._cloud: LocalCloud | None = None
        """None while it is stopped."""
        self._stopped: set[Process] = set()
        self._process = asyncio.Lock()
        """Held while a process is stopped or started, so that faults at the same time come one by one."""

    @property
    def fleet(self) -> Fleet:
        """Carrier and hubs."""
        return self.bench.fleet

    # ------------------------------------------------------------------ left to the kinds of world

    @abstractmethod
    def _open_station(self, station: str) -> StationPort:
        """Create the MQTT port of the carrier or a hub."""

    @abstractmethod
    async def _stop(self, process: Process) -> None:
        """Kill cloud or broker."""

    @abstractmethod
    async def _start(self, process: Process) -> None:
        """Start cloud or broker again with its durable data."""

    @abstractmethod
    async def _publish(self, message: Publish) -> None:
        """Publish as a third party on the broker."""

    # ------------------------------------------------------------------ the bench

    async def add_hub(self, setup: HubSetup) -> None:
        """Put a hub on the bench, and switch it on if it is powered. Raises `BenchActionRefused`."""
        self.bench.put(setup)

    async def bench_action(self, hub: str, action: AnyBenchAction) -> None:
        """Perform a bench action. Raises `BenchActionRefused` and then changes nothing."""
        self.bench.perform(hub, action)

    async def setup(self, hub: str) -> HubSetup:
        """Return the setup of a hub, as the bench has set it."""
        return setup_of(self.fleet.hubs[hub])

    async def cards(self, hub: str) -> dict[int, Card]:
        """Return the cards in a hub's slots by slot, also while the hub is off."""
        return self.fleet.hubs[hub].hardware.cards_by_slot()

    # ------------------------------------------------------------------ time

    def due(self) -> int | None:
        """Return the instant of the earliest timer in the world, or None."""
        return earliest(None if self._cloud is None else self._cloud.due(), self.bench.due())

    async def wait_until_idle(self) -> None:
        """Wait until the world is idle at this instant. Raises `CannotPlay`."""
        await self.settle()

    def _wake(self) -> bool:
        """Fire all due timers; return whether there were any."""
        woke = self.bench.wake()
        return (self._cloud is not None and self._cloud.wake()) or woke

    # ------------------------------------------------------------------ faults

    async def arm(self, fault: AnyMessageFault, name: str) -> None:
        """Apply a fault to messages on their way to their receivers."""
        self.filter.arm(fault, name)

    async def act_on_carrier(self, fault: AnyCarrierFault, name: str) -> None:
        """Make the carrier act by itself on the card whose ICCID is the `hub` of the fault."""
        self.bench.act_on_carrier(fault, name)

    async def cut(self, station: str) -> None:
        """Cut a station's connection without a DISCONNECT; the station receives `ConnectionLost`."""
        if station != CLOUD:
            self.bench.cut(station)
        elif self._cloud is not None:
            self._cloud.sever(notify=True)

    async def stop(self, process: Process) -> None:
        """Kill a process. Raises `CannotPlay` if it is not running."""
        async with self._process:
            if process in self._stopped:
                raise CannotPlay(say("the {process} is stopped already", process=name_of(process)))
            if process is Process.CARRIER:
                self.bench.kill_carrier()
            else:
                await self._stop(process)
            self._stopped.add(process)

    async def start(self, process: Process) -> None:
        """Start a stopped process. Raises `CannotPlay` if it is running."""
        async with self._process:
            if process not in self._stopped:
                raise CannotPlay(say("the {process} is running already", process=name_of(process)))
            self._stopped.discard(process)
            if process is Process.CARRIER:
                self.bench.restart_carrier()
            else:
                await self._start(process)

    async def publish(self, message: Publish) -> None:
        """Publish as a third party. Raises `CannotPlay`."""
        if Process.BROKER in self._stopped:
            text = "{topic}: cannot publish while the broker is stopped"
            raise CannotPlay(say(text, topic=message.topic))
        await self._publish(message)

    def payloads_on(self, topic: str) -> Sequence[str]:
        """Return the payloads that were published on a topic, oldest first."""
        return self.trace.payloads_on(topic)

    def cannot(self, name: str, text: str) -> CannotPlay:
        """Return the error for an action that this world cannot perform."""
        return CannotPlay(bench_refusal_words(name, text))

    # ------------------------------------------------------------------ users and snapshots

    def running(self) -> LocalCloud:
        """Return the cloud. Raises `CloudUnreachable` while it is stopped."""
        if self._cloud is None:
            raise CloudUnreachable(say("the cloud is stopped"))
        return self._cloud

    @property
    def engine(self) -> CloudEngine:
        """The cloud's core, for reading. Raises `CloudUnreachable` while the cloud is stopped."""
        return self.running().engine

    async def command(self, actor: Actor, command: Command) -> Accepted | Refusal:
        """Send a command to the cloud. Raises `CloudUnreachable`."""
        return await self.running().command(actor, command)

    async def query(self, actor: Actor, query: Query) -> object | Refusal:
        """Send a query to the cloud; return the view as plain values. Raises `CloudUnreachable`."""
        view = await self.running().query(actor, query)
        return view if isinstance(view, Refusal) else msgspec.to_builtins(view)

    async def snapshot(self, aspect: Aspect, about: str = "") -> Snapshot:
        """Return one aspect of the world. Raises `CloudUnreachable` for the cloud's aspects."""
        return _ASPECTS[aspect](self, about)

    # ------------------------------------------------------------------ inside

    def _deliver(self, station: str, event: PortEvent) -> None:
        """Deliver an event of its port to a station."""
        if station != CLOUD:
            self.bench.deliver(station, event)
        elif self._cloud is not None:
            self._cloud.deliver(event)

    def _is_online(self, station: str) -> bool:
        """Whether a station can still receive a late message."""
        if station == CLOUD:
            return self._cloud is not None and self._cloud.engine.online
        return self.bench.is_online(station)


_ASPECTS: dict[Aspect, Callable[[SimulatedWorld, str], Snapshot]] = {
    Aspect.APP: lambda world, hub: world.app(hub),
    Aspect.APPLIED: lambda world, hub: world.applied(hub),
    Aspect.SHOWS: lambda world, hub: HubSnapshot(world.fleet.hubs[hub]),
    Aspect.DEVICE: lambda world, hub: world.device(hub),
    Aspect.SIM: lambda world, card: carrier_snapshot(world.fleet.carrier.holding(card)),
    Aspect.MAILBOX: lambda world, address: {"mails": world.mailbox(address)},
    Aspect.BILLING: lambda world, _: {"invoices": world.invoices()},
    Aspect.CLOUD: lambda world, _: world.cloud_counters(),
    Aspect.CARRIER: lambda world, _: {"refused_messages": world.fleet.carrier.refused_messages},
}
