"""The life of a connection between a Dealer and a Reseller, as one table. Pairs outside it are illegal.

Nothing leads back to "no connection": a request is sent once for each Reseller (guide R2).
"""

from enum import StrEnum

from hubsim_cloud.domain.types import ConnectionState


class ConnectionAction(StrEnum):
    """What can be done to a connection."""

    REQUEST = "request"
    INVITE = "invite"
    CLAIM = "claim"
    """The invited address has become a Reseller's."""
    APPROVE = "approve"
    REJECT = "reject"
    SUSPEND = "suspend"
    RESTORE = "restore"


TRANSITIONS: dict[tuple[ConnectionState | None, ConnectionAction], ConnectionState] = {
    (None, ConnectionAction.REQUEST): ConnectionState.REQUESTED,
    (None, ConnectionAction.INVITE): ConnectionState.INVITED,
    (ConnectionState.INVITED, ConnectionAction.CLAIM): ConnectionState.REQUESTED,
    (ConnectionState.REQUESTED, ConnectionAction.APPROVE): ConnectionState.APPROVED,
    (ConnectionState.REQUESTED, ConnectionAction.REJECT): ConnectionState.REJECTED,
    (ConnectionState.REJECTED, ConnectionAction.APPROVE): ConnectionState.APPROVED,
    (ConnectionState.APPROVED, ConnectionAction.SUSPEND): ConnectionState.SUSPENDED,
    (ConnectionState.SUSPENDED, ConnectionAction.RESTORE): ConnectionState.APPROVED,
}


class IllegalConnectionAction(Exception):
    """The table has no row for this: only a bug, or a log that is not ours, leads here."""

    def __init__(self, state: ConnectionState | None, act: ConnectionAction) -> None:
        super().__init__(f"a connection in state {state} cannot take {act}")
        self.state = state
        self.act = act


def legal(state: ConnectionState | None, act: ConnectionAction) -> bool:
    """Say whether the table has a row for this."""
    return (state, act) in TRANSITIONS


def after(state: ConnectionState | None, act: ConnectionAction) -> ConnectionState:
    """Return the state after the act, or raise `IllegalConnectionAction`."""
    try:
        return TRANSITIONS[state, act]
    except KeyError:
        raise IllegalConnectionAction(state, act) from None
