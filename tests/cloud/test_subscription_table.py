from itertools import product

import pytest

from hubsim_cloud.domain.refusals import RefusalName, Refused
from hubsim_cloud.domain.subscription import (
    REFUSALS,
    TRANSITIONS,
    SubscriptionAction,
    SubscriptionPhase,
    step,
)
from hubsim_cloud.domain.types import SubscriptionState

EXPECTED = """
             none                  active                  expiring                ended
activate     active                already_active          already_active          active
schedule     not_active            expiring                already_expiring        not_active
resume       not_expiring          not_expiring            active                  not_expiring
stop         not_active            ended                   ended                   not_active
month_end    not_expiring          not_expiring            ended                   not_expiring
"""
ACTIONS = {
    "activate": SubscriptionAction.ACTIVATE,
    "schedule": SubscriptionAction.SCHEDULE_DEACTIVATION,
    "resume": SubscriptionAction.RESUME,
    "stop": SubscriptionAction.STOP_NOW,
    "month_end": SubscriptionAction.MONTH_END,
}


def cells() -> list[tuple[SubscriptionPhase, SubscriptionAction, str]]:
    heads, *rows = (line.split() for line in EXPECTED.strip().splitlines())
    phases = [None if head == "none" else SubscriptionState(head) for head in heads]
    return [
        (phase, ACTIONS[action], outcome)
        for action, *outcomes in rows
        for phase, outcome in zip(phases, outcomes, strict=True)
    ]


@pytest.mark.parametrize(("phase", "action", "outcome"), cells())
def test_each_action_in_each_phase_gives_a_state_or_a_refusal(
    phase: SubscriptionPhase, action: SubscriptionAction, outcome: str
) -> None:
    if outcome in {state.value for state in SubscriptionState}:
        assert step(phase, action) == outcome
        return

    with pytest.raises(Refused) as refused:
        step(phase, action)

    assert refused.value.refusal.name is RefusalName(outcome)
    assert refused.value.refusal.text


def test_the_two_tables_cover_every_pair_once() -> None:
    pairs = set(product((None, *SubscriptionState), SubscriptionAction))

    assert TRANSITIONS.keys() | REFUSALS.keys() == pairs
    assert not TRANSITIONS.keys() & REFUSALS.keys()
