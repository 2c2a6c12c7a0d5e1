"""The options of `hubsim run` that select scenarios, and control how they are played."""

import functools
import os
from collections.abc import Callable
from typing import Any

import click

from hubsim_scenarios.debugger.breakpoints import Breakpoints
from hubsim_scenarios.running.completions import (
    complete_break,
    complete_case,
    complete_clause,
    complete_tag,
)
from hubsim_scenarios.running.run import Running
from hubsim_scenarios.running.selection import Selection

MAX_JOBS = 64
"""More processes than any machine needs."""
MAX_REPEAT = 10_000
"""A limit, because results and traces of all plays stay in memory until the end of the run."""

_OPTIONS = (
    click.option(
        "--tag",
        "tags",
        multiple=True,
        metavar="TAG",
        shell_complete=complete_tag,
        help="Only scenarios with this tag, or without it ('not TAG'). If repeated, all must match.",
    ),
    click.option(
        "--covers",
        multiple=True,
        metavar="CLAUSE",
        shell_complete=complete_clause,
        help="Only scenarios that cover this clause of the guide (X2), or any clause of this chapter (X).",
    ),
    click.option(
        "--name",
        "names",
        multiple=True,
        metavar="TEXT",
        help="Only scenarios with this text or regular expression in their title or path.",
    ),
    click.option(
        "--case",
        multiple=True,
        metavar="AXIS=VALUE",
        shell_complete=complete_case,
        help="Only cases of a matrix or a table with this value. If repeated, all must match. order=2-1-3: "
        "only plays in this order of the members of 'together'.",
    ),
    click.option(
        "--jobs",
        "-j",
        default=1,
        show_default=True,
        type=click.IntRange(1, MAX_JOBS),
        metavar="N",
        help="Play in N processes in parallel.",
    ),
    click.option(
        "--repeat",
        default=1,
        show_default=True,
        type=click.IntRange(1, MAX_REPEAT),
        metavar="N",
        help="Play each scenario under N seeds, beginning with --seed.",
    ),
    click.option(
        "--last-failed",
        "--lf",
        "last_failed",
        is_flag=True,
        help="Only scenarios that did not pass when last played in this folder; all if none is known.",
    ),
    click.option(
        "--durations",
        type=click.IntRange(0),
        metavar="N",
        help="Print the N slowest plays of several, with their real times; 0: all plays.",
    ),
    click.option("--fail-fast", is_flag=True, help="Stop at the first play that fails or is blocked."),
    click.option(
        "--watch",
        is_flag=True,
        help="Keep running, and play scenarios again when their files change. Press Ctrl-C to stop.",
    ),
    click.option(
        "--step",
        is_flag=True,
        help="Halt before each step, to inspect all layers and play manual steps. Type `help` at the prompt.",
    ),
    click.option(
        "--break-on",
        "break_on",
        multiple=True,
        metavar="BREAK",
        shell_complete=complete_break,
        help="Halt before a step (7), a line (:42) or the steps that prove a clause (X2), and where a step "
        "fails. 'fail': only where a step fails. May be given several times.",
    ),
)


def _check_together(running: Running) -> None:
    """Refuse options that cannot be combined. Raises `UsageError`."""
    if running.watch and running.repeat > 1:
        raise click.UsageError(
            "--watch cannot be combined with --repeat: it plays each scenario under one seed"
        )
    if running.breaks.wanted and (running.watch or running.repeat > 1 or running.jobs > 1):
        raise click.UsageError(
            "--step and --break-on cannot be combined with --jobs, --repeat or --watch: they halt each play"
        )


def running_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add these options to a command, which gets them as `selection` and `running`.

    The environment variable `NO_COLOR` switches off colours.
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
