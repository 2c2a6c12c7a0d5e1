"""The journal of one world: all actions on it from outside, in the order of its decisions.

Records commands and queries of users, bench actions, hubs, faults and the clock, so that they can be repeated
elsewhere. A command that is retried with the same key is recorded once. The same applies to a query that is
repeated before any other action. Contains no passwords, tokens or hashes. It is kept in memory: after a
restart of the server a journal reports that its beginning is missing.
"""

import asyncio
import secrets
from contextlib import suppress
from enum import StrEnum
from typing import Any

import msgspec

from hubsim_cloud.domain.commands import BaseCommand, Command
from hubsim_cloud.domain.context import Accepted
from hubsim_cloud.domain.market import DEFAULT_MARKET, Market
from hubsim_cloud.domain.queries import Query
from hubsim_cloud.domain.refusals import Refusal
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.domain.types import Actor
from hubsim_cloud.service.decision_batch import Decided
from hubsim_contract.lab.bench_actions import AnyBenchAction, HubSetup
from hubsim_contract.lab.faults import AnyFault
from hubsim_contract.wire.tags import snake

ENTRIES_MAX = 2_000
"""The number of entries of a full journal, more than a scenario file can contain. Later actions are not
recorded, and the journal reports that its end is missing."""


class Lack(StrEnum):
    """The part that a journal lacks."""

    BEGINNING = "beginning"
    """The server was restarted, or the world was created from a snapshot without a readable journal."""
    END = "end"
    """The journal was full."""


class JournalEntry(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="entry", tag=snake, omit_defaults=True
):
    """One action."""

    at_ms: int
    """World time."""


class Commanded(JournalEntry, frozen=True, kw_only=True):
    """A user or the operator sent a command."""

    actor: Actor
    command: Command
    refused: str | None = None
    """The name of the refusal; None: the command was accepted."""
    result: dict[str, str] = {}
    """The answer: ids of created objects, the next screen."""


class Queried(JournalEntry, frozen=True, kw_only=True):
    """A user or the operator sent a query."""

    actor: Actor
    query: Query
    refused: str | None = None


class HubPut(JournalEntry, frozen=True, kw_only=True):
    """A hub was put on the bench."""

    setup: HubSetup
    """The setup without the data that the agent has persisted."""
    remembers: bool = False
    """Whether the agent had persisted data."""


class HubTaken(JournalEntry, frozen=True, kw_only=True):
    """A hub was taken off the bench."""

    hub: str


class BenchActionPerformed(JournalEntry, frozen=True, kw_only=True):
    """A bench action was requested, over HTTP or over MQTT."""

    hub: str
    action: AnyBenchAction
    refused: str | None = None


class FaultInjected(JournalEntry, frozen=True, kw_only=True):
    """A fault was injected."""

    fault: AnyFault


class FaultDisarmed(JournalEntry, frozen=True, kw_only=True):
    """An armed fault was disarmed."""

    fault: AnyFault


class ClockSet(JournalEntry, frozen=True, kw_only=True):
    """The clock was moved to `at_ms`, or held or released at that time."""

    held: bool
    moved: bool = False


class Restored(JournalEntry, frozen=True, kw_only=True):
    """A snapshot was restored: every hub that was on was switched on again."""


AnyEntry = (
    Commanded
    | Queried
    | HubPut
    | HubTaken
    | BenchActionPerformed
    | FaultInjected
    | FaultDisarmed
    | ClockSet
    | Restored
)


class JournalStart(msgspec.Struct, frozen=True, kw_only=True):
    """The start of a world."""

    world_ms: int
    cloud: CloudSettings = CloudSettings()
    carrier: dict[str, Any] = {}
    hub: dict[str, Any] = {}
    """Settings of carrier and hubs that differ from the defaults."""
    models: tuple[str, ...] = ()
    """The user's own hub models."""
    market: Market = DEFAULT_MARKET
    """The user's own countries and packages."""


class SavedJournal(msgspec.Struct, frozen=True, kw_only=True):
    """A journal as stored in a snapshot."""

    beginning: JournalStart
    lacks: Lack | None = None
    entries: tuple[AnyEntry, ...] = ()


class Journal:
    """One world's journal."""

    def __init__(self, saved: SavedJournal) -> None:
        self.run = secrets.token_hex(4)
        """Unique for each journal: a world that was reset or restored has a new one."""
        self.beginning = saved.beginning
        self.lacks = saved.lacks
        self._entries = list(saved.entries)
        self._recent_queries: set[tuple[Actor, Query]] = set()
        """The queries since the last other action."""
        self._grown = asyncio.Event()
        self._is_closed = False

    @property
    def count(self) -> int:
        """The number of entries."""
        return len(self._entries)

    def since(self, number: int) -> list[AnyEntry]:
        """Return the entries after the first `number`."""
        return self._entries[number:]

    async def more(self, number: int, wait_s: float) -> None:
        """Wait at most `wait_s` for more than `number` entries, or until the journal is full or closed."""
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                while len(self._entries) <= number and self.lacks is not Lack.END and not self._is_closed:
                    self._grown.clear()
                    await self._grown.wait()

    def close(self) -> None:
        """End all waits."""
        self._is_closed = True
        self._grown.set()

    def saved(self) -> SavedJournal:
        """Return a copy for a snapshot."""
        return SavedJournal(beginning=self.beginning, lacks=self.lacks, entries=tuple(self._entries))

    def record(self, entry: AnyEntry) -> None:
        """Record an entry."""
        if self.lacks is Lack.END:
            return
        if len(self._entries) == ENTRIES_MAX:
            self.lacks = Lack.END
        elif not self._is_repeated(entry):
            self._entries.append(entry)
        self._grown.set()

    def decided(self, decided: Decided) -> None:
        """Record the outcome of a command or a query."""
        outcome, actor = decided.outcome, decided.actor
        refused = outcome.name.value if isinstance(outcome, Refusal) else None
        if not isinstance(decided.act, BaseCommand):
            self.record(Queried(at_ms=decided.at_ms, actor=actor, query=decided.act, refused=refused))
            return
        result = outcome.result if isinstance(outcome, Accepted) else {}
        self.record(
            Commanded(
                at_ms=decided.at_ms, actor=actor, command=decided.act, refused=refused, result=dict(result)
            )
        )

    def _is_repeated(self, entry: AnyEntry) -> bool:
        if not isinstance(entry, Queried):
            self._recent_queries.clear()
            return False
        query = (entry.actor, entry.query)
        if query in self._recent_queries:
            return True
        self._recent_queries.add(query)
        return False


def new_journal(beginning: JournalStart) -> Journal:
    """Return the journal of a world that starts now."""
    return Journal(SavedJournal(beginning=beginning))


def unknown_journal(world_ms: int) -> Journal:
    """Return the journal of a world whose history is not known."""
    return Journal(SavedJournal(beginning=JournalStart(world_ms=world_ms), lacks=Lack.BEGINNING))
