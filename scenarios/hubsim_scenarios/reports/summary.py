"""What a run says: a line for each scenario, why one is no pass, and the sum. English, plain text.

Colours are left to whoever prints: `click.echo` takes them out where there is no terminal.
"""

from collections.abc import Callable, Sequence

import click

from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.play import PlayResult
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.reports.console_report import explain
from hubsim_scenarios.reports.diff import EXPECTED, SEEN

COLOURS = {
    Verdict.PASS: "green",
    Verdict.FAIL: "red",
    Verdict.BLOCKED: "yellow",
    Verdict.SKIPPED: "cyan",
}
_WORST_FIRST = (Verdict.FAIL, Verdict.BLOCKED, Verdict.SKIPPED, Verdict.PASS)

Again = Callable[[Scenario, int], str]
"""The command that plays a scenario under a seed again."""


def result_lines(results: Sequence[PlayResult], again: Again) -> list[str]:
    """Return what came of one scenario, under one or several seeds; one that is no pass is explained."""
    worst = next(verdict for verdict in _WORST_FIRST if any(each.verdict is verdict for each in results))
    shown = next(each for each in results if each.verdict is worst)
    mark = click.style(f"{worst.upper():8}", fg=COLOURS[worst])
    head = f"{mark} {shown.scenario.file}  {shown.scenario.title}{_seeds(results)}"
    return [head, *(coloured(line) for line in explain(shown, again(shown.scenario, shown.seed)))]


def _seeds(results: Sequence[PlayResult]) -> str:
    if len(results) == 1:
        return ""
    others = [str(each.seed) for each in results if each.verdict is not Verdict.PASS]
    passed = len(results) - len(others)
    told = f"; not with {', '.join(others)}" if others else ""
    return f"  (passed with {passed} of {len(results)} seeds{told})"


def coloured(line: str) -> str:
    """Return a line of an explanation: green what was expected, red what was seen."""
    text = line.removeprefix("  ")
    for lead, colour in ((EXPECTED, "green"), (SEEN, "red")):
        if text.startswith(lead):
            return f"  {lead}{click.style(text.removeprefix(lead), fg=colour)}"
    return line


def sum_line(results: Sequence[PlayResult], unplayed: int) -> str:
    """Return how many plays ended how, and how many were given up."""
    counts = {verdict: sum(1 for result in results if result.verdict is verdict) for verdict in Verdict}
    told = [f"{count} {verdict}" for verdict, count in counts.items() if count]
    return ", ".join([*told, *([f"{unplayed} not played"] if unplayed else [])])
