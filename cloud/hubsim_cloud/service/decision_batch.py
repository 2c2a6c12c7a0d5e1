"""One turn of the cloud: whatever waits is decided together, and gathered into what becomes durable at once.

Nothing is told to anybody here. Beside what the engine says, a turn holds what the shell adds to a
command: the answer kept under its key, and the rows that ride along in its transaction.
"""

from collections.abc import Callable, Iterable
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
from hubsim_cloud.engine import (
    Answer,
    CloudEffect,
    CloudEngine,
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

Rider = Callable[[Accepted], RowChanges]
"""What is to be stored together with the facts of a granted wish, given what was granted."""
Outcome = Accepted | View | Refusal | Stale


class DecisionClock(Protocol):
    """What the cloud needs of the world clock."""

    def now(self) -> Now:
        """Return the time."""
        ...


class DecisionRequest(msgspec.Struct, frozen=True):
    """A command, with what the shell does beside it."""

    event: CommandReceived
    key: Key | None = None
    rider: Rider | None = None


class Keeping(msgspec.Struct, frozen=True):
    """Rows to be stored by themselves."""

    number: int
    rows: RowChanges


class Decided(msgspec.Struct, frozen=True):
    """A wish or a look of a person, and what became of it.

    Not of a wish that was answered as it was before, under its key, nor of one that was out of date: they
    change nothing.
    """

    at_ms: int
    actor: Actor
    act: Command | Query
    outcome: Accepted | View | Refusal


class Probe(msgspec.Struct, frozen=True):
    """Nothing to do but to see whether the database can be written again."""


Item = CloudEvent | DecisionRequest | Keeping | Probe
_SHELL = (DecisionRequest, Keeping, Probe)
"""What the engine is not told as it is."""


class Reused(msgspec.Struct, frozen=True):
    """The key was used for another request before, whose answer is not given for this one."""

    key: Key


class Reply(msgspec.Struct, frozen=True):
    """What the asker of this number hears once the turn is durable."""

    number: int
    outcome: Outcome | Reused | None
    replayed: bool = False


class DecisionBatch:
    """What is decided in one turn: `said` holds effects and replies in order, for after the commit."""

    def __init__(self, engine: CloudEngine, kept: dict[tuple[str, str], Kept]) -> None:
        self.said: list[CloudEffect | Reply | Decided] = []
        self._engine = engine
        self._kept = kept
        self._new: dict[tuple[str, str], Kept] = {}
        self._rows: list[RowChanges] = []

    def decide(self, items: Iterable[Item], clock: DecisionClock) -> None:
        """Decide about everything, one after the other."""
        for item in items:
            if not isinstance(item, _SHELL):
                self._event(item, clock.now())
            elif isinstance(item, DecisionRequest):
                self._request(item, clock.now())
            elif isinstance(item, Keeping):
                self._rows.append(item.rows)
                self.said.append(Reply(item.number, None))

    def _event(self, event: CloudEvent, now: Now) -> None:
        effects = self._engine.handle(event, now)
        self.said += effects
        if isinstance(event, QueryReceived):
            self._decided(now, event.actor, event.query, effects)

    def _decided(self, now: Now, actor: Actor, act: Command | Query, effects: Iterable[CloudEffect]) -> None:
        outcomes = (effect.outcome for effect in effects if isinstance(effect, Answer))
        self.said += [
            Decided(now.world_ms, actor, act, outcome)
            for outcome in outcomes
            if not isinstance(outcome, Stale)
        ]

    def batch(self, host_ms: int) -> Batch:
        """Return what has to be durable before anything that was said is released."""
        facts: list[Fact] = []
        devices: dict[str, Device] = {}
        events: list[HubEvent] = []
        first = 0
        for effect in self.said:
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
            rows=_together(self._rows),
            kept=self._new,
            kept_at_ms=host_ms,
        )

    def _request(self, request: DecisionRequest, now: Now) -> None:
        key, number = request.key, request.event.number
        if key is not None:
            known = self._new.get(key.name) or self._kept.get(key.name)
            if known is not None:
                again = known.outcome if known.fingerprint == key.fingerprint else Reused(key)
                self.said.append(Reply(number, again, replayed=True))
                return
        effects = self._engine.handle(request.event, now)
        self.said += effects
        for effect in effects:
            if isinstance(effect, Answer):
                self._beside(request, effect.outcome)
        self._decided(now, request.event.actor, request.event.command, effects)

    def _beside(self, request: DecisionRequest, outcome: Outcome) -> None:
        """Keep the answer under the key, if there is one. `Stale` changes nothing, and is not kept."""
        if isinstance(outcome, Accepted) and request.rider is not None:
            self._rows.append(request.rider(outcome))
        if isinstance(outcome, Accepted | Refusal) and request.key is not None:
            self._new[request.key.name] = kept_answer(request.key, outcome)


def keys(items: Iterable[Item]) -> set[tuple[str, str]]:
    """Return the (scope, key) of all requests that have one."""
    return {item.key.name for item in items if isinstance(item, DecisionRequest) and item.key is not None}


def _together(parts: list[RowChanges]) -> RowChanges:
    """Return all rows as one; a later session replaces an earlier one, and one that was ended is gone."""
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
