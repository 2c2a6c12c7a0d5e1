"""The rules of the contract as a section of its page."""

from hubsim_contract.wire.rule import Rule, RuleProof, RuleSide
from hubsim_contract.wire.rules import FAMILIES, rules_of

_PROOFS = {
    RuleProof.CONFORM: "`hubsim conform`",
    RuleProof.DECODER: "decoder",
    RuleProof.MUTANTS: "[mutants](mutants.md)",
}
_OPENING = """\
## Rules

Each rule has an id, which errors, events, traces and reports cite. A family, such as MQ-7, means all its
rules. **Must**: a breach loses or corrupts state. **Should**: it costs time, traffic or diagnosis. The proof
is how a breach is found: `hubsim conform` plays the situation, the decoder finds it in any message that is
received, or the catalog detects a mutant that breaks the rule.
"""


def contract_rules() -> str:
    """Return the section: for each family its purpose and a table of its rules."""
    parts = [_OPENING]
    for family in FAMILIES:
        rows = "".join(map(_row, rules_of(family.id)))
        head = "| rule | | what to do | why | proof |\n|---|---|---|---|---|\n"
        parts.append(f"### {family.id} {family.title}\n\n{family.text}\n\n{head}{rows}")
    return "\n".join(parts)


def _row(rule: Rule) -> str:
    proof = _PROOFS.get(rule.proof) or f"none: {rule.why_unproved}"
    side = "" if rule.side is RuleSide.HUB else f", {rule.side}"
    return f"| `{rule.id}` | {rule.severity}{side} | {rule.text} | {rule.reason} | {proof} |\n"
