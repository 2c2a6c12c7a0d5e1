"""The virtual world: discrete events in integer milliseconds, one thread, no socket, no file.

The clock moves only on request. All events of an instant happen in an order drawn from the seed. The cloud's
durable memory is a list of facts, written before any effect.
"""

from collections.abc import Awaitable, Callable, Sequence
from random import Random
from typing import TypeVar

from hubsim_cloud.domain.commands import Command
from hubsim_cloud.domain.context import Accepted
from hubsim_cloud.domain.facts import Fact
from hubsim_cloud.domain.queries import Query
from hubsim_cloud.domain.refusals import Refusal
from hubsim_cloud.domain.revisions import Stale
from hubsim_cloud.domain.state import Device
from hubsim_cloud.domain.types import Actor
from hubsim_cloud.domain.views.view import View
from hubsim_cloud.engine import CloudEngine
from hubsim_cloud.ports import (
    Answer,
    CloudEffect,
    CloudEvent,
    CommandReceived,
    Complain,
    Judged,
    Keep,
    QueryReceived,
    RecordFacts,
)
from hubsim_cloud.world.observer import CloudObserver
from hubsim_contract.clock import WorldClock
from hubsim_contract.core import Start, Wake
from hubsim_contract.lab.faults import Process
from hubsim_contract.mqtt.port import PortEffect, Publish
from hubsim_contract.wire.topics import DEFAULT_PREFIX
from hubsim_scenarios.translation.story_language import say
from hubsim_scenarios.worlds.simulated import CLOUD, SimulatedWorld
from hubsim_scenarios.worlds.world import CannotPlay, Conditions
from hubsim_simulator.simulated_bench import StationPort
from hubsim_simulator.virtual_mqtt import VirtualMqtt

MAX_STEPS_AT_ONE_INSTANT = 200_000
"""The number of events at one instant after which a world counts as stuck: the play is BLOCKED."""
EVENT_BETWEEN = 0.5
"""The probability of each further event between two actions that are performed at once.

Half of the actions follow each other without an event between.
"""
T = TypeVar("T")


class VirtualPort:
    """The port of one station in the virtual MQTT."""

    def __init__(self, mqtt: VirtualMqtt, station: str) -> None:
        self._mqtt = mqtt
        self._station = station

    def perform(self, effect: PortEffect) -> None:
        """Queue an effect."""
        self._mqtt.perform(self._station, effect)

    def sever(self, *, notify: bool) -> None:
        """Cut the connection without a DISCONNECT; `notify`: the station receives `ConnectionLost`."""
        if notify:
            self._mqtt.sever(self._station)
        else:
            self._mqtt.abandon(self._station)

    async def aclose(self) -> None:
        """Do nothing: there is no connection to close."""


class ComputedCloud:
    """The cloud's engine; its effects are performed at once. Its durable memory is `facts` and `devices`."""

    def __init__(
        self,
        engine: CloudEngine,
        facts: list[Fact],
        devices: dict[str, Device],
        clock: WorldClock,
        port: VirtualPort,
        observer: CloudObserver,
    ) -> None:
        engine.restore(facts, devices)
        self.engine = engine
        self.due = engine.due
        self.sever = port.sever
        self._facts = facts
        self._devices = devices
        self._clock = clock
        self._port = port
        self._observer = observer
        self._answers: dict[int, Accepted | View | Refusal] = {}
        self._asked = 0

    async def command(self, actor: Actor, command: Command) -> Accepted | Refusal:
        """Perform a command."""
        self._asked += 1
        self.deliver(CommandReceived(self._asked, actor, command))
        outcome = self._answers.pop(self._asked)
        assert isinstance(outcome, Accepted | Refusal)
        return outcome

    async def query(self, actor: Actor, query: Query) -> View | Refusal:
        """Answer a query."""
        self._asked += 1
        self.deliver(QueryReceived(self._asked, actor, query))
        outcome = self._answers.pop(self._asked)
        assert isinstance(outcome, View | Refusal)
        return outcome

    def wake(self) -> bool:
        """Fire its due timers; return whether there were any."""
        due_ms = self.engine.due()
        if due_ms is None or due_ms > self._clock.world_ms():
            return False
        self.deliver(Wake())
        return True

    def deliver(self, event: CloudEvent) -> None:
        """Handle an event, and perform its effects."""
        for effect in self.engine.handle(event, self._clock.now()):
            self._follow(effect)

    def _follow(self, effect: CloudEffect) -> None:
        match effect:
            case RecordFacts():
                self._facts += effect.facts
                self._observer.record(effect.facts)
            case Keep():
                self._devices[effect.hub] = effect.device
            case Answer():
                assert not isinstance(effect.outcome, Stale), "no command of a play expects a revision"
                self._answers[effect.number] = effect.outcome
            case Complain():
                self._observer.complain(effect)
            case Judged():
                pass  # for the operator of a server
            case _:
                if isinstance(effect, Publish):
                    self._observer.published(CLOUD, effect)
                self._port.perform(effect)


class VirtualWorld(SimulatedWorld):
    """A computed world inside one process."""

    name = "virtual"

    def __init__(self, conditions: Conditions) -> None:
        super().__init__(conditions, WorldClock(conditions.start_ms, lambda: 0), DEFAULT_PREFIX)
        self._mqtt = VirtualMqtt(conditions.broker, conditions.seed, self.filter.port_event)
        self._facts: list[Fact] = []
        self._devices: dict[str, Device] = {}
        self._boots = 0
        """The durable number of the cloud's starts."""
        self._draw = Random(f"between {conditions.seed}")  # noqa: S311 (order of events, no secret)

    async def open(self) -> None:
        """Start cloud and carrier; the broker is running."""
        self._start_cloud()
        self.bench.start()
        await self.settle()

    async def close(self) -> None:
        """Break the reference cycles of this world, so that its memory is freed without a collection."""
        self._mqtt.close()
        self.filter.close()
        self.bench.close()

    async def settle(self) -> None:
        """Process all events of this instant. Raises `CannotPlay` if they never end."""
        for _ in range(MAX_STEPS_AT_ONE_INSTANT):
            if not self._step():
                return
        text = "the world is not idle after {count} events at one instant"
        raise CannotPlay(say(text, count=MAX_STEPS_AT_ONE_INSTANT))

    async def at_once(
        self, doings: Sequence[Callable[[], Awaitable[T]]], order: Sequence[int] = ()
    ) -> list[T]:
        """Perform them in this order, or in the given one, and return the results in the order of `doings`.

        Between two of them some events of this instant occur; how many is drawn from the seed.
        """
        results: dict[int, T] = {}
        for place in order or range(len(doings)):
            results[place] = await doings[place]()
            while self._draw.random() < EVENT_BETWEEN and self._step():
                pass
        return [results[place] for place in range(len(doings))]

    # ------------------------------------------------------------------ inside

    def _step(self) -> bool:
        """Process one event of this instant; return whether there was one."""
        return self._mqtt.step() or self._wake()

    def _open_station(self, station: str) -> StationPort:
        return VirtualPort(self._mqtt, station)

    async def _publish(self, message: Publish) -> None:
        self._mqtt.publish_as_third_party(message.topic, message.payload, retain=message.retain)

    def _new_engine(self, *, clean_session: bool) -> CloudEngine:
        """Return the core of a cloud that starts."""
        return CloudEngine(
            self.cloud_settings,
            self.topics,
            market=self.conditions.market,
            clean_session=clean_session,
            boot=self._boots,
        )

    def _start_cloud(self) -> None:
        self._boots += 1
        cloud = self._cloud = ComputedCloud(
            self._new_engine(clean_session=not self.conditions.broker.keeps_sessions),
            self._facts,
            self._devices,
            self.clock,
            VirtualPort(self._mqtt, CLOUD),
            self.observer,
        )
        cloud.deliver(Start())

    async def _stop(self, process: Process) -> None:
        if process is Process.BROKER:
            self._mqtt.stop_broker()
        else:
            self.running().sever(notify=False)
            self._cloud = None

    async def _start(self, process: Process) -> None:
        if process is Process.BROKER:
            self._mqtt.start_broker()
        else:
            self._start_cloud()
