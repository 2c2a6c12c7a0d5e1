"""`hubsim run`: play scenario files."""

import logging
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from hubsim_contract.mqtt.broker_url import BadBrokerUrl
from hubsim_scenarios.cli.own_models import model_option
from hubsim_scenarios.cli.sections import SectionedCommand
from hubsim_scenarios.cli.twice import HASH_SEEDS, NotPassedError, difference, traces
from hubsim_scenarios.debugger.breakpoints import BadBreakpoint
from hubsim_scenarios.debugger.breakpoints import check as check_breaks
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
from hubsim_scenarios.worlds.api import BadServerUrl, check_url
from hubsim_scenarios.worlds.brokers import EMBEDDED_NAME, MOSQUITTO_NAME, broker_of
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
    if running.breaks.wanted and (twice or reports.on_stdout):
        raise click.UsageError("--step and --break-on talk with you: leave --twice and --json - out")
    if running.watch and (twice or trace is not None or reports.wanted):
        raise click.UsageError("--watch goes on and on: leave --twice, --trace and reports out")
    targets = [*([trace] if trace is not None else []), *reports.wanted]
    check_targets(targets)
    try:
        models = read_models(model_files)
        target = Target(live=live, broker=broker, cloud=cloud, ca=ca, models=models, model_files=model_files)
        _check_where(target)
        files = find(paths)
        scenarios = select(read(files, models), selection)
        check_breaks(running.breaks.words, scenarios)
        check_apart(targets, [*files, *model_files, *([ca] if ca is not None else [])])
        _empty(trace, reports)
    except (BadFiles, BadSelection, BadBreakpoint, BadBrokerUrl, BadServerUrl, OSError) as error:
        click.echo(str(error), err=True)
        sys.exit(BAD_INPUT_EXIT)
    logging.basicConfig(level=logging.ERROR)
    further = [*selection.options, *running.options, *map(str, paths)]
    if twice:
        with interruptible():
            sys.exit(_twice(target, seed, trace, len(scenarios), further))
    try:
        with interruptible() as interruption:
            if running.watch:
                watch_selected(target, paths, selection, seed, running, interruption)
            began_at = datetime.now(UTC)
            plays = run_selected(
                target,
                scenarios,
                seed,
                running,
                interruption,
                quiet=reports.on_stdout,
                record=reports.with_snapshots,
            )
    except BrokerError as error:
        click.echo(str(error), err=True)
        sys.exit(EXITS[Verdict.BLOCKED])
    try:
        if trace is not None:
            trace.write_bytes(b"".join(_trace_of(target, play) for play in plays))
        if reports.wanted:
            _report(reports, target, plays, began_at, target.command(seed, further))
    except OSError as error:
        click.echo(f"played, but what came of it could not be written down: {error}", err=True)
        sys.exit(EXITS[Verdict.BLOCKED])
    sys.exit(exit_code([play.result.verdict for play in plays]))


def _check_where(target: Target) -> None:
    """Raise `BadBrokerUrl` or `BadServerUrl` for a place where nothing can be played."""
    broker_of(target.broker)
    if target.cloud is not None:
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


def _twice(target: Target, seed: int, trace: Path | None, count: int, further: list[str]) -> int:
    arguments = ["--virtual", "--seed", str(seed), *target.model_options, *further]
    try:
        first, second = traces(arguments)
    except NotPassedError as error:
        click.echo(error.output, nl=False)
        return error.exit_code
    if trace is not None:
        trace.write_bytes(first)
    parting = difference(first, second)
    if parting is not None:
        click.echo(parting, err=True)
        return EXITS[Verdict.FAIL]
    events = first.count(b"\n")
    click.echo(
        f"same trace twice, byte for byte: {count} scenarios, {events} events, "
        f"{len(first)} bytes, seed {seed}, PYTHONHASHSEED {' and '.join(HASH_SEEDS)}"
    )
    return EXITS[Verdict.PASS]
