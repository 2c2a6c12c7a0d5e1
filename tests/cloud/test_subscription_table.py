from itertools import product

import pytest

from cloud.domain.refusals import RefusalName, Refused
from cloud.domain.subscription import REFUSALS, TRANSITIONS, Act, Stage, step
from cloud.domain.words import SubscriptionState

LIFE = """
             none                  active                  expiring                ended
activate     active                already_active          already_active          active
schedule     not_active            expiring                already_expiring        not_active
resume       not_expiring          not_expiring            active                  not_expiring
stop         not_active            ended                   ended                   not_active
month_end    not_expiring          not_expiring            ended                   not_expiring
"""
ACTS = {
    "activate": Act.ACTIVATE,
    "schedule": Act.SCHEDULE_DEACTIVATION,
    "resume": Act.RESUME,
    "stop": Act.STOP_NOW,
    "month_end": Act.MONTH_END,
}


def cells() -> list[tuple[Stage, Act, str]]:
    heads, *rows = (line.split() for line in LIFE.strip().splitlines())
    stages = [None if head == "none" else SubscriptionState(head) for head in heads]
    return [
        (stage, ACTS[act], outcome)
        for act, *outcomes in rows
        for stage, outcome in zip(stages, outcomes, strict=True)
    ]


@pytest.mark.parametrize(("stage", "act", "outcome"), cells())
def test_each_act_in_each_stage_leads_on_or_is_refused_by_name(stage: Stage, act: Act, outcome: str) -> None:
    if outcome in {state.value for state in SubscriptionState}:
        assert step(stage, act) == outcome
        return

    with pytest.raises(Refused) as refused:
        step(stage, act)

    assert refused.value.refusal.name is RefusalName(outcome)
    assert refused.value.refusal.text


def test_the_two_tables_cover_every_pair_once() -> None:
    pairs = set(product((None, *SubscriptionState), Act))

    assert TRANSITIONS.keys() | REFUSALS.keys() == pairs
    assert not TRANSITIONS.keys() & REFUSALS.keys()
