"""The answers about the live state of a world: faults, deadlines, cards and orders."""

from typing import Annotated

import msgspec

from hubsim_cloud.domain.deadlines import CloudTimer
from hubsim_cloud.lab.carrier_book import CarrierOrderState
from hubsim_contract.lab.bench_lists import BenchTimer, CardRow
from hubsim_contract.lab.faults import AnyFault
from hubsim_contract.wire.messages import Profile

DeadlineKind = Annotated[
    str, msgspec.Meta(extra_json_schema={"enum": [kind.value for kind in (*CloudTimer, *BenchTimer)]})
]
"""A timer of the cloud or of the bench. JSON Schema has no union of two enumerations of texts."""


class ArmedView(msgspec.Struct, frozen=True, kw_only=True):
    """A fault that waits for messages or orders."""

    id: str
    """For `DELETE /lab/faults/{fault}`, and in the events of the watch."""


class FaultRow(msgspec.Struct, frozen=True, kw_only=True):
    """A fault that waits for messages or orders."""

    id: str
    fault: AnyFault
    hub: str | None
    """The hub that it is about; null: any hub, or a card that was not seen in a hub."""
    armed_ms: int
    left: int
    """The number of messages or orders that it still applies to."""


class FaultsView(msgspec.Struct, frozen=True, kw_only=True):
    """The armed faults, in the order in which they were armed."""

    faults: list[FaultRow]


class Deadline(msgspec.Struct, frozen=True, kw_only=True):
    """Something that will happen by itself."""

    due_ms: int
    kind: DeadlineKind
    who: str
    """The actor: `cloud`, `carrier`, or the id of a hub."""
    hub: str | None
    """The hub that it is about."""
    company: str | None
    """The company that it is about, or that looks after the hub."""
    company_name: str | None
    object_name: str | None
    """The name of the hub's object."""
    about: str
    """An ICCID, a subscription, a channel or a topic; empty where hub or company say enough."""


class DeadlinesView(msgspec.Struct, frozen=True, kw_only=True):
    """What will happen by itself, the next first."""

    deadlines: list[Deadline]


class CardsView(msgspec.Struct, frozen=True, kw_only=True):
    """One page of the cards, by ICCID."""

    cards: tuple[CardRow, ...]
    next_page: str | None


class OrderRow(msgspec.Struct, frozen=True, kw_only=True):
    """One order to the carrier."""

    iccid: str
    hub: str | None
    """The hub in which the card was last seen."""
    sequence: int
    profile: Profile
    state: CarrierOrderState
    placed_ms: int
    confirmed_ms: int | None
    """When the carrier's last answer arrived."""
    attempts: int | None
    """How often it was sent since the cloud was started; null for an order that a newer one has replaced."""
    reason: str | None
    """Why it was refused or has failed."""


class OrdersView(msgspec.Struct, frozen=True, kw_only=True):
    """One page of the orders, the newest first."""

    orders: tuple[OrderRow, ...]
    next_page: str | None
