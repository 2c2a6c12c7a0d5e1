"""The life of a connection between a Dealer and a Reseller, as one table. Pairs outside it are illegal.

Nothing leads back to "no connection": a request is sent once for each Reseller (guide R2).
"""

from enum import StrEnum

from cloud.domain.words import ConnectionState


class Act(StrEnum):
    """What can be done to a connection."""

    REQUEST = "request"
    INVITE = "invite"
    CLAIM = "claim"
    """The invited address has become a Reseller's."""
    APPROVE = "approve"
    REJECT = "reject"
    SUSPEND = "suspend"
    RESTORE = "restore"


TRANSITIONS: dict[tuple[ConnectionState | None, Act], ConnectionState] = {
    (None, Act.REQUEST): ConnectionState.REQUESTED,
    (None, Act.INVITE): ConnectionState.INVITED,
    (ConnectionState.INVITED, Act.CLAIM): ConnectionState.REQUESTED,
    (ConnectionState.REQUESTED, Act.APPROVE): ConnectionState.APPROVED,
    (ConnectionState.REQUESTED, Act.REJECT): ConnectionState.REJECTED,
    (ConnectionState.REJECTED, Act.APPROVE): ConnectionState.APPROVED,
    (ConnectionState.APPROVED, Act.SUSPEND): ConnectionState.SUSPENDED,
    (ConnectionState.SUSPENDED, Act.RESTORE): ConnectionState.APPROVED,
}


class IllegalAct(Exception):
    """The table has no row for this: only a bug, or a log that is not ours, leads here."""

    def __init__(self, state: ConnectionState | None, act: Act) -> None:
        super().__init__(f"a connection in state {state} cannot take {act}")
        self.state = state
        self.act = act


def legal(state: ConnectionState | None, act: Act) -> bool:
    """Say whether the table has a row for this."""
    return (state, act) in TRANSITIONS


def after(state: ConnectionState | None, act: Act) -> ConnectionState:
    """Return the state after the act, or raise `IllegalAct`."""
    try:
        return TRANSITIONS[state, act]
    except KeyError:
        raise IllegalAct(state, act) from None
