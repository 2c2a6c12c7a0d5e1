"""The output of a run with several plays: a line for each scenario, explanations, and the totals.

The lines contain colours. `click.echo` removes them if the output is not a terminal.
"""

from collections.abc import Callable, Sequence

import click

from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.play import PlayResult
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.reports.console_report import explain
from hubsim_scenarios.reports.diff import EXPECTED, SEEN
from hubsim_scenarios.reports.plural import counted

COLOURS = {
    Verdict.PASS: "green",
    Verdict.FAIL: "red",
    Verdict.BLOCKED: "yellow",
    Verdict.SKIPPED: "cyan",
}
_VERDICT_WORDS = {
    Verdict.PASS: "passed",
    Verdict.FAIL: "failed",
    Verdict.BLOCKED: "blocked",
    Verdict.SKIPPED: "skipped",
}
_WORST_FIRST = (Verdict.FAIL, Verdict.BLOCKED, Verdict.SKIPPED, Verdict.PASS)

Again = Callable[[Scenario, int], str]
"""Returns the command that repeats a play, for a scenario and a seed."""


def result_lines(results: Sequence[PlayResult], again: Again) -> list[str]:
    """Return the result of one scenario under one or several seeds. The worst play is explained."""
    worst = next(verdict for verdict in _WORST_FIRST if any(each.verdict is verdict for each in results))
    shown = next(each for each in results if each.verdict is worst)
    mark = click.style(f"{worst.upper():8}", fg=COLOURS[worst])
    head = f"{mark} {shown.scenario.file}  {shown.scenario.title}{_seeds(results)}"
    explained = [coloured(line) for line in explain(shown, again(shown.scenario, shown.seed))]
    return [head, *explained, *_other_reasons(results, shown)]


def _other_reasons(results: Sequence[PlayResult], shown: PlayResult) -> list[str]:
    """Return a line for each reason that differs from the explained one, with its seeds."""
    seeds: dict[tuple[Verdict, str], list[str]] = {}
    for each in results:
        if each.verdict is not Verdict.PASS:
            seeds.setdefault((each.verdict, _placed(each)), []).append(str(each.seed))
    seeds.pop((shown.verdict, _placed(shown)), None)
    return [
        f"  also {verdict.upper()} with {'seed' if len(found) == 1 else 'seeds'} {', '.join(found)}: {reason}"
        for (verdict, reason), found in seeds.items()
    ]


def _placed(result: PlayResult) -> str:
    """Return the reason with the file and line of its step."""
    step = result.failed_step
    return (
        f"{step.file or result.scenario.file}:{step.place.line}: {result.reason}" if step else result.reason
    )


def blocked_lines(results: Sequence[PlayResult]) -> list[str]:
    """Return a line for each reason why plays were blocked, with the number of its plays."""
    plays: dict[str, list[PlayResult]] = {}
    for each in results:
        if each.verdict is Verdict.BLOCKED:
            plays.setdefault(each.reason, []).append(each)
    mark = click.style(f"{Verdict.BLOCKED.upper():8}", fg=COLOURS[Verdict.BLOCKED])
    return [
        f"{mark} {counted(len(found), 'play')}: {reason}  (first: {_first(found[0])})"
        for reason, found in plays.items()
    ]


def _first(result: PlayResult) -> str:
    step = result.failed_step
    place = f"{step.file or result.scenario.file}:{step.place.line}" if step else result.scenario.file
    return f"{place}, seed {result.seed}"


def _seeds(results: Sequence[PlayResult]) -> str:
    if len(results) == 1:
        return ""
    others = [str(each.seed) for each in results if each.verdict is not Verdict.PASS]
    passed = len(results) - len(others)
    seed = "seed" if len(others) == 1 else "seeds"
    rest = f"; not with {seed} {', '.join(others)}" if others else ""
    return f"  (passed with {passed} of {len(results)} seeds{rest})"


def coloured(line: str) -> str:
    """Return a line of an explanation: the expected value in green, the seen value in red."""
    text = line.removeprefix("  ")
    for lead, colour in ((EXPECTED, "green"), (SEEN, "red")):
        if text.startswith(lead):
            return f"  {lead}{click.style(text.removeprefix(lead), fg=colour)}"
    return line


def sum_line(results: Sequence[PlayResult], unplayed: int) -> str:
    """Return the number of plays by verdict, and the number of plays that were not started."""
    counts = {verdict: sum(1 for result in results if result.verdict is verdict) for verdict in Verdict}
    parts = [f"{count} {_VERDICT_WORDS[verdict]}" for verdict, count in counts.items() if count]
    return ", ".join([*parts, *([f"{unplayed} not played"] if unplayed else [])])
