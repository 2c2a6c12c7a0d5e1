"""Orders and confirmations are about a card: faults and expectations find it by its hub."""

import pytest

from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.launch import play_virtual
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.product.vocabulary import language

HEAD = """\
scenario: One hub and its card
clock: 2026-01-15 09:00 Europe/Warsaw
world:
  people: [olga, rita]
  companies:
    wolf: {owner: olga, country: PL, dealer: yes}
  resellers:
    northwatch: {owner: rita, country: PL, dealers: {wolf: approved}}
  hubs:
    villa: {model: hub-2, company: wolf, object: house, links: [ethernet], slots: {2: ajax}}
    shed: {model: hub-2, company: wolf, object: house, links: [ethernet], slots: {1: ajax}}
    cellar: {model: hub-2, company: wolf, object: house, links: [ethernet]}
steps:
"""


def play(*steps: str) -> tuple[Verdict, str]:
    outcome = language().read("cards.yaml", HEAD + "".join(f"  - {{{step}}}\n" for step in steps))
    assert isinstance(outcome, Scenario), outcome
    result = play_virtual(outcome).result
    return result.verdict, result.reason


def test_a_fault_affects_only_the_orders_for_the_card_in_the_hub() -> None:
    played = play(
        "fault: drop, message: orders, hub: villa",
        "as: olga, do: activate, hub: shed",
        "as: olga, do: activate, hub: villa",
        "expect: shed, carrier: {ordered: active}",
        "expect: villa, carrier: {ordered: null}",
        "expect: villa, carrier: {ordered: active}, within: 30 s",
    )

    assert played == (Verdict.PASS, "")


def test_the_carrier_refuses_and_counts_an_injected_order() -> None:
    played = play(
        "fault: inject, message: orders, hub: villa, payload: nonsense",
        "expect: carrier, refused_messages: 1",
    )

    assert played == (Verdict.PASS, "")


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("MQ-10", "any of MQ-10}"), ("MQ-7.shape", "'MQ-7.shape'}"), ("{not: MQ-7}", "not any of MQ-7}")],
)
def test_an_expected_rule_that_differs_from_the_broken_one_fails(rule: str, expected: str) -> None:
    verdict, reason = play(
        "fault: inject, message: reported, hub: villa, payload: x",
        f"order: [{{event: refused_message, rule: {rule}}}]",
    )

    assert verdict is Verdict.FAIL
    assert expected in reason


def test_an_unknown_rule_gets_the_most_similar_ones_as_a_hint() -> None:
    outcome = language().read(
        "rule.yaml", f"{HEAD}  - {{order: [{{event: refused_message, rule: MQ-7.jsn}}]}}\n"
    )

    assert isinstance(outcome, tuple)
    assert "'MQ-7.jsn' is not a rule of the contract" in str(outcome[0])
    assert "did you mean 'MQ-7.json'?" in str(outcome[0])


def test_a_fault_for_orders_needs_a_card() -> None:
    verdict, reason = play("fault: drop, message: orders, hub: cellar")

    assert verdict is Verdict.BLOCKED
    assert "has no Ajax SIM" in reason


@pytest.mark.parametrize(
    ("repeat", "rule"),
    [(1024, "MQ-7"), (1024, "MQ-7.json"), (1025, "MQ-10"), (1025, "{one_of: [MQ-7, MQ-10.size_in]}")],
)
def test_an_injected_payload_repeats_a_text(repeat: int, rule: str) -> None:
    played = play(
        f"fault: inject, message: reported, hub: villa, payload: 0123456789abcdef, repeat: {repeat}",
        f"order: [{{event: refused_message, rule: {rule}}}]",
    )

    assert played == (Verdict.PASS, "")


@pytest.mark.parametrize(
    ("fault", "mistake"),
    [
        ("drop, message: reported, count: 0", "'0' is not a whole number of at least 1"),
        ("replay, message: reported, hub: villa, back: -1", "'-1' is not a whole number of at least 1"),
        (
            "inject, message: reported, hub: villa, payload: x, repeat: 1000000000",
            "'1000000000' is not a whole number from 1 to 20000",
        ),
    ],
)
def test_a_number_in_a_fault_that_is_out_of_range_is_a_mistake(fault: str, mistake: str) -> None:
    outcome = language().read("faults.yaml", f"{HEAD}  - {{fault: {fault}}}\n")

    assert isinstance(outcome, tuple)
    assert mistake in str(outcome[0])


def test_the_carrier_has_the_card_of_a_hub_that_is_off() -> None:
    played = play(
        "bench: villa, do: power_off",
        "as: olga, do: activate, hub: villa",
        "expect: villa, carrier: {ordered: active, attached_hub: null}",
    )

    assert played == (Verdict.PASS, "")


def test_a_document_that_is_not_newer_is_counted() -> None:
    played = play(
        "as: olga, do: arm_hub, hub: villa",
        "expect: villa, old_documents: 0",
        "fault: replay, message: desired, hub: villa",
        "expect: villa, old_documents: 1, armed: yes",
    )

    assert played == (Verdict.PASS, "")
