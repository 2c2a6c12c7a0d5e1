"""The state machine of a connection between a Dealer and a Reseller. Pairs outside the table are illegal.

No transition leads back to "no connection": a request is sent once for each Reseller (guide R2).
"""

from enum import StrEnum

from hubsim_cloud.domain.types import ConnectionState


class ConnectionAction(StrEnum):
    """An action on a connection."""

    REQUEST = "request"
    INVITE = "invite"
    CLAIM = "claim"
    """The invited address now belongs to a Reseller."""
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
    """The table has no row for this pair. The cause is a bug, or a log from another program."""

    def __init__(self, state: ConnectionState | None, action: ConnectionAction) -> None:
        super().__init__(f"the action {action} is not possible for a connection in state {state}")
        self.state = state
        self.action = action


def legal(state: ConnectionState | None, action: ConnectionAction) -> bool:
    """Return whether the table has a row for this pair."""
    return (state, action) in TRANSITIONS


def after(state: ConnectionState | None, action: ConnectionAction) -> ConnectionState:
    """Return the state after the action, or raise `IllegalConnectionAction`."""
    try:
        return TRANSITIONS[state, action]
    except KeyError:
        raise IllegalConnectionAction(state, action) from None
