"""The output of a run with several plays: a line for each scenario, explanations, and the totals.

The lines contain colours. `click.echo` removes them if the output is not a terminal.
"""

from collections.abc import Callable, Sequence

import click

from hubsim_scenarios.language.orders import order_of, title_without_order
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.launch import Played
from hubsim_scenarios.play.play import PlayResult
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.reports.console_report import explain, not_seen_lines
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

ORDERS_LISTED = 6
"""The number of orders that a line names. A scenario can have 120."""

Again = Callable[[Scenario, int], str]
"""Returns the command that repeats a play, for a scenario and a seed."""


def result_lines(results: Sequence[PlayResult], again: Again) -> list[str]:
    """Return the result of one scenario in all orders and under all seeds. The worst play is explained."""
    worst = next(verdict for verdict in _WORST_FIRST if any(each.verdict is verdict for each in results))
    shown = next(each for each in results if each.verdict is worst)
    mark = click.style(f"{worst.upper():8}", fg=COLOURS[worst])
    title = shown.scenario.title if worst is not Verdict.PASS else title_without_order(shown.scenario)
    head = f"{mark} {shown.scenario.file}  {title}{_plays(results)}"
    explained = [coloured(line) for line in explain(shown, again(shown.scenario, shown.seed))]
    return [head, *explained, *_other_reasons(results, shown), *not_seen_lines(shown)]


def _other_reasons(results: Sequence[PlayResult], shown: PlayResult) -> list[str]:
    """Return a line for each reason that differs from the explained one, with its orders or seeds."""
    plays: dict[tuple[Verdict, str], list[PlayResult]] = {}
    for each in results:
        if each.verdict is not Verdict.PASS:
            plays.setdefault((each.verdict, _placed(each)), []).append(each)
    plays.pop((shown.verdict, _placed(shown)), None)
    return [
        f"  also {verdict.upper()} {_conditions(found)}: {reason}"
        for (verdict, reason), found in plays.items()
    ]


def _conditions(results: Sequence[PlayResult]) -> str:
    """Return the orders of plays, or their seeds if the scenario has no orders."""
    orders = [order for order in dict.fromkeys(order_of(each.scenario) for each in results) if order]
    words = orders or [str(each.seed) for each in results]
    listed = ", ".join(words[:ORDERS_LISTED]) if orders else ", ".join(words)
    more = f" and {len(orders) - ORDERS_LISTED} more" if len(orders) > ORDERS_LISTED else ""
    lead, word = ("in", "order") if orders else ("with", "seed")
    return f"{lead} {word if len(words) == 1 else f'{word}s'} {listed}{more}"


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


def _plays(results: Sequence[PlayResult]) -> str:
    """Return in how many orders and with how many seeds the scenario passed."""
    if len(results) == 1:
        return ""
    orders = len({order_of(each.scenario) for each in results})
    seeds = len({each.seed for each in results})
    others = [each for each in results if each.verdict is not Verdict.PASS]
    passed = len(results) - len(others)
    if orders == 1:
        listed = ", ".join(str(each.seed) for each in others)
        rest = f"; not with {'seed' if len(others) == 1 else 'seeds'} {listed}" if others else ""
        return f"  (passed with {passed} of {len(results)} seeds{rest})"
    if not others:
        return f"  ({counted(orders, 'order')}{f', each with {seeds} seeds' if seeds > 1 else ''})"
    failed = dict.fromkeys(order_of(each.scenario) for each in others)
    listed = ", ".join(list(failed)[:ORDERS_LISTED])
    more = f" and {len(failed) - ORDERS_LISTED} more" if len(failed) > ORDERS_LISTED else ""
    played = f"{passed} of {len(results)} plays: {orders} orders, {seeds} seeds"
    where = f"in {passed} of {orders} orders" if seeds == 1 else f"in {played}"
    return f"  (passed {where}; not in {'order' if len(failed) == 1 else 'orders'} {listed}{more})"


def coloured(line: str) -> str:
    """Return a line of an explanation: the expected value in green, the seen value in red."""
    text = line.removeprefix("  ")
    for lead, colour in ((EXPECTED, "green"), (SEEN, "red")):
        if text.startswith(lead):
            return f"  {lead}{click.style(text.removeprefix(lead), fg=colour)}"
    return line


def duration_lines(plays: Sequence[Played], count: int) -> list[str]:
    """Return the real seconds of the slowest plays, the slowest first; a count of 0 stands for all plays."""
    slowest = sorted(plays, key=lambda play: -play.notes.took_s)[: count or len(plays)]
    head = f"slowest {counted(len(slowest), 'play')} of {len(plays)}, in real seconds:"
    return [head, *(_duration(play) for play in slowest)]


def _duration(play: Played) -> str:
    scenario = play.result.scenario
    return f"{play.notes.took_s:9.3f}  {scenario.file}  {scenario.title}  (seed {play.result.seed})"


def sum_line(results: Sequence[PlayResult], unplayed: int) -> str:
    """Return the number of plays by verdict, and the number of plays that were not started."""
    counts = {verdict: sum(1 for result in results if result.verdict is verdict) for verdict in Verdict}
    parts = [f"{count} {_VERDICT_WORDS[verdict]}" for verdict, count in counts.items() if count]
    return ", ".join([*parts, *([f"{unplayed} not played"] if unplayed else [])])
