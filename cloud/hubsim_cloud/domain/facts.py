"""Facts: events of the past, in an append-only log. Applying them in order gives the state.

Every fact has the person who caused it and the world instant at which it became true. That can be before
the instant at which it was written: a month end is dated to midnight even if the cloud was down then.
"""

import msgspec

from hubsim_cloud.domain import types
from hubsim_cloud.domain.carrier_facts import (
    CarrierOrderConfirmed,
    CarrierOrderPlaced,
    OrdersOvertaken,
    SimReactivated,
    SimSuspended,
)
from hubsim_cloud.domain.happened import Happened
from hubsim_contract.wire.messages import Channel, SimSlot

# ------------------------------------------------------------------ accounts, companies and Resellers


class PersonSignedUp(Happened, frozen=True, kw_only=True):
    """A person has created a personal PRO account."""

    person: types.PersonRef
    email: types.Email
    name: str


class CompanyCreated(Happened, frozen=True, kw_only=True):
    """A company was registered; the person who registered it is its permanent owner."""

    company: types.CompanyRef
    name: str
    country: types.Country
    owner: types.PersonRef
    zone: types.ZoneName


class CompanyDeleted(Happened, frozen=True, kw_only=True):
    """A company was deleted; its history stays."""

    company: types.CompanyRef


class DealerEnrolled(Happened, frozen=True, kw_only=True):
    """A company has become a Dealer."""

    company: types.CompanyRef
    registration_number: str


class BillingZoneSet(Happened, frozen=True, kw_only=True):
    """The company has another billing zone from now on."""

    company: types.CompanyRef
    zone: types.ZoneName


class CountryServicesSet(Happened, frozen=True, kw_only=True):
    """The country has the services from now on, or no longer."""

    country: types.Country
    services: bool


class EmployeeAdded(Happened, frozen=True, kw_only=True):
    """A person was added to the employee list and invited."""

    company: types.CompanyRef
    person: types.PersonRef
    role: types.Role


class EmployeeJoined(Happened, frozen=True, kw_only=True):
    """An invited employee has switched to the company for the first time."""

    company: types.CompanyRef
    person: types.PersonRef


class EmployeeRoleChanged(Happened, frozen=True, kw_only=True):
    """An employee has another role."""

    company: types.CompanyRef
    person: types.PersonRef
    role: types.Role


class EmployeeRemoved(Happened, frozen=True, kw_only=True):
    """A person is no longer an employee."""

    company: types.CompanyRef
    person: types.PersonRef


class MailSent(Happened, frozen=True, kw_only=True):
    """A mail was sent. `company` is the company that it is about; None for a mail of the operator."""

    to: types.Email
    kind: types.MailKind
    company: types.CompanyRef | None
    detail: str = ""


class ResellerAppointed(Happened, frozen=True, kw_only=True):
    """A company was appointed as a Reseller."""

    company: types.CompanyRef
    email: types.Email
    listed: bool


class ConnectionRequested(Happened, frozen=True, kw_only=True):
    """A Dealer sent a request to a Reseller; `reseller` is None if no Reseller has the address."""

    dealer: types.CompanyRef
    reseller: types.ResellerRef | None
    email: types.Email


class InvitationClaimed(Happened, frozen=True, kw_only=True):
    """A new Reseller has the address to which a request was sent; the request belongs to it now."""

    dealer: types.CompanyRef
    reseller: types.ResellerRef
    email: types.Email


class ConnectionApproved(Happened, frozen=True, kw_only=True):
    """The Reseller approved the connection."""

    dealer: types.CompanyRef
    reseller: types.ResellerRef
    number: str | None = None


class ConnectionRejected(Happened, frozen=True, kw_only=True):
    """The Reseller rejected the request."""

    dealer: types.CompanyRef
    reseller: types.ResellerRef


class ConnectionSuspended(Happened, frozen=True, kw_only=True):
    """The Reseller suspended the connection."""

    dealer: types.CompanyRef
    reseller: types.ResellerRef


class ConnectionRestored(Happened, frozen=True, kw_only=True):
    """The Reseller ended the suspension."""

    dealer: types.CompanyRef
    reseller: types.ResellerRef


# ------------------------------------------------------------------ objects and hubs


class ObjectCreated(Happened, frozen=True, kw_only=True):
    """An object was created."""

    object: types.ObjectRef
    company: types.CompanyRef
    name: str


class ObjectDeleted(Happened, frozen=True, kw_only=True):
    """An object was deleted, and its hubs are free."""

    object: types.ObjectRef


class InstallingCompanyRemoved(Happened, frozen=True, kw_only=True):
    """The object no longer has an installing company."""

    object: types.ObjectRef
    company: types.CompanyRef


class HubAdded(Happened, frozen=True, kw_only=True):
    """A hub was added to an object. It was removed from its previous object."""

    hub: types.HubRef
    object: types.ObjectRef
    model: types.ModelName


class HubRemoved(Happened, frozen=True, kw_only=True):
    """A hub was removed from its object."""

    hub: types.HubRef


class HubArmed(Happened, frozen=True, kw_only=True):
    """A person armed or disarmed the hub."""

    hub: types.HubRef
    armed: bool


class HubConfigured(Happened, frozen=True, kw_only=True):
    """The configuration of a hub was set; the fact has all its values."""

    hub: types.HubRef
    ping_s: types.Whole
    offline_delay_s: types.Whole
    channel_loss_notice_min: types.Whole


class ConfigurationTransferred(Happened, frozen=True, kw_only=True):
    """The target has the donor's configuration; the donor has the default configuration."""

    donor: types.HubRef
    target: types.HubRef


class SimsObserved(Happened, frozen=True, kw_only=True):
    """The hub reported different cards in its slots."""

    hub: types.HubRef
    sims: tuple[SimSlot, ...]


class HubReportedOffline(Happened, frozen=True, kw_only=True):
    """The hub was offline for the configured time, and the company is notified."""

    hub: types.HubRef


class HubReportedOnline(Happened, frozen=True, kw_only=True):
    """A hub that was reported offline is back."""

    hub: types.HubRef


class ChannelLossNoticed(Happened, frozen=True, kw_only=True):
    """One channel of an online hub was missing for the configured time, and the company is notified."""

    hub: types.HubRef
    channel: Channel


class ChannelRestored(Happened, frozen=True, kw_only=True):
    """A channel whose loss was reported is back."""

    hub: types.HubRef
    channel: Channel


class VersionOvertaken(Happened, frozen=True, kw_only=True):
    """The hub has a version that this cloud never assigned; the cloud continues above it (rule MQ-1)."""

    hub: types.HubRef
    version: types.Whole


class DeviceForgotten(Happened, frozen=True, kw_only=True):
    """The operator had the cloud forget everything that the hub has published; its next report counts."""

    hub: types.HubRef


# ------------------------------------------------------------------ services and billing


class ServiceActivated(Happened, frozen=True, kw_only=True):
    """A subscription began."""

    subscription: types.SubscriptionId
    hub: types.HubRef
    company: types.CompanyRef
    reseller: types.ResellerRef
    package: types.PackageId
    iccid: types.Iccid


class DeactivationScheduled(Happened, frozen=True, kw_only=True):
    """The subscription ends at `ends_at_ms`, the first instant of the next month."""

    subscription: types.SubscriptionId
    hub: types.HubRef
    ends_at_ms: int


class ServiceResumed(Happened, frozen=True, kw_only=True):
    """The scheduled end of the subscription was cancelled."""

    subscription: types.SubscriptionId
    hub: types.HubRef


class ServiceStopped(Happened, frozen=True, kw_only=True):
    """The subscription was stopped immediately."""

    subscription: types.SubscriptionId
    hub: types.HubRef


class ServiceEnded(Happened, frozen=True, kw_only=True):
    """The subscription ended on the 1st."""

    subscription: types.SubscriptionId
    hub: types.HubRef


class SimBound(Happened, frozen=True, kw_only=True):
    """The subscription moved to another Ajax SIM, which was inserted into the hub while it ran."""

    subscription: types.SubscriptionId
    hub: types.HubRef
    iccid: types.Iccid


class InvoiceLine(msgspec.Struct, frozen=True, gc=False):
    """One account (a hub) in one month. `fee_cents` is in hundredths of the package's currency."""

    hub: types.HubRef
    package: types.PackageId
    fee_cents: types.Cents


class InvoiceIssued(Happened, frozen=True, kw_only=True):
    """The Reseller was invoiced for the accounts of a Dealer that were active in a month (`2026-01`)."""

    invoice: types.InvoiceId
    reseller: types.ResellerRef
    dealer: types.CompanyRef
    month: types.Month
    currency: types.Currency
    lines: tuple[InvoiceLine, ...]
    total_cents: types.Cents


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
    | DeviceForgotten
    | ServiceActivated
    | DeactivationScheduled
    | ServiceResumed
    | ServiceStopped
    | ServiceEnded
    | SimBound
    | CarrierOrderPlaced
    | CarrierOrderConfirmed
    | SimSuspended
    | SimReactivated
    | OrdersOvertaken
    | InvoiceIssued
)
