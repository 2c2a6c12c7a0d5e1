"""Applies facts about people, companies, Resellers and countries to the state. Facts are not validated here.

Each function returns the ids of hubs whose desired state may have changed. The fact that sets a company's
billing zone is in `apply_services`, because it moves the end of a month.
"""

from collections.abc import Callable, Iterable
from typing import Any

from hubsim_cloud.domain.connection import ConnectionAction, after
from hubsim_cloud.domain.facts import (
    CompanyCreated,
    CompanyDeleted,
    ConnectionApproved,
    ConnectionRejected,
    ConnectionRequested,
    ConnectionRestored,
    ConnectionSuspended,
    CountryServicesSet,
    DealerEnrolled,
    EmployeeAdded,
    EmployeeJoined,
    EmployeeRemoved,
    EmployeeRoleChanged,
    InvitationClaimed,
    MailSent,
    PersonSignedUp,
    ResellerAppointed,
)
from hubsim_cloud.domain.happened import Happened
from hubsim_cloud.domain.state import Company, DirectoryListing, Employment, Person, ResellerConnection, State

NO_HUBS: tuple[str, ...] = ()


def _person_signed_up(state: State, fact: PersonSignedUp) -> Iterable[str]:
    state.people[fact.person] = Person(fact.person, fact.email, fact.name)
    state.person_by_email[fact.email] = fact.person
    return NO_HUBS


def _company_created(state: State, fact: CompanyCreated) -> Iterable[str]:
    state.companies[fact.company] = Company(fact.company, fact.name, fact.country, fact.owner, fact.zone)
    state.memberships.setdefault(fact.owner, {})[fact.company] = None
    return NO_HUBS


def _company_deleted(state: State, fact: CompanyDeleted) -> Iterable[str]:
    """Remove all references to the company. Its name and history stay."""
    company = state.companies[fact.company]
    for person in (company.owner, *company.employees):
        del state.memberships[person][company.id]
    company.employees.clear()
    state.connections.pop(company.id, None)
    if company.reseller is not None:
        del state.reseller_by_email[company.reseller.email]
        for connections in state.connections.values():
            connections.pop(company.id, None)
        company.reseller = None
    company.deleted = True
    return NO_HUBS


def _dealer_enrolled(state: State, fact: DealerEnrolled) -> Iterable[str]:
    company = state.companies[fact.company]
    company.registration_number = fact.registration_number
    return [hub for site in company.objects for hub in state.objects[site].hubs]


def _employee_added(state: State, fact: EmployeeAdded) -> Iterable[str]:
    state.companies[fact.company].employees[fact.person] = Employment(fact.role)
    state.memberships.setdefault(fact.person, {})[fact.company] = None
    return NO_HUBS


def _employee_joined(state: State, fact: EmployeeJoined) -> Iterable[str]:
    state.companies[fact.company].employees[fact.person].joined = True
    return NO_HUBS


def _employee_role_changed(state: State, fact: EmployeeRoleChanged) -> Iterable[str]:
    state.companies[fact.company].employees[fact.person].role = fact.role
    return NO_HUBS


def _employee_removed(state: State, fact: EmployeeRemoved) -> Iterable[str]:
    del state.companies[fact.company].employees[fact.person]
    del state.memberships[fact.person][fact.company]
    return NO_HUBS


def _mail_sent(state: State, fact: MailSent) -> Iterable[str]:
    state.mails.setdefault(fact.to, []).append(fact)
    return NO_HUBS


def _reseller_appointed(state: State, fact: ResellerAppointed) -> Iterable[str]:
    state.companies[fact.company].reseller = DirectoryListing(fact.email, fact.listed)
    state.reseller_by_email[fact.email] = fact.company
    return NO_HUBS


def _connection_requested(state: State, fact: ConnectionRequested) -> Iterable[str]:
    action = ConnectionAction.INVITE if fact.reseller is None else ConnectionAction.REQUEST
    key = fact.email if fact.reseller is None else fact.reseller
    connections = state.connections.setdefault(fact.dealer, {})
    before = connections[key].state if key in connections else None
    connections[key] = ResellerConnection(
        fact.dealer, fact.reseller, fact.email, after(before, action), fact.at_ms, fact.by
    )
    return NO_HUBS


def _invitation_claimed(state: State, fact: InvitationClaimed) -> Iterable[str]:
    """Change the key of the connection to the Reseller's id, and keep its position in the list."""
    connections = state.connections[fact.dealer]
    claimed = connections[fact.email]
    claimed.reseller = fact.reseller
    claimed.state = after(claimed.state, ConnectionAction.CLAIM)
    rows = list(connections.values())
    connections.clear()
    connections.update((row.reseller or row.email, row) for row in rows)
    return NO_HUBS


def _connection_approved(state: State, fact: ConnectionApproved) -> Iterable[str]:
    connection = state.connections[fact.dealer][fact.reseller]
    connection.state = after(connection.state, ConnectionAction.APPROVE)
    connection.number = fact.number
    return NO_HUBS


def _connection_rejected(state: State, fact: ConnectionRejected) -> Iterable[str]:
    connection = state.connections[fact.dealer][fact.reseller]
    connection.state = after(connection.state, ConnectionAction.REJECT)
    return NO_HUBS


def _connection_suspended(state: State, fact: ConnectionSuspended) -> Iterable[str]:
    connection = state.connections[fact.dealer][fact.reseller]
    connection.state = after(connection.state, ConnectionAction.SUSPEND)
    return NO_HUBS


def _connection_restored(state: State, fact: ConnectionRestored) -> Iterable[str]:
    connection = state.connections[fact.dealer][fact.reseller]
    connection.state = after(connection.state, ConnectionAction.RESTORE)
    return NO_HUBS


def _country_services_set(state: State, fact: CountryServicesSet) -> Iterable[str]:
    state.country_services[fact.country] = fact.services
    companies = (company for company in state.companies.values() if company.country == fact.country)
    return [hub for company in companies for site in company.objects for hub in state.objects[site].hubs]


APPLY_PEOPLE: dict[type[Happened], Callable[[State, Any], Iterable[str]]] = {
    PersonSignedUp: _person_signed_up,
    CompanyCreated: _company_created,
    CompanyDeleted: _company_deleted,
    DealerEnrolled: _dealer_enrolled,
    EmployeeAdded: _employee_added,
    EmployeeJoined: _employee_joined,
    EmployeeRoleChanged: _employee_role_changed,
    EmployeeRemoved: _employee_removed,
    MailSent: _mail_sent,
    ResellerAppointed: _reseller_appointed,
    ConnectionRequested: _connection_requested,
    InvitationClaimed: _invitation_claimed,
    ConnectionApproved: _connection_approved,
    ConnectionRejected: _connection_rejected,
    ConnectionSuspended: _connection_suspended,
    ConnectionRestored: _connection_restored,
    CountryServicesSet: _country_services_set,
}
