"""What people see of accounts, mail, navigation, their company and its employees (guide C1, D3, E6, E7)."""

from collections.abc import Callable
from typing import Any

import msgspec

from cloud.domain import queries
from cloud.domain.case import Case
from cloud.domain.members import in_company_account, permitted, signed_in
from cloud.domain.permissions import allowed
from cloud.domain.state import Company
from cloud.domain.views.view import View
from cloud.domain.words import App, Role

DEALER_LOOKS = ("your_resellers", "dashboard")
RESELLER_LOOKS = ("requests", "your_dealers", "reseller_dashboard", "payment_history")
"""What stands behind the tab "services", for a Dealer and for a Reseller."""


class AccountRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the account switcher. `account` and `role` are None for the personal account."""

    account: str | None
    name: str
    role: Role | None
    joined: bool
    """False while an invited employee has not picked the company yet."""


class AccountsView(View, frozen=True, kw_only=True):
    """The personal account first, then companies in the order in which the person came to them."""

    accounts: tuple[AccountRow, ...]


class MailRow(msgspec.Struct, frozen=True, kw_only=True):
    """One mail. `kind` is a stable name; `company` is the company it is about."""

    at_ms: int
    kind: str
    company: str
    company_name: str
    detail: str


class MailboxView(View, frozen=True, kw_only=True):
    """The person's mail, newest first; mail sent to the address before the account existed is there too."""

    mails: tuple[MailRow, ...]


class NavigationView(View, frozen=True, kw_only=True):
    """The tabs, left to right, out of `objects`, `company`, `services`."""

    tabs: tuple[str, ...]


class CompanyView(View, frozen=True, kw_only=True):
    """The company acted for."""

    company: str
    name: str
    country: str
    owner: str
    owner_name: str
    owner_email: str
    is_dealer: bool
    is_reseller: bool
    registration_number: str | None
    """None until the company is a Dealer."""
    zone: str
    """The billing zone, an IANA name."""
    revision: int
    """Grows when people edit the company or its employee list."""


class EmployeeRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the employee list."""

    person: str
    name: str
    email: str
    role: Role
    joined: bool


class EmployeesView(View, frozen=True, kw_only=True):
    """The employees in the order in which they were added. The owner is none."""

    employees: tuple[EmployeeRow, ...]
    revision: int
    """That of the company."""


def _accounts(case: Case, _query: queries.Accounts) -> AccountsView:
    person = signed_in(case)
    personal = AccountRow(account=None, name=person.name, role=None, joined=True)
    companies = (case.state.companies[company] for company in case.state.memberships.get(person.id, ()))
    return AccountsView(accounts=(personal, *(_account_row(company, person.id) for company in companies)))


def _account_row(company: Company, person: str) -> AccountRow:
    employment = company.employees.get(person)
    if employment is None:
        return AccountRow(account=company.id, name=company.name, role=Role.OWNER, joined=True)
    return AccountRow(account=company.id, name=company.name, role=employment.role, joined=employment.joined)


def _mailbox(case: Case, _query: queries.Mailbox) -> MailboxView:
    person = signed_in(case)
    rows = (
        MailRow(
            at_ms=mail.at_ms,
            kind=mail.kind,
            company=mail.company,
            company_name=case.state.companies[mail.company].name,
            detail=mail.detail,
        )
        for mail in reversed(case.state.mails.get(person.email, ()))
    )
    return MailboxView(mails=tuple(rows))


def _navigation(case: Case, _query: queries.Navigation) -> NavigationView:
    """Show a tab when the role may see anything behind it in this app.

    In the personal account there is the module Company alone, to create one, in PRO Desktop (guide C1).
    """
    app = case.actor.app
    signed_in(case)
    if case.actor.account is None:
        return NavigationView(tabs=("company",) if app is App.PRO_DESKTOP else ())
    company, role = in_company_account(case)
    behind = {"objects": ("objects",), "company": ("company",), "services": _service_looks(company)}
    tabs = (tab for tab, looks in behind.items() if any(allowed(role, app, look) for look in looks))
    return NavigationView(tabs=tuple(tabs))


def _service_looks(company: Company) -> tuple[str, ...]:
    dealer = DEALER_LOOKS if company.is_dealer else ()
    return dealer + RESELLER_LOOKS if company.reseller is not None else dealer


def _company(case: Case, query: queries.Company) -> CompanyView:
    company = permitted(case, query)
    owner = case.state.people[company.owner]
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
        revision=_revision(case, company),
    )


def _employees(case: Case, query: queries.Employees) -> EmployeesView:
    company = permitted(case, query)
    rows = []
    for person_id, employment in company.employees.items():
        person = case.state.people[person_id]
        rows.append(
            EmployeeRow(
                person=person.id,
                name=person.name,
                email=person.email,
                role=employment.role,
                joined=employment.joined,
            )
        )
    return EmployeesView(employees=tuple(rows), revision=_revision(case, company))


def _revision(case: Case, company: Company) -> int:
    return case.state.revisions.get(company.id, 0)


ANSWERS: dict[type[queries.Look], Callable[[Case, Any], View]] = {
    queries.Accounts: _accounts,
    queries.Mailbox: _mailbox,
    queries.Navigation: _navigation,
    queries.Company: _company,
    queries.Employees: _employees,
}
