"""The rules of the contract as a section of its page, each with the checks or mutants that prove it."""

from hubsim_conform.checks.all_checks import CHECKS
from hubsim_contract.wire.rule import Rule, RuleProof, RuleSide
from hubsim_contract.wire.rules import FAMILIES, rules_of
from hubsim_scenarios.proving.mutants import MUTANTS

_OPENING = """\
## Rules

Each rule has an id, which errors, events, traces and reports cite. A family, such as MQ-7, means all its
rules. **Must**: a breach loses or corrupts state. **Should**: it costs time, traffic or diagnosis. The last
column is how a breach is found:

- **check**: `hubsim conform` plays this [situation](conform-checks.md) and judges the packets of the hub.
- **decoder**: every receiver finds it in the message; so do `hubsim tap` and every check.
- **mutant**: a cloud or carrier that breaks the rule is a [mutant](mutants.md) that the catalog detects.
"""


def contract_rules() -> str:
    """Return the section: for each family its purpose and a table of its rules."""
    parts = [_OPENING]
    for family in FAMILIES:
        rows = "".join(map(_row, rules_of(family.id)))
        head = "| rule | | what to do | why | found by |\n|---|---|---|---|---|\n"
        parts.append(f"### {family.id} {family.title}\n\n{family.text}\n\n{head}{rows}")
    return "\n".join(parts)


def _row(rule: Rule) -> str:
    side = "" if rule.side is RuleSide.HUB else f", {rule.side}"
    return f"| `{rule.id}` | {rule.severity}{side} | {rule.text} | {rule.reason} | {_found_by(rule)} |\n"


def _found_by(rule: Rule) -> str:
    """Return how a breach is found, or why it is not."""
    match rule.proof:
        case RuleProof.CONFORM:
            return f"check {_quoted(checks_of(rule))}"
        case RuleProof.DECODER:
            return "decoder"
        case RuleProof.MUTANTS:
            return f"mutant {_quoted(mutants_of(rule))}"
        case RuleProof.NONE:
            return f"nothing: {rule.why_unproved}"


def checks_of(rule: Rule) -> list[str]:
    """Return the names of the checks of `hubsim conform` that decide the rule."""
    return [check.name for check in CHECKS if rule.id in check.decides]


def mutants_of(rule: Rule) -> list[str]:
    """Return the names of the mutants that violate the rule."""
    return [mutant.name for mutant in MUTANTS if rule.id in mutant.violates]


def _quoted(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
