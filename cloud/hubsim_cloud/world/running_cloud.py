"""The cloud of one world in an event loop: engine, database and MQTT port around one clock.

The worlds of a server (`world.world`) and the live worlds of a play both use it. Owns what is awaited until
the cloud is idle, and what happens when it is killed.
"""

import asyncio
from collections.abc import Callable

from hubsim_cloud.domain.commands import Command
from hubsim_cloud.domain.context import Accepted
from hubsim_cloud.domain.facts import Fact
from hubsim_cloud.domain.queries import Query
from hubsim_cloud.domain.refusals import Refusal
from hubsim_cloud.domain.types import Actor
from hubsim_cloud.domain.verdicts import MessageVerdict
from hubsim_cloud.domain.views.view import View
from hubsim_cloud.engine import CloudEngine
from hubsim_cloud.ports import Complain
from hubsim_cloud.service.decision_batch import Decided
from hubsim_cloud.service.message_watch import MessageWatch
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
from hubsim_contract.wire.topics import MessageKind, Topics


class RunningCloud:
    """One cloud on a restored engine. `service.run` until cancelled; `crash` ends everything."""

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
        changed: asyncio.Event | None = None,
        journal: Callable[[Decided], None] | None = None,
        watch: MessageWatch | None = None,
    ) -> None:
        """Take the parts; `port_filter` and `changed` may be shared with a bench in the same loop."""
        self.store = store
        self.clock = clock
        self.topics = topics
        self.observer = observer
        self.tracker = tracker
        self.watch = watch or MessageWatch()
        self.changed = changed or asyncio.Event()
        """Set at every change."""
        self.filter = port_filter or PortFilter(topics, clock, observer, self._deliver, self._is_online)
        presence = topics.of(MessageKind.CLOUD_PRESENCE)
        self.port = TappedCloudPort(open_port, self.filter, tracker, self.changed.set, presence)
        self.service = CloudService(engine, store, clock, self.port.perform, self, journal=journal)

    @property
    def engine(self) -> CloudEngine:
        """The cloud's core, for reading."""
        return self.service.engine

    async def command(self, actor: Actor, command: Command) -> Accepted | Refusal:
        """Perform a command. Raises the errors of `CloudService.command`."""
        return await self.service.command(actor, command)

    async def query(self, actor: Actor, query: Query) -> View | Refusal:
        """Answer a query. Raises the errors of `CloudService.look`."""
        return await self.service.look(actor, query)

    def deliver(self, event: PortEvent) -> None:
        """Deliver an event of its port to the cloud."""
        self.service.post(event)

    def sever(self, *, notify: bool) -> None:
        """Cut the connection without a DISCONNECT; `notify`: the cloud receives `ConnectionLost`."""
        self.port.sever(notify=notify)

    # ------------------------------------------------------------------ time and idleness

    def due(self) -> int | None:
        """Return the instant of the earliest timer here, or None."""
        return earliest(self.service.due(), self.filter.due())

    def wake(self) -> bool:
        """Fire all due timers; return whether there were any."""
        woke = self.filter.wake()
        due_ms = self.service.due()
        if due_ms is None or due_ms > self.clock.world_ms():
            return woke
        self.service.post(Wake())
        return True

    def awaited(self, marks: Marks = NO_MARKS) -> list[str]:
        """Return, in words, what is in flight or in progress; `marks`: messages sent by the simulator."""
        busy = [] if self.service.idle else ["the cloud is busy"]
        return self.tracker.awaited(marks) + self.port.awaited() + busy

    async def until_changed(self) -> None:
        """Wait for the next change."""
        self.changed.clear()
        await self.changed.wait()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition is true."""
        while not condition():
            await self.until_changed()

    # ------------------------------------------------------------------ the end

    async def crash(self, serving: asyncio.Task[None]) -> None:
        """End like a killed process: without a DISCONNECT, and uncommitted data is lost.

        Closes the database also when it is cancelled: the thread of an open one would keep the process alive.
        """
        try:
            self.sever(notify=False)
            serving.cancel()
            await asyncio.wait({serving})
            await self.port.aclose()
        finally:
            await self.store.close()

    def _deliver(self, _station: str, event: PortEvent) -> None:
        self.deliver(event)

    def _is_online(self, _station: str) -> bool:
        return self.service.engine.online

    # ------------------------------------------------------------------ callbacks of the service

    def record(self, first_position: int, facts: tuple[Fact, ...]) -> None:  # noqa: ARG002 (a feed's)
        """Trace facts that are durable now."""
        self.observer.record(facts)

    def kept(self, hubs: tuple[str, ...]) -> None:
        """Handle the hubs whose newer data is durable now."""

    def complain(self, complaint: Complain) -> None:
        """Trace a message that was refused."""
        self.observer.complain(complaint)

    def judged(self, verdict: MessageVerdict) -> None:
        """Keep and stream a verdict on a message of a hub."""
        self.watch.judged(verdict)

    def served(self) -> None:
        """Handle the end of a batch."""
        self.changed.set()
