"""The table of routes: the method and path of each command and query of the domain.

A command or query needs one row and no handler. The path gives the fields that it
names. The JSON body of a command, or the query string of a query, gives the others.
"""

from enum import StrEnum

import msgspec

from hubsim_cloud.domain import commands, queries
from hubsim_cloud.domain.commands import BaseCommand
from hubsim_cloud.domain.queries import BaseQuery
from hubsim_cloud.domain.types import SortOrder

PREFIX = "/v1"


class Tag(StrEnum):
    """The sections of the OpenAPI document."""

    ACCOUNT = "Account"
    COMPANY = "Company"
    EMPLOYEES = "Employees"
    DEALER = "Dealer"
    RESELLER = "Reseller"
    OBJECTS = "Objects"
    HUBS = "Hubs"
    SERVICES = "Services"
    OPERATOR = "Operator"


class Caller(StrEnum):
    """The callers that a route admits. The domain decides what they may do there."""

    PERSON = "person"
    """With the token of a session."""
    OPERATOR = "operator"
    """With the operator's token."""
    ANYBODY = "anybody"


class PagedList(msgspec.Struct, frozen=True):
    """The field of a view that has pages, and the field or order that permanently names an item."""

    field: str
    key: str | SortOrder


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One row. `returns` names the results of a command; a command without results responds with 204."""

    method: str
    path: str
    act: type[BaseCommand] | type[BaseQuery]
    tag: Tag
    caller: Caller = Caller.PERSON
    created: bool = False
    """Whether the command creates something: 201 instead of 200."""
    returns: tuple[str, ...] = ()
    listing: PagedList | None = None
    revision: bool = False
    """A query: its view has a revision, sent as `ETag`. A command: it takes `If-Match`."""
    conflicts: bool = False
    """A query: the current state can refuse it, with 409. The state can refuse every command."""

    @property
    def is_command(self) -> bool:
        """Whether the route has a command, not a query."""
        return issubclass(self.act, BaseCommand)

    @property
    def status(self) -> int:
        """The status of success."""
        if self.created:
            return 201
        return 204 if self.is_command and not self.returns else 200

    @property
    def action(self) -> str:
        """The tag of the command or query, as in the permission table."""
        return str(self.act.__struct_config__.tag)


def _get(
    path: str, act: type[BaseQuery], tag: Tag, listing: PagedList | None = None, *, revision: bool = False
) -> Route:
    return Route(method="GET", path=path, act=act, tag=tag, listing=listing, revision=revision)


def _does(method: str, path: str, act: type[BaseCommand], tag: Tag, *, revision: bool = False) -> Route:
    """Return the route of a command without results."""
    return Route(method=method, path=path, act=act, tag=tag, revision=revision)


def _shows(method: str, path: str, act: type[BaseCommand], tag: Tag, *returns: str) -> Route:
    """Return the route of a command that returns the next screen or the selection."""
    return Route(method=method, path=path, act=act, tag=tag, returns=returns)


def _makes(path: str, act: type[BaseCommand], tag: Tag, *returns: str, revision: bool = False) -> Route:
    """Return the route of a command that creates something."""
    return Route(method="POST", path=path, act=act, tag=tag, returns=returns, created=True, revision=revision)


ROUTES: tuple[Route, ...] = (
    # accounts
    Route(
        method="POST",
        path="/accounts",
        act=commands.SignUp,
        tag=Tag.ACCOUNT,
        caller=Caller.ANYBODY,
        created=True,
        returns=("person",),
    ),
    _shows("PUT", "/session/account", commands.SwitchAccount, Tag.ACCOUNT, "account"),
    _get("/session/accounts", queries.Accounts, Tag.ACCOUNT, PagedList("accounts", "account")),
    _get("/mailbox", queries.Mailbox, Tag.ACCOUNT, PagedList("mails", SortOrder.NEWEST_FIRST)),
    _get("/navigation", queries.Navigation, Tag.ACCOUNT),
    # the company
    _makes("/companies", commands.CreateCompany, Tag.COMPANY, "company"),
    _get("/company", queries.CompanyDetails, Tag.COMPANY, revision=True),
    _does("DELETE", "/company", commands.DeleteCompany, Tag.COMPANY),
    _does("PUT", "/company/owner", commands.ChangeOwner, Tag.COMPANY),
    _does("POST", "/company/dealership", commands.EnrollAsDealer, Tag.COMPANY),
    _does("PUT", "/company/billing-zone", commands.SetBillingZone, Tag.COMPANY, revision=True),
    _get("/company/history", queries.CompanyHistory, Tag.COMPANY, PagedList("rows", SortOrder.OLDEST_FIRST)),
    # employees
    _get(
        "/company/employees",
        queries.Employees,
        Tag.EMPLOYEES,
        PagedList("employees", "person"),
        revision=True,
    ),
    _makes("/company/employees", commands.AddEmployee, Tag.EMPLOYEES, "person", revision=True),
    _does("PUT", "/company/employees/{employee}/role", commands.ChangeRole, Tag.EMPLOYEES, revision=True),
    _does("DELETE", "/company/employees/{employee}", commands.RemoveEmployee, Tag.EMPLOYEES, revision=True),
    # the Dealer's Resellers
    _get("/resellers", queries.ResellerDirectory, Tag.DEALER, PagedList("resellers", "reseller")),
    _get("/resellers/details", queries.ResellerDetails, Tag.DEALER),
    _get("/connections", queries.YourResellers, Tag.DEALER, PagedList("resellers", "email")),
    _does("POST", "/connections", commands.SendRequest, Tag.DEALER),
    _get("/dashboard", queries.Dashboard, Tag.DEALER),
    # the Reseller's Dealers
    _get("/dealers/requests", queries.Requests, Tag.RESELLER, PagedList("requests", "dealer")),
    _get("/dealers", queries.YourDealers, Tag.RESELLER, PagedList("dealers", "dealer")),
    _does("POST", "/dealers/{dealer}/approval", commands.ApproveRequest, Tag.RESELLER),
    _does("POST", "/dealers/{dealer}/rejection", commands.RejectRequest, Tag.RESELLER),
    _does("POST", "/dealers/{dealer}/suspension", commands.SuspendConnection, Tag.RESELLER),
    _does("POST", "/dealers/{dealer}/restoration", commands.RestoreConnection, Tag.RESELLER),
    _get("/reseller/dashboard", queries.ResellerDashboard, Tag.RESELLER),
    _get("/reseller/payments", queries.PaymentHistory, Tag.RESELLER, PagedList("invoices", "invoice")),
    # objects
    _get("/objects", queries.Objects, Tag.OBJECTS, PagedList("objects", "object")),
    _makes("/objects", commands.CreateObject, Tag.OBJECTS, "object"),
    _does("DELETE", "/objects/{object}", commands.DeleteObject, Tag.OBJECTS),
    _does("DELETE", "/objects/{object}/installing-company", commands.RemoveInstallingCompany, Tag.OBJECTS),
    # hubs
    _get("/objects/{object}/hubs", queries.DeviceList, Tag.HUBS, PagedList("hubs", "hub")),
    _makes("/objects/{object}/hubs", commands.AddHub, Tag.HUBS, "hub"),
    _get("/hubs/{hub}", queries.HubInformation, Tag.HUBS, revision=True),
    _does("DELETE", "/hubs/{hub}", commands.RemoveHub, Tag.HUBS),
    _get("/hubs/{hub}/history", queries.HubHistory, Tag.HUBS, PagedList("rows", SortOrder.OLDEST_FIRST)),
    _does("PUT", "/hubs/{hub}/arming", commands.ArmHub, Tag.HUBS, revision=True),
    _does("DELETE", "/hubs/{hub}/arming", commands.DisarmHub, Tag.HUBS, revision=True),
    _does("PATCH", "/hubs/{hub}/configuration", commands.ConfigureHub, Tag.HUBS, revision=True),
    _does("POST", "/hubs/{donor}/transfer", commands.TransferConfiguration, Tag.HUBS),
    # services
    _get("/hubs/{hub}/activation", queries.ActivationForm, Tag.SERVICES),
    _shows("POST", "/hubs/{hub}/activation", commands.Activate, Tag.SERVICES, "screen", "subscription"),
    _shows("POST", "/hubs/{hub}/deactivation", commands.ScheduleDeactivation, Tag.SERVICES, "screen"),
    _shows("POST", "/hubs/{hub}/resumption", commands.Resume, Tag.SERVICES, "screen"),
    _shows("POST", "/hubs/{hub}/stop", commands.StopNow, Tag.SERVICES, "screen"),
    Route(
        method="GET",
        path="/hubs/{hub}/confirmation",
        act=queries.ServiceConfirmation,
        tag=Tag.SERVICES,
        conflicts=True,
    ),
    # the operator
    Route(
        method="POST",
        path="/operator/resellers",
        act=commands.AppointReseller,
        tag=Tag.OPERATOR,
        caller=Caller.OPERATOR,
    ),
    Route(
        method="POST",
        path="/operator/desktop-builds",
        act=commands.SendDesktopBuild,
        tag=Tag.OPERATOR,
        caller=Caller.OPERATOR,
    ),
    Route(
        method="GET",
        path="/operator/invoices",
        act=queries.Invoices,
        tag=Tag.OPERATOR,
        caller=Caller.OPERATOR,
        listing=PagedList("invoices", "invoice"),
    ),
    Route(
        method="GET",
        path="/operator/companies/{company}/history",
        act=queries.CompanyRecords,
        tag=Tag.OPERATOR,
        caller=Caller.OPERATOR,
        listing=PagedList("rows", SortOrder.OLDEST_FIRST),
    ),
    Route(
        method="PUT",
        path="/operator/countries/{country}/services",
        act=commands.SetCountryServices,
        tag=Tag.OPERATOR,
        caller=Caller.OPERATOR,
    ),
    Route(
        method="DELETE",
        path="/operator/hubs/{hub}/device",
        act=commands.ForgetDevice,
        tag=Tag.OPERATOR,
        caller=Caller.OPERATOR,
    ),
)
