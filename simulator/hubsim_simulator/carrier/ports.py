"""Events and effects of the carrier core, in addition to those of its MQTT port."""

import msgspec

from hubsim_contract.core import Start, Stop
from hubsim_contract.mqtt.port import PortEffect, PortEvent
from hubsim_contract.wire.messages import Profile
from hubsim_contract.wire.tags import snake
from hubsim_simulator.hardware.radio import AttachAccepted, AttachRejected


class AttachAttempt(msgspec.Struct, frozen=True, tag=snake):
    """The modem of `hub` asks to attach. `network` counts the networks that it has tried, from 0."""

    hub: str
    iccid: str
    imei: str
    generation: str
    network: int = 0


class SimReleased(msgspec.Struct, frozen=True, tag=snake):
    """The modem of `hub` has detached."""

    hub: str
    iccid: str


class AttachAnswer(msgspec.Struct, frozen=True, tag=snake):
    """The answer to the attempt of `hub`, for its hardware."""

    hub: str
    answer: AttachAccepted | AttachRejected


class CancelLocation(msgspec.Struct, frozen=True, tag=snake):
    """The network ends the session that `hub` has with this card."""

    hub: str
    iccid: str


class ServiceBegun(msgspec.Struct, frozen=True, tag=snake):
    """A card has service now. `hub` was refused with it before, and that standing refusal has ended."""

    hub: str
    iccid: str


class MemoryChanged(msgspec.Struct, frozen=True):
    """Persistent state of a card has changed. `Carrier.line_memory(iccid)` returns it as bytes."""

    iccid: str


class Waiting(msgspec.Struct, frozen=True):
    """An accepted order, before its delay has passed."""

    sequence: int
    profile: Profile
    due_ms: int


class Holding(msgspec.Struct, frozen=True):
    """The carrier's state of one card, for observers."""

    profile: Profile = Profile.INACTIVE
    executed_sequence: int = 0
    """0: no order has been executed."""
    waiting: Waiting | None = None
    attached_hub: str | None = None
    """The hub with a session on this card, as far as the network knows."""


CarrierEvent = Start | Stop | PortEvent | AttachAttempt | SimReleased
CarrierEffect = PortEffect | AttachAnswer | CancelLocation | ServiceBegun | MemoryChanged
