"""The documents on the wire. Frozen, JSON, snake_case; every field that a peer may omit has a default.

Times are milliseconds since 1970-01-01T00:00Z on the world clock. A document is whole: it replaces
the former one of its kind (rule MQ-1).
"""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

CONTRACT_VERSION = 1
OLDEST_ACCEPTED, NEWEST_ACCEPTED = 1, 1

Count = Annotated[int, Meta(ge=0, le=2**53 - 1)]
"""Versions, counters and instants: what every JSON reader can count exactly.

A larger version would lock a hub for ever, because no cloud could count past it.
"""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What every message carries: the contract version it was written for."""

    contract: int = CONTRACT_VERSION
    """The version of the contract that the message was written for."""


# ------------------------------------------------------------------ words


class ServiceState(StrEnum):
    """Layer 3: the service of a hub in the cloud."""

    NOT_AVAILABLE = "not_available"
    """No Ajax SIM is known in the hub, or its company or country has no services."""
    ACTIVATION_REQUIRED = "activation_required"
    ACTIVE = "active"
    EXPIRING = "expiring"
    """Runs on until the instant in `ends_at_ms`, the first of the next month."""


class SimCard(StrEnum):
    """Layer 1: the card in a slot. A cut-off Ajax SIM is still a healthy card."""

    OK = "ok"
    MISSING = "missing"
    MALFUNCTION = "malfunction"
    LOCKED = "locked"
    """The card asks for its PIN. Its ICCID can be read all the same."""
    UNKNOWN = "unknown"
    """Not read yet: the modem is starting."""


class Registration(StrEnum):
    """The modem's registration: `stat` 0 to 5 of +CEREG (3GPP TS 27.007), in this order."""

    NOT_REGISTERED = "not_registered"
    HOME = "home"
    SEARCHING = "searching"
    DENIED = "denied"
    UNKNOWN = "unknown"
    ROAMING = "roaming"


CEREG = {stat: number for number, stat in enumerate(Registration)}
"""Registration by name to its +CEREG number; the members stand in the order of the standard."""


class Signal(StrEnum):
    """Cellular signal as the app shows it. It can be strong while registration is denied."""

    NONE = "no_signal"
    WEAK = "weak"
    NORMAL = "normal"
    STRONG = "strong"


class Channel(StrEnum):
    """A way from the hub to the cloud. Two SIMs are one cellular channel."""

    ETHERNET = "ethernet"
    WIFI = "wifi"
    CELLULAR = "cellular"


class Profile(StrEnum):
    """Layer 2: the subscriber profile at the carrier, for each ICCID."""

    INACTIVE = "inactive"
    ACTIVE = "active"


# ------------------------------------------------------------------ cloud to hub


class Desired(Message, frozen=True, kw_only=True):
    """The whole state that the cloud wants a hub to be in."""

    hub: str
    """The hub of the topic; a document for another one is refused."""
    version: Count
    """From 1; only grows, and may leave numbers out."""
    service: ServiceState
    """Tile and star follow from it."""
    ends_at_ms: Count | None = None
    """Set while `service` is expiring: the first instant without it."""
    sim_cut_off: bool = False
    """The Ajax SIM's profile is withdrawn. The carrier cuts; the hub shows it."""
    armed: bool = False
    """The security system is armed."""
    ping_s: int = 60
    """MQTT keepalive, 10 to 300 s, used from the next connection on; outside, the nearest bound is used."""


# ------------------------------------------------------------------ hub to cloud


class SimSlot(msgspec.Struct, frozen=True):
    """One SIM slot as the hub sees it."""

    slot: int
    """Counts from 1."""
    card: SimCard
    """Its condition, whatever the carrier thinks of it."""
    iccid: str | None = None
    """The number of the card; None when it cannot be read."""


class Hardware(msgspec.Struct, frozen=True, kw_only=True):
    """What the hub knows of its own hardware, all of it at one instant."""

    model: str
    """Such as `hub-2-plus`."""
    firmware: str
    """The version, in the maker's own words."""
    channels: tuple[Channel, ...] = ()
    """Connected channels, sorted by name; order means nothing."""
    sims: tuple[SimSlot, ...] = ()
    """All slots, empty ones too, in their order."""
    active_sim: int | None = None
    """The slot in use; None when the modem uses none."""
    registration: Registration = Registration.NOT_REGISTERED
    """Of the card in use."""
    generation: str | None = None
    """`2G`, `3G`, `4G`; None without registration."""
    signal: Signal = Signal.NONE
    """How well a network is heard, registered or not."""
    battery_percent: int = 100
    """0 to 100 in steps of 5."""
    mains: bool = True
    """External power is there."""
    lid_open: bool = False
    """The lid is open (tamper)."""
    malfunction: bool = False
    """Something in the hub is broken; a card that cannot be read counts."""


class Reported(Message, frozen=True, kw_only=True):
    """The whole state of a hub: what it has applied, and its hardware. Written by (boot, sequence)."""

    hub: str
    """The hub of the topic."""
    boot: Count
    """Counts the boots of a hub and never comes twice: durable before the first connection, and going on
    after a loss of memory (seconds since 1970 are a good start)."""
    sequence: Count
    """Counts the reports of one boot, from 1."""
    connection: Count = 0
    """Over which connection of this boot it is said, as in `Presence`; 0: not said."""
    applied_version: Count
    """0 before the first desired document."""
    service: ServiceState = ServiceState.NOT_AVAILABLE
    """As applied."""
    ends_at_ms: Count | None = None
    """As applied."""
    sim_cut_off: bool = False
    """As applied."""
    armed: bool = False
    """As applied."""
    hardware: Hardware
    """What the hub knows of itself now, applied document or not."""


class Presence(Message, frozen=True, kw_only=True):
    """Online or offline. The offline one is the last will, written before the connection opens."""

    hub: str
    """The hub of the topic."""
    online: bool
    """Whether this connection lives."""
    boot: Count
    """As in `Reported`."""
    connection: Count
    """Counts the attempts to connect of one boot, from 1."""


class HubEvent(Message, frozen=True, kw_only=True):
    """Something that happened at a hub. (boot, number) names it for ever; resent until acknowledged."""

    hub: str
    """The hub of the topic."""
    boot: Count
    """The boot in which it happened; it may be sent in a later one."""
    number: Count
    """Counts the events of one boot, from 1."""
    kind: str
    """What happened, in snake_case. A kind that a receiver does not know is no mistake."""
    at_ms: Count
    """When it happened, not when it is sent."""
    detail: str = ""
    """More about it, in plain words."""


# ------------------------------------------------------------------ cloud and carrier


class Order(Message, frozen=True, kw_only=True):
    """The cloud asks the carrier to set a profile. The sequence grows for each ICCID."""

    iccid: str
    """The card of the topic."""
    sequence: Count
    """From 1; only grows."""
    profile: Profile
    """What the card's profile is to be."""


class OrderStage(StrEnum):
    """How far the carrier is with an order."""

    ACCEPTED = "accepted"
    """The carrier has the order and will carry it out after its delay."""
    EXECUTED = "executed"
    """The profile is now as ordered."""
    SUPERSEDED = "superseded"
    """A newer order is known; this one will never be carried out."""


class Confirmation(Message, frozen=True, kw_only=True):
    """The carrier's answer; it names the sequence that it confirms."""

    iccid: str
    """The card of the topic."""
    sequence: Count
    """Of the order that is confirmed."""
    profile: Profile
    """What that order asks for."""
    stage: OrderStage
    """How far the carrier is with it."""
