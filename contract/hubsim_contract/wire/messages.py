"""The documents on the wire. Frozen, JSON, snake_case; every field that a peer may omit has a default.

Times are milliseconds since 1970-01-01T00:00Z on the world clock. A document is complete: it replaces the
previous one of its kind (rule MQ-1).
"""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from hubsim_contract.wire.limits import BATTERY_FULL_PERCENT, BATTERY_STEP_PERCENT

CONTRACT_VERSION = 1
OLDEST_ACCEPTED, NEWEST_ACCEPTED = 1, 1

Count = Annotated[int, Meta(ge=0, le=2**53 - 1)]
"""Versions, counters and instants, up to the largest integer that every JSON reader represents exactly.

A larger version would lock a hub forever, because no cloud could exceed it.
"""
Number = Annotated[int, Meta(ge=1, le=2**53 - 1)]
"""Versions and sequences that count from 1."""
HubId = Annotated[str, Meta(extra={"alias": "hub"})]
CardNumber = Annotated[str, Meta(extra={"alias": "sim"})]
SlotNumber = Annotated[int, Meta(extra={"word": "slot"})]
GenerationName = Annotated[str, Meta(extra={"word": "generation"})]
BatteryPercent = Annotated[int, Meta(extra={"bounds": (0, BATTERY_FULL_PERCENT, BATTERY_STEP_PERCENT)})]
"""The annotations declare the words of a field for the scenario language. The wire does not change."""


class Message(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The field of every message: the contract version that it was written for."""

    contract: Annotated[int, Meta(extra={"bounds": (0, None)})] = CONTRACT_VERSION
    """The version of the contract that the message was written for."""


# ------------------------------------------------------------------ vocabulary


class ServiceState(StrEnum):
    """Layer 3: the service of a hub in the cloud."""

    NOT_AVAILABLE = "not_available"
    """No Ajax SIM is known in the hub, or its company or country has no services."""
    ACTIVATION_REQUIRED = "activation_required"
    ACTIVE = "active"
    EXPIRING = "expiring"
    """Continues until the instant in `ends_at_ms`, the first of the next month."""


class SimCard(StrEnum):
    """Layer 1: the card in a slot. A cut-off Ajax SIM is still a healthy card."""

    OK = "ok"
    MISSING = "missing"
    MALFUNCTION = "malfunction"
    LOCKED = "locked"
    """The card requires its PIN. Its ICCID can be read anyway."""
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
"""Registration by name to its +CEREG number; the members are in the order of the standard."""


class Signal(StrEnum):
    """Cellular signal as the app shows it. It can be strong while registration is denied."""

    NONE = "no_signal"
    WEAK = "weak"
    NORMAL = "normal"
    STRONG = "strong"


class Channel(StrEnum):
    """A path from the hub to the cloud. Two SIMs are one cellular channel."""

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

    hub: HubId
    """The hub of the topic; a document for another one is refused."""
    version: Number
    """Only grows; may skip numbers."""
    service: ServiceState
    """Determines tile and star."""
    ends_at_ms: Count | None = None
    """Set while `service` is expiring: the first instant without the service."""
    sim_cut_off: bool = False
    """The Ajax SIM's profile is withdrawn. The carrier cuts off the SIM; the hub only displays it."""
    armed: bool = False
    """The security system is armed."""
    ping_s: Annotated[int, Meta(extra={"bounds": (0, None)})] = 60
    """MQTT keepalive, 10 to 300 s, from the next connection on; outside, the nearest bound is used."""


class Heard(Message, frozen=True, kw_only=True):
    """The cloud has received a report with `ask`. It proves that the whole way to the cloud works."""

    hub: HubId
    """The hub of the topic."""
    boot: Count
    """From the report."""
    sequence: Count
    """From the report."""


class CloudPresence(Message, frozen=True, kw_only=True):
    """Whether the cloud is online. The offline one is also its last will. Ordered as `Presence`."""

    online: bool
    """Whether this connection of the cloud is alive."""
    boot: Count
    """Counts the starts of a cloud and never repeats."""
    connection: Count
    """Counts the attempts to connect since this start, from 1."""


# ------------------------------------------------------------------ hub to cloud


class SimSlot(msgspec.Struct, frozen=True, gc=False):
    """One SIM slot as the hub sees it."""

    slot: SlotNumber
    """Counts from 1."""
    card: SimCard
    """Its physical condition, independent of the carrier."""
    iccid: CardNumber | None = None
    """The number of the card (ITU-T E.118): 19 or 20 digits that begin with 89 and end with the Luhn digit.
    None if it cannot be read."""


class Hardware(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The hub's hardware at one instant."""

    model: Annotated[str, Meta(extra={"word": "model"})]
    """For example `hub-2-plus`."""
    firmware: str
    """The version, as the manufacturer writes it."""
    channels: tuple[Channel, ...] = ()
    """The connected channels, each once, in any order."""
    sims: tuple[SimSlot, ...] = ()
    """All slots, also empty ones, in their order."""
    active_sim: SlotNumber | None = None
    """The slot in use; None if the modem uses none."""
    registration: Registration = Registration.NOT_REGISTERED
    """The registration of the card in use."""
    generation: GenerationName | None = None
    """`2G`, `3G`, `4G`, or a later one; None without registration."""
    signal: Signal = Signal.NONE
    """The strength of the received signal, registered or not."""
    battery_percent: BatteryPercent = 100
    """0 to 100 in steps of 5."""
    mains: bool = True
    """External power is connected."""
    lid_open: bool = False
    """The lid is open (tamper)."""
    malfunction: bool = False
    """Something in the hub is broken; this includes a card that cannot be read and a modem that hangs."""


class Reported(Message, frozen=True, kw_only=True):
    """The whole state of a hub: its applied document and its hardware. Ordered by (boot, sequence)."""

    hub: HubId
    """The hub of the topic."""
    boot: Count
    """Counts the boots of a hub and never repeats: durable before the first connection. After a loss of
    memory it continues at a higher number (seconds since 1970 are a good start)."""
    sequence: Count
    """Counts the reports of one boot, from 1."""
    connection: Count = 0
    """The connection of this boot that the report is sent over, as in `Presence`; 0: not given."""
    applied_version: Count
    """0 before the first desired document."""
    service: ServiceState = ServiceState.NOT_AVAILABLE
    """From the applied document."""
    ends_at_ms: Count | None = None
    """From the applied document."""
    sim_cut_off: bool = False
    """From the applied document."""
    armed: bool = False
    """From the applied document."""
    ask: bool = False
    """The cloud answers this report with `Heard`."""
    hardware: Hardware
    """The current hardware, with or without an applied document."""


class Presence(Message, frozen=True, kw_only=True):
    """Online or offline. The offline one is the last will, written before the connection opens."""

    hub: HubId
    """The hub of the topic."""
    online: bool
    """Whether this connection is alive."""
    boot: Count
    """As in `Reported`."""
    connection: Count
    """Counts the attempts to connect of one boot, from 1."""


class HubEvent(Message, frozen=True, kw_only=True):
    """An event at a hub. (boot, number) identifies it permanently; resent until acknowledged."""

    hub: HubId
    """The hub of the topic."""
    boot: Count
    """The boot in which it happened; it may be sent in a later boot."""
    number: Count
    """Counts the events of one boot, from 1."""
    kind: Annotated[str, Meta(extra={"word": "hub_event"})]
    """The kind of event, in snake_case. An unknown kind is not an error: the cloud stores it as it is."""
    at_ms: Count
    """The time of the event, not of sending, on the clock of the hub."""
    detail: str = ""
    """Details in plain words, at most 200 characters. After a loss of events the next one ends with their
    number since the boot: `events_dropped=3`."""


# ------------------------------------------------------------------ cloud and carrier


class Order(Message, frozen=True, kw_only=True):
    """The cloud asks the carrier to set a profile. The sequence grows for each ICCID."""

    iccid: CardNumber
    """The card of the topic."""
    sequence: Number
    """Only grows."""
    profile: Profile
    """The ordered state of the card's profile."""


class OrderStage(StrEnum):
    """The progress of an order at the carrier."""

    ACCEPTED = "accepted"
    """The carrier has the order and will execute it after its delay."""
    EXECUTED = "executed"
    """The profile now has the ordered state."""
    SUPERSEDED = "superseded"
    """The carrier knows a newer order; this one will never be executed."""
    REFUSED = "refused"
    """The carrier does not accept the order; it will never be executed. The profile stays as it was."""
    FAILED = "failed"
    """The carrier could not execute the order, and does not try again. The profile stays as it was."""


class Confirmation(Message, frozen=True, kw_only=True):
    """The carrier's state of a card: its answer to an order, and whether it has suspended the card.

    The carrier sends it after each order and after each change, and again until it is acknowledged.
    """

    iccid: CardNumber
    """The card of the topic."""
    sequence: Number
    """The sequence of the confirmed order."""
    profile: Profile
    """The profile that the order requests."""
    stage: OrderStage
    """The progress of the order."""
    reason: Annotated[str, Meta(extra={"word": "carrier_reason"})] = ""
    """Why the order is `refused` or `failed`, in snake_case. New reasons can come."""
    suspended: bool = False
    """Whether the carrier has suspended the card by itself. A suspended card has no service, with any
    profile."""
    suspended_for: Annotated[str, Meta(extra={"word": "carrier_reason"})] = ""
    """Why the card is suspended, in snake_case. New reasons can come."""
    revision: Count = 0
    """Counts the suspensions and reactivations of the card. A receiver ignores those of an older revision."""
