"""`hubsim run`: play scenario files."""

import logging
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import click
import msgspec

from hubsim_contract.mqtt.broker_url import BadBrokerUrl
from hubsim_scenarios.cli.own_models import model_option
from hubsim_scenarios.cli.sections import SectionedCommand
from hubsim_scenarios.cli.twice import HASH_SEEDS, NotPassedError, difference, traces
from hubsim_scenarios.debugger.breakpoints import BadBreakpoint
from hubsim_scenarios.debugger.breakpoints import check as check_breaks
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.launch import Played
from hubsim_scenarios.play.verdict import BAD_INPUT_EXIT, EXITS, Verdict, exit_code
from hubsim_scenarios.product.files import BadFiles, find, read, read_models
from hubsim_scenarios.reports.options import Reports, check_apart, check_targets, report_options
from hubsim_scenarios.reports.play_record import account, run_facts
from hubsim_scenarios.running.interrupts import interruptible
from hubsim_scenarios.running.options import running_options
from hubsim_scenarios.running.run import Running, run_selected, watch_selected
from hubsim_scenarios.running.selection import BadSelection, Selection, select
from hubsim_scenarios.running.target import Target
from hubsim_scenarios.traces.writer import play_lines, program_version
from hubsim_scenarios.worlds.brokers import EMBEDDED_NAME, MOSQUITTO_NAME, broker_of
from hubsim_scenarios.worlds.world import BadServerUrl
from hubsim_simulator.broker.errors import BrokerError

_SECTIONS = {
    "Where it is played": ("live", "broker", "cloud", "ca", "model_files"),
    "What is played": ("tags", "covers", "names", "case"),
    "How": ("seed", "repeat", "jobs", "fail_fast", "watch", "twice"),
    "What is written": ("html", "junit", "junit_strict", "json", "trace"),
    "Stepping in": ("step", "break_on"),
}
"""The options by what one looks for them for."""


@click.command("run", cls=SectionedCommand, sections=_SECTIONS)
@click.option("--live/--virtual", default=True, help="Real sockets and SQLite, or computed. Live is default.")
@click.option(
    "--broker",
    default=EMBEDDED_NAME,
    metavar="embedded|mosquitto|URL",
    help="Broker for live plays: embedded amqtt, a private Mosquitto, or mqtt(s)://host:port. With --cloud: "
    "the URL of its broker, over which hands are laid then.",
)
@click.option(
    "--cloud",
    metavar="URL",
    help="Play against a cloud elsewhere that has its lab on, in a world of its own there: http(s)://host:port.",
)
@click.option(
    "--ca",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="The PEM file with the authority that an https or mqtts server's certificate is checked against.",
)
@click.option("--seed", default=1, show_default=True, help="Root of all that is drawn by chance.")
@click.option("--twice", is_flag=True, help="Virtual: play twice and compare the traces byte for byte.")
@click.option(
    "--trace", type=click.Path(dir_okay=False, path_type=Path), help="Write the trace as JSON lines."
)
@model_option
@report_options
@running_options
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
def command(
    live: bool,
    broker: str,
    cloud: str | None,
    ca: Path | None,
    seed: int,
    twice: bool,
    trace: Path | None,
    model_files: tuple[Path, ...],
    selection: Selection,
    running: Running,
    reports: Reports,
    paths: tuple[Path, ...],
) -> None:
    """Play scenario files, or all files of folders.

    Exit codes: 0 every play passed, 1 one failed, 2 bad input (nothing was played), 3 one was blocked
    (it could not be played to the end), 4 one was skipped; among several the first of 1, 3, 4 counts.
    129, 130 or 143: interrupted by a closed terminal, Ctrl-C or SIGTERM; what was started is stopped.
    """
    _check_together(live=live, broker=broker, cloud=cloud, twice=twice, reports=reports)
    _check_talk(running, twice=twice, trace=trace, reports=reports)
    asked = _Asked(seed, selection, running, reports, trace, paths)
    target = Target(live=live, broker=broker, cloud=cloud, ca=ca, model_files=model_files)
    target, scenarios = _read(target, asked)
    logging.basicConfig(level=logging.ERROR)
    if twice:
        with interruptible():
            sys.exit(_twice(target, asked, len(scenarios)))
    began_at = datetime.now(UTC)
    plays = _play(target, scenarios, asked)
    _write(target, plays, asked, began_at)
    sys.exit(exit_code([play.result.verdict for play in plays]))


class _Asked(NamedTuple):
    """What the command line asks for, but for the place."""

    seed: int
    selection: Selection
    running: Running
    reports: Reports
    trace: Path | None
    paths: tuple[Path, ...]

    @property
    def targets(self) -> list[Path]:
        """The files to be written."""
        return [*([self.trace] if self.trace is not None else []), *self.reports.wanted]

    @property
    def further(self) -> list[str]:
        """The words of a command line that play the same scenarios, but for the place and the seed."""
        return [*self.selection.options, *self.running.options, *map(str, self.paths)]


def _read(target: Target, asked: _Asked) -> tuple[Target, list[Scenario]]:
    """Return the place with its models, and the scenarios; exit when anything is wrong with the input."""
    check_targets(asked.targets)
    try:
        target = msgspec.structs.replace(target, models=read_models(target.model_files))
        _check_where(target)
        files = find(asked.paths)
        scenarios = select(read(files, target.models), asked.selection)
        check_breaks(asked.running.breaks.words, scenarios)
        read_too = [*target.model_files, *([target.ca] if target.ca is not None else [])]
        check_apart(asked.targets, [*files, *read_too])
        _empty(asked.trace, asked.reports)
    except (BadFiles, BadSelection, BadBreakpoint, BadBrokerUrl, BadServerUrl, OSError) as error:
        click.echo(str(error), err=True)
        sys.exit(BAD_INPUT_EXIT)
    return target, scenarios


def _play(target: Target, scenarios: Sequence[Scenario], asked: _Asked) -> list[Played]:
    """Play; exit when there is no broker, or when a signal interrupts."""
    try:
        with interruptible() as interruption:
            if asked.running.watch:
                watch_selected(target, asked.paths, asked.selection, asked.seed, asked.running, interruption)
            return run_selected(
                target,
                scenarios,
                asked.seed,
                asked.running,
                interruption,
                quiet=asked.reports.on_stdout,
                record=asked.reports.with_snapshots,
            )
    except BrokerError as error:
        click.echo(str(error), err=True)
        sys.exit(EXITS[Verdict.BLOCKED])


def _write(target: Target, plays: Sequence[Played], asked: _Asked, began_at: datetime) -> None:
    """Write trace and reports; exit when that is not possible."""
    try:
        if asked.trace is not None:
            asked.trace.write_bytes(b"".join(_trace_of(target, play) for play in plays))
        if asked.reports.wanted:
            _report(asked.reports, target, plays, began_at, target.command(asked.seed, asked.further))
    except OSError as error:
        click.echo(f"played, but what came of it could not be written down: {error}", err=True)
        sys.exit(EXITS[Verdict.BLOCKED])


def _check_where(target: Target) -> None:
    """Raise `BadBrokerUrl` or `BadServerUrl` for a place where nothing can be played."""
    broker_of(target.broker)
    if target.cloud is not None:
        from hubsim_scenarios.worlds.api import check_url  # noqa: PLC0415 (an HTTP client, which few runs need)

        check_url(target.cloud)


def _empty(trace: Path | None, reports: Reports) -> None:
    """Empty the files to be written: what cannot be written fails before anything is played, not after."""
    if trace is not None:
        trace.write_bytes(b"")
    reports.begin()


def _report(
    reports: Reports, target: Target, plays: Sequence[Played], began_at: datetime, command: str
) -> None:
    facts = run_facts(
        version=program_version(),
        seed=plays[0].result.seed,
        world=plays[0].result.world,
        where=target.shown,
        command=command,
        began_at=began_at,
        took_s=(datetime.now(UTC) - began_at).total_seconds(),
    )
    accounts = [
        account(play, target.again(play.result.scenario, play.result.seed), play.notes) for play in plays
    ]
    reports.write(accounts, facts)


def _trace_of(target: Target, play: Played) -> bytes:
    broker = None if target.cloud else target.broker_shown
    return play_lines(play, broker=broker, model_files=target.model_files)


def _check_together(*, live: bool, broker: str, cloud: str | None, twice: bool, reports: Reports) -> None:
    """Refuse options that contradict each other. Raises `UsageError`."""
    if cloud is not None and broker == MOSQUITTO_NAME:
        raise click.UsageError("--cloud brings its own broker: give that one's URL, or leave --broker out")
    if cloud is not None and not live:
        raise click.UsageError("--cloud plays live, elsewhere: leave --virtual out")
    if twice and live:
        raise click.UsageError("--twice needs --virtual: only computed plays are the same byte for byte")
    if twice and reports.wanted:
        raise click.UsageError("--twice compares traces and has no results to report: leave reports out")


def _check_talk(running: Running, *, twice: bool, trace: Path | None, reports: Reports) -> None:
    """Refuse what cannot go together with a prompt, or with a run without an end. Raises `UsageError`."""
    if running.breaks.wanted and (twice or reports.on_stdout):
        raise click.UsageError("--step and --break-on talk with you: leave --twice and --json - out")
    if running.watch and (twice or trace is not None or reports.wanted):
        raise click.UsageError("--watch goes on and on: leave --twice, --trace and reports out")


def _twice(target: Target, asked: _Asked, count: int) -> int:
    arguments = ["--virtual", "--seed", str(asked.seed), *target.model_options, *asked.further]
    try:
        first, second = traces(arguments)
    except NotPassedError as error:
        click.echo(error.output, nl=False)
        return error.exit_code
    if asked.trace is not None:
        asked.trace.write_bytes(first)
    parting = difference(first, second)
    if parting is not None:
        click.echo(parting, err=True)
        return EXITS[Verdict.FAIL]
    events = first.count(b"\n")
    click.echo(
        f"same trace twice, byte for byte: {count} scenarios, {events} events, "
        f"{len(first)} bytes, seed {asked.seed}, PYTHONHASHSEED {' and '.join(HASH_SEEDS)}"
    )
    return EXITS[Verdict.PASS]
