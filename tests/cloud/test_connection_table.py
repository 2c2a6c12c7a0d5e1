"""The state machine of a connection: every cell of its table."""

import pytest

from hubsim_cloud.domain.connection import (
    TRANSITIONS,
    ConnectionAction,
    IllegalConnectionAction,
    after,
    legal,
)
from hubsim_cloud.domain.types import ConnectionState

STATES = [None, *ConnectionState]
EXPECTED = {
    (None, "invite"): "invited",
    (None, "request"): "requested",
    ("invited", "claim"): "requested",
    ("requested", "approve"): "approved",
    ("requested", "reject"): "rejected",
    ("rejected", "approve"): "approved",
    ("approved", "suspend"): "suspended",
    ("suspended", "restore"): "approved",
}


@pytest.mark.parametrize("act", list(ConnectionAction))
@pytest.mark.parametrize("state", STATES)
def test_each_cell_gives_the_expected_state_or_is_illegal(
    state: ConnectionState | None, act: ConnectionAction
) -> None:
    expected = EXPECTED.get((state, act))

    assert legal(state, act) is (expected is not None)
    if expected is None:
        with pytest.raises(IllegalConnectionAction) as caught:
            after(state, act)
        assert (caught.value.state, caught.value.action) == (state, act)
    else:
        assert after(state, act) == expected


def test_every_state_is_reachable_and_no_state_leads_back_to_no_connection() -> None:
    assert set(TRANSITIONS.values()) == set(ConnectionState)
