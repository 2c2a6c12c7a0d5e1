"""The bodies of requests to the lab over HTTP, and of its answers."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from hubsim_cloud.domain.facts import InvoiceIssued, MailSent
from hubsim_cloud.http.devices import DeviceView
from hubsim_cloud.lab.hub_states import AppliedState, AppState, DeviceRecordState
from hubsim_cloud.lab.journal import AnyEntry, Journal, JournalStart, Lack
from hubsim_cloud.lab.records import SnapshotRow, WorldRow
from hubsim_cloud.lab.settled_world import ClockProgress
from hubsim_contract.lab.bench_actions import AnyBenchAction, HubSetup
from hubsim_contract.lab.faults import AnyFault
from hubsim_contract.lab.shown_state import ShownState

LONGEST_WAIT_S = 60
"""The longest wait for new journal entries, in s."""
COUNT_MAX = 2**53
"""The largest number of events or entries in a request."""


class Sent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of a request."""


class MoveClock(Sent, frozen=True, kw_only=True):
    """The target of the world clock: give one of the two."""

    to: datetime | None = None
    """An instant with its offset from UTC (RFC 3339)."""
    by: timedelta | None = None
    """A duration (ISO 8601, such as `P30D` or `PT20M`)."""


class HoldClock(Sent, frozen=True, kw_only=True):
    """Whether the world clock is held, or runs with real time."""

    held: bool


class BenchActionBody(Sent, frozen=True, kw_only=True):
    """A bench action on the hardware of a simulated hub."""

    action: AnyBenchAction


class FaultBody(Sent, frozen=True, kw_only=True):
    """A fault to inject, once or into the next messages."""

    what: AnyFault


class SaveSnapshot(Sent, frozen=True, kw_only=True):
    """The name of the new snapshot."""

    name: str


class ClockView(msgspec.Struct, frozen=True, kw_only=True):
    """The world clock."""

    world_time: str
    """In UTC (RFC 3339)."""
    world_ms: int
    held: bool
    due_ms: int | None
    """The instant of the earliest timer, as of when the world was last idle; null: there is none."""
    moving_to_ms: int | None
    """Set while the clock is being moved."""


class HubView(msgspec.Struct, frozen=True, kw_only=True):
    """One hub in all its views, the same as in scenario files, and as a device."""

    app: AppState
    """The state in the app."""
    applied: AppliedState
    """The state that the hub reported last."""
    device: DeviceRecordState
    """The cloud's record of the device: online, desired version, last report, number of the last event."""
    messages: DeviceView
    """What the cloud knows of the device by its messages, and the verdicts on them."""
    shows: ShownState | None
    """The state that the hub itself shows; null for a hub that is not simulated."""
    setup: HubSetup | None
    """The setup on the bench; null for a hub that is not simulated."""


class HubsView(msgspec.Struct, frozen=True, kw_only=True):
    """The hubs on the bench."""

    hubs: list[HubSetup]


class CardView(msgspec.Struct, frozen=True, kw_only=True):
    """The carrier's record of a card."""

    profile: str
    ordered: str | None
    executed_sequence: int
    attached_hub: str | None
    data: str
    """`open`, `throttled` or `blocked`: what the card has left of its data in this month."""
    suspended: bool
    """Whether the carrier has suspended the card by itself."""


class MailsView(msgspec.Struct, frozen=True, kw_only=True):
    """The mails of an address, oldest first."""

    mails: list[MailSent]


class InvoicesView(msgspec.Struct, frozen=True, kw_only=True):
    """All invoices, oldest first."""

    invoices: list[InvoiceIssued]


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """The counters of one party."""

    refused_messages: int


class CountersView(msgspec.Struct, frozen=True, kw_only=True):
    """The counters of cloud and carrier."""

    cloud: Counted
    carrier: Counted


class TraceQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a trace."""

    after: Annotated[int, Meta(ge=0, le=COUNT_MAX)] = 0
    """The number of events that the client has already: `next` of the last response."""


class TraceView(msgspec.Struct, frozen=True, kw_only=True):
    """The events of a world other than the main one, up to when it was last idle."""

    events: list[dict[str, Any]]
    next: int
    """The value of `after` for the next request."""


class JournalQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a journal."""

    after: Annotated[int, Meta(ge=0, le=COUNT_MAX)] = 0
    """The number of entries that the client has already: `next` of the last response."""
    wait_s: Annotated[int, Meta(ge=0, le=LONGEST_WAIT_S)] = 0
    """How long the server waits for further entries."""


class JournalView(msgspec.Struct, frozen=True, kw_only=True):
    """The actions on a world except the main one: commands, bench actions, faults, clock moves."""

    run: str
    """Changes after a reset and after the restore of a snapshot: then the journal starts again."""
    lacks: Lack | None
    """The missing part, if any: `end` when the journal is full; `beginning` after a restart of the server,
    and in a world created from a snapshot without a journal."""
    beginning: JournalStart
    entries: list[AnyEntry]
    next: int
    """The value of `after` for the next request."""


class SnapshotsView(msgspec.Struct, frozen=True, kw_only=True):
    """All snapshots, by name."""

    snapshots: list[SnapshotRow]


class WorldsView(msgspec.Struct, frozen=True, kw_only=True):
    """All worlds, starting with the main one, which has an empty name."""

    worlds: list[WorldRow]


def clock_view(progress: ClockProgress) -> ClockView:
    """Return the view of a clock."""
    return ClockView(
        world_time=as_time(progress.world_ms),
        world_ms=progress.world_ms,
        held=progress.held,
        due_ms=progress.due_ms,
        moving_to_ms=progress.moving_to_ms,
    )


def journal_view(journal: Journal, after: int) -> JournalView:
    """Return the entries of a journal after the first `after`."""
    entries = journal.since(after)
    return JournalView(
        run=journal.run,
        lacks=journal.lacks,
        beginning=journal.beginning,
        entries=entries,
        next=journal.count,
    )


def as_time(world_ms: int) -> str:
    """Return an instant as text (RFC 3339)."""
    instant = datetime.fromtimestamp(world_ms / 1000, tz=UTC)
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")
