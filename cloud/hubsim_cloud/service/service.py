"""The asyncio shell of the cloud: one inbound queue, one engine, one database, one MQTT port.

Owns the order of the steps, without which acknowledged data could be lost. All items in the queue are
decided as one batch, its facts are committed in one transaction, then answers and messages are sent.

If the database cannot be written, the service continues without it. The engine, whose memory is ahead of
the database, is rebuilt from the stored facts and answers queries. Commands are refused with `StorageDown`.
The connection to the broker is closed, so that hubs keep their messages. The first successful probe ends
this mode. An error that does not come from storage is a bug, and ends the service.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable

import msgspec

from hubsim_cloud.domain.commands import Command
from hubsim_cloud.domain.context import Accepted
from hubsim_cloud.domain.pager import Pager
from hubsim_cloud.domain.queries import Query
from hubsim_cloud.domain.refusals import Refusal
from hubsim_cloud.domain.revisions import Stale, can_be_stale
from hubsim_cloud.domain.types import Actor
from hubsim_cloud.domain.views.view import View
from hubsim_cloud.engine import CloudEngine
from hubsim_cloud.ports import (
    Answer,
    CloudEvent,
    CommandReceived,
    Complain,
    Judged,
    Keep,
    QueryReceived,
    RecordFacts,
)
from hubsim_cloud.service.complaint_log import ComplaintLog
from hubsim_cloud.service.decision_batch import (
    Decided,
    DecisionBatch,
    DecisionClock,
    DecisionRequest,
    Item,
    Probe,
    Reply,
    Reused,
    RowChangesOf,
    WriteRows,
    keys,
)
from hubsim_cloud.service.inbound_queue import InboundQueue
from hubsim_cloud.service.packing import pack
from hubsim_cloud.service.rows import Key, RowChanges
from hubsim_cloud.service.store import Batch, Store
from hubsim_cloud.service.watcher import Watcher
from hubsim_contract.core import Start, Stop, Wake
from hubsim_contract.mqtt.port import PortEffect, Received
from hubsim_storage.errors import StoreError

log = logging.getLogger(__name__)

MAX_BATCH = 1_000
"""The maximum number of events in one batch; further events are in the next batch."""
PROBE_EVERY_S = 5.0
"""The interval at which the service checks whether the database can be written again."""
MAX_HELD = 10_000
"""The maximum number of received messages that are held until the database can be written. Beyond it the
oldest are dropped: hubs publish their state again, but their events are lost."""

_LASTING = (Received, QueryReceived, DecisionRequest, WriteRows)
"""Items that are still valid after the connection was replaced."""


class CloudStopped(Exception):
    """The service ended before it could answer. Whether a command took effect is unknown."""


class KeyReused(Exception):
    """The idempotency key was used for another request before. Nothing was done."""

    def __init__(self, key: Key) -> None:
        super().__init__(f"the key {key.key!r} was used for another request: use a new key for each request")
        self.key = key


class StorageDown(Exception):
    """The database cannot be written now, and nothing was done. `error` has the reason and what to do."""

    def __init__(self, error: StoreError) -> None:
        super().__init__(f"nothing can be changed now: {error}")
        self.error = error


class CommandDone(msgspec.Struct, frozen=True):
    """The outcome of a command. An accepted command is durable."""

    outcome: Accepted | Refusal | Stale
    replayed: bool = False
    """The outcome is the stored answer of an earlier request with the same key; nothing was done again."""


def host_ms() -> int:
    """Return the host's time in milliseconds since 1970-01-01T00:00Z."""
    return time.time_ns() // 1_000_000


class CloudService:
    """The running cloud. `run` serves until it is cancelled; `perform` sends effects to the MQTT port.

    `host_ms` dates the stored answers. `pause` waits for a number of seconds of real time. `journal`
    receives the commands and queries of people, after the commit, in the order of their decisions.
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
        """Replaced by a new engine after the database could not be written."""
        self.trouble: StoreError | None = None
        """The reason why the database cannot be written; None if it can."""
        self._store = store
        self._clock = clock
        self._perform = perform
        self._watcher = watcher
        self._host_ms = host_ms
        self._pause = pause
        self._journal = journal
        self._inbound = InboundQueue()
        self._asked = 0
        self._waiting: dict[int, asyncio.Future[Reply]] = {}
        self._ended = False
        self._connects = False
        """Whether the next engine connects to the broker."""
        self._readable = True
        """Whether the engine has all stored facts; false while the database cannot be read either."""
        self._held: deque[Received] = deque(maxlen=MAX_HELD)
        self._probing: asyncio.Task[None] | None = None
        self._complaints = ComplaintLog(log.warning, watcher)

    @property
    def idle(self) -> bool:
        """Whether all posted items were decided, committed and sent."""
        return self._inbound.open == 0

    @property
    def depth(self) -> int:
        """The number of items in the queue."""
        return len(self._inbound)

    def due(self) -> int | None:
        """Return when a `Wake` must be posted, in world milliseconds, or None."""
        return self.engine.due() if self.trouble is None else None

    def post(self, event: CloudEvent) -> None:
        """Put an event into the queue; never blocks."""
        self._inbound.put(event)

    async def command(self, actor: Actor, command: Command) -> Accepted | Refusal:
        """Return the outcome of the command. An accepted command is durable. Raises as `submit` does."""
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
        row_changes: RowChangesOf | None = None,
    ) -> CommandDone:
        """Decide the command. With a key it is decided only once.

        `expects` is the expected revision of the edited hub or company; only commands that `can_be_stale`
        have one. The rows that `row_changes` returns are committed with the facts of an accepted command.
        Raises `KeyReused`, `StorageDown` if nothing was done, `CloudStopped` if that is unknown.
        """
        assert expects is None or can_be_stale(command)
        reply = await self._ask(
            lambda number: DecisionRequest(CommandReceived(number, actor, command, expects), key, row_changes)
        )
        assert isinstance(reply.outcome, Accepted | Refusal | Stale)
        return CommandDone(reply.outcome, replayed=reply.replayed)

    async def keep(self, rows: RowChanges) -> None:
        """Store the rows; they are durable when this returns. Raises `StorageDown`, `CloudStopped`."""
        await self._ask(lambda number: WriteRows(number, rows))

    async def look(self, actor: Actor, query: Query, pager: Pager | None = None) -> View | Refusal:
        """Return the view. Raises `CloudStopped`, and `StorageDown` if the database cannot be read."""
        outcome = (await self._ask(lambda number: QueryReceived(number, actor, query, pager))).outcome
        assert isinstance(outcome, View | Refusal)
        return outcome

    def revision(self, subject: str) -> int:
        """Return the revision of a hub or a company: the position of the fact of its last edit; 0 if none.

        It can be ahead of the stored facts, and so of every view.
        """
        return self.engine.state.revisions.get(subject, 0)

    async def run(self) -> None:
        """Serve until cancelled."""
        try:
            while True:
                batch = await self._inbound.take(MAX_BATCH)
                await self._serve(batch)
                self._inbound.done(len(batch))
                self._watcher.served()
        finally:
            self._ended = True
            for future in self._waiting.values():
                future.cancel()
            self._waiting.clear()
            self._complaints.close()
            await self._end_probing()

    async def _ask(self, item: Callable[[int], Item]) -> Reply:
        if self._ended:
            raise CloudStopped("the cloud has stopped")
        self._asked += 1
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting[self._asked] = future
        self._inbound.put(item(self._asked))
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
                self._process_without_storage(items, self.trouble)
                return
            items = self._restart_items(items)
        try:
            decisions = DecisionBatch(self.engine, await self._store.kept(keys(items)))
            while not decisions.catch_up(self._clock.now()):
                await self._commit(decisions)
                items = self._answer_queries(items)
                await asyncio.sleep(0)
                decisions = decisions.another()
            decisions.decide(items, self._clock)
            await self._commit(decisions)
            if self.engine.has_more_to_send:
                self._inbound.put(Wake())  # after what has come in the meantime
        except StoreError as error:
            await self._fail(items, error)

    async def _commit(self, decisions: DecisionBatch) -> None:
        await self._store.commit(batch := decisions.batch(self._host_ms()))
        self._release(decisions, batch)
        await pack(self._store, self.engine.log)

    def _answer_queries(self, items: list[Item]) -> list[Item]:
        """Answer all queries of a batch and in the queue now; return the other items of the batch.

        Facts that are due stay due for them: they see the durable part.
        """
        queued = self._inbound.take_queries()
        for item in (*queued, *items):
            if isinstance(item, QueryReceived):
                self._look(item)
        self._inbound.done(len(queued))
        return [item for item in items if not isinstance(item, QueryReceived)]

    def _look(self, query: QueryReceived) -> None:
        now = self._clock.now()
        answer = self.engine.look(query, now)
        self._reply(Reply(answer.number, answer.outcome))
        if self._journal is not None and isinstance(answer.outcome, View | Refusal):
            self._journal(Decided(now.world_ms, query.actor, query.query, answer.outcome))

    def _release(self, decisions: DecisionBatch, batch: Batch) -> None:
        for output in decisions.outputs:
            match output:
                case Keep():
                    pass  # durable since the commit
                case Answer():
                    self._reply(Reply(output.number, output.outcome))
                case Reply():
                    self._reply(output)
                case RecordFacts():
                    self._watcher.record(output.first_position, output.facts)
                case Complain() | Judged():
                    self._complaints.pass_on(output)
                case Decided():
                    if self._journal is not None:
                        self._journal(output)
                case _:
                    self._perform(output)
        if batch.devices:
            self._watcher.kept(tuple(batch.devices))
        self._complaints.write()

    def _reply(self, reply: Reply) -> None:
        future = self._waiting.pop(reply.number, None)
        if future is not None and not future.done():
            future.set_result(reply)

    # ------------------------------------------------------------------ without storage

    async def _fail(self, items: list[Item], error: StoreError) -> None:
        """Drop the decisions, and replace the engine and its connection."""
        log.error("the database cannot be written: %s", error)
        self.trouble = error
        self._connects = self.engine.started
        for effect in self.engine.leaving():
            self._perform(effect)
        await self._rebuild_engine()
        self._process_without_storage(items, error)
        self._probing = asyncio.create_task(self._probe(), name="cloud storage probe")

    def _process_without_storage(self, items: list[Item], error: StoreError) -> None:
        """Hold the messages of hubs, answer queries from the stored facts, refuse commands, drop the rest."""
        for item in items:
            match item:
                case Received():
                    self._held.append(item)
                case QueryReceived() if self._readable:
                    self._look(item)
                case QueryReceived() | WriteRows():
                    self._refuse(item.number, error)
                case DecisionRequest():
                    self._refuse(item.event.number, error)
                case Start() | Stop():
                    self._connects = isinstance(item, Start)

    def _refuse(self, number: int, error: StoreError) -> None:
        future = self._waiting.pop(number, None)
        if future is not None and not future.done():
            future.set_exception(StorageDown(error))

    async def _rebuild_engine(self) -> None:
        """Rebuild the engine from the stored facts, if they can be read."""
        self.engine = self.engine.anew()
        try:
            saved = await self._store.load()
        except StoreError as error:
            log.error("the database cannot be read either: %s", error)  # noqa: TRY400 (the text is enough)
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
            await self._rebuild_engine()
        if not self._readable:
            return False
        log.warning("the database can be written again")
        self.trouble = None
        await self._end_probing()
        return True

    def _restart_items(self, items: list[Item]) -> list[Item]:
        """Return the items for the new engine: the start, then held messages, then the current items.

        Events of the closed connection are dropped.
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
            self._inbound.put(Probe())

    async def _end_probing(self) -> None:
        probing, self._probing = self._probing, None
        if probing is not None:
            probing.cancel()
            await asyncio.wait({probing})
