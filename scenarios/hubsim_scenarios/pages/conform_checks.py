"""The reference of `hubsim conform`: each check with what it needs, and each rule with its checks."""

from hubsim_conform.checks.all_checks import CHECKS
from hubsim_conform.checks.check import Check, Suite
from hubsim_contract.wire.rule import RuleSide
from hubsim_contract.wire.rules import RULES

_INTRODUCTION = """\
# Checks of `hubsim conform`

How to use them: [conformance of devices](conform.md). The text of each rule: [the contract](contract.md).

A check decides its rules if it is played to its end. A rule that a packet breaks fails, also during a check
of other rules.
"""


def conform_checks_page() -> str:
    """Return the page in Markdown."""
    parts = [_INTRODUCTION]
    for suite in Suite:
        parts.append(
            f"\n## Suite `{suite.value}`\n\n"
            "| check | what the bench does | needs | decides |\n|---|---|---|---|\n"
        )
        parts += [_row(check) for check in CHECKS if check.suite is suite]
    parts.append("\n## Rules\n\n| rule | checks |\n|---|---|\n")
    for rule in RULES:
        if rule.side is RuleSide.HUB:
            found = ", ".join(f"`{check.name}`" for check in CHECKS if rule.id in check.decides)
            parts.append(f"| `{rule.id}` | {found or rule.why_unproved or '-'} |\n")
    return "".join(parts)


def _row(check: Check) -> str:
    rules = ", ".join(f"`{rule}`" for rule in check.decides)
    needs = [check.needs_text] if check.needs_text else []
    needs += ["an actuator that needs no person"] if check.many_acts else []
    needs += [f"another broker than {broker}" for broker in check.not_on]
    return f"| `{check.name}` | {check.text} | {', '.join(needs) or '-'} | {rules} |\n"
