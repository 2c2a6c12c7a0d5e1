"""A simulated hub on the bench: its setup, and the bench actions on its hardware, as values.

People operate the hardware of a real hub, so real hubs do not implement this.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from hubsim_contract.wire.messages import Channel, Signal, SlotNumber
from hubsim_contract.wire.tags import snake

NetworkGeneration = Literal["2G", "3G", "4G"]
ALL_GENERATIONS: tuple[NetworkGeneration, ...] = ("2G", "3G", "4G")
"""The radio generations of the networks, the newest one last."""
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


class Internet(StrEnum):
    """The internet access of a link that is up."""

    OK = "ok"
    DOWN = "down"
    """No packet passes, as when the provider is down. An open connection stalls."""
    CAPTIVE_PORTAL = "captive_portal"
    """A login page answers in place of every server. An open connection is reset."""
    NO_DNS = "no_dns"
    """No name is resolved. An open connection continues, and no new one can be opened."""


class Card(msgspec.Struct, frozen=True):
    """A SIM card, in a slot or not."""

    kind: CardKind
    iccid: str
    imsi: str
    condition: CardCondition = CardCondition.HEALTHY
    forbidden: tuple[int, ...] = ()
    """The networks that its list of forbidden networks (EF_FPLMN) contains, the oldest entry first.

    A network is its place among those in reach, from 0.
    """


class HubSetup(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The setup of a hub on the bench, switched on or off."""

    id: str
    imei: str
    model: str
    slots: dict[int, Card] = {}
    """The cards by slot number, from 1."""
    links: tuple[str, ...] = ()
    """The connected links: `ethernet`, `wifi`."""
    internet: dict[str, Internet] = {}
    """The links whose internet access is not `ok`, by name."""
    powered: bool = True
    coverage: bool = True
    signal: Signal = Signal.STRONG
    """The strength of the signal while there is coverage."""
    slot_signals: dict[int, Signal] = {}
    """The strength for single slots, whose networks are received differently, by slot number."""
    generations: tuple[NetworkGeneration, ...] = ALL_GENERATIONS
    """The radio generations of the networks in reach."""
    roaming: bool = True
    """The roaming switch of the hub."""
    apns: dict[int, str] = {}
    """The APN that people entered for single slots, by slot number."""
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
    """Connect a link: `ethernet` (a cable) or `wifi` (a network in range)."""

    link: Annotated[str, Meta(extra={"word": "link"})]


class Unplug(BenchAction, frozen=True):
    """Disconnect a link."""

    link: Annotated[str, Meta(extra={"word": "link"})]


class SetInternet(BenchAction, frozen=True):
    """Change the internet access of a link that stays up: `ethernet`, `wifi`, or `cellular`."""

    link: Channel
    internet: Internet


class UseData(BenchAction, frozen=True):
    """Transfer data over the SIM in use, such as photos of detectors. A megabyte is 1,000,000 bytes."""

    megabytes: int
    """1 to 1,000,000."""


class SetCoverage(BenchAction, frozen=True):
    """Bring the hub into cellular coverage, or out of it."""

    present: bool


class SetSignal(BenchAction, frozen=True, omit_defaults=True):
    """Set the strength of the cellular signal. `no_signal` is the same as no coverage.

    With a slot, only the networks of its card are received differently from now on. Without a slot, the
    strength applies to all slots again.
    """

    signal: Signal
    slot: SlotNumber | None = None


class SetGenerations(BenchAction, frozen=True):
    """Set the radio generations of the networks in reach, such as `[2G]` after the last 4G cell is lost.

    An empty list is the same as no coverage. A generation that the model does not have makes no difference.
    """

    generations: tuple[NetworkGeneration, ...]


class HangModem(BenchAction, frozen=True):
    """Make the modem hang until its power is cut: it answers nothing. The carrier does not notice."""


class SetRoaming(BenchAction, frozen=True):
    """Switch roaming in the hub's settings on or off."""

    allowed: bool


class SetApn(BenchAction, frozen=True):
    """Enter the APN for the card in a slot in the hub's settings. An empty text chooses it automatically."""

    slot: SlotNumber
    apn: str = ""


class ClearForbidden(BenchAction, frozen=True):
    """Clear the list of forbidden networks of the card in the slot, as a technician does with AT+CRSM."""

    slot: SlotNumber


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
    | SetInternet
    | UseData
    | SetCoverage
    | SetSignal
    | SetGenerations
    | HangModem
    | SetRoaming
    | SetApn
    | ClearForbidden
    | SetMains
    | SetBattery
    | SetLid
    | Restart
    | PowerOff
    | PowerOn
)
