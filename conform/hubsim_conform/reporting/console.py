"""The report as lines for a terminal: a line for each rule, then each failure in detail."""

from collections.abc import Iterator

import click

from hubsim_conform.reporting.report_record import ConformReport, RuleReport, ShownFailure
from hubsim_conform.running.outcome import RuleVerdict

_COLOURS = {
    RuleVerdict.PASS: "green",
    RuleVerdict.FAIL: "red",
    RuleVerdict.BLOCKED: "yellow",
    RuleVerdict.SKIPPED: "cyan",
}
_ARROWS = {"hub": "->", "broker": "<-", "bench": "--"}
_TEXT_MAX = 160


def console_lines(report: ConformReport) -> Iterator[str]:
    """Yield the lines, with colours."""
    for rule in report.rules:
        yield rule_line(rule)
    for rule in report.rules:
        if rule.failures:
            yield ""
            yield from _details(rule)
    yield ""
    yield from _summary(report)


def rule_line(rule: RuleReport) -> str:
    """Return the line of a rule."""
    verdict = click.style(f"{rule.verdict.value.upper():<8}", fg=_COLOURS[rule.verdict])
    reason = _short(rule.reason) if rule.verdict is not RuleVerdict.PASS else ""
    return f"{verdict} {rule.rule:<18} {reason}".rstrip()


def _details(rule: RuleReport) -> Iterator[str]:
    yield click.style(f"{rule.rule}  {rule.text}", bold=True)
    for failure in rule.failures:
        yield from _failure(failure)
    if rule.further_failures:
        yield f"  and {rule.further_failures} more"


def _failure(failure: ShownFailure) -> Iterator[str]:
    place = f" in check {failure.check}" if failure.check else ""
    yield f"  hub {failure.hub}{place}"
    yield f"    expected: {failure.expected}"
    yield f"    seen:     {failure.seen}"
    yield f"    likely:   {failure.likely_mistake}"
    for entry in failure.entries:
        mark = "*" if entry.proof else " "
        text = _short(entry.text)
        yield f"    {mark} {entry.at_s:9.3f} s  {_ARROWS[entry.side]} {entry.what:<12} {text}".rstrip()


def _summary(report: ConformReport) -> Iterator[str]:
    name = " ".join(filter(None, (report.profile["name"], report.profile["version"])))
    counts = ", ".join(f"{number} {verdict}" for verdict, number in report.counts.items() if number)
    yield f"{name}: {counts}; {report.coverage.decided} of {report.coverage.of} rules decided"
    yield (
        f"hubsim {report.hubsim}, contract {report.contract}, broker {report.broker}, seed {report.seed}, "
        f"{report.took_s:.1f} s"
    )
    if report.verdict is not RuleVerdict.PASS:
        yield f"again: {report.again}"


def _short(text: str) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= _TEXT_MAX else f"{one_line[:_TEXT_MAX]}..."
