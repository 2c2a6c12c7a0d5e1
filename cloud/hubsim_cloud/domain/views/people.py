"""Views of accounts, mail, navigation, the company and its employees (guide C1, D3, E6, E7)."""

from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec

from hubsim_cloud.domain import queries
from hubsim_cloud.domain.authorization import in_company_account, may, permitted, signed_in
from hubsim_cloud.domain.context import DecisionContext
from hubsim_cloud.domain.facts import MailSent
from hubsim_cloud.domain.permissions import CREATE_COMPANY, PERMISSIONS
from hubsim_cloud.domain.search import Search
from hubsim_cloud.domain.state import Company
from hubsim_cloud.domain.types import (
    App,
    CompanyRef,
    Country,
    Email,
    MailKind,
    PermissionName,
    PersonRef,
    Role,
    Tab,
    Whole,
    ZoneName,
)
from hubsim_cloud.domain.views.view import View

DEALER_QUERIES = ("your_resellers", "dashboard")
RESELLER_QUERIES = ("requests", "your_dealers", "reseller_dashboard", "payment_history")
"""The queries of the tab "services", for a Dealer and for a Reseller."""


class AccountRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the account switcher. `account` and `role` are None for the personal account."""

    account: CompanyRef | None
    name: str
    role: Role | None
    joined: bool
    """False until an invited employee has switched to the company."""


class AccountsView(View, frozen=True, kw_only=True):
    """The personal account first, then companies in the order in which the person was added to them."""

    accounts: tuple[AccountRow, ...]


class MailRow(msgspec.Struct, frozen=True, kw_only=True):
    """One mail. `company` is the company that it is about; None for a mail of the operator."""

    at_ms: int
    kind: MailKind
    company: CompanyRef | None
    company_name: str | None
    detail: str


class MailboxView(View, frozen=True, kw_only=True):
    """The person's mail, newest first, including mail sent to the address before the account existed."""

    mails: tuple[MailRow, ...]


class NavigationView(View, frozen=True, kw_only=True):
    """The visible tabs from left to right, and the permissions of the role in this client."""

    tabs: tuple[Tab, ...]
    actions: tuple[PermissionName, ...]
    """The actions and views that the role may use here, as in the permission table. The state can still
    refuse them."""


class CompanyView(View, frozen=True, kw_only=True):
    """The company acted for."""

    company: CompanyRef
    name: str
    country: Country
    owner: PersonRef
    owner_name: str
    owner_email: Email
    is_dealer: bool
    is_reseller: bool
    registration_number: str | None
    """None until the company is a Dealer."""
    zone: ZoneName
    """The billing zone, an IANA name."""
    revision: Whole
    """Grows when people edit the company or its employee list."""


class EmployeeRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the employee list."""

    person: PersonRef
    name: str
    email: Email
    role: Role
    joined: bool


class EmployeesView(View, frozen=True, kw_only=True):
    """The employees in the order in which they were added. The owner is not an employee."""

    employees: tuple[EmployeeRow, ...]
    revision: Whole
    """The revision of the company."""


def _accounts(context: DecisionContext, _query: queries.Accounts) -> AccountsView:
    person = signed_in(context)
    personal = AccountRow(account=None, name=person.name, role=None, joined=True)
    companies: tuple[str | None, ...] = (None, *context.state.memberships.get(person.id, ()))

    def row(account: str | None) -> AccountRow:
        if account is None:
            return personal
        return _account_row(context.state.companies[account], person.id)

    return AccountsView(accounts=context.pager.of_keys(companies, row, name=lambda account: account))


def _account_row(company: Company, person: str) -> AccountRow:
    employment = company.employees.get(person)
    if employment is None:
        return AccountRow(account=company.id, name=company.name, role=Role.OWNER, joined=True)
    return AccountRow(account=company.id, name=company.name, role=employment.role, joined=employment.joined)


def _mailbox(context: DecisionContext, _query: queries.Mailbox) -> MailboxView:
    person = signed_in(context)

    def row(mail: MailSent) -> MailRow:
        company = None if mail.company is None else context.state.companies[mail.company].name
        return MailRow(
            at_ms=mail.at_ms, kind=mail.kind, company=mail.company, company_name=company, detail=mail.detail
        )

    mails = context.state.mails.get(person.email, [])
    return MailboxView(mails=context.pager.of_log(mails, row, newest_first=True))


def _navigation(context: DecisionContext, _query: queries.Navigation) -> NavigationView:
    """Show a tab if the role may use at least one query of it in this app.

    In the personal account PRO Desktop shows only the tab Company, to create one (guide C1).
    """
    app = context.actor.app
    signed_in(context)
    if context.actor.account is None:
        desktop = app is App.PRO_DESKTOP
        return NavigationView(
            tabs=("company",) if desktop else (), actions=(CREATE_COMPANY,) if desktop else ()
        )
    company, role = in_company_account(context)
    queries_of: dict[Tab, tuple[str, ...]] = {
        "objects": ("objects",),
        "company": ("company",),
        "services": _service_queries(company),
    }
    may_see = partial(may, context.state, context.actor, role, settings=context.settings)
    return NavigationView(
        tabs=tuple(tab for tab, names in queries_of.items() if any(map(may_see, names))),
        actions=tuple(filter(may_see, PERMISSIONS)),
    )


def _service_queries(company: Company) -> tuple[str, ...]:
    dealer = DEALER_QUERIES if company.is_dealer else ()
    return dealer + RESELLER_QUERIES if company.reseller is not None else dealer


def _company(context: DecisionContext, query: queries.CompanyDetails) -> CompanyView:
    company = permitted(context, query)
    owner = context.state.people[company.owner]
    return CompanyView(
        company=company.id,
        name=company.name,
        country=company.country,
        owner=owner.id,
        owner_name=owner.name,
        owner_email=owner.email,
        is_dealer=company.is_dealer,
        is_reseller=company.reseller is not None,
        registration_number=company.registration_number,
        zone=company.zone,
        revision=_revision(context, company),
    )


def _employees(context: DecisionContext, query: queries.Employees) -> EmployeesView:
    company = permitted(context, query)
    people, search = context.state.people, Search(query.search or "")

    def row(name: str) -> EmployeeRow:
        person, employment = people[name], company.employees[name]
        return EmployeeRow(
            person=person.id,
            name=person.name,
            email=person.email,
            role=employment.role,
            joined=employment.joined,
        )

    rows = context.pager.of_keys(
        company.employees,
        row,
        name=str,
        wanted=lambda name: search.finds(people[name].name, people[name].email),
    )
    return EmployeesView(employees=rows, revision=_revision(context, company))


def _revision(context: DecisionContext, company: Company) -> int:
    return context.state.revisions.get(company.id, 0)


ANSWERS: dict[type[queries.BaseQuery], Callable[[DecisionContext, Any], View]] = {
    queries.Accounts: _accounts,
    queries.Mailbox: _mailbox,
    queries.Navigation: _navigation,
    queries.CompanyDetails: _company,
    queries.Employees: _employees,
}
