"""The virtual world: discrete events in integer milliseconds, one thread, no socket, no file.

The clock moves only when it is told to, and at each instant everything happens that can happen, in an
order drawn from the seed. The cloud's durable memory is a list of facts, written before any effect.
"""

from hubsim_cloud.domain.commands import Command
from hubsim_cloud.domain.context import Accepted
from hubsim_cloud.domain.facts import Fact
from hubsim_cloud.domain.queries import Query
from hubsim_cloud.domain.refusals import Refusal
from hubsim_cloud.domain.revisions import Stale
from hubsim_cloud.domain.state import Device
from hubsim_cloud.domain.types import Actor
from hubsim_cloud.domain.views.view import View
from hubsim_cloud.engine import (
    Answer,
    CloudEffect,
    CloudEngine,
    CloudEvent,
    CommandReceived,
    Complain,
    Keep,
    QueryReceived,
    RecordFacts,
)
from hubsim_contract.clock import WorldClock
from hubsim_contract.core import Start, Wake
from hubsim_contract.lab.faults import Process
from hubsim_contract.mqtt.port import ConnectionLost, PortEffect, PortEvent, Publish, Received
from hubsim_contract.wire.topics import DEFAULT_PREFIX
from hubsim_scenarios.worlds.simulated import CLOUD, SimulatedWorld
from hubsim_scenarios.worlds.world import CannotPlay, CloudUnreachable, Conditions
from hubsim_simulator.fleet import CARRIER
from hubsim_simulator.virtual_mqtt import VirtualWire

MAX_STEPS_AT_ONE_INSTANT = 200_000
"""A world that does not come to rest within so many events is said to be stuck, not waited for."""


class VirtualWorld(SimulatedWorld):
    """A world inside one process, as fast as it can be computed."""

    name = "virtual"

    def __init__(self, conditions: Conditions) -> None:
        super().__init__(conditions, WorldClock(conditions.start_ms, lambda: 0), DEFAULT_PREFIX)
        self._wire = VirtualWire(conditions.broker, conditions.seed, self._heard)
        self._facts: list[Fact] = []
        self._devices: dict[str, Device] = {}
        self._engine: CloudEngine | None = None
        self._answers: dict[int, Accepted | View | Refusal] = {}
        self._asked = 0

    @property
    def engine(self) -> CloudEngine:
        """The cloud's core."""
        if self._engine is None:
            raise CloudUnreachable("the cloud is stopped")
        return self._engine

    async def open(self) -> None:
        """Bring cloud and carrier up; the broker is there."""
        self._start_cloud()
        self._to_fleet(CARRIER, Start())

    async def close(self) -> None:
        """Let the wire forget this world, so that its memory is free at once and not at a collection."""
        self._wire.close()

    async def command(self, actor: Actor, command: Command) -> Accepted | Refusal:
        """Let the cloud decide. Raises `CloudUnreachable`."""
        self._asked += 1
        self._to_cloud(CommandReceived(self._asked, actor, command))
        outcome = self._answers.pop(self._asked)
        assert isinstance(outcome, Accepted | Refusal)
        return outcome

    async def answer(self, actor: Actor, query: Query) -> View | Refusal:
        """Let the cloud answer. Raises `CloudUnreachable`."""
        self._asked += 1
        self._to_cloud(QueryReceived(self._asked, actor, query))
        outcome = self._answers.pop(self._asked)
        assert isinstance(outcome, View | Refusal)
        return outcome

    async def settle(self) -> None:
        """Let everything happen that happens at this instant. Raises `CannotPlay` if that never ends."""
        for _ in range(MAX_STEPS_AT_ONE_INSTANT):
            if not (self._wire.step() or self._wake()):
                return
        raise CannotPlay(f"the world did not come to rest within {MAX_STEPS_AT_ONE_INSTANT} events")

    # ------------------------------------------------------------------ the wire

    def _heard(self, station: str, event: PortEvent) -> None:
        if isinstance(event, Received) and not self._fault_injector.quiet:
            for message in self._arrived(station, event):
                self._to_station(station, message)
            return
        if isinstance(event, ConnectionLost):
            self.trace.add(self.clock.world_ms(), "connection_lost", station)
        self._to_port_of(station, event)

    def _to_station(self, station: str, event: Received) -> None:
        self._to_port_of(station, event)

    def _to_port_of(self, station: str, event: PortEvent) -> None:
        if station == CLOUD:
            self._to_cloud(event)
        else:
            self._to_fleet(station, event)

    def _perform(self, station: str, effect: PortEffect) -> None:
        if isinstance(effect, Publish):
            self.say(station, effect)
        self._wire.perform(station, effect)

    def _sever(self, station: str, *, told: bool) -> None:
        if told:
            self._wire.sever(station)
        else:
            self._wire.abandon(station)

    async def _publish(self, topic: str, payload: bytes, *, retain: bool) -> None:
        self._wire.publish_as_third_party(topic, payload, retain=retain)

    # ------------------------------------------------------------------ the cloud

    def _wake_cloud(self) -> None:
        self._to_cloud(Wake())

    def _to_cloud(self, event: CloudEvent) -> None:
        for effect in self.engine.handle(event, self.clock.now()):
            self._follow_cloud(effect)

    def _follow_cloud(self, effect: CloudEffect) -> None:
        match effect:
            case RecordFacts():
                self._facts += effect.facts
                self.record(effect.first_position, effect.facts)
            case Keep():
                self._devices[effect.hub] = effect.device
            case Answer():
                assert not isinstance(effect.outcome, Stale), "nobody in a play expects a revision"
                self._answers[effect.number] = effect.outcome
            case Complain():
                self.complain(effect)
            case _:
                self._perform(CLOUD, effect)

    def _start_cloud(self) -> None:
        conditions = self.conditions
        clean = not conditions.broker.keeps_sessions
        self._engine = CloudEngine(conditions.settings.cloud, self.topics, clean_session=clean)
        self._engine.restore(self._facts, self._devices)
        self._to_cloud(Start())

    async def _stop(self, process: Process) -> None:
        if process is Process.BROKER:
            self._wire.stop_broker()
        else:
            self._wire.abandon(CLOUD)
            self._engine = None

    async def _start(self, process: Process) -> None:
        if process is Process.BROKER:
            self._wire.start_broker()
        else:
            self._start_cloud()
