"""The outcomes of checks, and the verdict of each rule from them. Pure."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

import msgspec

from hubsim_conform.checks.all_checks import CHECKS
from hubsim_conform.evidence.recording import Recording
from hubsim_conform.judges.violation import Violation


class CheckEnd(StrEnum):
    """How a check ended."""

    DONE = "done"
    """Its script reached its end, or found a violation."""
    BLOCKED = "blocked"
    SKIPPED = "skipped"


class CheckOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """One check on one device."""

    check: str
    end: CheckEnd
    reason: str = ""
    """Why it was blocked, or the capability that is lacking."""
    decided: tuple[str, ...] = ()
    """The rules that it decided."""
    undecided: dict[str, str] = {}
    """The rules that this device lacks a capability for, each with the capability."""
    first: int = 0
    """The entries of the recording: from this one, up to `last`."""
    last: int = 0
    took_s: float = 0.0


class LaneResult(msgspec.Struct, frozen=True, kw_only=True):
    """The checks on one device."""

    hub: str
    recording: Recording
    outcomes: tuple[CheckOutcome, ...]
    violations: tuple[Violation, ...]

    def check_of(self, violation: Violation) -> str:
        """Return the name of the check during which a violation was proved."""
        at = violation.proof[-1] if violation.proof else -1
        for outcome in self.outcomes:
            if outcome.first <= at < outcome.last:
                return outcome.check
        return ""


class RuleVerdict(StrEnum):
    """The verdict of a rule."""

    PASS = "pass"  # noqa: S105 (a verdict)
    FAIL = "fail"
    BLOCKED = "blocked"
    SKIPPED = "skipped"


class FoundViolation(msgspec.Struct, frozen=True):
    """A violation with the device that it belongs to."""

    lane: LaneResult
    violation: Violation


class RuleResult(msgspec.Struct, frozen=True, kw_only=True):
    """One rule: the verdict, its reason, and the violations."""

    rule: str
    verdict: RuleVerdict
    reason: str = ""
    checks: tuple[str, ...] = ()
    """The checks that decide it."""
    violations: tuple[FoundViolation, ...] = ()


def rule_results(lanes: Sequence[LaneResult], rules: Iterable[str]) -> list[RuleResult]:
    """Return the result of each rule, in the order of `rules`."""
    return [_result(rule, lanes) for rule in rules]


def _result(rule: str, lanes: Sequence[LaneResult]) -> RuleResult:
    checks = tuple(check.name for check in CHECKS if rule in check.decides)
    found = tuple(
        FoundViolation(lane, each) for lane in lanes for each in lane.violations if each.rule == rule
    )
    if found:
        first = found[0].violation
        reason = f"expected {first.expected}; seen {first.seen}"
        return RuleResult(rule=rule, verdict=RuleVerdict.FAIL, reason=reason, checks=checks, violations=found)
    mine = [outcome for lane in lanes for outcome in lane.outcomes if outcome.check in checks]
    blocked = [outcome for outcome in mine if outcome.end is CheckEnd.BLOCKED]
    decided = [outcome for outcome in mine if rule in outcome.decided]
    lacking = dict.fromkeys(
        outcome.undecided.get(rule) or outcome.reason
        for outcome in mine
        if rule in outcome.undecided or outcome.end is CheckEnd.SKIPPED
    )
    if blocked:
        reason = f"{blocked[0].check}: {blocked[0].reason}"
        return RuleResult(rule=rule, verdict=RuleVerdict.BLOCKED, reason=reason, checks=checks)
    if decided:
        return RuleResult(rule=rule, verdict=RuleVerdict.PASS, checks=checks)
    reason = "lacks " + " and ".join(lacking) if lacking else "no check of this run decides it"
    return RuleResult(rule=rule, verdict=RuleVerdict.SKIPPED, reason=reason, checks=checks)
