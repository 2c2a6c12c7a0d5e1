"""What a lab lists of a bench: armed faults, cards, and what is due."""

from enum import StrEnum

import msgspec

from hubsim_contract.lab.bench_actions import CardCondition, CardKind
from hubsim_contract.lab.faults import FaultStatus
from hubsim_contract.wire.messages import Profile


class BenchTimer(StrEnum):
    """The kinds of timers on the bench."""

    ORDER_EXECUTION = "order_execution"
    """The carrier executes an order that it has accepted, and confirms it."""
    SESSION_END = "session_end"
    """The network gives up a modem that it cannot reach."""
    COMMISSIONING_END = "commissioning_end"
    """A new card no longer works without an order."""
    DATA_MONTH = "data_month"
    """The carrier counts the data of a card again from zero, or its limit is reached."""
    CARRIER_CONNECTION = "carrier_connection"
    """The carrier connects to the broker, or confirms something again."""
    HUB_HARDWARE = "hub_hardware"
    """The next step of a hub's hardware: its boot, an attach attempt, the LED after a loss of mains."""
    HUB_NETWORK = "hub_network"
    """Messages of a hub have passed a slow channel, or its stalled connection dies."""
    HUB_CONNECTION = "hub_connection"
    """The program of a hub connects again."""
    HUB_PROGRAM = "hub_program"
    """The program of a hub sends something that it has held back, or asks for the cloud."""
    DELAYED_MESSAGE = "delayed_message"
    """A message arrives that a fault has held back."""


class FaultsShown(msgspec.Struct, frozen=True, kw_only=True):
    """The armed faults, the one that was armed first at the beginning."""

    armed: tuple[FaultStatus, ...]


class CardRow(msgspec.Struct, frozen=True, kw_only=True):
    """One card, in a hub or known to the carrier. Fields of the carrier are null for an ordinary card."""

    iccid: str
    kind: CardKind
    hub: str | None
    """The hub that has it in a slot."""
    slot: int | None
    condition: CardCondition | None
    """Null for a card that is in no hub."""
    profile: Profile | None
    """The profile at the carrier."""
    ordered: Profile | None
    """The profile of an order that the carrier has accepted and not executed."""
    suspended: bool
    """Whether the carrier has suspended it by itself."""
    data: str | None
    """`open`, `throttled` or `blocked`: what the card has left of its data in this month."""
    attached_hub: str | None
    """The hub with a session on this card, as far as the network knows."""


class CardsShown(msgspec.Struct, frozen=True, kw_only=True):
    """Cards, and whether there are more after them."""

    cards: tuple[CardRow, ...]
    more: bool


class BenchDeadline(msgspec.Struct, frozen=True, kw_only=True):
    """An event that will happen on the bench by itself."""

    due_ms: int
    kind: BenchTimer
    station: str
    """A hub id, or `carrier`."""
    card: str | None = None
    """The ICCID, for the carrier's timers of a card."""


class DeadlinesShown(msgspec.Struct, frozen=True, kw_only=True):
    """The first deadlines, in their order."""

    deadlines: tuple[BenchDeadline, ...]
