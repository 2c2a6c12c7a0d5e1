"""What is sent to the lab over HTTP, and what it answers."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from hubsim_cloud.lab.journal import Journal, JournalStart, Lack
from hubsim_cloud.lab.records import SnapshotRow, WorldRow
from hubsim_cloud.lab.world_control import ClockProgress
from hubsim_contract.lab.bench_actions import AnyBenchAction, HubSetup
from hubsim_contract.lab.faults import AnyFault


class Sent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is sent."""


class MoveClock(Sent, frozen=True, kw_only=True):
    """Where the world clock is to move: give one of the two."""

    to: datetime | None = None
    """An instant with its offset from UTC (RFC 3339)."""
    by: timedelta | None = None
    """A duration (ISO 8601, such as `P30D` or `PT20M`)."""


class HoldClock(Sent, frozen=True, kw_only=True):
    """Whether the world clock stands still, or runs with real time."""

    held: bool


class BenchActionBody(Sent, frozen=True, kw_only=True):
    """Hands on the hardware of a simulated hub."""

    action: AnyBenchAction


class FaultBody(Sent, frozen=True, kw_only=True):
    """Something that goes wrong on purpose, once or with the next messages."""

    what: AnyFault


class SaveSnapshot(Sent, frozen=True, kw_only=True):
    """The name to save the world under."""

    name: str


class ClockView(msgspec.Struct, frozen=True, kw_only=True):
    """How the world clock stands."""

    world_time: str
    """In UTC (RFC 3339)."""
    world_ms: int
    held: bool
    due_ms: int | None
    """When anything in the world wants to act next, as of the last rest; null: nothing does."""
    moving_to_ms: int | None
    """Set while the clock is being moved."""


class HubView(msgspec.Struct, frozen=True, kw_only=True):
    """One hub as it is seen from everywhere: what the four looks of scenario files show."""

    app: dict[str, Any]
    """What the app shows."""
    applied: dict[str, Any]
    """What the hub has reported last."""
    shows: dict[str, Any]
    """What the hub itself shows."""
    setup: HubSetup
    """How it stands on the bench."""


class HubsView(msgspec.Struct, frozen=True, kw_only=True):
    """The hubs on the bench."""

    hubs: list[HubSetup]


class CardView(msgspec.Struct, frozen=True, kw_only=True):
    """What the carrier holds for a card."""

    profile: str
    ordered: str | None
    executed_sequence: int
    attached_hub: str | None


class MailsView(msgspec.Struct, frozen=True, kw_only=True):
    """The mails of an address, oldest first."""

    mails: list[dict[str, Any]]


class InvoicesView(msgspec.Struct, frozen=True, kw_only=True):
    """All invoices, oldest first."""

    invoices: list[dict[str, Any]]


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """What a party has counted."""

    refused_messages: int


class CountersView(msgspec.Struct, frozen=True, kw_only=True):
    """What cloud and carrier have counted."""

    cloud: Counted
    carrier: Counted


class TraceView(msgspec.Struct, frozen=True, kw_only=True):
    """What happened in a world beside the main one, up to its last rest."""

    events: list[dict[str, Any]]
    next: int
    """The number to go on from."""


class JournalView(msgspec.Struct, frozen=True, kw_only=True):
    """What was done to a world beside the main one: by people, hands and faults, and to the clock."""

    run: str
    """Another one after a reset, and after a snapshot was brought back: then it begins anew."""
    lacks: Lack | None
    """What is missing, if anything: `end` when it is full; `beginning` after a restart of the server, and in
    a world made from a snapshot without a journal."""
    beginning: JournalStart
    entries: list[dict[str, Any]]
    next: int
    """The number to go on from."""


class SnapshotsView(msgspec.Struct, frozen=True, kw_only=True):
    """All snapshots, by name."""

    snapshots: list[SnapshotRow]


class WorldsView(msgspec.Struct, frozen=True, kw_only=True):
    """All worlds, the main one, which has an empty name, first."""

    worlds: list[WorldRow]


def clock_view(progress: ClockProgress) -> ClockView:
    """Return how a clock stands."""
    return ClockView(
        world_time=as_time(progress.world_ms),
        world_ms=progress.world_ms,
        held=progress.held,
        due_ms=progress.due_ms,
        moving_to_ms=progress.moving_to_ms,
    )


def journal_view(journal: Journal, after: int) -> JournalView:
    """Return what a journal has behind the entry of a number."""
    entries = journal.since(after)
    return JournalView(
        run=journal.run,
        lacks=journal.lacks,
        beginning=journal.beginning,
        entries=[msgspec.to_builtins(entry, str_keys=True) for entry in entries],
        next=journal.count,
    )


def as_time(world_ms: int) -> str:
    """Return an instant as text (RFC 3339)."""
    instant = datetime.fromtimestamp(world_ms / 1000, tz=UTC)
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")
