"""The entries of a recording: events of the tap, and acts of the bench."""

from enum import StrEnum

import msgspec

from hubsim_conform.evidence.device_message import DeviceMessage
from hubsim_simulator.tap.tap_events import TapEvent


class BenchNoteKind(StrEnum):
    """What the bench did."""

    CHECK_BEGAN = "check began"
    CHECK_ENDED = "check ended"
    POWERED_ON = "powered on"
    POWER_CUT = "power cut"
    STOPPED = "stopped in an orderly way"
    ACT = "act"
    PUBLISHED = "published"
    FAULT = "fault of packets"
    NETWORK = "network"
    """The address of the device was closed or opened."""
    RIVAL = "takeover"
    OVERFLOW = "more events than the hub keeps"


class BenchNote(msgspec.Struct, frozen=True, kw_only=True):
    """An act of the bench, in the order of the packets."""

    mono_us: int
    kind: BenchNoteKind
    text: str = ""


class EvidenceEntry(msgspec.Struct, frozen=True):
    """One entry of a recording."""

    number: int
    """Its position, from 0."""
    at_s: float
    """Seconds since the recording began."""
    event: TapEvent | BenchNote
    message: DeviceMessage | None = None
    """The message of the contract in a PUBLISH of the device."""
    conversation: int = 0
    """The number of its connection at the tap; 0 for an act of the bench."""
