"""Views that Dealers and Resellers have of each other: directory, details, requests, connections.

Guide R4, R5 and R7.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec

from hubsim_cloud.domain import queries
from hubsim_cloud.domain.authorization import as_dealer, as_reseller
from hubsim_cloud.domain.context import DecisionContext
from hubsim_cloud.domain.countries import find_country
from hubsim_cloud.domain.decide_resellers import find_reseller
from hubsim_cloud.domain.refusals import RefusalName, Refused
from hubsim_cloud.domain.search import Search
from hubsim_cloud.domain.state import Company, ResellerConnection, State
from hubsim_cloud.domain.types import CompanyRef, ConnectionState, Country, Email, ResellerRef
from hubsim_cloud.domain.views.view import View


class ResellerRow(msgspec.Struct, frozen=True, kw_only=True):
    """One Reseller of the directory."""

    reseller: ResellerRef
    name: str
    country: Country
    email: Email


class ResellerDirectoryView(View, frozen=True, kw_only=True):
    """The listed Resellers of one country, in the order of their appointment, without the asking company."""

    resellers: tuple[ResellerRow, ...]


class ResellerDetailsView(View, frozen=True, kw_only=True):
    """The data before "Send request". For an address without a Reseller only `email` is set."""

    reseller: ResellerRef | None
    name: str | None
    country: Country | None
    email: Email
    state: ConnectionState | None
    """The state of the request if one was already sent; None if a request can be sent."""


class YourResellerRow(msgspec.Struct, frozen=True, kw_only=True):
    """One connection as the Dealer sees it. `reseller` and `name` are None in the state `invited`."""

    reseller: ResellerRef | None
    name: str | None
    email: Email
    state: ConnectionState
    requested_at_ms: int


class YourResellersView(View, frozen=True, kw_only=True):
    """The Dealer's connections; the newest request is first."""

    resellers: tuple[YourResellerRow, ...]


class DealerRow(msgspec.Struct, frozen=True, kw_only=True):
    """One connection as the Reseller sees it."""

    dealer: CompanyRef
    name: str
    country: Country
    registration_number: str | None
    number: str | None
    """The Reseller's own number for the Dealer."""
    state: ConnectionState
    requested_at_ms: int


class RequestsView(View, frozen=True, kw_only=True):
    """Requests without an answer, the oldest first."""

    requests: tuple[DealerRow, ...]


class YourDealersView(View, frozen=True, kw_only=True):
    """Dealers whose request was answered (approved, rejected, suspended), the oldest request first."""

    dealers: tuple[DealerRow, ...]


def _directory(context: DecisionContext, query: queries.ResellerDirectory) -> ResellerDirectoryView:
    dealer = as_dealer(context, query)
    country = find_country(query.country)
    if country is None:
        raise Refused(
            RefusalName.UNKNOWN_COUNTRY,
            "This country is unknown: use a code of two letters, for example PL.",
            country=query.country,
        )
    companies, search = context.state.companies, Search(query.search or "")

    def wanted(name: str) -> bool:
        company = companies[name]
        listed = company.reseller is not None and company.reseller.listed
        in_country = company.country == country.code and company.id != dealer.id
        return listed and in_country and search.finds(company.name, _email(company))

    def row(name: str) -> ResellerRow:
        company = companies[name]
        return ResellerRow(
            reseller=company.id, name=company.name, country=company.country, email=_email(company)
        )

    known = context.state.reseller_by_email.values()
    return ResellerDirectoryView(
        resellers=context.pager.of_keys(known, row, name=lambda company: company, wanted=wanted)
    )


def _email(reseller: Company) -> str:
    """Return the address of a Reseller."""
    assert reseller.reseller is not None, "only Resellers are in the directory"
    return reseller.reseller.email


def _details(context: DecisionContext, query: queries.ResellerDetails) -> ResellerDetailsView:
    dealer = as_dealer(context, query)
    reseller, email = find_reseller(context.state, dealer, query.reseller, query.email)
    key = email if reseller is None else reseller.id
    sent = context.state.connections.get(dealer.id, {}).get(key)
    return ResellerDetailsView(
        reseller=None if reseller is None else reseller.id,
        name=None if reseller is None else reseller.name,
        country=None if reseller is None else reseller.country,
        email=email,
        state=None if sent is None else sent.state,
    )


def _your_resellers(context: DecisionContext, query: queries.YourResellers) -> YourResellersView:
    dealer = as_dealer(context, query)
    connections = context.state.connections.get(dealer.id, {})
    state, search = context.state, Search(query.search or "")

    def wanted(connection: ResellerConnection) -> bool:
        reseller = connection.reseller
        name = None if reseller is None else state.companies[reseller].name
        return search.finds(name, connection.email) and query.state in {None, connection.state}

    rows = context.pager.of_keys(
        list(reversed(connections.values())),
        partial(_your_reseller_row, state),
        name=lambda connection: connection.email,
        wanted=wanted,
    )
    return YourResellersView(resellers=rows)


def _your_reseller_row(state: State, connection: ResellerConnection) -> YourResellerRow:
    reseller = connection.reseller
    return YourResellerRow(
        reseller=reseller,
        name=None if reseller is None else state.companies[reseller].name,
        email=connection.email,
        state=connection.state,
        requested_at_ms=connection.requested_at_ms,
    )


def _requests(context: DecisionContext, query: queries.Requests) -> RequestsView:
    reseller, _ = as_reseller(context, query)
    return RequestsView(requests=_dealers(context, reseller, query.search, _is_request))


def _your_dealers(context: DecisionContext, query: queries.YourDealers) -> YourDealersView:
    reseller, _ = as_reseller(context, query)

    def wanted(connection: ResellerConnection) -> bool:
        return not _is_request(connection) and query.state in {None, connection.state}

    return YourDealersView(dealers=_dealers(context, reseller, query.search, wanted))


def _is_request(connection: ResellerConnection) -> bool:
    return connection.state is ConnectionState.REQUESTED


def _dealers(
    context: DecisionContext,
    reseller: Company,
    search_text: str | None,
    wanted: Callable[[ResellerConnection], bool],
) -> tuple[DealerRow, ...]:
    """Return the page of the wanted connections of a Reseller, the oldest request first."""
    state, search = context.state, Search(search_text or "")
    found = (connections.get(reseller.id) for connections in state.connections.values())
    ours = [connection for connection in found if connection is not None and wanted(connection)]
    ours.sort(key=lambda connection: connection.requested_at_ms)

    def is_found(connection: ResellerConnection) -> bool:
        dealer = state.companies[connection.dealer]
        return search.finds(dealer.name, dealer.registration_number, connection.number)

    return context.pager.of_keys(
        ours,
        partial(_dealer_row, state),
        name=lambda connection: connection.dealer,
        wanted=is_found if search else None,
    )


def _dealer_row(state: State, connection: ResellerConnection) -> DealerRow:
    dealer = state.companies[connection.dealer]
    return DealerRow(
        dealer=dealer.id,
        name=dealer.name,
        country=dealer.country,
        registration_number=dealer.registration_number,
        number=connection.number,
        state=connection.state,
        requested_at_ms=connection.requested_at_ms,
    )


ANSWERS: dict[type[queries.BaseQuery], Callable[[DecisionContext, Any], View]] = {
    queries.ResellerDirectory: _directory,
    queries.ResellerDetails: _details,
    queries.YourResellers: _your_resellers,
    queries.Requests: _requests,
    queries.YourDealers: _your_dealers,
}
