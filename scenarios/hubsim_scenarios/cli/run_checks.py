"""The options of `hubsim run` that cannot be combined. Each check raises `UsageError`."""

from pathlib import Path

import click

from hubsim_scenarios.reports.options import Reports
from hubsim_scenarios.running.run import Running
from hubsim_scenarios.running.selection import Selection
from hubsim_scenarios.worlds.brokers import EMBEDDED_NAME, OWN_NAMES


def check_last_failed(selection: Selection, running: Running, *, twice: bool) -> None:
    """Refuse options that cannot be combined with `--last-failed`. Raises `UsageError`."""
    if selection.last_failed and (twice or running.watch):
        raise click.UsageError("--last-failed cannot be combined with --twice or --watch")


def check_target(
    *, live: bool, virtual: bool, broker: str | None, cloud: str | None, ca: Path | None
) -> None:
    """Refuse options of the world that cannot be combined. Raises `UsageError`."""
    if live and virtual:
        raise click.UsageError("--live cannot be combined with --virtual: a play is of one kind")
    if cloud is not None and broker in OWN_NAMES and broker != EMBEDDED_NAME:
        raise click.UsageError(
            f"--cloud cannot be combined with --broker {broker}: give the URL of the server's broker, or none"
        )
    if cloud is not None and virtual:
        raise click.UsageError("--cloud cannot be combined with --virtual: plays on a server are live")
    if virtual and broker is not None:
        raise click.UsageError(
            "--broker cannot be combined with --virtual: a virtual world computes its broker"
        )
    if ca is not None and cloud is None:
        raise click.UsageError("--ca needs --cloud: it verifies the certificate of that server")


def check_twice(*, virtual: bool, twice: bool, reports: Reports) -> None:
    """Refuse options that cannot be combined with `--twice`. Raises `UsageError`."""
    if twice and not virtual:
        raise click.UsageError(
            "--twice needs --virtual: only traces of virtual plays are equal byte for byte"
        )
    if twice and reports.files:
        raise click.UsageError(
            "--twice cannot be combined with --html, --junit or --json: it only compares traces"
        )


def check_interactive(running: Running, *, twice: bool, trace: Path | None, reports: Reports) -> None:
    """Refuse options that cannot be combined with a prompt or with `--watch`. Raises `UsageError`."""
    if running.breaks.wanted and (twice or reports.on_stdout):
        raise click.UsageError(
            "--step and --break-on cannot be combined with --twice or --json -: they need the terminal"
        )
    if running.watch and (twice or trace is not None or reports.files):
        raise click.UsageError(
            "--watch never ends, so it cannot be combined with --twice, --trace, --html, --junit or --json"
        )


def check_update(running: Running, *, alone: bool, virtual: bool, update: bool, twice: bool) -> None:
    """Refuse options that cannot be combined with `--update`. Raises `UsageError`.

    `alone`: no file is written, and nothing is selected.
    """
    if not update:
        raise click.UsageError("--yes needs --update")
    if not virtual:
        raise click.UsageError("--update needs --virtual: only virtual plays can be repeated exactly")
    if twice or not alone or running.options or running.watch:
        raise click.UsageError(
            "--update plays every case of its files once: combine it only with --seed, --model, --market "
            "and --yes"
        )
