"""The cloud of one world in an event loop: engine, database and MQTT port around one clock.

What the worlds of a server (`world.world`) and a live play in one process are both made of. Owns what is
awaited until it is at rest, and what being killed means.
"""

import asyncio
from collections.abc import Callable

from hubsim_cloud.domain.commands import Command
from hubsim_cloud.domain.context import Accepted
from hubsim_cloud.domain.facts import Fact
from hubsim_cloud.domain.queries import Query
from hubsim_cloud.domain.refusals import Refusal
from hubsim_cloud.domain.types import Actor
from hubsim_cloud.domain.views.view import View
from hubsim_cloud.engine import CloudEngine, Complain
from hubsim_cloud.service.decision_batch import Decided
from hubsim_cloud.service.service import CloudService
from hubsim_cloud.service.store import Store
from hubsim_cloud.world.observer import CloudObserver
from hubsim_cloud.world.tapped_port import TappedCloudPort
from hubsim_contract.clock import WorldClock
from hubsim_contract.core import Wake
from hubsim_contract.lab.in_flight import NO_MARKS, InFlightTracker, Marks
from hubsim_contract.lab.port_filter import PortFilter
from hubsim_contract.lab.tapped_port import OpenPort
from hubsim_contract.mqtt.port import PortEvent
from hubsim_contract.timer_queue import earliest
from hubsim_contract.wire.topics import Topics


class RunningCloud:
    """One cloud, made of what was restored. `service.run` until cancelled; `crash` ends it all."""

    def __init__(
        self,
        engine: CloudEngine,
        store: Store,
        clock: WorldClock,
        topics: Topics,
        open_port: OpenPort,
        observer: CloudObserver,
        tracker: InFlightTracker,
        *,
        port_filter: PortFilter | None = None,
        stirred: asyncio.Event | None = None,
        journal: Callable[[Decided], None] | None = None,
    ) -> None:
        """Take what it is made of; `port_filter` and `stirred` may be shared with a bench in its loop."""
        self.store = store
        self.clock = clock
        self.topics = topics
        self.observer = observer
        self.tracker = tracker
        self.stirred = stirred or asyncio.Event()
        """Set when something has happened."""
        self.filter = port_filter or PortFilter(topics, clock, observer, self._deliver, self._hears)
        self.port = TappedCloudPort(open_port, self.filter, tracker, self.stirred.set)
        self.service = CloudService(engine, store, clock, self.port.perform, self, journal=journal)

    @property
    def engine(self) -> CloudEngine:
        """The cloud's core, to look at."""
        return self.service.engine

    async def command(self, actor: Actor, command: Command) -> Accepted | Refusal:
        """Let the cloud decide. Raises as `CloudService.command` does."""
        return await self.service.command(actor, command)

    async def look(self, actor: Actor, query: Query) -> View | Refusal:
        """Let the cloud answer. Raises as `CloudService.look` does."""
        return await self.service.look(actor, query)

    def deliver(self, event: PortEvent) -> None:
        """Let the cloud hear something of its port."""
        self.service.post(event)

    def sever(self, *, told: bool) -> None:
        """Kill the connection without a goodbye; `told`: the cloud hears of it."""
        self.port.sever(told=told)

    # ------------------------------------------------------------------ time and rest

    def due(self) -> int | None:
        """Return the earliest instant at which anything here wants to act, or None."""
        return earliest(self.service.due(), self.filter.due())

    def wake(self) -> bool:
        """Let everything act whose time has come; return whether anything did."""
        woke = self.filter.wake()
        due_ms = self.service.due()
        if due_ms is None or due_ms > self.clock.world_ms():
            return woke
        self.service.post(Wake())
        return True

    def awaited(self, marks: Marks = NO_MARKS) -> list[str]:
        """Return, in words, what is in flight or being worked at; `marks`: what the simulator has said."""
        busy = [] if self.service.idle else ["the cloud is busy"]
        return self.tracker.awaited(marks) + self.port.awaited() + busy

    async def moved(self) -> None:
        """Wait until something has happened."""
        self.stirred.clear()
        await self.stirred.wait()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds."""
        while not holds():
            await self.moved()

    # ------------------------------------------------------------------ its end

    async def crash(self, serving: asyncio.Task[None]) -> None:
        """Die as a process that is killed: no goodbye is said, and what is not committed is lost."""
        self.sever(told=False)
        serving.cancel()
        await asyncio.wait({serving})
        await self.port.aclose()
        await self.store.close()

    def _deliver(self, _station: str, event: PortEvent) -> None:
        self.deliver(event)

    def _hears(self, _station: str) -> bool:
        return self.service.engine.online

    # ------------------------------------------------------------------ the service's watcher

    def record(self, first_position: int, facts: tuple[Fact, ...]) -> None:  # noqa: ARG002 (a feed's)
        """Take facts that are durable now."""
        self.observer.record(facts)

    def kept(self, hubs: tuple[str, ...]) -> None:
        """Take the hubs of which something newer is durable now."""

    def complain(self, complaint: Complain) -> None:
        """Take a message that was refused."""
        self.observer.complain(complaint)

    def served(self) -> None:
        """Take note that a batch is done with."""
        self.stirred.set()
