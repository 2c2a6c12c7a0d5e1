"""The asyncio shell of the cloud: one queue in, one engine, one database, one MQTT port.

Owns the order that makes nothing acknowledged get lost: whatever waits in the queue is decided as one
batch, its facts are committed in one transaction, and only then do answers and messages go out.

While the database cannot be written the service stays: the engine, whose memory ran ahead, is made
again from what is durable and answers looks; commands are refused with `StorageDown`; the connection
to the broker is given up, so that hubs keep what they have to say. The first probing write that works
ends that. An error that is not storage is a bug, and ends the service.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec

from hubsim_cloud.domain.commands import Command
from hubsim_cloud.domain.context import Accepted
from hubsim_cloud.domain.facts import Fact
from hubsim_cloud.domain.queries import Query
from hubsim_cloud.domain.refusals import Refusal
from hubsim_cloud.domain.revisions import Stale, can_be_stale
from hubsim_cloud.domain.types import Actor
from hubsim_cloud.domain.views.view import View
from hubsim_cloud.engine import (
    Answer,
    CloudEngine,
    CloudEvent,
    CommandReceived,
    Complain,
    Keep,
    QueryReceived,
    RecordFacts,
)
from hubsim_cloud.service.decision_batch import (
    Decided,
    DecisionBatch,
    DecisionClock,
    DecisionRequest,
    Item,
    Keeping,
    Probe,
    Reply,
    Reused,
    Rider,
    keys,
)
from hubsim_cloud.service.rows import Key, RowChanges
from hubsim_cloud.service.store import Batch, Store
from hubsim_contract.core import Start, Stop
from hubsim_contract.mqtt.port import Disconnect, PortEffect, Received
from hubsim_storage.errors import StoreError

log = logging.getLogger(__name__)

MAX_BATCH = 1_000
"""So many events are decided at most before they are committed; the rest waits for the next batch."""
PROBE_EVERY_S = 5.0
"""How long the service waits, while the database cannot be written, until it tries by itself."""
MAX_HELD = 10_000
"""So many messages that were heard but not made durable wait for the database; past that the oldest are
dropped: hubs say their state again, their events are lost."""

_LASTING = (Received, QueryReceived, DecisionRequest, Keeping)
"""What is still to be done when the connection has become another one."""


class Watcher(Protocol):
    """Who wants to know what was committed and refused, for a trace or a feed."""

    def record(self, first_position: int, facts: tuple[Fact, ...]) -> None:
        """Take facts that are durable now; the first stands at `first_position` in the log."""
        ...

    def kept(self, hubs: tuple[str, ...]) -> None:
        """Take the hubs of which something newer is known and durable now."""
        ...

    def complain(self, complaint: Complain) -> None:
        """Take a message that was refused."""
        ...

    def served(self) -> None:
        """Take note that a batch is done with; what is due may be another instant now."""
        ...


class CloudStopped(Exception):
    """The service ended before it could answer. Whether a command took effect is unknown."""


class KeyReused(Exception):
    """The idempotency key was used for another request before. Nothing was done."""

    def __init__(self, key: Key) -> None:
        super().__init__(f"the key {key.key!r} was used for another request: take a new one for each")
        self.key = key


class StorageDown(Exception):
    """The database cannot be written now, and nothing was done. `error` says why, and what to do."""

    def __init__(self, error: StoreError) -> None:
        super().__init__(f"nothing can be changed now: {error}")
        self.error = error


class CommandDone(msgspec.Struct, frozen=True):
    """What became of a command; a granted one is durable."""

    outcome: Accepted | Refusal | Stale
    replayed: bool = False
    """Answered from the kept answer of an earlier request with the same key; nothing was done again."""


def host_ms() -> int:
    """Return the host's time in milliseconds since 1970-01-01T00:00Z."""
    return time.time_ns() // 1_000_000


class CloudService:
    """The running cloud. `run` until cancelled; `perform` carries effects to the MQTT port.

    `host_ms` dates the kept answers; `pause` waits for so many seconds of real time; `journal` gets what
    people wished and looked at, once it is durable, in the order in which it was decided.
    """

    def __init__(
        self,
        engine: CloudEngine,
        store: Store,
        clock: DecisionClock,
        perform: Callable[[PortEffect], None],
        watcher: Watcher,
        *,
        host_ms: Callable[[], int] = host_ms,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        journal: Callable[[Decided], None] | None = None,
    ) -> None:
        self.engine = engine
        """Another one after the database could not be written."""
        self.trouble: StoreError | None = None
        """Why the database cannot be written, while it cannot."""
        self._store = store
        self._clock = clock
        self._perform = perform
        self._watcher = watcher
        self._host_ms = host_ms
        self._pause = pause
        self._journal = journal
        self._queue: asyncio.Queue[Item] = asyncio.Queue()
        self._open = 0
        self._asked = 0
        self._waiting: dict[int, asyncio.Future[Reply]] = {}
        self._ended = False
        self._connects = False
        """Whether the next engine is to connect."""
        self._readable = True
        """Whether the engine holds what is durable; not while the database cannot even be read."""
        self._held: deque[Received] = deque(maxlen=MAX_HELD)
        self._probing: asyncio.Task[None] | None = None

    @property
    def idle(self) -> bool:
        """Whether everything posted has been decided, committed and sent."""
        return self._open == 0

    @property
    def depth(self) -> int:
        """How much waits in the queue."""
        return self._queue.qsize()

    def due(self) -> int | None:
        """Return when a `Wake` is to be posted, in world milliseconds, or None."""
        return self.engine.due() if self.trouble is None else None

    def post(self, event: CloudEvent) -> None:
        """Put an event into the queue; never blocks."""
        self._put(event)

    async def command(self, actor: Actor, command: Command) -> Accepted | Refusal:
        """Return what became of the wish; a granted one is durable. Raises as `submit` does."""
        outcome = (await self.submit(actor, command)).outcome
        assert not isinstance(outcome, Stale)
        return outcome

    async def submit(
        self,
        actor: Actor,
        command: Command,
        *,
        key: Key | None = None,
        expects: int | None = None,
        rider: Rider | None = None,
    ) -> CommandDone:
        """Let the cloud decide, once for each key.

        `expects` is the revision of what the command edits, as its author saw it; only commands that
        `can_be_stale` have one. The rows that `rider` returns are stored with the facts of a granted wish.
        Raises `KeyReused`, `StorageDown` when nothing was done, `CloudStopped` when that is unknown.
        """
        assert expects is None or can_be_stale(command)
        reply = await self._ask(
            lambda number: DecisionRequest(CommandReceived(number, actor, command, expects), key, rider)
        )
        assert isinstance(reply.outcome, Accepted | Refusal | Stale)
        return CommandDone(reply.outcome, replayed=reply.replayed)

    async def keep(self, rows: RowChanges) -> None:
        """Store the rows; they are durable when this returns. Raises `StorageDown`, `CloudStopped`."""
        await self._ask(lambda number: Keeping(number, rows))

    async def look(self, actor: Actor, query: Query) -> View | Refusal:
        """Return the view. Raises `CloudStopped`, and `StorageDown` when the database cannot be read."""
        outcome = (await self._ask(lambda number: QueryReceived(number, actor, query))).outcome
        assert isinstance(outcome, View | Refusal)
        return outcome

    def revision(self, subject: str) -> int:
        """Return the position of the fact by which people last edited a hub or a company; 0: none known.

        It can be ahead of what is durable, and so of every view.
        """
        return self.engine.state.revisions.get(subject, 0)

    async def run(self) -> None:
        """Serve until cancelled."""
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
            await self._end_probing()

    def _put(self, item: Item) -> None:
        self._open += 1
        self._queue.put_nowait(item)

    async def _ask(self, item: Callable[[int], Item]) -> Reply:
        if self._ended:
            raise CloudStopped("the cloud has stopped")
        self._asked += 1
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting[self._asked] = future
        self._put(item(self._asked))
        await asyncio.wait({future})
        if future.cancelled():
            raise CloudStopped("the cloud stopped before it answered")
        reply = future.result()
        if isinstance(reply.outcome, Reused):
            raise KeyReused(reply.outcome.key)
        return reply

    # ------------------------------------------------------------------ a batch

    async def _serve(self, items: list[Item]) -> None:
        if self.trouble is not None:
            if not await self._writable_again():
                self._turn_away(items, self.trouble)
                return
            items = self._from_the_beginning(items)
        try:
            decisions, batch = await self._decided(items)
            await self._store.commit(batch)
        except StoreError as error:
            await self._fail(items, error)
            return
        self._release(decisions, batch)

    async def _decided(self, items: list[Item]) -> tuple[DecisionBatch, Batch]:
        decisions = DecisionBatch(self.engine, await self._store.kept(keys(items)))
        decisions.decide(items, self._clock)
        return decisions, decisions.batch(self._host_ms())

    def _release(self, decisions: DecisionBatch, batch: Batch) -> None:
        for said in decisions.said:
            match said:
                case Keep():
                    pass  # durable since the commit
                case Answer():
                    self._reply(Reply(said.number, said.outcome))
                case Reply():
                    self._reply(said)
                case RecordFacts():
                    self._watcher.record(said.first_position, said.facts)
                case Complain():
                    log.warning("refused a message on %s by %s: %s", said.topic, said.rule, said.text)
                    self._watcher.complain(said)
                case Decided():
                    if self._journal is not None:
                        self._journal(said)
                case _:
                    self._perform(said)
        if batch.devices:
            self._watcher.kept(tuple(batch.devices))

    def _reply(self, reply: Reply) -> None:
        future = self._waiting.pop(reply.number, None)
        if future is not None and not future.done():
            future.set_result(reply)

    # ------------------------------------------------------------------ without storage

    async def _fail(self, items: list[Item], error: StoreError) -> None:
        """Drop what was decided, with the memory that ran ahead and the connection that belongs to it."""
        log.error("the database cannot be written: %s", error)
        self.trouble = error
        self._connects = self.engine.started
        self._perform(Disconnect())
        await self._make_again()
        self._turn_away(items, error)
        self._probing = asyncio.create_task(self._probe(), name="cloud storage probe")

    def _turn_away(self, items: list[Item], error: StoreError) -> None:
        """Do nothing of this: hold what hubs said, answer looks from what is durable, refuse the rest."""
        for item in items:
            match item:
                case Received():
                    self._held.append(item)
                case QueryReceived() if self._readable:
                    answer = self.engine.look(item, self._clock.now())
                    self._reply(Reply(answer.number, answer.outcome))
                case QueryReceived() | Keeping():
                    self._refuse(item.number, error)
                case DecisionRequest():
                    self._refuse(item.event.number, error)
                case Start() | Stop():
                    self._connects = isinstance(item, Start)
                case _:
                    pass  # news of a connection that is given up

    def _refuse(self, number: int, error: StoreError) -> None:
        future = self._waiting.pop(number, None)
        if future is not None and not future.done():
            future.set_exception(StorageDown(error))

    async def _make_again(self) -> None:
        """Make the engine again from what is durable, if that can be read."""
        self.engine = self.engine.anew()
        try:
            saved = await self._store.load()
        except StoreError as error:
            log.error("the database cannot be read either: %s", error)  # noqa: TRY400 (the text says it all)
            self._readable = False
            return
        self.engine.restore(saved.facts, saved.devices)
        self._readable = True

    async def _writable_again(self) -> bool:
        try:
            await self._store.probe()
        except StoreError as error:
            self.trouble = error
            return False
        if not self._readable:
            await self._make_again()
        if not self._readable:
            return False
        log.warning("the database can be written again")
        self.trouble = None
        await self._end_probing()
        return True

    def _from_the_beginning(self, items: list[Item]) -> list[Item]:
        """Return what to begin again with: the connection, then what was held, then what came now.

        News of the connection that was given up is not for the new engine.
        """
        for item in items:
            if isinstance(item, Start | Stop):
                self._connects = isinstance(item, Start)
        begin: list[Item] = [Start()] if self._connects else []
        held = [*self._held]
        self._held.clear()
        return begin + held + [item for item in items if isinstance(item, _LASTING)]

    async def _probe(self) -> None:
        while True:
            await self._pause(PROBE_EVERY_S)
            self._put(Probe())

    async def _end_probing(self) -> None:
        probing, self._probing = self._probing, None
        if probing is not None:
            probing.cancel()
            await asyncio.wait({probing})
