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
from hubsim_scenarios.play.preflight import check_playable
from hubsim_scenarios.play.verdict import BAD_INPUT_EXIT, EXITS, Verdict, exit_code
from hubsim_scenarios.product.files import BadFiles, find, read, read_models
from hubsim_scenarios.reports.options import Reports, check_apart, check_targets, report_options
from hubsim_scenarios.reports.play_record import play_record, run_facts
from hubsim_scenarios.reports.plural import counted
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
    "World": ("live", "broker", "cloud", "ca", "model_files"),
    "Selection": ("tags", "covers", "names", "case"),
    "Execution": ("seed", "repeat", "jobs", "fail_fast", "watch", "twice"),
    "Reports": ("html", "junit", "junit_strict", "json", "trace"),
    "Debugging": ("step", "break_on"),
}
"""The sections of the help, with their options."""


@click.command("run", cls=SectionedCommand, sections=_SECTIONS)
@click.option(
    "--live/--virtual",
    default=True,
    help="Play over real sockets and SQLite (live), or compute the plays (virtual). The default is live.",
)
@click.option(
    "--broker",
    default=EMBEDDED_NAME,
    metavar="embedded|mosquitto|URL",
    help="The broker of live plays: embedded amqtt, a private Mosquitto, or mqtt(s)://host:port. "
    "With --cloud: the URL of the server's broker, to send bench actions over MQTT.",
)
@click.option(
    "--cloud",
    metavar="URL",
    help="Play on a server that was started with --lab, in a new world: http(s)://host:port.",
)
@click.option(
    "--ca",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="The PEM file with the certificate authority of an https or mqtts server.",
)
@click.option("--seed", default=1, show_default=True, help="The seed of all random values.")
@click.option(
    "--twice", is_flag=True, help="With --virtual: play twice, and compare the traces byte for byte."
)
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

    Exit codes: 0 all plays passed; 1 a play failed; 2 bad input, nothing was played; 3 a play was blocked:
    it could not be played to the end; 4 a play was skipped. If several apply, the first of 1, 3, 4 is used.
    129, 130 or 143: interrupted by a closed terminal, Ctrl-C or SIGTERM, after everything was stopped.
    """
    _check_together(live=live, broker=broker, cloud=cloud, twice=twice, reports=reports)
    _check_interactive(running, twice=twice, trace=trace, reports=reports)
    request = _Request(seed, selection, running, reports, trace, paths)
    target = Target(live=live, broker=broker, cloud=cloud, ca=ca, model_files=model_files)
    target, scenarios = _read(target, request)
    logging.basicConfig(level=logging.ERROR)
    if twice:
        with interruptible():
            sys.exit(_twice(target, request, len(scenarios)))
    began_at = datetime.now(UTC)
    plays = _play(target, scenarios, request)
    _write(target, plays, request, began_at)
    sys.exit(exit_code([play.result.verdict for play in plays]))


class _Request(NamedTuple):
    """The arguments of the command line, except those of the target."""

    seed: int
    selection: Selection
    running: Running
    reports: Reports
    trace: Path | None
    paths: tuple[Path, ...]

    @property
    def targets(self) -> list[Path]:
        """The files to write."""
        return [*([self.trace] if self.trace is not None else []), *self.reports.files]

    @property
    def further(self) -> list[str]:
        """The command line arguments for the same plays, except those of the target and the seed."""
        return [*self.selection.options, *self.running.options, *map(str, self.paths)]


def _read(target: Target, request: _Request) -> tuple[Target, list[Scenario]]:
    """Return the target with its models, and the scenarios. Exits if the input is bad."""
    check_targets(request.targets)
    try:
        target = msgspec.structs.replace(target, models=read_models(target.model_files))
        _check_urls(target)
        files = find(request.paths)
        scenarios = select(read(files, target.models), request.selection)
        check_playable(scenarios, target.models)
        check_breaks(request.running.breaks.words, scenarios)
        read_too = [*target.model_files, *([target.ca] if target.ca is not None else [])]
        check_apart(request.targets, [*files, *read_too])
        _empty(request.trace, request.reports)
    except (BadFiles, BadSelection, BadBreakpoint, BadBrokerUrl, BadServerUrl, OSError) as error:
        click.echo(str(error), err=True)
        sys.exit(BAD_INPUT_EXIT)
    return target, scenarios


def _play(target: Target, scenarios: Sequence[Scenario], request: _Request) -> list[Played]:
    """Play. Exits if there is no broker, or after a signal."""
    try:
        with interruptible() as interruption:
            if request.running.watch:
                watch_selected(
                    target, request.paths, request.selection, request.seed, request.running, interruption
                )
            return run_selected(
                target,
                scenarios,
                request.seed,
                request.running,
                interruption,
                quiet=request.reports.on_stdout,
                record=request.reports.with_snapshots,
            )
    except BrokerError as error:
        click.echo(str(error), err=True)
        sys.exit(EXITS[Verdict.BLOCKED])


def _write(target: Target, plays: Sequence[Played], request: _Request, began_at: datetime) -> None:
    """Write the trace and the reports. Exits if that fails."""
    try:
        if request.trace is not None:
            request.trace.write_bytes(b"".join(_trace_of(target, play) for play in plays))
        if request.reports.files:
            _report(request.reports, target, plays, began_at, target.command(request.seed, request.further))
    except OSError as error:
        click.echo(f"the plays have ended, but their results cannot be written: {error}", err=True)
        sys.exit(EXITS[Verdict.BLOCKED])


def _check_urls(target: Target) -> None:
    """Raise `BadBrokerUrl` or `BadServerUrl` if a URL of the target is invalid."""
    broker_of(target.broker)
    if target.cloud is not None:
        from hubsim_scenarios.worlds.api import check_url  # noqa: PLC0415 (an HTTP client, which few runs need)

        check_url(target.cloud)


def _empty(trace: Path | None, reports: Reports) -> None:
    """Create or empty the files to write. Raises `OSError` before anything is played."""
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
    records = [
        play_record(play, target.again(play.result.scenario, play.result.seed), play.notes) for play in plays
    ]
    reports.write(records, facts)


def _trace_of(target: Target, play: Played) -> bytes:
    broker = None if target.cloud else target.broker_shown
    return play_lines(play, broker=broker, model_files=target.model_files)


def _check_together(*, live: bool, broker: str, cloud: str | None, twice: bool, reports: Reports) -> None:
    """Refuse options that cannot be combined. Raises `UsageError`."""
    if cloud is not None and broker == MOSQUITTO_NAME:
        raise click.UsageError(
            "--cloud cannot be combined with --broker mosquitto: give the URL of the server's broker, or none"
        )
    if cloud is not None and not live:
        raise click.UsageError("--cloud cannot be combined with --virtual: plays on a server are live")
    if twice and live:
        raise click.UsageError(
            "--twice needs --virtual: only traces of virtual plays are equal byte for byte"
        )
    if twice and reports.files:
        raise click.UsageError(
            "--twice cannot be combined with --html, --junit or --json: it only compares traces"
        )


def _check_interactive(running: Running, *, twice: bool, trace: Path | None, reports: Reports) -> None:
    """Refuse options that cannot be combined with a prompt or with `--watch`. Raises `UsageError`."""
    if running.breaks.wanted and (twice or reports.on_stdout):
        raise click.UsageError(
            "--step and --break-on cannot be combined with --twice or --json -: they need the terminal"
        )
    if running.watch and (twice or trace is not None or reports.files):
        raise click.UsageError(
            "--watch never ends, so it cannot be combined with --twice, --trace, --html, --junit or --json"
        )


def _twice(target: Target, request: _Request, count: int) -> int:
    arguments = ["--virtual", "--seed", str(request.seed), *target.model_options, *request.further]
    try:
        first, second = traces(arguments)
    except NotPassedError as error:
        click.echo(error.output, nl=False)
        return error.exit_code
    if request.trace is not None:
        request.trace.write_bytes(first)
    found = difference(first, second)
    if found is not None:
        click.echo(found, err=True)
        return EXITS[Verdict.FAIL]
    scenarios, lines = counted(count, "scenario"), counted(first.count(b"\n"), "line")
    click.echo(
        f"the traces are equal byte for byte: {scenarios}, {lines}, "
        f"{len(first)} bytes, seed {request.seed}, PYTHONHASHSEED {' and '.join(HASH_SEEDS)}"
    )
    return EXITS[Verdict.PASS]
