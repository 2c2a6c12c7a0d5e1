"""What is shown at a halt: the next step, those around it, the layers, the last events, the help."""

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

_BEFORE, _BEHIND = 4, 6
"""So many steps around a halt are shown."""
_FORM_WIDTH = 30


def next_line(scenario: Scenario, number: int) -> str:
    """Return the step that comes next, and where it stands."""
    step = scenario.steps[number - 1]
    place = f"{step.file or scenario.file}:{step.place.line}"
    text = " ".join(describe(step).split())
    return f"{click.style('next', bold=True)}  {number}/{len(scenario.steps)}  {who(step)}  {text}  ({place})"


def around(scenario: Scenario, number: int) -> list[str]:
    """Return the steps around this one, which is marked."""
    lines = []
    for each, step in enumerate(scenario.steps, 1):
        if number - _BEFORE <= each <= number + _BEHIND:
            mark = ">" if each == number else " "
            lines.append(f"  {mark} {each:3}  {who(step)}  {' '.join(describe(step).split())}")
    return lines


async def layers(context: PlayContext, hub: str | None) -> list[str]:
    """Return the world time, when something is due, and all layers of a hub, or of every hub.

    Raises `BadCommand` for a hub that is none.
    """
    looks = await hub_snapshots(context)
    if hub is not None and hub not in looks:
        hint = did_you_mean(hub, looks)
        raise BadCommand(
            f"no hub is called {quoted(hub)}; {hint}" if hint else f"no hub is called {quoted(hub)}"
        )
    zone = context.scenario.zone
    lines = [_now(context, zone)]
    for alias, seen in looks.items():
        if hub in (None, alias):
            lines += layer_lines(alias, seen, zone)
    return lines


def _now(context: PlayContext, zone: str) -> str:
    now_ms, due_ms = context.world.clock.world_ms(), context.world.due()
    due = "nothing is due" if due_ms is None else f"next due in {duration_text(max(0, due_ms - now_ms))}"
    return f"{instant_text(now_ms, zone)}; {due}"


def last_events(context: PlayContext, count: int) -> list[str]:
    """Return the last events of the trace, oldest first, with names for ids."""
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
        )
    )
    lines = [teller.line(event) for event in context.world.trace.events]
    return [f"  {line}" for line in lines[-count:]] or ["  nothing has happened yet"]


def help_lines() -> list[str]:
    """Return what can be typed."""
    words = [(f"{name} {word.takes}".strip(), word.about) for name, word in WORDS.items()]
    lines = [f"  {form.ljust(_FORM_WIDTH)}{about}" for form, about in words]
    lines += ["", "  or a step, as it stands in a file or without brackets:"]
    return lines + [f"  {form}" for form in SHORT_FORMS.values()]
