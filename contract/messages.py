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
    """The modem's registration, the names of 3GPP TS 27.007 +CEREG <stat> 0 to 5."""

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
    version: Count
    service: ServiceState
    ends_at_ms: Count | None = None
    """Set while `service` is expiring: the first instant without it."""
    sim_cut_off: bool = False
    """The Ajax SIM's profile is withdrawn. The carrier cuts; the hub shows it."""
    armed: bool = False
    ping_s: int = 60
    """MQTT keepalive, 10 to 300 s, used from the next connection on."""


# ------------------------------------------------------------------ hub to cloud


class SimSlot(msgspec.Struct, frozen=True):
    """One SIM slot as the hub sees it. `iccid` is None when no card can be read."""

    slot: int
    card: SimCard
    iccid: str | None = None


class Hardware(msgspec.Struct, frozen=True, kw_only=True):
    """What the hub knows of its own hardware, all of it at one instant."""

    model: str
    firmware: str
    channels: tuple[Channel, ...] = ()
    """Connected channels, sorted by name; order means nothing."""
    sims: tuple[SimSlot, ...] = ()
    active_sim: int | None = None
    """The slot in use; None when the modem uses none."""
    registration: Registration = Registration.NOT_REGISTERED
    generation: str | None = None
    """`2G`, `3G`, `4G`; None without registration."""
    signal: Signal = Signal.NONE
    battery_percent: int = 100
    """In steps of 5."""
    mains: bool = True
    lid_open: bool = False
    malfunction: bool = False


class Reported(Message, frozen=True, kw_only=True):
    """The whole state of a hub: what it has applied, and its hardware. Written by (boot, sequence)."""

    hub: str
    boot: Count
    sequence: Count
    connection: Count = 0
    """Over which connection of this boot it is said, as in `Presence`; 0: not said."""
    applied_version: Count
    """0 before the first desired document."""
    service: ServiceState = ServiceState.NOT_AVAILABLE
    """The service as applied; with it go tile and star (see `contract.service`)."""
    ends_at_ms: Count | None = None
    sim_cut_off: bool = False
    armed: bool = False
    hardware: Hardware


class Presence(Message, frozen=True, kw_only=True):
    """Online or offline. The offline one is the last will, written before the connection opens."""

    hub: str
    online: bool
    boot: Count
    connection: Count
    """Counts the connections of one boot, from 1."""


class HubEvent(Message, frozen=True, kw_only=True):
    """Something that happened at a hub. (boot, number) names it for ever; resent until acknowledged."""

    hub: str
    boot: Count
    number: Count
    """Counts the events of one boot, from 1."""
    kind: str
    at_ms: Count
    detail: str = ""


# ------------------------------------------------------------------ cloud and carrier


class Order(Message, frozen=True, kw_only=True):
    """The cloud asks the carrier to set a profile. The sequence grows for each ICCID."""

    iccid: str
    sequence: Count
    profile: Profile


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
    sequence: Count
    profile: Profile
    stage: OrderStage
