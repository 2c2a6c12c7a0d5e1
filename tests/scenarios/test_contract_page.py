"""The page about the contract contains all messages, examples and rules that a firmware developer needs."""

import re

from hubsim_contract.lab.protocol import BenchRequest, decode_lab
from hubsim_contract.wire.codec import MAX_PAYLOAD_BYTES, SHAPES, decode
from hubsim_contract.wire.limits import DETAIL_CHARS_MAX
from hubsim_contract.wire.rule import RuleProof, RuleSide
from hubsim_contract.wire.rules import FAMILIES, RULES
from hubsim_contract.wire.topics import MessageKind
from hubsim_scenarios.pages.contract import contract_page
from hubsim_scenarios.pages.contract_rules import checks_of, mutants_of
from hubsim_scenarios.proving.mutants import MUTANTS

PAGE = contract_page()


def test_every_field_has_a_meaning() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| `")]

    assert [row for row in rows if re.search(r"\|\s*\|$", row)] == []
    assert len([row for row in rows if row.startswith("| `hub` |")]) == len(SHAPES) - 3


def test_every_example_is_a_message_of_its_kind() -> None:
    *examples, bench_actions = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)

    messages = [decode(kind, text.encode()) for kind, text in zip(MessageKind, examples, strict=True)]
    assert [type(message) for message in messages] == [SHAPES[kind] for kind in MessageKind]
    assert isinstance(decode_lab(BenchRequest, bench_actions.encode()), BenchRequest)


def test_every_linked_type_has_a_section() -> None:
    linked = set(re.findall(r"\]\(#([a-z]+)\)", PAGE))

    assert linked <= {title.lower() for title in re.findall(r"^## (\w+)$", PAGE, re.MULTILINE)}


def test_every_rule_has_the_proof_that_it_names_or_a_reason_for_its_absence() -> None:
    unproved = {
        rule.id
        for rule in RULES
        if (rule.proof is RuleProof.CONFORM and not checks_of(rule))
        or (rule.proof is RuleProof.DECODER and not checks_of(rule))
        or (rule.proof is RuleProof.MUTANTS and not mutants_of(rule))
        or (rule.proof is RuleProof.NONE and not rule.why_unproved)
    }

    assert unproved == set()


def test_a_rule_that_a_mutant_of_cloud_or_carrier_violates_is_proved_by_it() -> None:
    stations = {rule.id: rule for rule in RULES if rule.side is not RuleSide.HUB}
    violated = {each for mutant in MUTANTS for each in mutant.violates if each in stations}

    assert {each for each in violated if stations[each].proof is not RuleProof.MUTANTS} == set()


def test_the_page_has_the_rules_and_the_size_limit() -> None:
    assert all(f"### {family.id} {family.title}\n\n{family.text}\n" in PAGE for family in FAMILIES)
    rows = [f"| `{rule.id}` | {rule.severity}" for rule in RULES]
    assert [row for row in rows if PAGE.count(row) != 1] == []
    assert all(f"| {rule.text} | {rule.reason} |" in PAGE for rule in RULES)
    assert f"{MAX_PAYLOAD_BYTES} bytes" in PAGE
    assert "int, 0 to 9007199254740991" in PAGE
    assert f"at most {DETAIL_CHARS_MAX} characters" in PAGE
