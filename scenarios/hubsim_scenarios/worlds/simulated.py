"""The kinds of world that live in this process: cloud, carrier, hubs, broker and clock, with hands on all.

Owns what both share: assembling the simulated side, the bench, message faults, moving the clock from
deadline to deadline, and looking at every layer. How effects reach a broker and how the cloud keeps its
facts is left to `virtual` and `live`.
"""

from abc import abstractmethod
from collections.abc import Callable, Sequence

import msgspec

from hubsim_agent.settings import AgentSettings
from hubsim_cloud.domain.facts import Fact
from hubsim_cloud.domain.queries import Query
from hubsim_cloud.domain.refusals import Refusal
from hubsim_cloud.domain.types import Actor
from hubsim_cloud.domain.views.view import View
from hubsim_cloud.engine import CloudEngine, Complain
from hubsim_cloud.world.snapshots import app_snapshot, applied_snapshot, invoice_snapshot, mail_snapshot
from hubsim_contract.clock import WorldClock
from hubsim_contract.core import Start, Stop
from hubsim_contract.lab.bench_actions import AnyBenchAction, Card, HubSetup, Look
from hubsim_contract.lab.faults import (
    AnyFault,
    Cut,
    CutProcess,
    FaultInjector,
    Inject,
    MessageFault,
    Process,
    Replay,
    RestartProcess,
    StartProcess,
    StopProcess,
)
from hubsim_contract.lab.trace import Trace
from hubsim_contract.mqtt.link import LinkState
from hubsim_contract.mqtt.port import PortEffect, Publish, Received
from hubsim_contract.timer_queue import earliest
from hubsim_contract.wire.topics import CARRIER_KINDS, MessageKind, Topics
from hubsim_scenarios.worlds.world import Aspect, CannotPlay, Conditions, World, first_ajax_sim, said_before
from hubsim_simulator.carrier.carrier import Carrier
from hubsim_simulator.carrier.ports import CarrierEvent
from hubsim_simulator.fleet import CARRIER, At, Fleet
from hubsim_simulator.hardware.profile import load_profile
from hubsim_simulator.hub import HubEvent, Sever
from hubsim_simulator.hub_setup import build_hub
from hubsim_simulator.snapshots import HubSnapshot, carrier_snapshot

CLOUD = "cloud"


class SimulatedWorld(World):
    """One world in this process, for one play."""

    clock: WorldClock

    def __init__(self, conditions: Conditions, clock: WorldClock, prefix: str) -> None:
        self.conditions = conditions
        self.clock = clock
        self.trace = Trace()
        self.topics = Topics(prefix)
        self._carrier_settings = msgspec.structs.replace(conditions.settings.carrier, prefix=prefix)
        self.fleet = Fleet(Carrier(self._carrier_settings))
        self._fault_injector = FaultInjector(self.topics)
        self._stopped: set[Process] = set()

    # ------------------------------------------------------------------ left to the kinds of world

    @property
    @abstractmethod
    def engine(self) -> CloudEngine:
        """The cloud's core, to look at. Raises `CloudUnreachable` while the cloud is stopped."""

    @abstractmethod
    async def answer(self, actor: Actor, query: Query) -> View | Refusal:
        """Let the cloud answer. Raises `CloudUnreachable`."""

    @abstractmethod
    def _perform(self, station: str, effect: PortEffect) -> None:
        """Carry out an effect at a station's MQTT port."""

    @abstractmethod
    def _sever(self, station: str, *, told: bool) -> None:
        """Kill a station's connection; `told`: the station hears of it from its port."""

    @abstractmethod
    def _wake_cloud(self) -> None:
        """Tell the cloud that its time has come."""

    @abstractmethod
    async def _stop(self, process: Process) -> None:
        """Kill cloud or broker."""

    @abstractmethod
    async def _start(self, process: Process) -> None:
        """Bring cloud or broker back with what was durable."""

    @abstractmethod
    async def _publish(self, topic: str, payload: bytes, *, retain: bool) -> None:
        """Publish as a stranger on the broker."""

    # ------------------------------------------------------------------ the bench

    async def add_hub(self, setup: HubSetup) -> None:
        """Put a hub on the bench, and switch it on if it is to be on. Raises `BenchActionRefused`."""
        profile = self.conditions.models.get(setup.model) or load_profile(setup.model)
        settings = AgentSettings(hub_id=setup.id, prefix=self.topics.prefix)
        hub, bench_actions = build_hub(setup, profile, self.conditions.settings.hub, settings)
        self.fleet.add(hub)
        for action in bench_actions:
            self._to_fleet(hub.id, action)

    async def bench_action(self, hub: str, action: AnyBenchAction) -> None:
        """Lay hands on a hub. Raises `BenchActionRefused`, having changed nothing."""
        self._to_fleet(hub, action)

    # ------------------------------------------------------------------ time

    def due(self) -> int | None:
        """Return the earliest instant at which anything in the world wants to act, or None."""
        cloud_ms = None if Process.CLOUD in self._stopped else self.engine.due()
        late_ms = None if self._fault_injector.quiet else self._fault_injector.due()
        return earliest(cloud_ms, self.fleet.due(), late_ms)

    async def advance(self, to_ms: int) -> None:
        """Move the clock to an instant; every timer on the way fires in order, at its own time.

        The world is at rest before and after, and at each of those instants.
        """
        while (due_ms := self.due()) is not None and due_ms <= to_ms:
            self.clock.move_to(due_ms)
            await self.settle()
        self.clock.move_to(to_ms)

    def _wake(self) -> bool:
        """Let everything act whose time has come; return whether anything did."""
        due_ms = self.due()
        if due_ms is None or due_ms > self.clock.world_ms():
            return False
        now = self.clock.now()
        for station, message in self._fault_injector.take(now.world_ms):
            if self._hears(station):
                self._to_station(station, message)
        self._follow(self.fleet.wake(now))
        if Process.CLOUD not in self._stopped:
            cloud_ms = self.engine.due()
            if cloud_ms is not None and cloud_ms <= now.world_ms:
                self._wake_cloud()
        return True

    # ------------------------------------------------------------------ faults

    async def fault(self, fault: AnyFault) -> None:
        """Let something go wrong. Raises `CannotPlay` when this world cannot."""
        match fault:
            case MessageFault():
                about = None if fault.hub is None else self._subject(fault.message, fault.hub)
                self._fault_injector.arm(msgspec.structs.replace(fault, hub=about))
            case Cut():
                self._sever(fault.hub, told=True)
            case CutProcess():
                self._sever(self._station(fault.process), told=True)
            case StopProcess():
                await self.stop(fault.process)
            case StartProcess():
                await self.start(fault.process)
            case RestartProcess():
                await self.stop(fault.process)
                await self.settle()
                await self.start(fault.process)
            case Replay():
                topic = self.topics.of(fault.message, self._subject(fault.message, fault.hub))
                payload = self._said_before(topic, fault.back)
                await self._publish_as_third_party(topic, payload, retain=True)
            case Inject():
                topic = self.topics.of(fault.message, self._subject(fault.message, fault.hub))
                await self._publish_as_third_party(
                    topic, fault.payload.encode() * fault.repeat, retain=fault.retain
                )

    async def stop(self, process: Process) -> None:
        """Let a process die without a goodbye. Raises `CannotPlay` if it is not running."""
        if process in self._stopped:
            raise CannotPlay(f"the {process} is stopped already")
        if process is Process.CARRIER:
            self._sever(CARRIER, told=False)
            self.fleet.handle(CARRIER, Stop(), self.clock.now())
        else:
            await self._stop(process)
        self._stopped.add(process)

    async def start(self, process: Process) -> None:
        """Let a stopped process come back. Raises `CannotPlay` if it is running."""
        if process not in self._stopped:
            raise CannotPlay(f"the {process} is running already")
        self._stopped.discard(process)
        if process is Process.CARRIER:
            carrier = Carrier(self._carrier_settings, self.fleet.carrier.memory())
            self._follow(self.fleet.replace_carrier(carrier, self.clock.now()))
            self._to_fleet(CARRIER, Start())
        else:
            await self._start(process)

    # ------------------------------------------------------------------ looking

    async def look(self, actor: Actor, query: Query) -> object | Refusal:
        """Let a person look at something; return the view as plain values. Raises `CloudUnreachable`."""
        view = await self.answer(actor, query)
        return view if isinstance(view, Refusal) else msgspec.to_builtins(view)

    async def see(self, aspect: Aspect, about: str = "") -> Look:
        """Look at one aspect of the world. Raises `CloudUnreachable` for those that the cloud shows."""
        return _ASPECTS[aspect](self, about)

    async def cards(self, hub: str) -> dict[int, Card]:
        """Return the cards in a hub's slots by slot, also while the hub is off."""
        return self._cards(hub)

    def _cards(self, hub: str) -> dict[int, Card]:
        return self.fleet.hubs[hub].hardware.cards_by_slot()

    # ------------------------------------------------------------------ the trace

    def say(self, station: str, publish: Publish) -> None:
        """Trace a message that a station publishes."""
        self.trace.add(
            self.clock.world_ms(),
            "published",
            station,
            topic=publish.topic,
            payload=publish.payload.decode(errors="replace"),
        )

    def record(self, _first_position: int, facts: Sequence[Fact]) -> None:
        """Trace facts of the cloud, each under its own instant."""
        for fact in facts:
            self.trace.add(fact.at_ms, "fact", CLOUD, **msgspec.to_builtins(fact))

    def complain(self, complaint: Complain) -> None:
        """Trace a message that the cloud refused."""
        self.trace.add(
            self.clock.world_ms(),
            "refused_message",
            CLOUD,
            topic=complaint.topic,
            rule=complaint.rule,
            text=complaint.text,
        )

    # ------------------------------------------------------------------ inside

    def _hears(self, station: str) -> bool:
        """Whether a late message still finds somebody there."""
        if station == CLOUD:
            return Process.CLOUD not in self._stopped and self.engine.online
        if station == CARRIER:
            return self.fleet.carrier.link is LinkState.ONLINE
        agent = self.fleet.hubs[station].agent
        return agent is not None and agent.view().link is LinkState.ONLINE

    async def _publish_as_third_party(self, topic: str, payload: bytes, *, retain: bool) -> None:
        if Process.BROKER in self._stopped:
            raise CannotPlay(f"{topic}: nothing can be published while the broker is stopped")
        await self._publish(topic, payload, retain=retain)

    def _station(self, process: Process) -> str:
        if process is Process.BROKER:
            raise CannotPlay("the broker has no connection of its own to cut; use `stop_process`")
        return CLOUD if process is Process.CLOUD else CARRIER

    def _subject(self, kind: MessageKind, hub: str) -> str:
        """Return what a topic of this kind is about: the hub, or its first Ajax SIM."""
        if kind not in CARRIER_KINDS:
            return hub
        card = first_ajax_sim(self._cards(hub))
        if card is None:
            raise CannotPlay(f"{kind}: no Ajax SIM is in the hub {hub}")
        return card

    def _said_before(self, topic: str, back: int) -> bytes:
        said = [
            event.facts["payload"]
            for event in self.trace.events
            if event.event == "published" and event.facts["topic"] == topic
        ]
        return said_before(said, back, topic)

    def _arrived(self, station: str, message: Received) -> list[Received]:
        """Let faults have their way with a message that reaches its receiver."""
        admitted = self._fault_injector.admit(station, message, self.clock.world_ms())
        if admitted != [message]:
            self.trace.add(
                self.clock.world_ms(), "interfered", station, topic=message.topic, arrives=len(admitted)
            )
        return admitted

    @abstractmethod
    def _to_station(self, station: str, event: Received) -> None:
        """Give a station a message."""

    def _to_fleet(self, station: str, event: HubEvent | CarrierEvent) -> None:
        self._follow(self.fleet.handle(station, event, self.clock.now()))

    def _follow(self, effects: list[At]) -> None:
        for at in effects:
            if isinstance(at.effect, Sever):
                self._sever(at.station, told=False)
            else:
                self._perform(at.station, at.effect)


def _app(world: SimulatedWorld, hub: str) -> Look:
    engine, settings = world.engine, world.conditions.settings.cloud
    return app_snapshot(engine.state, hub, world.clock.world_ms(), settings)


_ASPECTS: dict[Aspect, Callable[[SimulatedWorld, str], Look]] = {
    Aspect.APP: _app,
    Aspect.APPLIED: lambda world, hub: applied_snapshot(world.engine.state, hub),
    Aspect.SHOWS: lambda world, hub: HubSnapshot(world.fleet.hubs[hub]),
    Aspect.SIM: lambda world, card: carrier_snapshot(world.fleet.carrier.holding(card)),
    Aspect.MAILBOX: lambda world, address: {"mails": mail_snapshot(world.engine.state, address)},
    Aspect.BILLING: lambda world, _: {"invoices": invoice_snapshot(world.engine.state)},
    Aspect.CLOUD: lambda world, _: {"refused_messages": sum(world.engine.refused.values())},
    Aspect.CARRIER: lambda world, _: {"refused_messages": world.fleet.carrier.refused_messages},
}
