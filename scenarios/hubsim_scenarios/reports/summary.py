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
from hubsim_scenarios.reports.diff import leads
from hubsim_scenarios.translation.story_language import msg, say, say_count

COLOURS = {
    Verdict.PASS: "green",
    Verdict.FAIL: "red",
    Verdict.BLOCKED: "yellow",
    Verdict.SKIPPED: "cyan",
}
_COUNTED = {
    Verdict.PASS: msg("{count} passed"),
    Verdict.FAIL: msg("{count} failed"),
    Verdict.BLOCKED: msg("{count} blocked"),
    Verdict.SKIPPED: msg("{count} skipped"),
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
    return [f"  {_also(verdict, found)}: {reason}" for (verdict, reason), found in plays.items()]


def _also(verdict: Verdict, found: Sequence[PlayResult]) -> str:
    return say("also {verdict} {conditions}", verdict=verdict.upper(), conditions=_conditions(found))


def _conditions(results: Sequence[PlayResult]) -> str:
    """Return the orders of plays, or their seeds if the scenario has no orders."""
    orders = [order for order in dict.fromkeys(order_of(each.scenario) for each in results) if order]
    if orders:
        return say_count("in order {list}", "in orders {list}", len(orders), list=_listed(orders))
    seeds = [str(each.seed) for each in results]
    return say_count("with seed {list}", "with seeds {list}", len(seeds), list=", ".join(seeds))


def _listed(orders: Sequence[str]) -> str:
    """Return the first orders, and the number of the others."""
    first, others = ", ".join(orders[:ORDERS_LISTED]), len(orders) - ORDERS_LISTED
    if others <= 0:
        return first
    return say_count("{list} and {count} more", "{list} and {count} more", others, list=first)


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
        f"{mark} {plays_text(len(found))}: {reason}  ({say('first: {place}', place=_first(found[0]))})"
        for reason, found in plays.items()
    ]


def _first(result: PlayResult) -> str:
    step = result.failed_step
    place = f"{step.file or result.scenario.file}:{step.place.line}" if step else result.scenario.file
    return f"{place}, {say('seed {seed}', seed=result.seed)}"


def _plays(results: Sequence[PlayResult]) -> str:
    """Return in how many orders and with how many seeds the scenario passed."""
    if len(results) == 1:
        return ""
    orders = len({order_of(each.scenario) for each in results})
    seeds = len({each.seed for each in results})
    others = [each for each in results if each.verdict is not Verdict.PASS]
    passed = len(results) - len(others)
    if orders == 1:
        text = say("passed with {passed} of {count} seeds", passed=passed, count=len(results))
        seeds_text = ", ".join(str(each.seed) for each in others)
        rest = say_count("not with seed {list}", "not with seeds {list}", len(others), list=seeds_text)
        return f"  ({text}; {rest})" if others else f"  ({text})"
    if not others:
        each_with = say_count(", each with {count} seed", ", each with {count} seeds", seeds)
        text = say_count("{count} order", "{count} orders", orders)
        return f"  ({text}{each_with if seeds > 1 else ''})"
    failed = list(dict.fromkeys(order_of(each.scenario) for each in others))
    if seeds == 1:
        text = say("passed in {passed} of {orders} orders", passed=passed, orders=orders)
    else:
        text = say(
            "passed in {passed} of {count} plays: {orders} orders, {seeds} seeds",
            passed=passed,
            count=len(results),
            orders=orders,
            seeds=seeds,
        )
    rest = say_count("not in order {list}", "not in orders {list}", len(failed), list=_listed(failed))
    return f"  ({text}; {rest})"


def plays_text(count: int) -> str:
    """Return a number of plays."""
    return say_count("{count} play", "{count} plays", count)


def coloured(line: str) -> str:
    """Return a line of an explanation: the expected value in green, the seen value in red."""
    text = line.removeprefix("  ")
    for lead, colour in zip(leads(), ("green", "red"), strict=True):
        if text.startswith(lead):
            return f"  {lead}{click.style(text.removeprefix(lead), fg=colour)}"
    return line


def duration_lines(plays: Sequence[Played], count: int) -> list[str]:
    """Return the real seconds of the slowest plays, the slowest first; a count of 0 stands for all plays."""
    slowest = sorted(plays, key=lambda play: -play.notes.took_s)[: count or len(plays)]
    head = say_count(
        "slowest {count} play of {all}, in real seconds:",
        "slowest {count} plays of {all}, in real seconds:",
        len(slowest),
        all=len(plays),
    )
    return [head, *(_duration(play) for play in slowest)]


def _duration(play: Played) -> str:
    scenario = play.result.scenario
    seed = say("seed {seed}", seed=play.result.seed)
    return f"{play.notes.took_s:9.3f}  {scenario.file}  {scenario.title}  ({seed})"


def sum_line(results: Sequence[PlayResult], unplayed: int) -> str:
    """Return the number of plays by verdict, and the number of plays that were not started."""
    counts = {verdict: sum(1 for result in results if result.verdict is verdict) for verdict in Verdict}
    parts = [say(_COUNTED[verdict], count=count) for verdict, count in counts.items() if count]
    return ", ".join([*parts, *([say("{count} not played", count=unplayed)] if unplayed else [])])
