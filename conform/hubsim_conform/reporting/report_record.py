"""The report of a run as one typed record. All forms of the report are made from it.

Within one `format`, fields are added but not removed or changed. Times are in seconds; `at_s` counts from the
start of the recording of a device.
"""

from datetime import datetime
from typing import Any, Literal

import msgspec

from hubsim_conform.device.capabilities import Capabilities
from hubsim_conform.evidence.entries import BenchNote, EvidenceEntry
from hubsim_conform.judges.likely_mistakes import likely_mistake
from hubsim_conform.running.outcome import FoundViolation, LaneResult, RuleResult, RuleVerdict
from hubsim_conform.running.run import RunOutcome
from hubsim_contract.mqtt.codec.packets import Sender
from hubsim_contract.wire.rules import RULES
from hubsim_simulator.tap.tap_events import PacketSeen
from hubsim_simulator.tap.tap_records import as_line

FORMAT: Literal[1] = 1
FAILURES_MAX = 5
"""The failures of a rule that are shown in detail. Equal ones are shown once."""
BETWEEN_MAX = 6
"""Entries between two proofs that are shown with them."""
BAD_INPUT_EXIT = 2
_EXITS = {RuleVerdict.PASS: 0, RuleVerdict.FAIL: 1, RuleVerdict.BLOCKED: 3, RuleVerdict.SKIPPED: 4}
_WORST_FIRST = (RuleVerdict.FAIL, RuleVerdict.BLOCKED, RuleVerdict.PASS, RuleVerdict.SKIPPED)


class ShownEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One packet, or one act of the bench."""

    at_s: float
    side: Literal["hub", "broker", "bench"]
    """The sender; `bench` for its acts and for the ends of connections."""
    what: str
    """The kind of packet, such as `PUBLISH`, or of act."""
    text: str
    proof: bool
    """Whether it proves the violation; the others show the situation."""


class ShownFailure(msgspec.Struct, frozen=True, kw_only=True):
    """One violation of a rule."""

    hub: str
    check: str
    """The check during which it was seen; empty between checks."""
    expected: str
    seen: str
    likely_mistake: str
    entries: tuple[ShownEntry, ...]


class RuleReport(msgspec.Struct, frozen=True, kw_only=True):
    """One rule."""

    rule: str
    severity: str
    text: str
    why: str
    """The failure that the rule prevents."""
    verdict: RuleVerdict
    reason: str
    """Why it did not pass. Empty for a pass."""
    checks: tuple[str, ...]
    failures: tuple[ShownFailure, ...]
    further_failures: int
    """Violations that are not in `failures`."""


class CheckReport(msgspec.Struct, frozen=True, kw_only=True):
    """One check on one device."""

    check: str
    hub: str
    end: str
    """`done`, `blocked` or `skipped`."""
    reason: str
    took_s: float


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of hubs that this run decided."""

    decided: int
    of: int
    """All rules of hubs that the bench can decide."""
    undecided: tuple[str, ...]


class ConformReport(msgspec.Struct, frozen=True, kw_only=True):
    """The report of `hubsim conform`."""

    format: Literal[1] = FORMAT
    hubsim: str
    contract: int
    """The version of the contract."""
    python: str
    platform: str
    hubs: tuple[str, ...]
    broker: str
    seed: int
    profile: dict[str, Any]
    """The declared capabilities."""
    began_at: datetime
    took_s: float
    verdict: RuleVerdict
    counts: dict[str, int]
    """The number of rules by verdict."""
    coverage: Coverage
    rules: tuple[RuleReport, ...]
    checks: tuple[CheckReport, ...]
    again: str
    """The command that repeats the run."""

    @property
    def exit_code(self) -> int:
        """0 all passed, 1 a rule failed, 3 a rule is blocked, 4 none was decided."""
        return _EXITS[self.verdict]


def conform_schema() -> bytes:
    """Return the JSON Schema of the report."""
    schema = msgspec.json.schema(ConformReport)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Report of hubsim conform"
    return msgspec.json.format(msgspec.json.encode(schema), indent=2) + b"\n"


def report_of(run: RunOutcome) -> ConformReport:
    """Return the report."""
    rules = tuple(_rule(result) for result in run.rules)
    verdicts = [rule.verdict for rule in rules]
    decided = [rule.rule for rule in rules if rule.verdict in (RuleVerdict.PASS, RuleVerdict.FAIL)]
    return ConformReport(
        hubsim=run.hubsim,
        contract=run.contract,
        python=run.python,
        platform=run.platform,
        hubs=tuple(lane.hub for lane in run.lanes),
        broker=run.plan.broker,
        seed=run.plan.seed,
        profile=_profile(run.plan.capabilities),
        began_at=run.began_at,
        took_s=round(run.took_s, 3),
        verdict=next((verdict for verdict in _WORST_FIRST if verdict in verdicts), RuleVerdict.SKIPPED),
        counts={verdict.value: verdicts.count(verdict) for verdict in RuleVerdict},
        coverage=Coverage(
            decided=len(decided),
            of=len(rules),
            undecided=tuple(r.rule for r in rules if r.rule not in decided),
        ),
        rules=rules,
        checks=tuple(
            CheckReport(
                check=outcome.check,
                hub=lane.hub,
                end=outcome.end.value,
                reason=outcome.reason,
                took_s=round(outcome.took_s, 3),
            )
            for lane in run.lanes
            for outcome in lane.outcomes
        ),
        again=run.plan.again,
    )


def _profile(capabilities: Capabilities) -> dict[str, Any]:
    profile: dict[str, Any] = msgspec.to_builtins(capabilities)
    return profile


def _rule(result: RuleResult) -> RuleReport:
    rule = _RULES[result.rule]
    kinds: dict[tuple[str, str], FoundViolation] = {}
    for each in result.violations:
        kinds.setdefault((each.violation.expected, each.violation.seen), each)
    shown = list(kinds.values())[:FAILURES_MAX]
    return RuleReport(
        rule=result.rule,
        severity=rule.severity.value,
        text=rule.text,
        why=rule.reason,
        verdict=result.verdict,
        reason=result.reason,
        checks=result.checks,
        failures=tuple(_failure(each) for each in shown),
        further_failures=len(result.violations) - len(shown),
    )


def _failure(found: FoundViolation) -> ShownFailure:
    violation = found.violation
    return ShownFailure(
        hub=found.lane.hub,
        check=found.lane.check_of(violation),
        expected=violation.expected,
        seen=violation.seen,
        likely_mistake=likely_mistake(violation),
        entries=tuple(
            shown_entry(found.lane, number, proof=number in violation.proof)
            for number in _around(violation.proof)
        ),
    )


def _around(proof: tuple[int, ...]) -> list[int]:
    """Return the numbers of the proofs, and of a few entries between them."""
    shown: list[int] = []
    for number in proof:
        if shown and number - shown[-1] - 1 <= BETWEEN_MAX:
            shown += range(shown[-1] + 1, number)
        shown.append(number)
    return shown


def shown_entry(lane: LaneResult, number: int, *, proof: bool) -> ShownEntry:
    """Return an entry of a recording for people."""
    entry: EvidenceEntry = lane.recording.entries[number]
    event = entry.event
    at_s = round(entry.at_s, 3)
    if isinstance(event, BenchNote):
        return ShownEntry(at_s=at_s, side="bench", what=event.kind.value, text=event.text, proof=proof)
    line = as_line(event, {})
    text = "  ".join(part for part in (line.essentials, line.trouble) if part)
    if isinstance(event, PacketSeen):
        side: Literal["hub", "broker"] = "hub" if event.sender is Sender.CLIENT else "broker"
        return ShownEntry(at_s=at_s, side=side, what=line.what, text=text, proof=proof)
    return ShownEntry(at_s=at_s, side="bench", what=line.what, text=text, proof=proof)


_RULES = {rule.id: rule for rule in RULES}
