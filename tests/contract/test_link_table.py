"""Properties of the link table: deadlines, the queue, and what is impossible."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubsim_contract.mqtt.link import (
    ANSWER_LIMIT_MS,
    TRANSITIONS,
    TURN_LIMIT_MS,
    IllegalLinkTransition,
    Link,
    LinkInput,
    LinkState,
)

RESTING = {LinkState.OFFLINE, LinkState.ONLINE, LinkState.STOPPED}


@given(st.lists(st.tuples(st.sampled_from(LinkInput), st.integers(0, 100_000)), max_size=40))
def test_each_state_except_the_resting_ones_has_a_deadline_in_the_future(
    inputs: list[tuple[LinkInput, int]],
) -> None:
    link, now_ms = Link("hub"), 0

    for what, pause_ms in inputs:
        now_ms += pause_ms
        if (link.state, what) in TRANSITIONS:
            link.step(what, now_ms)
            if what in {LinkInput.QUEUED, LinkInput.BEGAN} and link.state is LinkState.CONNECTING:
                assert link.deadline_ms is not None
                assert link.deadline_ms > now_ms
        else:
            with pytest.raises(IllegalLinkTransition):
                link.step(what, now_ms)

        assert (link.deadline_ms is None) == (link.state in RESTING)


def test_the_limit_for_the_answer_counts_from_the_attempt_and_not_from_the_queue() -> None:
    link = Link("hub")
    link.step(LinkInput.WAY_OPENED, 0)

    link.step(LinkInput.QUEUED, 0)
    in_queue_ms = link.deadline_ms
    link.step(LinkInput.BEGAN, 400_000)

    assert in_queue_ms == TURN_LIMIT_MS
    assert link.deadline_ms == 400_000 + ANSWER_LIMIT_MS


@pytest.mark.parametrize("state", [LinkState.SUBSCRIBING, LinkState.ONLINE, LinkState.STOPPED])
@pytest.mark.parametrize("what", [LinkInput.QUEUED, LinkInput.BEGAN])
def test_a_connection_cannot_wait_for_its_turn_once_it_is_open(state: LinkState, what: LinkInput) -> None:
    assert (state, what) not in TRANSITIONS
