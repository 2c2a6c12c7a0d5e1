"""The verdict on a message of a hub: what the cloud did with it, and which rules it breaks.

Owns the order of messages: which one is newer than the stored one (rules MQ-2, MQ-4, MQ-6). `observations`
stores a message exactly when its outcome here is `taken`.
"""

from bisect import bisect_left
from enum import StrEnum

import msgspec

from hubsim_cloud.domain.state import EVENTS_KEPT, Device
from hubsim_contract.wire.messages import HubEvent, Presence, Reported


class MessageOutcome(StrEnum):
    """What became of a message, a connection or a subscription."""

    TAKEN = "taken"
    """It is newer than what was known, and is stored."""
    DUPLICATE = "duplicate"
    """Its numbers are those of the stored one. Nothing changes."""
    STALE = "stale"
    """It is older than the stored one. Nothing changes."""
    REFUSED = "refused"
    """It breaks a rule so that it cannot be used. Nothing changes."""


class VerdictSubject(StrEnum):
    """What a verdict is about: a message, or something that only the broker sees."""

    REPORTED = "reported"
    PRESENCE = "presence"
    EVENTS = "events"
    DESIRED = "desired"
    """A desired document that the hub does not apply."""
    LOGIN = "login"
    """An attempt to connect (embedded broker only)."""
    TAKEOVER = "takeover"
    """A connection that closed an older one with the same client id (embedded broker only)."""
    WILL = "will"
    """The last will in a CONNECT (embedded broker only)."""
    SUBSCRIPTION = "subscription"
    """A topic filter in a SUBSCRIBE (embedded broker only)."""
    PUBLICATION = "publication"
    """A message as its sender published it (embedded broker only)."""


class VerdictSource(StrEnum):
    """The part of the system that made a verdict."""

    CLOUD = "cloud"
    BROKER = "broker"


class Finding(msgspec.Struct, frozen=True):
    """A rule that a message breaks: its id, the place in the message, and what is wrong there."""

    rule: str
    field: str
    """For example `hardware.sims[0].iccid`; empty for the message as a whole."""
    text: str


class MessageVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """One row of what a watcher of a hub sees."""

    at_ms: int
    """World time."""
    hub: str
    about: VerdictSubject
    outcome: MessageOutcome
    findings: tuple[Finding, ...] = ()
    source: VerdictSource = VerdictSource.CLOUD
    topic: str = ""
    numbers: dict[str, int] = {}
    """The numbers that order the message: `boot`, and `sequence`, `connection` or `number`."""
    qos: int | None = None
    retained: bool = False
    """The broker sent it from its store when the cloud subscribed."""
    dup: bool = False
    """The broker may have delivered it before."""
    size_bytes: int = 0
    payload: str = ""
    """The beginning of the payload as text; bytes that are not UTF-8 are escaped."""
    note: str = ""
    """What the broker saw, in words."""


def presence_outcome(device: Device, presence: Presence) -> MessageOutcome:
    """Compare by (boot, connection). A connection changes from online to offline and never back (MQ-6)."""
    newest, this = (device.boot, device.connection), (presence.boot, presence.connection)
    if this > newest:
        return MessageOutcome.TAKEN
    if this < newest:
        return MessageOutcome.STALE
    if presence.online == device.online:
        return MessageOutcome.DUPLICATE
    return MessageOutcome.STALE if presence.online else MessageOutcome.TAKEN


def report_outcome(device: Device, reported: Reported) -> MessageOutcome:
    """Compare by (boot, sequence) with the stored report (rule MQ-2)."""
    last = device.reported
    if last is None:
        return MessageOutcome.TAKEN
    newest, this = (last.boot, last.sequence), (reported.boot, reported.sequence)
    if this > newest:
        return MessageOutcome.TAKEN
    return MessageOutcome.DUPLICATE if this == newest else MessageOutcome.STALE


def event_outcome(device: Device, event: HubEvent) -> MessageOutcome:
    """Compare by (boot, number) with the stored events (rule MQ-4).

    An event older than all stored ones may be new or resent, so it is stale if there is no room for it.
    """
    index = event_place(device, event)
    if same_event(device, event, index) is not None:
        return MessageOutcome.DUPLICATE
    return MessageOutcome.STALE if index == 0 and len(device.events) == EVENTS_KEPT else MessageOutcome.TAKEN


def event_place(device: Device, event: HubEvent) -> int:
    """Return the index of the event among the stored ones, or the index at which it belongs."""
    return bisect_left(device.events, event_id(event), key=event_id)


def same_event(device: Device, event: HubEvent, index: int) -> HubEvent | None:
    """Return the stored event at this index if it has the same (boot, number), or None."""
    known = device.events[index] if index < len(device.events) else None
    return known if known is not None and event_id(known) == event_id(event) else None


def event_id(event: HubEvent) -> tuple[int, int]:
    """Return the permanent id of an event among the events of its hub."""
    return event.boot, event.number
