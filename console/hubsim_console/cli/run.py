"""`hubsim run` with `--ui`, which shows the plays of the user's files in the console.

The server is imported when it is needed: other runs start without it.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from hubsim_console.cli.page_options import browser_option, port_option
from hubsim_scenarios.cli.run import command as plain
from hubsim_scenarios.cli.sections import SectionedCommand
from hubsim_scenarios.product.files import BadFiles, find
from hubsim_scenarios.translation.story_language import say

if TYPE_CHECKING:
    from hubsim_scenarios.hosting.hosted_play import HostedPlay
    from hubsim_scenarios.hosting.scenario_library import LibraryEntry
    from hubsim_server.everything import Everything

_START = "#/scenarios"
_WITH_UI = {"ui", "port", "browser", "lang", "seed", "paths"}
_ONLY_WITH_UI = ("port", "browser")
_SECTIONS = {**plain.sections, "Console": ("ui", *_ONLY_WITH_UI)}


@click.option(
    "--ui",
    is_flag=True,
    help="Show the files in the browser, with the steps of the last play, and play them again when they are "
    "saved; until Ctrl-C.",
)
@port_option
@browser_option
@click.pass_context
def _run(ctx: click.Context, /, ui: bool, port: int | None, browser: bool, **options: Any) -> None:
    if not ui:
        _check_absent(ctx, _ONLY_WITH_UI, "needs --ui")
        assert plain.callback is not None
        plain.callback(**options)
        return
    others = [name for name in options if name not in _WITH_UI]
    _check_absent(
        ctx, others, "does not go together with --ui, which takes --seed, --port, --no-browser, --lang"
    )
    _show_files(options["paths"], options["seed"], port=port, lang=options["lang"], browser=browser)


command = SectionedCommand(
    plain.name,
    callback=_run,
    params=[*plain.params, *reversed(_run.__click_params__)],  # type: ignore[attr-defined]  # click keeps them there
    help=plain.help,
    sections=_SECTIONS,
)


def _check_absent(ctx: click.Context, names: Sequence[str], trouble: str) -> None:
    """Raise `UsageError` for the first of these options that is on the command line."""
    for parameter in ctx.command.params:
        given = ctx.get_parameter_source(str(parameter.name)) is ParameterSource.COMMANDLINE
        if parameter.name in names and given:
            raise click.UsageError(f"{parameter.opts[0]} {trouble}")


def _show_files(
    paths: tuple[Path, ...], seed: int, *, port: int | None, lang: str | None, browser: bool
) -> None:
    """Run a server for the page, and play the files there. Returns at a signal."""
    from hubsim_console.console import Console, ConsoleSettings  # noqa: PLC0415 (see above)
    from hubsim_console.shown_page import ShownPage, show  # noqa: PLC0415 (see above)
    from hubsim_scenarios.hosting.replaying import Replaying, ReplayListener  # noqa: PLC0415 (see above)

    try:
        find(paths)
    except BadFiles as error:
        raise click.UsageError(str(error)) from error
    console = Console(ConsoleSettings(language=lang, start=_START), own_files=lambda: find(paths))

    async def begin(_running: "Everything") -> str:
        return say("{files}: played again when saved.", files=", ".join(map(str, paths)))

    async def replay() -> None:
        await Replaying(console.plays, seed, ReplayListener(_print_play, _print_refused)).run()

    page = ShownPage(process="run", start=_START, port=port, language=lang, browser=browser)
    show(page, console, begin, replay)


def _print_play(play: "HostedPlay") -> None:
    view = play.view()
    reason = f"\n  {view.reason}" if view.reason else ""
    click.echo(f"{_now()}  {view.state.upper()}  {play.entry.file}  {view.title}{reason}")


def _print_refused(entry: "LibraryEntry", reason: str) -> None:
    click.echo(f"{_now()}  {say('not played: {file}', file=entry.file)}\n{reason}")


def _now() -> str:
    return f"{datetime.now().astimezone():%H:%M:%S}"
