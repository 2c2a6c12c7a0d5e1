"""Events and effects of the carrier core, in addition to those of its MQTT port."""

from enum import StrEnum

import msgspec

from hubsim_contract.core import Start, Stop
from hubsim_contract.lab.faults import AnyCarrierFault
from hubsim_contract.mqtt.port import PortEffect, PortEvent
from hubsim_contract.wire.messages import Profile
from hubsim_contract.wire.tags import snake
from hubsim_simulator.hardware.radio import AttachAccepted, AttachRejected, DataChanged, NoOtherNetwork


class AttachAttempt(msgspec.Struct, frozen=True, tag=snake):
    """The modem of `hub` asks to attach in this network, counted from 0, with the APN of its settings."""

    hub: str
    iccid: str
    imei: str
    generation: str
    network: int = 0
    apn: str = ""


class SimReleased(msgspec.Struct, frozen=True, tag=snake):
    """The modem of `hub` has detached."""

    hub: str
    iccid: str


class SimSilent(msgspec.Struct, frozen=True, tag=snake):
    """The modem of `hub` has lost its power or its coverage. Its session ends after a time."""

    hub: str
    iccid: str


class DataCounted(msgspec.Struct, frozen=True, tag=snake):
    """The modem of `hub` has transferred this number of bytes, in both directions together."""

    hub: str
    iccid: str
    size: int


class CarrierActs(msgspec.Struct, frozen=True):
    """The carrier does something with a card that no one has ordered."""

    iccid: str
    fault: AnyCarrierFault
    name: str = ""
    """The id of a fault of the next orders."""


class AttachAnswer(msgspec.Struct, frozen=True, tag=snake):
    """The answer to the attempt of `hub`, for its hardware."""

    hub: str
    answer: AttachAccepted | AttachRejected | NoOtherNetwork


class CancelLocation(msgspec.Struct, frozen=True, tag=snake):
    """The network ends the session that `hub` has with this card."""

    hub: str
    iccid: str


class ServiceBegun(msgspec.Struct, frozen=True, tag=snake):
    """A card has service now. `hub` was refused with it before, and that standing refusal has ended."""

    hub: str
    iccid: str


class DataLimited(msgspec.Struct, frozen=True, tag=snake):
    """The network opens, limits or closes the data of the session that `hub` has with this card."""

    hub: str
    change: DataChanged


class MemoryChanged(msgspec.Struct, frozen=True):
    """Persistent state of a card has changed. `Carrier.line_memory(iccid)` returns it as bytes."""

    iccid: str


class FaultMet(msgspec.Struct, frozen=True):
    """A fault with an id has refused an order, or made it fail; `left`: how many it still applies to."""

    name: str
    left: int


class Waiting(msgspec.Struct, frozen=True):
    """An accepted order, before its delay has passed."""

    sequence: int
    profile: Profile
    due_ms: int


class DataState(StrEnum):
    """The data of a card at the carrier."""

    OPEN = "open"
    THROTTLED = "throttled"
    BLOCKED = "blocked"


class Holding(msgspec.Struct, frozen=True):
    """The carrier's state of one card, for observers."""

    profile: Profile = Profile.INACTIVE
    executed_sequence: int = 0
    """0: no order has been executed."""
    waiting: Waiting | None = None
    attached_hub: str | None = None
    """The hub with a session on this card, as far as the network knows."""
    data: DataState = DataState.OPEN
    """The data that the card has left in this month."""
    suspended: bool = False
    """Whether the carrier has suspended the card by itself."""


CarrierEvent = Start | Stop | PortEvent | AttachAttempt | SimReleased | SimSilent | DataCounted | CarrierActs
CarrierEffect = (
    PortEffect | AttachAnswer | CancelLocation | ServiceBegun | DataLimited | MemoryChanged | FaultMet
)
