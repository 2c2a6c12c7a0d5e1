"""One world's cloud on a server: a running cloud with its sessions, its streams and a durable clock.

Owns the timer: while the world clock runs, timers fire at their time. Only a lab moves a held clock. World
time never goes back, even after a restart or when the host's clock was set back.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import NamedTuple, Protocol, Self

import msgspec

from hubsim_cloud.domain.fact_log import FactLog
from hubsim_cloud.domain.facts import Fact
from hubsim_cloud.domain.market import DEFAULT_MARKET, Market
from hubsim_cloud.domain.replay import StateReplay
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.engine import CloudEngine
from hubsim_cloud.http.settings import HttpSettings
from hubsim_cloud.ports import Complain
from hubsim_cloud.service.auth import Auth
from hubsim_cloud.service.feed import Feed
from hubsim_cloud.service.message_watch import MessageMetrics, MessageWatch
from hubsim_cloud.service.operator_access import OperatorAccess
from hubsim_cloud.service.package_check import check_packages
from hubsim_cloud.service.packing import pack_in_advance
from hubsim_cloud.service.service import host_ms
from hubsim_cloud.service.store import Store
from hubsim_cloud.world.boot_number import next_boot
from hubsim_cloud.world.broker_session import client_id_of
from hubsim_cloud.world.metered_store import MeteredStore
from hubsim_cloud.world.observer import STATION, CloudObserver, Unobserved
from hubsim_cloud.world.only_cloud import CloudCheck
from hubsim_cloud.world.running_cloud import RunningCloud
from hubsim_contract.clock import WorldClock
from hubsim_contract.core import Start, Stop
from hubsim_contract.lab.in_flight import Marks, OneSideTracker
from hubsim_contract.lab.protocol import ClockReading
from hubsim_contract.lab.quiescence import wait_until_idle
from hubsim_contract.lab.tapped_port import OpenPort
from hubsim_contract.wire.topics import MessageKind, Topics
from hubsim_storage.errors import StoreError

_CLOCK = "clock"
HOUR_MS = 3_600_000
TICK_S = 60.0
"""How often a running clock is compared with the host's, which may have slept. Also how often it is stored,
with the highest host time that was seen."""
FORGET_EVERY_TICKS = 60
"""After this number of ticks, expired sessions and old answers to retried requests are removed."""
STOP_LIMIT_S = 5.0
"""How long the work in progress may take at a stop; then the connection is cut."""


class SavedClock(msgspec.Struct, frozen=True, kw_only=True):
    """The world clock as it is stored: its time, and how far a running one is ahead of the host's."""

    world_ms: int
    held: bool
    ahead_ms: int = 0
    host_ms: int = 0
    """The highest host time that was seen: a session that had expired by then stays expired."""


class WorldPlan(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters of a world."""

    name: str = ""
    prefix: str
    """The prefix of its topics."""
    settings: CloudSettings = CloudSettings()
    market: Market = DEFAULT_MARKET
    http: HttpSettings = HttpSettings()
    clock: ClockReading | None = None
    """The start of a new world's clock; None: now, and running."""
    operator_token: str | None = None
    idempotency_hours: int = 24
    keeps_sessions: bool = True
    """Whether the broker keeps sessions (`BrokerProfile.keeps_sessions`)."""
    traced: bool = False


class WorldJournal(Protocol):
    """Records what people do in a world; its observer passes their decisions on."""

    def close(self) -> None:
        """End all waits for further entries."""
        ...


class Observed(NamedTuple):
    """The observers of a world."""

    observer: CloudObserver
    journal: WorldJournal | None = None


Observe = Callable[[WorldPlan, WorldClock], Observed]
"""Returns the observers of a world that is being opened; a lab provides its own."""


def unobserved(_plan: WorldPlan, _clock: WorldClock) -> Observed:
    """Return an observer that ignores everything."""
    return Observed(Unobserved())


class CloudWorld(RunningCloud):
    """One world's cloud. Use `CloudWorld.open`; `run` until `stop`; then `close`."""

    tracker: OneSideTracker
    store: MeteredStore

    def __init__(
        self,
        plan: WorldPlan,
        store: MeteredStore,
        clock: WorldClock,
        engine: CloudEngine,
        open_port: OpenPort,
        observed: Observed,
        watch: MessageWatch,
    ) -> None:
        topics = Topics(plan.prefix)
        super().__init__(
            engine,
            store,
            clock,
            topics,
            open_port,
            observed.observer,
            OneSideTracker(topics, lambda _: STATION),
            journal=observed.observer.decided,
            watch=watch,
        )
        self.plan = plan
        self._check: CloudCheck | None = None
        self.meters = store.meters
        self._rescheduled = asyncio.Event()
        self._stopping = asyncio.Event()
        self.journal = observed.journal
        self.feed = Feed(lambda: self.service.engine, len(engine.log))
        self.meters.registry.register(MessageMetrics(watch, lambda: self.engine.inspector))
        self.auth: Auth
        self.operator = OperatorAccess(plan.operator_token)
        self._host_ms: Callable[[], int] = host_ms
        self._ahead_ms = 0
        """How far the running world clock is ahead of the host's, since it was last set."""
        self.used_at = time.monotonic()
        """When the world was used last, on the monotonic clock in s."""

    @classmethod
    async def open(
        cls,
        plan: WorldPlan,
        path: Path,
        open_port: OpenPort,
        host_ms: Callable[[], int] = host_ms,
        observe: Observe = unobserved,
    ) -> Self:
        """Open the database, and create the world from it. Raises `StoreError`.

        `host_ms` is the host's clock, in ms since 1970-01-01T00:00Z; it may be set at any time.
        """
        store = await MeteredStore.open(path)
        try:
            replay = StateReplay(plan.settings, plan.market)
            saved = await store.load(replay)
            await pack_in_advance(store, saved.facts)
            kept = await _kept_clock(store)
            clock, ahead_ms = _clock(kept, plan, saved.facts, host_ms())
            watch = MessageWatch()
            engine = CloudEngine(
                plan.settings,
                Topics(plan.prefix),
                market=plan.market,
                clean_session=not plan.keeps_sessions,
                name=client_id_of(plan.name),
                watched=watch.wants,
                boot=await next_boot(store, host_ms()),
                state=replay.state,
            )
            engine.restore(saved.facts, saved.devices)
            check_packages(engine.state, path)
            world = cls(plan, store, clock, engine, open_port, observe(plan, clock), watch)
            world._host_ms, world._ahead_ms = host_ms, ahead_ms
            world.auth = await Auth.open(
                world.service,
                store,
                session_hours=plan.http.session_hours,
                hashing=plan.http.hashing,
                host_ms=host_ms,
                seen_ms=0 if kept is None else kept.host_ms,
                attempted=lambda outcome: world.meters.signed_in(outcome.value),
            )
            await world.keep_clock()
        except BaseException:
            await store.close()
            raise
        return world

    @property
    def name(self) -> str:
        """The name in `/worlds/{name}/`; empty for the main one."""
        return self.plan.name

    def ready(self) -> list[str]:
        """Return, in words, what is missing until the world can serve; empty when it is ready."""
        trouble = self.service.trouble
        awaited = [] if trouble is None else [str(trouble)]
        if self.service.engine.online:
            return awaited
        failed = self.port.trouble or (self._check.trouble if self._check is not None else "")
        return [*awaited, f"the broker: {failed}" if failed else "the broker"]

    async def until_ready(self) -> None:
        """Wait until the world can serve."""
        await self.until(lambda: not self.ready())

    async def run(self, check: CloudCheck | None = None) -> None:
        """Serve until `stop`. Work in progress is finished first.

        With a `check` it connects to the broker only after it. Raises `CloudTaken`.
        """
        self._check = check
        async with asyncio.TaskGroup() as group:
            serving = group.create_task(self.service.run(), name=f"cloud {self.name}".strip())
            ticking = group.create_task(self._tick(), name=f"timer {self.name}".strip())
            tidying = group.create_task(self._tidy(), name=f"tidying {self.name}".strip())
            starting = group.create_task(self._start(check), name=f"start {self.name}".strip())
            await self._stopping.wait()
            self.end_streams()
            starting.cancel()
            ticking.cancel()
            tidying.cancel()
            with suppress(TimeoutError):
                await self._finish()
            serving.cancel()

    def stop(self) -> None:
        """Stop `run`."""
        self._stopping.set()

    def end_streams(self) -> None:
        """End all event streams and all waits for journal entries."""
        self.feed.close()
        self.watch.close()
        self.observer.close()
        if self.journal is not None:
            self.journal.close()

    async def close(self) -> None:
        """Close the connection to the broker, and the database."""
        await self.port.aclose()
        with suppress(StoreError):
            await self.keep_clock()
        await self.store.close()

    # ------------------------------------------------------------------ time and idleness, for a lab

    def reading(self) -> ClockReading:
        """Return the world clock."""
        return ClockReading(self.clock.world_ms(), self.clock.held)

    def follow_host(self) -> None:
        """Advance the running clock to the host's, which may have slept or been corrected.

        If the host's clock was set back, the world's runs on without it.
        """
        if not self.clock.held:
            self.clock.catch_up(self._host_ms() + self._ahead_ms)

    async def clock_was_set(self) -> None:
        """Record that the world clock was moved, held or released on purpose. Raises `StoreError`."""
        self._ahead_ms = self.clock.world_ms() - self._host_ms()
        await self.keep_clock()

    async def keep_clock(self) -> None:
        """Store the world clock, and the sessions that moved with the host's clock. Raises `StoreError`."""
        await self.auth.keep_sessions()
        saved = SavedClock(
            world_ms=self.clock.world_ms(),
            held=self.clock.held,
            ahead_ms=self._ahead_ms,
            host_ms=self.auth.now_ms(),
        )
        await self.store.set_meta(_CLOCK, msgspec.json.encode(saved))

    async def wait_until_idle(self, marks: Marks) -> None:
        """Wait until nothing is in flight and nothing is due; `marks`: messages sent by the simulator."""
        await wait_until_idle(lambda: self.awaited(marks), self.wake, self.until_changed)

    async def until_received(self, topic: str, payload: bytes) -> None:
        """Wait until the cloud has received a message."""
        await self.until(lambda: self.tracker.received_log.has(topic, payload))

    async def acknowledged(self) -> None:
        """Wait until the broker has acknowledged all messages."""
        await self.until(lambda: not self.port.unacknowledged)

    def reschedule(self) -> None:
        """Make the timer check the clock again."""
        self._rescheduled.set()

    def desired_topics(self) -> tuple[str, ...]:
        """Return the topics on which the broker retains a message of this cloud."""
        hubs = self.service.engine.state.hubs.values()
        return tuple(self.topics.of(MessageKind.DESIRED, hub.id) for hub in hubs if hub.version)

    # ------------------------------------------------------------------ callbacks of the service

    def record(self, first_position: int, facts: tuple[Fact, ...]) -> None:
        """Trace, count and stream facts that are durable now."""
        super().record(first_position, facts)
        self.meters.recorded(len(facts))
        self.feed.record(first_position, facts)

    def kept(self, hubs: tuple[str, ...]) -> None:
        """Stream the hubs whose newer data is durable now."""
        self.feed.kept(hubs)
        self.observer.kept(hubs)

    def complain(self, complaint: Complain) -> None:
        """Trace and count a message that was refused."""
        super().complain(complaint)
        self.meters.complained(complaint.rule)

    def served(self) -> None:
        """Handle the end of a batch."""
        super().served()
        self.watch.changed()
        self._rescheduled.set()

    # ------------------------------------------------------------------ inside

    async def _start(self, check: CloudCheck | None) -> None:
        if check is not None:
            await check.until_alone()
        self.service.post(Start())

    async def _tick(self) -> None:
        while True:
            self._rescheduled.clear()
            self.follow_host()
            due_ms = self.due()
            wait_s = TICK_S
            if due_ms is not None and not self.clock.held:
                wait_s = min(wait_s, max(0, due_ms - self.clock.world_ms()) / 1000)
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._rescheduled.wait()
                continue
            self.follow_host()
            if not self.clock.held and self.wake():
                await self._rescheduled.wait()  # the end of the batch sets it

    async def _tidy(self) -> None:
        """Store the clock periodically, and remove old data from time to time."""
        for tick in count(1):
            await asyncio.sleep(TICK_S)
            with suppress(StoreError):  # the service reports it
                await self.keep_clock()
                if tick % FORGET_EVERY_TICKS == 0:
                    await self.store.date_back(self.auth.now_ms())
                    oldest_ms = self._host_ms() - self.plan.idempotency_hours * HOUR_MS
                    await self.store.forget_before(oldest_ms)

    async def _finish(self) -> None:
        self.service.post(Stop())
        async with asyncio.timeout(STOP_LIMIT_S):
            await self.until(lambda: self.service.idle)


async def _kept_clock(store: Store) -> SavedClock | None:
    kept = await store.meta(_CLOCK)
    return None if kept is None else msgspec.json.decode(kept, type=SavedClock)


def _clock(
    kept: SavedClock | None, plan: WorldPlan, facts: FactLog, host_now_ms: int
) -> tuple[WorldClock, int]:
    """Return the stored clock, and how far it is ahead of the host's.

    A running one has advanced with the host's, but never goes back, and never before the last fact.
    """
    latest_ms = max((fact.at_ms for fact in facts[-1:]), default=0)
    if kept is not None:
        held, ahead_ms = kept.held, kept.ahead_ms
        at_ms = kept.world_ms if held else max(kept.world_ms, host_now_ms + ahead_ms)
    else:
        begin = plan.clock or ClockReading(host_now_ms, held=False)
        held, at_ms = begin.held, begin.world_ms
        ahead_ms = at_ms - host_now_ms
    clock = WorldClock(max(at_ms, latest_ms), lambda: time.monotonic_ns() // 1_000_000)
    if not held:
        clock.release()
    return clock, ahead_ms
