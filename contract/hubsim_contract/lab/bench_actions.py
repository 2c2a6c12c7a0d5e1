"""A simulated hub on the bench: its setup, and the bench actions on its hardware, as values.

People operate the hardware of a real hub, so real hubs do not implement this.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from hubsim_contract.wire.messages import Signal, SlotNumber
from hubsim_contract.wire.tags import snake

Snapshot = Mapping[str, Any]
"""The visible state of a hub, a card or another thing, as JSON values by field name."""


class CardKind(StrEnum):
    """The issuer of a card."""

    AJAX = "ajax"
    ORDINARY = "ordinary"


class CardCondition(StrEnum):
    """The state of a card. A card keeps it when it moves to another slot or hub."""

    HEALTHY = "healthy"
    LOCKED = "locked"
    BROKEN = "broken"


class Card(msgspec.Struct, frozen=True):
    """A SIM card, in a slot or not."""

    kind: CardKind
    iccid: str
    imsi: str
    condition: CardCondition = CardCondition.HEALTHY


class HubSetup(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The setup of a hub on the bench, switched on or off."""

    id: str
    imei: str
    model: str
    slots: dict[int, Card] = {}
    """The cards by slot number, from 1."""
    links: tuple[str, ...] = ()
    """The connected links: `ethernet`, `wifi`."""
    powered: bool = True
    coverage: bool = True
    signal: Signal = Signal.STRONG
    """The strength of the signal while there is coverage."""
    mains: bool = True
    battery_percent: Annotated[int, Meta(ge=0, le=100)] = 100
    lid_open: bool = False
    flash: bytes | None = None
    """The data that its agent has persisted; None for a hub that never ran."""
    attached: bool = False
    """A device outside of the simulator is this hub. The simulator has its hardware and its network as the
    bench set them, and runs no program for it."""


class BenchAction(msgspec.Struct, frozen=True, tag_field="do", tag=snake):
    """One action on a hub's hardware. An impossible action (no such slot) is refused and changes nothing."""


class InsertSim(BenchAction, frozen=True):
    """Put a card into an empty slot; slots count from 1."""

    slot: SlotNumber
    card: Card


class RemoveSim(BenchAction, frozen=True):
    """Take the card out of the slot."""

    slot: SlotNumber


class LockSim(BenchAction, frozen=True):
    """Set a PIN on the card in the slot."""

    slot: SlotNumber


class UnlockSim(BenchAction, frozen=True):
    """Remove the PIN from the card in the slot."""

    slot: SlotNumber


class BreakSim(BenchAction, frozen=True):
    """Break the card in the slot permanently."""

    slot: SlotNumber


class Plug(BenchAction, frozen=True):
    """Connect a link: `ethernet` (a cable with internet access) or `wifi` (a network in range)."""

    link: Annotated[str, Meta(extra={"word": "link"})]


class Unplug(BenchAction, frozen=True):
    """Disconnect a link."""

    link: Annotated[str, Meta(extra={"word": "link"})]


class SetCoverage(BenchAction, frozen=True):
    """Bring the hub into cellular coverage, or out of it."""

    present: bool


class SetSignal(BenchAction, frozen=True):
    """Set the strength of the cellular signal. `no_signal` is the same as no coverage."""

    signal: Signal


class SetMains(BenchAction, frozen=True):
    """Switch external power on or off."""

    present: bool


class SetBattery(BenchAction, frozen=True):
    """Set the battery's charge in percent, 0 to 100. At 0 without mains the hub is off."""

    percent: int


class SetLid(BenchAction, frozen=True):
    """Open or close the lid (tamper)."""

    open: bool


class Restart(BenchAction, frozen=True):
    """Press reset: off immediately, on again after the boot time."""


class PowerOff(BenchAction, frozen=True):
    """Switch the hub off."""


class PowerOn(BenchAction, frozen=True):
    """Switch the hub on."""


AnyBenchAction = (
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
