"""Views that Dealers and Resellers have of each other: directory, details, requests, connections.

Guide R4, R5 and R7.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from hubsim_cloud.domain import queries
from hubsim_cloud.domain.authorization import as_dealer, as_reseller
from hubsim_cloud.domain.context import DecisionContext
from hubsim_cloud.domain.countries import find_country
from hubsim_cloud.domain.decide_resellers import find_reseller
from hubsim_cloud.domain.refusals import RefusalName, Refused
from hubsim_cloud.domain.state import ResellerConnection, State
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
    rows = []
    for reseller in context.state.reseller_by_email.values():
        company = context.state.companies[reseller]
        listing = company.reseller
        assert listing is not None
        if listing.listed and company.country == country.code and company.id != dealer.id:
            rows.append(
                ResellerRow(
                    reseller=company.id, name=company.name, country=company.country, email=listing.email
                )
            )
    return ResellerDirectoryView(resellers=tuple(rows))


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
    rows = (_your_reseller_row(context.state, row) for row in reversed(connections.values()))
    return YourResellersView(resellers=tuple(rows))


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
    rows = _dealers(context, query)
    return RequestsView(requests=tuple(row for row in rows if row.state is ConnectionState.REQUESTED))


def _your_dealers(context: DecisionContext, query: queries.YourDealers) -> YourDealersView:
    rows = _dealers(context, query)
    return YourDealersView(dealers=tuple(row for row in rows if row.state is not ConnectionState.REQUESTED))


def _dealers(context: DecisionContext, query: queries.Requests | queries.YourDealers) -> list[DealerRow]:
    """Return all connections of the Reseller acted for, the oldest request first."""
    reseller, _ = as_reseller(context, query)
    found = (connections.get(reseller.id) for connections in context.state.connections.values())
    rows = [_dealer_row(context.state, connection) for connection in found if connection is not None]
    return sorted(rows, key=lambda row: row.requested_at_ms)


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
