"""A hub on the bench in a few fields: what a list of many hubs shows of the hardware.

A `HubShown` has everything, with the memory of the hub; a brief has no memory and is about 400 bytes long.
"""

from enum import StrEnum

import msgspec

from hubsim_contract.lab.bench_actions import CardCondition
from hubsim_contract.wire.messages import Channel, Profile, Signal, SimCard, SimSlot


class LedColor(StrEnum):
    """The color of the logo LED."""

    WHITE = "white"
    """Two or more channels are connected."""
    GREEN = "green"
    """Exactly one channel is connected."""
    RED = "red"
    """No channel is connected, or the cloud is out of reach."""
    OFF = "off"
    """The hub is off."""


class LedLight(msgspec.Struct, frozen=True):
    """The logo LED."""

    color: LedColor
    blink: bool
    """Whether it blinks: the hub has been without mains for some minutes."""


class SlotContent(StrEnum):
    """The content of a SIM slot."""

    AJAX = "ajax"
    ORDINARY = "ordinary"
    EMPTY = "empty"


class SlotBrief(msgspec.Struct, frozen=True, kw_only=True):
    """One SIM slot with its card."""

    kind: SlotContent
    iccid: str | None = None
    """Null for an empty slot."""
    condition: CardCondition | None = None
    """Layer 1, the card itself; null for an empty slot."""
    profile: Profile | None = None
    """Layer 2, the card's profile at the carrier; null where it is not known, and for an ordinary card."""


class HubBrief(msgspec.Struct, frozen=True, kw_only=True):
    """One hub on the bench."""

    hub: str
    model: str
    attached: bool
    """Whether a device outside of the simulator is this hub."""
    powered: bool
    led: LedLight
    channels: tuple[Channel, ...]
    sim_card: SimCard
    slots: dict[int, SlotBrief]
    """All slots of the model by number, from 1."""
    active_sim: int | None
    signal: Signal
    battery_percent: int
    """In steps of 5."""
    mains: bool
    lid_open: bool
    coverage: bool
    links: tuple[str, ...]
    """The connected links: `ethernet`, `wifi`."""


def card_summary(sims: tuple[SimSlot, ...]) -> SimCard:
    """Sum up the slots: `ok` if any card is healthy, otherwise the state of the first card, or `missing`."""
    cards = [sim.card for sim in sims]
    if SimCard.OK in cards:
        return SimCard.OK
    return next((card for card in cards if card is not SimCard.MISSING), SimCard.MISSING)
