"""A simulated hub on the bench: how it stands there, and hands on its hardware, as values.

A real hub has real hands instead.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from contract.messages import Signal
from contract.tags import snake

Look = Mapping[str, Any]
"""What can be seen of something, as JSON values by field name."""


class CardKind(StrEnum):
    """Who issued a card."""

    AJAX = "ajax"
    ORDINARY = "ordinary"


class CardCondition(StrEnum):
    """What state the card is in; it stays with the card when the card moves to another slot or hub."""

    HEALTHY = "healthy"
    LOCKED = "locked"
    BROKEN = "broken"


class Card(msgspec.Struct, frozen=True):
    """A SIM card in somebody's hand."""

    kind: CardKind
    iccid: str
    imsi: str
    condition: CardCondition = CardCondition.HEALTHY


class HubStand(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A hub as it stands on the bench, switched on or off."""

    id: str
    imei: str
    model: str
    slots: dict[int, Card] = {}
    """The cards by the number of their slot, from 1."""
    links: tuple[str, ...] = ()
    """What is plugged: `ethernet`, `wifi`."""
    powered: bool = True
    coverage: bool = True
    signal: Signal = Signal.STRONG
    """Where there is coverage."""
    mains: bool = True
    battery_percent: Annotated[int, Meta(ge=0, le=100)] = 100
    lid_open: bool = False
    flash: bytes | None = None
    """What its agent has persisted; None for a hub that never ran."""


class Hand(msgspec.Struct, frozen=True, tag_field="do", tag=snake):
    """One act of hands. What cannot be done (no such slot) is refused and changes nothing."""


class InsertSim(Hand, frozen=True):
    """Put a card into an empty slot; slots count from 1."""

    slot: int
    card: Card


class RemoveSim(Hand, frozen=True):
    """Take the card out of the slot."""

    slot: int


class LockSim(Hand, frozen=True):
    """Set a PIN on the card in the slot."""

    slot: int


class UnlockSim(Hand, frozen=True):
    """Take the PIN off the card in the slot."""

    slot: int


class BreakSim(Hand, frozen=True):
    """Break the card in the slot for good."""

    slot: int


class Plug(Hand, frozen=True):
    """Connect a link: `ethernet` (a cable with internet behind it) or `wifi` (a network in range)."""

    link: str


class Unplug(Hand, frozen=True):
    """Disconnect a link."""

    link: str


class SetCoverage(Hand, frozen=True):
    """Bring the hub into cellular coverage, or out of it."""

    present: bool


class SetSignal(Hand, frozen=True):
    """Set the strength of the cellular signal. `no_signal` is the same as no coverage."""

    signal: Signal


class SetMains(Hand, frozen=True):
    """Switch external power on or off."""

    present: bool


class SetBattery(Hand, frozen=True):
    """Set the battery's charge in percent, 0 to 100. At 0 without mains the hub goes dark."""

    percent: int


class SetLid(Hand, frozen=True):
    """Open or close the lid (tamper)."""

    open: bool


class Restart(Hand, frozen=True):
    """Press reset: off at once, on again after the boot time."""


class PowerOff(Hand, frozen=True):
    """Switch the hub off."""


class PowerOn(Hand, frozen=True):
    """Switch the hub on."""


AnyHand = (
    InsertSim
    | RemoveSim
    | LockSim
    | UnlockSim
    | BreakSim
    | Plug
    | Unplug
    | SetCoverage
    | SetSignal
    | SetMains
    | SetBattery
    | SetLid
    | Restart
    | PowerOff
    | PowerOn
)
