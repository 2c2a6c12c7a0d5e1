"""A batch of decisions: all waiting items are decided together, and committed in one transaction.

Sends nothing. In addition to the effects of the engine, a batch has the data that the shell adds to a
command: the answer stored under its key, and rows for the same transaction.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

import msgspec

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
    Keep,
    QueryReceived,
    RecordFacts,
)
from hubsim_cloud.service.rows import Credential, Kept, Key, RowChanges, UserSession, kept_answer
from hubsim_cloud.service.store import Batch
from hubsim_contract.core import Now
from hubsim_contract.wire.messages import HubEvent

RowChangesOf = Callable[[Accepted], RowChanges]
"""Returns the rows to store in the same transaction as the facts of an accepted command."""
Outcome = Accepted | View | Refusal | Stale


class DecisionClock(Protocol):
    """The part of the world clock that the cloud needs."""

    def now(self) -> Now:
        """Return the time."""
        ...


class DecisionRequest(msgspec.Struct, frozen=True):
    """A command, with the idempotency key and the rows that the shell adds."""

    event: CommandReceived
    key: Key | None = None
    row_changes: RowChangesOf | None = None


class WriteRows(msgspec.Struct, frozen=True):
    """Rows to store without a command."""

    number: int
    rows: RowChanges


class Decided(msgspec.Struct, frozen=True):
    """A command or a query of a person, and its outcome.

    Commands that were replayed under their key, and stale commands, have no record: they change nothing.
    """

    at_ms: int
    actor: Actor
    act: Command | Query
    outcome: Accepted | View | Refusal


class Probe(msgspec.Struct, frozen=True):
    """Only checks whether the database can be written again."""


Item = CloudEvent | DecisionRequest | WriteRows | Probe
CATCH_UP_AT_ONCE = 200
"""The number of services that end in one transaction, and so on. In between, the cloud answers queries."""
_SHELL = (DecisionRequest, WriteRows, Probe)
"""Items that are not events of the engine."""


class Reused(msgspec.Struct, frozen=True):
    """The key was used for another request before. Its answer is not valid for this one."""

    key: Key


class Reply(msgspec.Struct, frozen=True):
    """The response to the item with this number, sent after the commit."""

    number: int
    outcome: Outcome | Reused | None
    replayed: bool = False


class DecisionBatch:
    """The decisions of one batch. `outputs`: effects and replies, in order, to release after the commit."""

    def __init__(self, engine: CloudEngine, kept: dict[tuple[str, str], Kept]) -> None:
        self.outputs: list[CloudEffect | Reply | Decided] = []
        self._engine = engine
        self._kept = kept
        self._new: dict[tuple[str, str], Kept] = {}
        self._rows: list[RowChanges] = []

    def another(self) -> "DecisionBatch":
        """Return an empty batch that follows this one, for the same requests."""
        return DecisionBatch(self._engine, self._kept)

    def catch_up(self, now: Now) -> bool:
        """Apply what was due before, or a part of it; return whether it was everything."""
        if self._engine.is_behind(now):
            self.outputs += self._engine.catch_up(now, CATCH_UP_AT_ONCE)
        return not self._engine.is_behind(now)

    def decide(self, items: Iterable[Item], clock: DecisionClock) -> None:
        """Decide the items one after the other."""
        for item in items:
            if not isinstance(item, _SHELL):
                self._event(item, clock.now())
            elif isinstance(item, DecisionRequest):
                self._request(item, clock.now())
            elif isinstance(item, WriteRows):
                self._rows.append(item.rows)
                self.outputs.append(Reply(item.number, None))

    def _event(self, event: CloudEvent, now: Now) -> None:
        effects = self._engine.handle(event, now)
        if isinstance(event, QueryReceived):
            self._decided(now, event.actor, event.query, effects)
        else:
            self.outputs += effects

    def _decided(self, now: Now, actor: Actor, act: Command | Query, effects: Sequence[CloudEffect]) -> None:
        """Add the effects of a command or a query, with the decision before everything that it causes.

        Facts that were due before the command are before its decision.
        """
        place = next(place for place, effect in enumerate(effects) if isinstance(effect, Answer))
        answer = effects[place]
        assert isinstance(answer, Answer)
        outcome = answer.outcome
        if isinstance(outcome, Accepted) and outcome.facts:
            place -= 1  # the facts of the command
        self.outputs += effects[:place]
        if not isinstance(outcome, Stale):
            self.outputs.append(Decided(now.world_ms, actor, act, outcome))
        self.outputs += effects[place:]

    def batch(self, host_ms: int) -> Batch:
        """Return the data that must be durable before the outputs are released."""
        facts: list[Fact] = []
        devices: dict[str, Device] = {}
        events: list[HubEvent] = []
        first = 0
        for effect in self.outputs:
            if isinstance(effect, RecordFacts):
                first = first or effect.first_position
                facts += effect.facts
            elif isinstance(effect, Keep):
                devices[effect.hub] = effect.device
                if effect.event is not None:
                    events.append(effect.event)
        return Batch(
            first_position=first,
            facts=tuple(facts),
            devices=devices,
            events=tuple(events),
            rows=_merged(self._rows),
            kept=self._new,
            kept_at_ms=host_ms,
        )

    def _request(self, request: DecisionRequest, now: Now) -> None:
        key, number = request.key, request.event.number
        if key is not None:
            known = self._new.get(key.name) or self._kept.get(key.name)
            if known is not None:
                again = known.outcome if known.fingerprint == key.fingerprint else Reused(key)
                self.outputs.append(Reply(number, again, replayed=True))
                return
        effects = self._engine.handle(request.event, now)
        for effect in effects:
            if isinstance(effect, Answer):
                self._add_rows(request, effect.outcome)
        self._decided(now, request.event.actor, request.event.command, effects)

    def _add_rows(self, request: DecisionRequest, outcome: Outcome) -> None:
        """Add the rows of the request, and store the answer under its key. `Stale` is not stored."""
        if isinstance(outcome, Accepted) and request.row_changes is not None:
            self._rows.append(request.row_changes(outcome))
        if isinstance(outcome, Accepted | Refusal) and request.key is not None:
            self._new[request.key.name] = kept_answer(request.key, outcome)


def keys(items: Iterable[Item]) -> set[tuple[str, str]]:
    """Return the (scope, key) of all requests that have a key."""
    return {item.key.name for item in items if isinstance(item, DecisionRequest) and item.key is not None}


def _merged(parts: list[RowChanges]) -> RowChanges:
    """Merge the row changes. A later session replaces an earlier one, and an ended one is removed."""
    credentials: dict[str, Credential] = {}
    sessions: dict[str, UserSession] = {}
    ended: dict[str, None] = {}
    for part in parts:
        credentials |= {credential.email: credential for credential in part.credentials}
        for session in part.sessions:
            sessions[session.token_hash] = session
            ended.pop(session.token_hash, None)
        for token_hash in part.ended:
            sessions.pop(token_hash, None)
            ended[token_hash] = None
    return RowChanges(
        credentials=tuple(credentials.values()), sessions=tuple(sessions.values()), ended=tuple(ended)
    )
