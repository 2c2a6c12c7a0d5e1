"""The asyncio shell of the cloud: one queue in, one engine, one database, one MQTT port.

Owns the order that makes nothing acknowledged get lost: whatever waits in the queue is decided as one
batch, its facts are committed in one transaction, and only then do answers and messages go out.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from cloud.domain.case import Accepted
from cloud.domain.commands import Command
from cloud.domain.facts import Fact
from cloud.domain.queries import Query
from cloud.domain.refusals import Refusal
from cloud.domain.state import Device
from cloud.domain.views.view import View
from cloud.domain.words import Actor
from cloud.engine import (
    Answer,
    CloudEffect,
    CloudEngine,
    CloudEvent,
    CommandReceived,
    Complain,
    Keep,
    LookReceived,
    Record,
)
from cloud.store import Batch, Store
from contract.core import Now, PortEffect
from contract.messages import HubEvent

log = logging.getLogger(__name__)

MAX_BATCH = 1_000
"""So many events are decided at most before they are committed; the rest waits for the next batch."""


class Clock(Protocol):
    """What the service needs of the world clock."""

    def now(self) -> Now:
        """Return the time."""
        ...


class Watcher(Protocol):
    """Who wants to know what was committed and refused, for a trace."""

    def record(self, facts: tuple[Fact, ...]) -> None:
        """Take facts that are durable now."""
        ...

    def complain(self, complaint: Complain) -> None:
        """Take a message that was refused."""
        ...

    def served(self) -> None:
        """Take note that a batch is done with."""
        ...


class CloudStopped(Exception):
    """The service ended before it could answer. Whether a command took effect is unknown."""


class CloudService:
    """The running cloud. `run` until cancelled; `perform` carries effects to the MQTT port."""

    def __init__(
        self,
        engine: CloudEngine,
        store: Store,
        clock: Clock,
        perform: Callable[[PortEffect], None],
        watcher: Watcher,
    ) -> None:
        self.engine = engine
        self._store = store
        self._clock = clock
        self._perform = perform
        self._watcher = watcher
        self._queue: asyncio.Queue[CloudEvent] = asyncio.Queue()
        self._open = 0
        self._asked = 0
        self._waiting: dict[int, asyncio.Future[Accepted | View | Refusal]] = {}
        self._ended = False

    @property
    def idle(self) -> bool:
        """Whether everything posted has been decided, committed and sent."""
        return self._open == 0

    def post(self, event: CloudEvent) -> None:
        """Put an event into the queue; never blocks."""
        self._open += 1
        self._queue.put_nowait(event)

    async def command(self, actor: Actor, command: Command) -> Accepted | Refusal:
        """Return what became of the wish; a granted one is durable. Raises `CloudStopped`."""
        outcome = await self._ask(lambda number: CommandReceived(number, actor, command))
        assert isinstance(outcome, Accepted | Refusal)
        return outcome

    async def look(self, actor: Actor, query: Query) -> View | Refusal:
        """Return the view. Raises `CloudStopped`."""
        outcome = await self._ask(lambda number: LookReceived(number, actor, query))
        assert isinstance(outcome, View | Refusal)
        return outcome

    async def run(self) -> None:
        """Serve until cancelled. Raises `StoreError` when the database cannot be written any more."""
        try:
            while True:
                batch = [await self._queue.get()]
                while not self._queue.empty() and len(batch) < MAX_BATCH:
                    batch.append(self._queue.get_nowait())
                await self._serve(batch)
                self._open -= len(batch)
                self._watcher.served()
        finally:
            self._ended = True
            for future in self._waiting.values():
                future.cancel()
            self._waiting.clear()

    async def _ask(self, event: Callable[[int], CloudEvent]) -> Accepted | View | Refusal:
        if self._ended:
            raise CloudStopped("the cloud has stopped")
        self._asked += 1
        future: asyncio.Future[Accepted | View | Refusal] = asyncio.get_running_loop().create_future()
        self._waiting[self._asked] = future
        self.post(event(self._asked))
        await asyncio.wait({future})
        if future.cancelled():
            raise CloudStopped("the cloud stopped before it answered")
        return future.result()

    async def _serve(self, events: list[CloudEvent]) -> None:
        effects = [effect for event in events for effect in self.engine.handle(event, self._clock.now())]
        await self._store.commit(_batch(effects))
        for effect in effects:
            self._release(effect)

    def _release(self, effect: CloudEffect) -> None:
        match effect:
            case Answer():
                future = self._waiting.pop(effect.number, None)
                if future is not None and not future.done():
                    future.set_result(effect.outcome)
            case Record():
                self._watcher.record(effect.facts)
            case Complain():
                log.warning("refused a message on %s by %s: %s", effect.topic, effect.rule, effect.text)
                self._watcher.complain(effect)
            case Keep():
                pass  # durable since the commit
            case _:
                self._perform(effect)


def _batch(effects: list[CloudEffect]) -> Batch:
    """Gather what has to be durable before any of the effects is released."""
    facts: list[Fact] = []
    devices: dict[str, Device] = {}
    events: list[HubEvent] = []
    first = 0
    for effect in effects:
        if isinstance(effect, Record):
            first = first or effect.first_position
            facts += effect.facts
        elif isinstance(effect, Keep):
            devices[effect.hub] = effect.device
            if effect.event is not None:
                events.append(effect.event)
    return Batch(first_position=first, facts=tuple(facts), devices=devices, events=tuple(events))
