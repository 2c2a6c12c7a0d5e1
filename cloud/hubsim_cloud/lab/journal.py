"""The journal of one world: everything that was done to it from outside, in the order of its decisions.

Owns what is written down of people's wishes and looks, of hands, hubs, faults and the clock, so that it can
be done again elsewhere. A command that is sent again under its key stands here once; a look that is repeated
before anything else was done, too. Holds no password, no token and no hash: none comes near it. Lives in
memory: a server that is started again knows that the beginning is lost, and says so.
"""

import asyncio
import secrets
from contextlib import suppress
from enum import StrEnum
from typing import Any

import msgspec

from hubsim_cloud.domain.commands import BaseCommand, Command
from hubsim_cloud.domain.context import Accepted
from hubsim_cloud.domain.queries import Query
from hubsim_cloud.domain.refusals import Refusal
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.domain.types import Actor
from hubsim_cloud.service.decision_batch import Decided
from hubsim_contract.lab.bench_actions import AnyBenchAction, HubSetup
from hubsim_contract.lab.faults import AnyFault
from hubsim_contract.wire.tags import snake

ENTRIES_MAX = 2_000
"""So many entries are kept, more than a scenario file holds; then nothing more is written down, and the
journal says that it lacks the end."""


class Lack(StrEnum):
    """What a journal does not have."""

    BEGINNING = "beginning"
    """The server was started again since, or the world was made from a snapshot without a journal that can be
    read."""
    END = "end"
    """It was full."""


class JournalEntry(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="entry", tag=snake, omit_defaults=True
):
    """Something that was done."""

    at_ms: int
    """World time."""


class Commanded(JournalEntry, frozen=True, kw_only=True):
    """Somebody wished something."""

    actor: Actor
    command: Command
    refused: str | None = None
    """The name of the refusal; None: it was granted."""
    result: dict[str, str] = {}
    """What was answered: ids of what came into being, the next screen."""


class Queried(JournalEntry, frozen=True, kw_only=True):
    """Somebody looked at something."""

    actor: Actor
    query: Query
    refused: str | None = None


class HubPut(JournalEntry, frozen=True, kw_only=True):
    """A hub was put on the bench."""

    setup: HubSetup
    """Without what its agent has persisted."""
    remembers: bool = False
    """Whether its agent had persisted anything."""


class BenchActed(JournalEntry, frozen=True, kw_only=True):
    """Hands were laid on a hub, over HTTP or over MQTT."""

    hub: str
    action: AnyBenchAction
    refused: str | None = None


class FaultInjected(JournalEntry, frozen=True, kw_only=True):
    """A fault was let in."""

    fault: AnyFault


class ClockSet(JournalEntry, frozen=True, kw_only=True):
    """The clock was moved to `at_ms`, or held or let go then."""

    held: bool
    moved: bool = False


class Restored(JournalEntry, frozen=True, kw_only=True):
    """A snapshot was brought back: every hub that was on was switched on anew."""


AnyEntry = Commanded | Queried | HubPut | BenchActed | FaultInjected | ClockSet | Restored


class JournalStart(msgspec.Struct, frozen=True, kw_only=True):
    """What the world began with."""

    world_ms: int
    cloud: CloudSettings = CloudSettings()
    carrier: dict[str, Any] = {}
    hub: dict[str, Any] = {}
    """Settings of carrier and hubs that are not as usual."""
    models: tuple[str, ...] = ()
    """Hub models beside those that come with the program."""


class SavedJournal(msgspec.Struct, frozen=True, kw_only=True):
    """A journal as a snapshot keeps it."""

    beginning: JournalStart
    lacks: Lack | None = None
    entries: tuple[AnyEntry, ...] = ()


class Journal:
    """One world's journal."""

    def __init__(self, saved: SavedJournal) -> None:
        self.run = secrets.token_hex(4)
        """Another one for every journal: a world that was begun anew or brought back has another."""
        self.beginning = saved.beginning
        self.lacks = saved.lacks
        self._entries = list(saved.entries)
        self._looked: set[tuple[Actor, Query]] = set()
        """Looks since anything else was done."""
        self._grown = asyncio.Event()
        self._is_closed = False

    @property
    def count(self) -> int:
        """How many entries there are."""
        return len(self._entries)

    def since(self, number: int) -> list[AnyEntry]:
        """Return the entries behind the first so many."""
        return self._entries[number:]

    async def more(self, number: int, wait_s: float) -> None:
        """Wait until there are more than so many entries, or nothing more comes, or the time is over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                while len(self._entries) <= number and self.lacks is not Lack.END and not self._is_closed:
                    self._grown.clear()
                    await self._grown.wait()

    def close(self) -> None:
        """Let nobody wait any longer."""
        self._is_closed = True
        self._grown.set()

    def saved(self) -> SavedJournal:
        """Return it as it is now."""
        return SavedJournal(beginning=self.beginning, lacks=self.lacks, entries=tuple(self._entries))

    def note(self, entry: AnyEntry) -> None:
        """Write an entry down."""
        if self.lacks is Lack.END:
            return
        if len(self._entries) == ENTRIES_MAX:
            self.lacks = Lack.END
        elif not self._is_repeated(entry):
            self._entries.append(entry)
        self._grown.set()

    def decided(self, decided: Decided) -> None:
        """Write down what became of a wish or a look of a person."""
        outcome, actor = decided.outcome, decided.actor
        refused = outcome.name.value if isinstance(outcome, Refusal) else None
        if not isinstance(decided.act, BaseCommand):
            self.note(Queried(at_ms=decided.at_ms, actor=actor, query=decided.act, refused=refused))
            return
        result = outcome.result if isinstance(outcome, Accepted) else {}
        self.note(
            Commanded(
                at_ms=decided.at_ms, actor=actor, command=decided.act, refused=refused, result=dict(result)
            )
        )

    def _is_repeated(self, entry: AnyEntry) -> bool:
        if not isinstance(entry, Queried):
            self._looked.clear()
            return False
        look = (entry.actor, entry.query)
        if look in self._looked:
            return True
        self._looked.add(look)
        return False


def begun(beginning: JournalStart) -> Journal:
    """Return the journal of a world that begins now."""
    return Journal(SavedJournal(beginning=beginning))


def unknown(world_ms: int) -> Journal:
    """Return the journal of a world of which it is not known how it came to be as it is."""
    return Journal(SavedJournal(beginning=JournalStart(world_ms=world_ms), lacks=Lack.BEGINNING))
