"""The options of `hubsim run` that say which scenarios, in which order, and how often."""

import functools
import os
from collections.abc import Callable
from typing import Any

import click

from hubsim_scenarios.debugger.breakpoints import Breakpoints
from hubsim_scenarios.running.run import Running
from hubsim_scenarios.running.selection import Selection

MAX_JOBS = 64
"""More processes than any machine that plays scenarios has use for."""
MAX_REPEAT = 10_000
"""More seeds in one run are refused: results and traces of all plays are kept until its end."""

_OPTIONS = (
    click.option(
        "--tag",
        "tags",
        multiple=True,
        metavar="TAG",
        help="Only scenarios with this tag; 'not TAG': without it. Of several, all must hold.",
    ),
    click.option(
        "--covers",
        multiple=True,
        metavar="CLAUSE",
        help="Only scenarios that cover this clause of the guide (X2), or one of this chapter (X).",
    ),
    click.option(
        "--name",
        "names",
        multiple=True,
        metavar="TEXT",
        help="Only scenarios with this text, or regular expression, in their sentence or their file's path.",
    ),
    click.option(
        "--case",
        multiple=True,
        metavar="AXIS=VALUE",
        help="Only cases of a matrix that have this value. Of several, all must hold.",
    ),
    click.option(
        "--jobs",
        "-j",
        default=1,
        show_default=True,
        type=click.IntRange(1, MAX_JOBS),
        metavar="N",
        help="Play in so many processes side by side.",
    ),
    click.option(
        "--repeat",
        default=1,
        show_default=True,
        type=click.IntRange(1, MAX_REPEAT),
        metavar="N",
        help="Play each scenario under so many seeds: the one of --seed and those behind it.",
    ),
    click.option("--fail-fast", is_flag=True, help="End at the first play that fails or is blocked."),
    click.option(
        "--watch",
        is_flag=True,
        help="Stay, and play again what changes when files are saved. Ctrl-C ends it.",
    ),
    click.option(
        "--step",
        is_flag=True,
        help="Halt before each step, to look at all layers and act by hand; type `help` there.",
    ),
    click.option(
        "--break-on",
        "break_on",
        multiple=True,
        metavar="BREAK",
        help="Halt before a step (7), a line (:42) or what proves a clause (X2), and where a step fails; "
        "'fail': only then. May be given several times.",
    ),
)


def _check_together(running: Running) -> None:
    """Refuse options that contradict each other. Raises `UsageError`."""
    if running.watch and running.repeat > 1:
        raise click.UsageError("--watch plays each scenario under one seed: leave --repeat out")
    if running.breaks.wanted and (running.watch or running.repeat > 1 or running.jobs > 1):
        raise click.UsageError(
            "--step and --break-on play one play at a time: leave --jobs, --repeat, --watch out"
        )


def running_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command these options; it gets them as `selection` (`Selection`) and `running` (`Running`).

    Colours are switched off for the command when the environment has `NO_COLOR`.
    """

    @functools.wraps(command)
    def wrapped(**options: Any) -> Any:
        context = click.get_current_context()
        if os.environ.get("NO_COLOR"):
            context.color = False
        selection = Selection(**{name: options.pop(name) for name in Selection.__struct_fields__})
        breaks = Breakpoints(every=options.pop("step"), words=options.pop("break_on"))
        plain = {name: options.pop(name) for name in Running.__struct_fields__ if name != "breaks"}
        running = Running(**plain, breaks=breaks)
        _check_together(running)
        return command(selection=selection, running=running, **options)

    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped
