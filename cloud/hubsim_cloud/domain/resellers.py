"""The Resellers with which a Dealer can activate services, and the choice among them (guide A6, R6)."""

from hubsim_cloud.domain.refusals import RefusalName, Refused
from hubsim_cloud.domain.state import Company, ResellerConnection, State
from hubsim_cloud.domain.types import ConnectionState


def approved(state: State, dealer: Company) -> list[str]:
    """Return the ids of the Resellers whose connection to the Dealer is approved and not suspended."""
    connections = state.connections.get(dealer.id, {}).values()
    return [
        row.reseller
        for row in connections
        if row.state is ConnectionState.APPROVED and row.reseller is not None
    ]


def chosen(state: State, dealer: Company, named: str | None) -> str:
    """Return the Reseller that is invoiced for an activation: the named one, or the only connected one.

    Refusals: `reseller_not_found`, `connection_not_approved`, `connection_suspended`, and
    `reseller_required` if several are connected and none is named.
    """
    if named is not None:
        return _named(state, dealer, named)
    candidates = approved(state, dealer)
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        raise Refused(
            RefusalName.RESELLER_REQUIRED,
            "Several Resellers are connected: choose one.",
            resellers=", ".join(candidates),
        )
    rows = state.connections.get(dealer.id, {}).values()
    suspended = next((row for row in rows if row.state is ConnectionState.SUSPENDED), None)
    raise _not_connected(suspended)


def _named(state: State, dealer: Company, named: str) -> str:
    company = state.companies.get(named)
    if company is None or company.reseller is None:
        raise Refused(
            RefusalName.RESELLER_NOT_FOUND,
            "This Reseller does not exist: choose one of the directory.",
            reseller=named,
        )
    connection = state.connections.get(dealer.id, {}).get(named)
    if connection is None or connection.state is not ConnectionState.APPROVED:
        raise _not_connected(connection)
    return named


def _not_connected(connection: ResellerConnection | None) -> Refused:
    """Return the refusal for a connection that is not approved, or for a Dealer without a connection."""
    if connection is not None and connection.state is ConnectionState.SUSPENDED:
        return Refused(
            RefusalName.CONNECTION_SUSPENDED,
            "The Reseller has suspended the connection: ask it to restore it, or choose another Reseller.",
            reseller=connection.reseller or "",
        )
    return Refused(
        RefusalName.CONNECTION_NOT_APPROVED,
        "No Reseller has approved a connection with this company yet: send a request, or wait."
        if connection is None
        else "The Reseller has not approved the connection: wait for it, or choose another Reseller.",
    )
