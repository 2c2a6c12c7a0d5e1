"""Facts: what happened, in the past tense, append-only. State is what is left after applying them in order.

Every fact carries the world instant at which it became true (which may lie before the instant of its
writing: a month end is dated to midnight even if the cloud was down then) and who caused it.
"""

import msgspec

from hubsim_cloud.domain.types import Role
from hubsim_contract.wire.messages import Channel, OrderStage, Profile, SimSlot
from hubsim_contract.wire.tags import snake


class Happened(msgspec.Struct, frozen=True, kw_only=True, tag_field="fact", tag=snake):
    """A fact. `by` is a person id, empty for the service itself."""

    at_ms: int
    by: str = ""


# ------------------------------------------------------------------ accounts and companies


class PersonSignedUp(Happened, frozen=True, kw_only=True):
    """Somebody has a personal PRO account now."""

    person: str
    email: str
    name: str


class CompanyCreated(Happened, frozen=True, kw_only=True):
    """A company exists; whoever registered it is its owner for ever."""

    company: str
    name: str
    country: str
    owner: str
    zone: str


class CompanyDeleted(Happened, frozen=True, kw_only=True):
    """A company is gone; its history stays."""

    company: str


class DealerEnrolled(Happened, frozen=True, kw_only=True):
    """A company has become a Dealer."""

    company: str
    registration_number: str


class BillingZoneSet(Happened, frozen=True, kw_only=True):
    """The company's months end in another zone from now on."""

    company: str
    zone: str


class EmployeeAdded(Happened, frozen=True, kw_only=True):
    """A person stands in the employee list and is invited."""

    company: str
    person: str
    role: Role


class EmployeeJoined(Happened, frozen=True, kw_only=True):
    """An invited employee has picked the company for the first time."""

    company: str
    person: str


class EmployeeRoleChanged(Happened, frozen=True, kw_only=True):
    """An employee has another role."""

    company: str
    person: str
    role: Role


class EmployeeRemoved(Happened, frozen=True, kw_only=True):
    """A person is no employee any more."""

    company: str
    person: str


class MailSent(Happened, frozen=True, kw_only=True):
    """A message lies in a mailbox. `kind` is a stable name; `company` is the one it is about."""

    to: str
    kind: str
    company: str
    detail: str = ""


# ------------------------------------------------------------------ Resellers


class ResellerAppointed(Happened, frozen=True, kw_only=True):
    """A company distributes the services to Dealers."""

    company: str
    email: str
    listed: bool


class ConnectionRequested(Happened, frozen=True, kw_only=True):
    """A Dealer asked a Reseller; `reseller` is None while the address belongs to no Reseller."""

    dealer: str
    reseller: str | None
    email: str


class InvitationClaimed(Happened, frozen=True, kw_only=True):
    """A new Reseller has the address that a request was sent to; the request is theirs now."""

    dealer: str
    reseller: str
    email: str


class ConnectionApproved(Happened, frozen=True, kw_only=True):
    """The Reseller approved."""

    dealer: str
    reseller: str
    number: str | None = None


class ConnectionRejected(Happened, frozen=True, kw_only=True):
    """The Reseller rejected."""

    dealer: str
    reseller: str


class ConnectionSuspended(Happened, frozen=True, kw_only=True):
    """The Reseller suspended the connection."""

    dealer: str
    reseller: str


class ConnectionRestored(Happened, frozen=True, kw_only=True):
    """The Reseller ended the suspension."""

    dealer: str
    reseller: str


# ------------------------------------------------------------------ objects and hubs


class ObjectCreated(Happened, frozen=True, kw_only=True):
    """An object exists."""

    object: str
    company: str
    name: str


class ObjectDeleted(Happened, frozen=True, kw_only=True):
    """An object is gone, and its hubs are free."""

    object: str


class InstallingCompanyRemoved(Happened, frozen=True, kw_only=True):
    """The object has no company that looks after it."""

    object: str
    company: str


class HubAdded(Happened, frozen=True, kw_only=True):
    """A hub belongs to an object, and to no other any more."""

    hub: str
    object: str
    model: str


class HubRemoved(Happened, frozen=True, kw_only=True):
    """A hub belongs to no object."""

    hub: str


class HubArmed(Happened, frozen=True, kw_only=True):
    """The hub is to be armed, or disarmed."""

    hub: str
    armed: bool


class HubConfigured(Happened, frozen=True, kw_only=True):
    """The whole configuration of a hub, as it is now."""

    hub: str
    ping_s: int
    offline_delay_s: int
    channel_loss_notice_min: int


class ConfigurationTransferred(Happened, frozen=True, kw_only=True):
    """The target works under the donor's configuration; the donor has the default one."""

    donor: str
    target: str


class SimsObserved(Happened, frozen=True, kw_only=True):
    """The hub reports other cards in its slots than before."""

    hub: str
    sims: tuple[SimSlot, ...]


class HubReportedOffline(Happened, frozen=True, kw_only=True):
    """The hub has been silent for so long that the company is told."""

    hub: str


class HubReportedOnline(Happened, frozen=True, kw_only=True):
    """A hub that was reported offline is back."""

    hub: str


class ChannelLossNoticed(Happened, frozen=True, kw_only=True):
    """One channel of an online hub has been missing for so long that the company is told."""

    hub: str
    channel: Channel


class ChannelRestored(Happened, frozen=True, kw_only=True):
    """A channel whose loss was told is back."""

    hub: str
    channel: Channel


class VersionOvertaken(Happened, frozen=True, kw_only=True):
    """The hub has applied a version that this cloud never gave; it continues above it (rule MQ-1)."""

    hub: str
    version: int


# ------------------------------------------------------------------ services


class ServiceActivated(Happened, frozen=True, kw_only=True):
    """A subscription has begun."""

    subscription: str
    hub: str
    company: str
    reseller: str
    package: str
    iccid: str


class DeactivationScheduled(Happened, frozen=True, kw_only=True):
    """The subscription ends at `ends_at_ms`, the first instant of the next month."""

    subscription: str
    hub: str
    ends_at_ms: int


class ServiceResumed(Happened, frozen=True, kw_only=True):
    """The subscription goes on."""

    subscription: str
    hub: str


class ServiceStopped(Happened, frozen=True, kw_only=True):
    """The subscription was stopped at once."""

    subscription: str
    hub: str


class ServiceEnded(Happened, frozen=True, kw_only=True):
    """The subscription ended on the 1st."""

    subscription: str
    hub: str


class SimBound(Happened, frozen=True, kw_only=True):
    """The subscription serves another Ajax SIM, which was put into the hub while it ran."""

    subscription: str
    hub: str
    iccid: str


class CarrierOrderPlaced(Happened, frozen=True, kw_only=True):
    """The carrier is to set a profile; unconfirmed orders are sent again until they are executed."""

    iccid: str
    sequence: int
    profile: Profile


class CarrierOrderConfirmed(Happened, frozen=True, kw_only=True):
    """The carrier answered to the newest order."""

    iccid: str
    sequence: int
    stage: OrderStage


class OrdersOvertaken(Happened, frozen=True, kw_only=True):
    """The carrier has an order of a sequence that this cloud never gave; it continues above (rule MQ-8)."""

    iccid: str
    sequence: int


# ------------------------------------------------------------------ billing


class InvoiceLine(msgspec.Struct, frozen=True):
    """One account (a hub) in one month. `fee_cents` is in hundredths of the package's currency."""

    hub: str
    package: str
    fee_cents: int


class InvoiceIssued(Happened, frozen=True, kw_only=True):
    """The Reseller is invoiced for one Dealer's accounts that were active in a month (`2026-01`)."""

    invoice: str
    reseller: str
    dealer: str
    month: str
    currency: str
    lines: tuple[InvoiceLine, ...]
    total_cents: int


Fact = (
    PersonSignedUp
    | CompanyCreated
    | CompanyDeleted
    | DealerEnrolled
    | BillingZoneSet
    | EmployeeAdded
    | EmployeeJoined
    | EmployeeRoleChanged
    | EmployeeRemoved
    | MailSent
    | ResellerAppointed
    | ConnectionRequested
    | InvitationClaimed
    | ConnectionApproved
    | ConnectionRejected
    | ConnectionSuspended
    | ConnectionRestored
    | ObjectCreated
    | ObjectDeleted
    | InstallingCompanyRemoved
    | HubAdded
    | HubRemoved
    | HubArmed
    | HubConfigured
    | ConfigurationTransferred
    | SimsObserved
    | HubReportedOffline
    | HubReportedOnline
    | ChannelLossNoticed
    | ChannelRestored
    | VersionOvertaken
    | ServiceActivated
    | DeactivationScheduled
    | ServiceResumed
    | ServiceStopped
    | ServiceEnded
    | SimBound
    | CarrierOrderPlaced
    | CarrierOrderConfirmed
    | OrdersOvertaken
    | InvoiceIssued
)
