"""Facts: events of the past, in an append-only log. Applying them in order gives the state.

Every fact has the person who caused it and the world instant at which it became true. That can be before
the instant at which it was written: a month end is dated to midnight even if the cloud was down then.
"""

import msgspec

from hubsim_cloud.domain.types import Cents, MailKind, Role
from hubsim_contract.wire.messages import Channel, OrderStage, Profile, SimSlot
from hubsim_contract.wire.tags import snake


class Happened(msgspec.Struct, frozen=True, kw_only=True, tag_field="fact", tag=snake):
    """A fact. `by` is a person id, empty for the service itself."""

    at_ms: int
    by: str = ""


# ------------------------------------------------------------------ accounts, companies and Resellers


class PersonSignedUp(Happened, frozen=True, kw_only=True):
    """A person has created a personal PRO account."""

    person: str
    email: str
    name: str


class CompanyCreated(Happened, frozen=True, kw_only=True):
    """A company was registered; the person who registered it is its permanent owner."""

    company: str
    name: str
    country: str
    owner: str
    zone: str


class CompanyDeleted(Happened, frozen=True, kw_only=True):
    """A company was deleted; its history stays."""

    company: str


class DealerEnrolled(Happened, frozen=True, kw_only=True):
    """A company has become a Dealer."""

    company: str
    registration_number: str


class BillingZoneSet(Happened, frozen=True, kw_only=True):
    """The company has another billing zone from now on."""

    company: str
    zone: str


class CountryServicesSet(Happened, frozen=True, kw_only=True):
    """The country has the services from now on, or no longer."""

    country: str
    services: bool


class EmployeeAdded(Happened, frozen=True, kw_only=True):
    """A person was added to the employee list and invited."""

    company: str
    person: str
    role: Role


class EmployeeJoined(Happened, frozen=True, kw_only=True):
    """An invited employee has switched to the company for the first time."""

    company: str
    person: str


class EmployeeRoleChanged(Happened, frozen=True, kw_only=True):
    """An employee has another role."""

    company: str
    person: str
    role: Role


class EmployeeRemoved(Happened, frozen=True, kw_only=True):
    """A person is no longer an employee."""

    company: str
    person: str


class MailSent(Happened, frozen=True, kw_only=True):
    """A mail was sent. `company` is the company that it is about; None for a mail of the operator."""

    to: str
    kind: MailKind
    company: str | None
    detail: str = ""


class ResellerAppointed(Happened, frozen=True, kw_only=True):
    """A company was appointed as a Reseller."""

    company: str
    email: str
    listed: bool


class ConnectionRequested(Happened, frozen=True, kw_only=True):
    """A Dealer sent a request to a Reseller; `reseller` is None if no Reseller has the address."""

    dealer: str
    reseller: str | None
    email: str


class InvitationClaimed(Happened, frozen=True, kw_only=True):
    """A new Reseller has the address to which a request was sent; the request belongs to it now."""

    dealer: str
    reseller: str
    email: str


class ConnectionApproved(Happened, frozen=True, kw_only=True):
    """The Reseller approved the connection."""

    dealer: str
    reseller: str
    number: str | None = None


class ConnectionRejected(Happened, frozen=True, kw_only=True):
    """The Reseller rejected the request."""

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
    """An object was created."""

    object: str
    company: str
    name: str


class ObjectDeleted(Happened, frozen=True, kw_only=True):
    """An object was deleted, and its hubs are free."""

    object: str


class InstallingCompanyRemoved(Happened, frozen=True, kw_only=True):
    """The object no longer has an installing company."""

    object: str
    company: str


class HubAdded(Happened, frozen=True, kw_only=True):
    """A hub was added to an object. It was removed from its previous object."""

    hub: str
    object: str
    model: str


class HubRemoved(Happened, frozen=True, kw_only=True):
    """A hub was removed from its object."""

    hub: str


class HubArmed(Happened, frozen=True, kw_only=True):
    """A person armed or disarmed the hub."""

    hub: str
    armed: bool


class HubConfigured(Happened, frozen=True, kw_only=True):
    """The configuration of a hub was set; the fact has all its values."""

    hub: str
    ping_s: int
    offline_delay_s: int
    channel_loss_notice_min: int


class ConfigurationTransferred(Happened, frozen=True, kw_only=True):
    """The target has the donor's configuration; the donor has the default configuration."""

    donor: str
    target: str


class SimsObserved(Happened, frozen=True, kw_only=True):
    """The hub reported different cards in its slots."""

    hub: str
    sims: tuple[SimSlot, ...]


class HubReportedOffline(Happened, frozen=True, kw_only=True):
    """The hub was offline for the configured time, and the company is notified."""

    hub: str


class HubReportedOnline(Happened, frozen=True, kw_only=True):
    """A hub that was reported offline is back."""

    hub: str


class ChannelLossNoticed(Happened, frozen=True, kw_only=True):
    """One channel of an online hub was missing for the configured time, and the company is notified."""

    hub: str
    channel: Channel


class ChannelRestored(Happened, frozen=True, kw_only=True):
    """A channel whose loss was reported is back."""

    hub: str
    channel: Channel


class VersionOvertaken(Happened, frozen=True, kw_only=True):
    """The hub has a version that this cloud never assigned; the cloud continues above it (rule MQ-1)."""

    hub: str
    version: int


# ------------------------------------------------------------------ services and billing


class ServiceActivated(Happened, frozen=True, kw_only=True):
    """A subscription began."""

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
    """The scheduled end of the subscription was cancelled."""

    subscription: str
    hub: str


class ServiceStopped(Happened, frozen=True, kw_only=True):
    """The subscription was stopped immediately."""

    subscription: str
    hub: str


class ServiceEnded(Happened, frozen=True, kw_only=True):
    """The subscription ended on the 1st."""

    subscription: str
    hub: str


class SimBound(Happened, frozen=True, kw_only=True):
    """The subscription moved to another Ajax SIM, which was inserted into the hub while it ran."""

    subscription: str
    hub: str
    iccid: str


class CarrierOrderPlaced(Happened, frozen=True, kw_only=True):
    """The cloud ordered a profile from the carrier. Orders are sent again until they are executed."""

    iccid: str
    sequence: int
    profile: Profile


class CarrierOrderConfirmed(Happened, frozen=True, kw_only=True):
    """The carrier confirmed a stage of the newest order."""

    iccid: str
    sequence: int
    stage: OrderStage


class OrdersOvertaken(Happened, frozen=True, kw_only=True):
    """The carrier has a sequence that this cloud never sent; the cloud continues above it (rule MQ-8)."""

    iccid: str
    sequence: int


class InvoiceLine(msgspec.Struct, frozen=True):
    """One account (a hub) in one month. `fee_cents` is in hundredths of the package's currency."""

    hub: str
    package: str
    fee_cents: Cents


class InvoiceIssued(Happened, frozen=True, kw_only=True):
    """The Reseller was invoiced for the accounts of a Dealer that were active in a month (`2026-01`)."""

    invoice: str
    reseller: str
    dealer: str
    month: str
    currency: str
    lines: tuple[InvoiceLine, ...]
    total_cents: Cents


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
    | CountryServicesSet
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
