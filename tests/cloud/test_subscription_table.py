from itertools import product

import pytest

from hubsim_cloud.domain.refusals import RefusalName, Refused
from hubsim_cloud.domain.subscription import REFUSALS, TRANSITIONS, PlayContext, SubscriptionAction, step
from hubsim_cloud.domain.types import SubscriptionState

LIFE = """
             none                  active                  expiring                ended
activate     active                already_active          already_active          active
schedule     not_active            expiring                already_expiring        not_active
resume       not_expiring          not_expiring            active                  not_expiring
stop         not_active            ended                   ended                   not_active
month_end    not_expiring          not_expiring            ended                   not_expiring
"""
ACTS = {
    "activate": SubscriptionAction.ACTIVATE,
    "schedule": SubscriptionAction.SCHEDULE_DEACTIVATION,
    "resume": SubscriptionAction.RESUME,
    "stop": SubscriptionAction.STOP_NOW,
    "month_end": SubscriptionAction.MONTH_END,
}


def cells() -> list[tuple[PlayContext, SubscriptionAction, str]]:
    heads, *rows = (line.split() for line in LIFE.strip().splitlines())
    stages = [None if head == "none" else SubscriptionState(head) for head in heads]
    return [
        (stage, ACTS[act], outcome)
        for act, *outcomes in rows
        for stage, outcome in zip(stages, outcomes, strict=True)
    ]


@pytest.mark.parametrize(("stage", "act", "outcome"), cells())
def test_each_act_in_each_stage_leads_on_or_is_refused_by_name(
    stage: PlayContext, act: SubscriptionAction, outcome: str
) -> None:
    if outcome in {state.value for state in SubscriptionState}:
        assert step(stage, act) == outcome
        return

    with pytest.raises(Refused) as refused:
        step(stage, act)

    assert refused.value.refusal.name is RefusalName(outcome)
    assert refused.value.refusal.text


def test_the_two_tables_cover_every_pair_once() -> None:
    pairs = set(product((None, *SubscriptionState), SubscriptionAction))

    assert TRANSITIONS.keys() | REFUSALS.keys() == pairs
    assert not TRANSITIONS.keys() & REFUSALS.keys()
