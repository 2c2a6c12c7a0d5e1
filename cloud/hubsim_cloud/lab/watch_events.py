"""The events of a watched world, as a reader gets them. Each has a name; the data is JSON.

World times are in ms since 1970-01-01T00:00Z.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import msgspec

from hubsim_cloud.domain.refusals import RefusalName
from hubsim_cloud.domain.types import App
from hubsim_cloud.lab.fleet_view import FleetHub
from hubsim_contract.lab.bench_actions import AnyBenchAction
from hubsim_contract.lab.faults import AnyFault
from hubsim_contract.lab.watching import MessageStage
from hubsim_contract.wire.messages import Profile
from hubsim_contract.wire.topics import MessageKind

BROKER, THIRD_PARTY = "broker", "third_party"


class HelloEvent(msgspec.Struct, frozen=True, kw_only=True):
    """`hello`: the first event of a stream, and the first after events that the reader has missed."""

    run: str
    """Changes when the world was reset or restored, when the server was started again, and when there was no
    reader for a while. Then the reader reads everything again."""
    world: str
    world_ms: int
    held: bool
    moving_to_ms: int | None
    due_ms: int | None
    missed: int
    """The number of events that the reader has missed, because it was away or slow for too long."""


class MissedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """`missed`: so much happened that a simulator did not report all of it."""

    count: int
    """The number of events that no reader gets."""


class ClockEvent(msgspec.Struct, frozen=True, kw_only=True):
    """`clock`: the world clock was moved, held or released; at most ten times a second."""

    world_ms: int
    held: bool
    moving_to_ms: int | None
    """Set while the clock is being moved."""
    due_ms: int | None
    """The instant of the earliest timer, as of when the world was last idle."""


class MessageEvent(msgspec.Struct, frozen=True, kw_only=True):
    """`message`: an MQTT message at one stage of its way."""

    at_ms: int
    topic: str
    kind: MessageKind | None
    """Null for a topic that is not of the contract."""
    subject: str
    """The hub id or the ICCID in the topic; empty for the presence of the cloud."""
    hub: str | None
    """The hub that it is about, also if the subject is a card of a known hub."""
    sender: str
    """A hub id, `cloud`, `carrier`, `third_party`, or `broker` (also for a last will)."""
    receiver: str
    stage: MessageStage
    payload: Any
    """The decoded JSON; null if the payload is not JSON, or is not shown whole."""
    text: str | None
    """The payload as text, if it is not JSON; its first part if it is long."""
    size: int
    """The size of the payload in bytes if it is not shown whole, otherwise 0."""
    qos: int
    retain: bool
    """Published: the broker stores it. Delivered: it comes from the store of the broker."""
    fault: str | None
    """The id of the fault that was applied to it."""


class ActingPerson(msgspec.Struct, frozen=True, kw_only=True):
    """The person who acts, and the company that they act for."""

    person: str | None
    """The id; null for the operator, and for a person who signs up."""
    email: str | None
    name: str | None
    company: str | None
    """The id of the company; null in the personal account."""
    company_name: str | None
    client: App
    operator: bool


class ActEvent(msgspec.Struct, frozen=True, kw_only=True):
    """`act`: a person or the operator sent a command. It is before everything that it causes."""

    at_ms: int
    actor: ActingPerson
    act: str
    """The name of the command, such as `activate`."""
    hub: str | None
    facts: dict[str, Any]
    """The fields of the command."""
    refused: RefusalName | None
    reason: str | None
    """Why it was refused, as a sentence."""
    refusal_facts: dict[str, str]
    """The facts of the refusal, as in the problem document."""
    result: dict[str, str]
    """Ids of what was created, the next screen."""


class HandsEvent(msgspec.Struct, frozen=True, kw_only=True):
    """`hands`: a bench action on a hub, over HTTP or MQTT."""

    at_ms: int
    hub: str
    action: AnyBenchAction
    refused: str | None
    """The name of the refusal."""
    reason: str | None


class OrderNews(StrEnum):
    """A step of an order, or an act of the carrier on a card."""

    PLACED = "placed"
    """The cloud has sent it."""
    REPEATED = "repeated"
    """The cloud has sent it again, because the carrier had not answered in time."""
    ACCEPTED = "accepted"
    """The carrier will execute it after its delay."""
    EXECUTED = "executed"
    REFUSED = "refused"
    FAILED = "failed"
    SUSPENDED = "suspended"
    """The carrier has suspended the card by itself."""
    REACTIVATED = "reactivated"
    """The carrier has ended the suspension."""


class OrderEvent(msgspec.Struct, frozen=True, kw_only=True):
    """`order`: an order to the carrier has made progress, or the carrier acted by itself."""

    at_ms: int
    iccid: str
    hub: str | None
    """The hub in which the card was last seen."""
    sequence: int
    profile: Profile | None
    state: OrderNews
    reason: str | None


class FaultState(StrEnum):
    """The life of a fault."""

    ARMED = "armed"
    """It waits for messages or orders."""
    HIT = "hit"
    """It was applied to a message or an order."""
    DISARMED = "disarmed"
    DONE = "done"
    """It was applied to all its messages or orders, or it happened at once."""


class FaultEvent(msgspec.Struct, frozen=True, kw_only=True):
    """`fault`: a fault was armed, applied or disarmed, or has happened."""

    at_ms: int
    id: str
    """Empty for a fault that happens at once."""
    fault: AnyFault | None
    """Null for one that was armed before the start of this server."""
    state: FaultState
    left: int
    """The number of messages or orders that it still applies to."""


EVENTS: Mapping[str, type[msgspec.Struct]] = MappingProxyType(
    {
        "hello": HelloEvent,
        "clock": ClockEvent,
        "message": MessageEvent,
        "hub": FleetHub,
        "act": ActEvent,
        "hands": HandsEvent,
        "order": OrderEvent,
        "fault": FaultEvent,
        "missed": MissedEvent,
    }
)
"""The events by name, except `play`."""
