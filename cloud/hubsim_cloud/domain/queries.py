"""Queries: requests of people to see data. The answer is a view or a refusal; no state changes."""

import msgspec

from hubsim_cloud.domain.search import SearchText
from hubsim_cloud.domain.types import (
    CompanyRef,
    ConnectionState,
    HubRef,
    ObjectRef,
    PackageId,
    ResellerRef,
    ServiceAction,
    SortOrder,
)
from hubsim_contract.wire.messages import ServiceState
from hubsim_contract.wire.tags import snake


class BaseQuery(msgspec.Struct, frozen=True, kw_only=True, tag_field="sees", tag=snake):
    """A query."""


class Accounts(BaseQuery, frozen=True, kw_only=True):
    """The account switcher: the personal account and every company the person is in (guide E7)."""


class Mailbox(BaseQuery, frozen=True, kw_only=True):
    """The person's own mail (guide E6)."""


class Navigation(BaseQuery, frozen=True, kw_only=True):
    """The tabs of the navigation bar (guide D3)."""


class CompanyDetails(BaseQuery, frozen=True, kw_only=True, tag="company"):
    """The company acted for: name, country, owner, Dealer or Reseller or both, billing zone."""


class Employees(BaseQuery, frozen=True, kw_only=True):
    """The employee list (guide E6)."""

    search: SearchText | None = None
    """Words in name and address; null: all employees."""


class ResellerDirectory(BaseQuery, frozen=True, kw_only=True):
    """The listed Resellers of a country (guide R4)."""

    country: str
    search: SearchText | None = None
    """Words in name and address; null: all Resellers of the country."""


class ResellerDetails(BaseQuery, frozen=True, kw_only=True):
    """The page before "Send request" (guide R5): a Reseller of the directory, or one by e-mail."""

    reseller: ResellerRef | None = None
    email: str | None = None


class YourResellers(BaseQuery, frozen=True, kw_only=True):
    """The Dealer's connections; the newest request is first (guide R5)."""

    search: SearchText | None = None
    """Words in the Reseller's name and address; null: all connections."""
    state: ConnectionState | None = None
    """Only connections in this state; null: in all states."""


class Requests(BaseQuery, frozen=True, kw_only=True):
    """The Reseller's open requests: Your dealers > Requests (guide R7)."""

    search: SearchText | None = None
    """Words in the Dealer's name and registration number; null: all requests."""


class YourDealers(BaseQuery, frozen=True, kw_only=True):
    """The Reseller's Dealers with their numbers and states."""

    search: SearchText | None = None
    """Words in the Dealer's name, its registration number, and the Reseller's number for it; null: all."""
    state: ConnectionState | None = None
    """Only connections in this state; null: in all states."""


class ResellerDashboard(BaseQuery, frozen=True, kw_only=True):
    """Dealers with active services, accounts with active services, fee per package (guide R7)."""


class PaymentHistory(BaseQuery, frozen=True, kw_only=True):
    """The Reseller's invoices, newest first (guide R7)."""


class Dashboard(BaseQuery, frozen=True, kw_only=True):
    """The Dealer's dashboard: accounts by state of their service (guide E1)."""


class Objects(BaseQuery, frozen=True, kw_only=True):
    """The company's objects."""

    search: SearchText | None = None
    """Words in the object's name and the ids of its hubs; null: all objects."""
    service: ServiceState | None = None
    """Only objects with a hub whose service has this state; null: all objects."""


class DeviceList(BaseQuery, frozen=True, kw_only=True):
    """The hubs of an object with their tiles and icons (guide A4, A7)."""

    object: ObjectRef
    search: SearchText | None = None
    """Words in the hub's id and model; null: all hubs."""
    service: ServiceState | None = None
    """Only hubs whose service has this state; null: all hubs."""


class HubInformation(BaseQuery, frozen=True, kw_only=True):
    """The hub information screen, with the same tile (guide A4) and the hub's states."""

    hub: HubRef


class ActivationForm(BaseQuery, frozen=True, kw_only=True):
    """The form that a click on the tile opens, with package and Reseller preselected (guide A5, A6)."""

    hub: HubRef


class ServiceConfirmation(BaseQuery, frozen=True, kw_only=True, tag="confirmation"):
    """The pop-up that asks to confirm an action on services, or the refusal of that action (guide A8).

    Opening it changes nothing. The command is the confirmation: it is decided by the rights and the state of
    that later instant.
    """

    hub: HubRef
    action: ServiceAction
    package: PackageId | None = None
    """For `activate` only, as in the command."""
    reseller: ResellerRef | None = None
    """For `activate` only, as in the command."""


class Invoices(BaseQuery, frozen=True, kw_only=True):
    """All invoices of all Resellers, newest first, also of deleted companies (operator only)."""


class HistoryQuery(BaseQuery, frozen=True, kw_only=True):
    """A query for facts of the log."""

    sort: SortOrder = SortOrder.OLDEST_FIRST
    """The order of the facts, by their time."""


class CompanyRecords(HistoryQuery, frozen=True, kw_only=True):
    """The facts about any company, also of a deleted one (operator only)."""

    company: CompanyRef


class HubHistory(HistoryQuery, frozen=True, kw_only=True):
    """The facts about a hub."""

    hub: HubRef


class CompanyHistory(HistoryQuery, frozen=True, kw_only=True):
    """The facts about the company acted for."""


Query = (
    Accounts
    | Mailbox
    | Navigation
    | CompanyDetails
    | Employees
    | ResellerDirectory
    | ResellerDetails
    | YourResellers
    | Requests
    | YourDealers
    | ResellerDashboard
    | PaymentHistory
    | Dashboard
    | Objects
    | DeviceList
    | HubInformation
    | ActivationForm
    | ServiceConfirmation
    | Invoices
    | CompanyRecords
    | HubHistory
    | CompanyHistory
)
