"""`hubsim conform` can fail: each defect of the small hub breaks its rule and no other."""

from pathlib import Path

import pytest
from defects import DEFECTS
from virtual_conform import SHORT_BOUNDS, SHORT_HUB, conform, with_verdict

from hubsim_agent.cloud_contact import ANSWER_LIMIT_MS, ASKS_MAX
from hubsim_conform.checks.all_checks import DECIDED_RULES
from hubsim_conform.device.capabilities import DeclaredBounds
from hubsim_conform.judges.likely_mistakes import LIKELY_MISTAKES, likely_mistake
from hubsim_conform.running.outcome import RuleVerdict
from hubsim_contract.wire.rule import RuleProof, RuleSide
from hubsim_contract.wire.rules import RULES

DOCS = Path(__file__).parents[2] / "docs"
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


@pytest.mark.parametrize(
    ("defect", "seen"),
    [
        (
            "keeps every second event",
            {
                "2 events after the reconnection",
                "53 events after the reconnection",
                "nothing within 33 s",  # of the one event before a power cut
            },
        ),
        ("small event buffer", {"10 events after the reconnection"}),
        ("never applies", {"the last report has `applied_version` 0"}),
        ("refuses unknown fields", {"the last report has `applied_version` 1"}),
    ],
)
def test_a_failure_says_what_came_during_the_wait(defect: str, seen: set[str]) -> None:
    run = conform(defect, rules=[DEFECTS[defect]])

    broken = next(result for result in run.rules if result.rule == DEFECTS[defect])
    assert {found.violation.seen for found in broken.violations} == seen


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


def test_the_bound_of_answers_has_the_same_words_everywhere() -> None:
    words = "from the report without an answer"
    run = conform("never asks", rules=["MQ-10.heard"])
    pages = [(DOCS / name).read_text() for name in ("attach.md", "contract.md")]

    broken = next(result for result in run.rules if result.rule == "MQ-10.heard")
    assert [found.violation.expected for found in broken.violations] == [
        f"the hub closes the connection within 60 s {words}"
    ]
    assert all(f"{words} to the close of the connection" in " ".join(page.split()) for page in pages)
    assert DeclaredBounds().heard_s * 1_000 == ASKS_MAX * ANSWER_LIMIT_MS
