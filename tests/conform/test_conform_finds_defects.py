"""`hubsim conform` can fail: each defect of the small hub breaks its rule and no other."""

import pytest
from defects import DEFECTS
from virtual_conform import SHORT_BOUNDS, SHORT_HUB, conform, with_verdict

from hubsim_conform.checks.all_checks import DECIDED_RULES
from hubsim_conform.judges.likely_mistakes import LIKELY_MISTAKES, likely_mistake
from hubsim_conform.running.outcome import RuleVerdict
from hubsim_contract.wire.rule import RuleProof, RuleSide
from hubsim_contract.wire.rules import RULES

CHECKED = {rule.id for rule in RULES if rule.side is RuleSide.HUB and rule.proof is not RuleProof.NONE}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_breaks_its_rule_and_no_other(defect: str) -> None:
    run = conform(defect)

    assert set(with_verdict(run, RuleVerdict.FAIL)) == {DEFECTS[defect]}, with_verdict(run, RuleVerdict.FAIL)
    broken = next(result for result in run.rules if result.rule == DEFECTS[defect])
    assert all(found.violation.proof for found in broken.violations)
    assert all(likely_mistake(found.violation) for found in broken.violations)


@pytest.mark.parametrize("defect", DEFECTS)
def test_short_bounds_hide_no_defect(defect: str) -> None:
    run = conform(defect, capabilities=SHORT_HUB, limits=SHORT_BOUNDS)

    assert set(with_verdict(run, RuleVerdict.FAIL)) == {DEFECTS[defect]}, with_verdict(run, RuleVerdict.FAIL)


def test_a_healthy_hub_with_short_bounds_passes() -> None:
    run = conform(capabilities=SHORT_HUB, limits=SHORT_BOUNDS)

    assert with_verdict(run, RuleVerdict.FAIL) == with_verdict(run, RuleVerdict.BLOCKED) == {}


@pytest.mark.parametrize("seed", range(20))
def test_a_healthy_hub_passes_each_time(seed: int) -> None:
    run = conform(seed=seed, hub=f"0A1B2C{seed:02X}")

    assert with_verdict(run, RuleVerdict.FAIL) == {}
    assert with_verdict(run, RuleVerdict.BLOCKED) == {}
    assert with_verdict(run, RuleVerdict.SKIPPED) == {}


def test_each_rule_of_hubs_has_a_check_and_a_defect() -> None:
    assert DECIDED_RULES == CHECKED
    assert set(DEFECTS.values()) == CHECKED


def test_each_rule_has_a_likely_mistake() -> None:
    assert LIKELY_MISTAKES.keys() >= CHECKED
