"""The state of the business in memory. Only `apply` writes it; `devices` is the exception.

The engine writes to `devices` the latest state that each hub published over MQTT. Everything else can be
rebuilt from the facts alone. The cloud assigns the ids and never reuses them.

Records of which there are as many as hubs are structs that the garbage collector ignores (`gc=False`): they
refer to nothing that could refer to them. It would stop the cloud while it looks through them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from hubsim_cloud.domain.facts import InvoiceIssued, MailSent
from hubsim_cloud.domain.market import DEFAULT_MARKET, Market
from hubsim_cloud.domain.types import ConnectionState, Role, SubscriptionState
from hubsim_contract.timer_queue import TimerQueue
from hubsim_contract.wire.messages import HubEvent, OrderStage, Profile, Reported, ServiceState, SimSlot

EVENTS_KEPT = 100
NOTHING_MISSING: Mapping[str, int] = {}
"""One value for all hubs that have lost no channel. Never written."""


@dataclass(slots=True)
class Person:
    """A person with a personal PRO account."""

    id: str
    email: str
    name: str


@dataclass(slots=True)
class Employment:
    """An employee's role in a company. `joined`: the person has switched to the company."""

    role: Role
    joined: bool = False


@dataclass(slots=True)
class DirectoryListing:
    """The entry that makes a company a Reseller."""

    email: str
    listed: bool


@dataclass(slots=True)
class Company:
    """A PRO company. The owner is not an employee and never changes."""

    id: str
    name: str
    country: str
    owner: str
    zone: str
    registration_number: str | None = None
    """Set if the company is a Dealer."""
    reseller: DirectoryListing | None = None
    employees: dict[str, Employment] = field(default_factory=dict)
    objects: dict[str, None] = field(default_factory=dict)
    """Ids in the order of creation."""
    deleted: bool = False
    invoiced_until_ms: int | None = None
    """The first instant not yet invoiced; None before the first subscription."""
    unbilled: dict[str, None] = field(default_factory=dict)
    """Ids of the subscriptions, running or ended, that were active after `invoiced_until_ms`."""

    @property
    def is_dealer(self) -> bool:
        """Whether the company can sell services."""
        return self.registration_number is not None


@dataclass(slots=True)
class ResellerConnection:
    """A connection between a Dealer and a Reseller. Stored in the order of the requests."""

    dealer: str
    reseller: str | None
    email: str
    state: ConnectionState
    requested_at_ms: int
    requested_by: str
    """The person who sent the request."""
    number: str | None = None


class Site(msgspec.Struct, gc=False):
    """An object: a protected site with its hubs."""

    id: str
    name: str
    company: str | None
    hubs: tuple[str, ...] = ()
    """Ids in the order in which they were added."""
    deleted: bool = False


class Subscription(msgspec.Struct, gc=False):
    """One run of the services on one hub."""

    id: str
    hub: str
    company: str
    reseller: str
    package: str
    iccid: str
    started_at_ms: int
    account_since_ms: int
    """When the Dealer first activated the services for this hub with this SIM."""
    state: SubscriptionState = SubscriptionState.ACTIVE
    ends_at_ms: int | None = None
    """Set while expiring."""
    last_month: int | None = None
    """The number of the month to whose end it was last deactivated, in the billing zone of then."""
    ended_at_ms: int | None = None

    @property
    def running(self) -> bool:
        """Whether the services are on; an expiring service is still an active one (guide X5)."""
        return self.state is not SubscriptionState.ENDED


class HubConfiguration(msgspec.Struct, frozen=True, gc=False):
    """The configuration of a hub, which a transfer moves to another hub."""

    ping_s: int = 60
    offline_delay_s: int = 300
    channel_loss_notice_min: int = 3


class Wanted(msgspec.Struct, frozen=True, gc=False):
    """The part of the desired document that comes from facts. A change of it gives a new version."""

    service: ServiceState = ServiceState.NOT_AVAILABLE
    ends_at_ms: int | None = None
    sim_cut_off: bool = False
    armed: bool = False
    ping_s: int = 60


class Hub(msgspec.Struct, gc=False):
    """A hub that is or was in an object, or that has published a message."""

    id: str
    model: str = ""
    object: str | None = None
    sims: tuple[SimSlot, ...] = ()
    configuration: HubConfiguration = HubConfiguration()
    armed: bool = False
    subscription: str | None = None
    """The running subscription, or the last one."""
    wanted: Wanted = Wanted()
    version: int = 0
    """The version of `wanted`: the position of the fact of its last change. 0: no desired state yet."""
    version_floor: int = 0
    """The highest version that the hub has reported and that this cloud never assigned."""


class SimProfile(msgspec.Struct, gc=False):
    """The newest order to the carrier for one ICCID, and its progress."""

    iccid: str
    wanted: Profile
    sequence: int
    ordered_at_ms: int
    stage: OrderStage | None = None
    """None: not accepted yet."""
    failures: int = 0
    """The number of orders in a row for this profile that the carrier refused or could not execute."""
    ended_at_ms: int = 0
    """When the last of them was refused or failed."""


class Suspension(msgspec.Struct, gc=False):
    """The carrier's own decision about one SIM."""

    revision: int
    suspended: bool


class Device(msgspec.Struct, gc=False):
    """The latest state that a hub published. Not facts: the volume is high and only the last counts."""

    online: bool = False
    boot: int = 0
    connection: int = 0
    offline_since_ms: int | None = None
    """When it was last seen to go offline; None while online and before its first message."""
    reported: Reported | None = None
    missing_since_ms: Mapping[str, int] = msgspec.field(default_factory=lambda: NOTHING_MISSING)
    """Channels that the online hub had and lost, each with the instant. Replaced, never written."""
    events: tuple[HubEvent, ...] = ()
    """The newest events by (boot, number), at most `EVENTS_KEPT`; older ones are dropped."""

    @property
    def is_blank(self) -> bool:
        """Whether the hub has published nothing, or everything is forgotten."""
        return not (self.boot or self.connection or self.reported or self.events)


@dataclass(slots=True)
class State:
    """The whole state. Dictionaries keep the order of creation."""

    position: int = 0
    """The number of facts applied; the next fact gets position + 1."""
    market: Market = DEFAULT_MARKET
    """The market with which the cloud was started. Not from facts; `country_services` is about changes."""
    country_services: dict[str, bool] = field(default_factory=dict)
    """Country code to whether it has the services, for countries where the operator has changed that."""
    people: dict[str, Person] = field(default_factory=dict)
    person_by_email: dict[str, str] = field(default_factory=dict)
    companies: dict[str, Company] = field(default_factory=dict)
    memberships: dict[str, dict[str, None]] = field(default_factory=dict)
    """Person id to the ids of companies they own or are employed in."""
    reseller_by_email: dict[str, str] = field(default_factory=dict)
    """Address to company id of every Reseller."""
    connections: dict[str, dict[str, ResellerConnection]] = field(default_factory=dict)
    """Dealer id to (Reseller id, or the e-mail while no Reseller has it) to the connection."""
    objects: dict[str, Site] = field(default_factory=dict)
    hubs: dict[str, Hub] = field(default_factory=dict)
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    accounts: dict[tuple[str, str, str], int] = field(default_factory=dict)
    """(Dealer, hub, ICCID) to the instant of their first activation, for trials."""
    serving: dict[str, str] = field(default_factory=dict)
    """ICCID to the running subscription that it serves."""
    profiles: dict[str, SimProfile] = field(default_factory=dict)
    suspensions: dict[str, Suspension] = field(default_factory=dict)
    """The SIMs that the carrier has ever suspended, by ICCID."""
    mails: dict[str, list[MailSent]] = field(default_factory=dict)
    invoices: list[InvoiceIssued] = field(default_factory=list)
    told_offline: set[str] = field(default_factory=set)
    """Hubs that are reported offline."""
    told_missing: set[tuple[str, str]] = field(default_factory=set)
    """(hub, channel) whose loss was reported."""
    endings: TimerQueue[str] = field(default_factory=TimerQueue)
    """Expiring subscriptions by the instant they end."""
    billings: TimerQueue[str] = field(default_factory=TimerQueue)
    """Dealers with something to invoice, by the end of their month."""
    devices: dict[str, Device] = field(default_factory=dict)
    alarms: TimerQueue[tuple[str, str]] = field(default_factory=TimerQueue, compare=False)
    """(hub, channel) whose loss will be reported; channel "" is the whole hub. Derived from `devices`."""
    stale_alarms: dict[str, int] = field(default_factory=dict, compare=False)
    """Hubs whose `alarms` must be computed again, each with the instant of the change."""
    revisions: dict[str, int] = field(default_factory=dict)
    """Hub or company id to the position of the fact of its last edit by people."""
    dirty_hubs: set[str] = field(default_factory=set)
    """Hubs whose `wanted` has a new version that is not published yet. The engine clears it."""
