"""The output of the debugger's commands: the next step, the steps around it, layers, last events, help."""

import click

from hubsim_scenarios.debugger.commands import SHORT_FORMS, WORDS, BadCommand
from hubsim_scenarios.debugger.layers import layer_lines
from hubsim_scenarios.language.durations import duration_text
from hubsim_scenarios.language.errors import did_you_mean, quoted
from hubsim_scenarios.language.instants import instant_text
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.context import PlayContext
from hubsim_scenarios.play.expectations import hub_snapshots
from hubsim_scenarios.reports.console_report import describe, who
from hubsim_scenarios.traces.records import FORMAT, PlayBegan
from hubsim_scenarios.traces.trace_text import Teller
from hubsim_scenarios.traces.writer import names_of, program_version

_BEFORE, _AFTER = 4, 6
"""The number of steps that are shown before and after the current one."""
_FORM_WIDTH = 30


def next_line(scenario: Scenario, number: int) -> str:
    """Return the next step with its file and line."""
    step = scenario.steps[number - 1]
    place = f"{step.file or scenario.file}:{step.place.line}"
    text = " ".join(describe(step).split())
    return f"{click.style('next', bold=True)}  {number}/{len(scenario.steps)}  {who(step)}  {text}  ({place})"


def around(scenario: Scenario, number: int) -> list[str]:
    """Return the steps around this one, with a mark before this one."""
    lines = []
    for each, step in enumerate(scenario.steps, 1):
        if number - _BEFORE <= each <= number + _AFTER:
            mark = ">" if each == number else " "
            lines.append(f"  {mark} {each:3}  {who(step)}  {' '.join(describe(step).split())}")
    return lines


async def layers(context: PlayContext, hub: str | None) -> list[str]:
    """Return the world time, the time of the next timer, and all layers of a hub, or of every hub.

    Raises `BadCommand` for an unknown hub.
    """
    snapshots = await hub_snapshots(context)
    if hub is not None and hub not in snapshots:
        hint = did_you_mean(hub, snapshots)
        raise BadCommand(f"unknown hub {quoted(hub)}; {hint}" if hint else f"unknown hub {quoted(hub)}")
    zone = context.scenario.zone
    lines = [_now(context, zone)]
    for alias, snapshot in snapshots.items():
        if hub in (None, alias):
            lines += layer_lines(alias, snapshot, zone)
    return lines


def _now(context: PlayContext, zone: str) -> str:
    now_ms, due_ms = context.world.clock.world_ms(), context.world.due()
    due = "nothing is due" if due_ms is None else f"next due in {duration_text(max(0, due_ms - now_ms))}"
    return f"{instant_text(now_ms, zone)}; {due}"


def last_events(context: PlayContext, count: int) -> list[str]:
    """Return the last events of the trace, oldest first, with names instead of ids."""
    scenario, seed = context.scenario, context.world.conditions.seed
    teller = Teller(
        PlayBegan(
            at_ms=scenario.clock_ms,
            format=FORMAT,
            hubsim=program_version(),
            scenario=scenario.title,
            file=scenario.file,
            seed=seed,
            world=context.world.name,
            zone=scenario.zone,
            names=names_of(scenario, seed),
        ),
        dated=True,
    )
    lines = [teller.line(event) for event in context.world.trace.events]
    return [f"  {line}" for line in lines[-count:]] or ["  no event yet"]


def help_lines() -> list[str]:
    """Return the commands, and the short forms of steps."""
    words = [(f"{name} {word.takes}".strip(), word.about) for name, word in WORDS.items()]
    lines = [f"  {form.ljust(_FORM_WIDTH)}{about}" for form, about in words]
    lines += ["", "  or a step, written as in a file or in a short form:"]
    return lines + [f"  {form}" for form in SHORT_FORMS.values()]
