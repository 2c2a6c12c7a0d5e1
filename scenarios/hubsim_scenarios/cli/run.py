"""`hubsim run`: play scenario files."""

import logging
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, NoReturn

import click

from hubsim_contract.mqtt.broker_url import BadBrokerUrl
from hubsim_scenarios.cli.own_files import market_option, model_option
from hubsim_scenarios.cli.packets import check_packets, check_stations, packets_option
from hubsim_scenarios.cli.run_checks import (
    check_interactive,
    check_last_failed,
    check_target,
    check_twice,
    check_update,
)
from hubsim_scenarios.cli.sections import SectionedCommand
from hubsim_scenarios.cli.twice import HASH_SEEDS, NotPassedError, difference, traces
from hubsim_scenarios.debugger.breakpoints import BadBreakpoint
from hubsim_scenarios.debugger.breakpoints import check as check_breaks
from hubsim_scenarios.language.orders import identity_without_order
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.launch import Played
from hubsim_scenarios.play.preflight import check_playable
from hubsim_scenarios.play.verdict import BAD_INPUT_EXIT, EXITS, Verdict, exit_code
from hubsim_scenarios.product.files import BadFiles, find, read
from hubsim_scenarios.reports.options import Reports, check_apart, check_targets, report_options
from hubsim_scenarios.reports.play_record import play_record, run_facts
from hubsim_scenarios.running.attach_options import (
    AttachRequest,
    attach_options,
    attached,
    check_attached,
)
from hubsim_scenarios.running.completions import complete_broker
from hubsim_scenarios.running.interrupts import interruptible
from hubsim_scenarios.running.last_failed import LastFailed
from hubsim_scenarios.running.options import running_options
from hubsim_scenarios.running.run import Running, run_selected, selected, watch_selected
from hubsim_scenarios.running.selection import BadSelection, Selection
from hubsim_scenarios.running.target import Target
from hubsim_scenarios.traces.writer import play_lines, program_version
from hubsim_scenarios.translation.plural import counted
from hubsim_scenarios.translation.story_language import StoryLanguage, in_language
from hubsim_scenarios.worlds.brokers import EMBEDDED_NAME, broker_of
from hubsim_scenarios.worlds.world import BadServerUrl
from hubsim_simulator.broker.errors import BrokerError
from hubsim_storage.whole_file import check_writable, write_whole

_SECTIONS = {
    "World": ("live", "virtual", "broker", "cloud", "ca", "model_files", "market_file"),
    "Real hubs": ("attach", "actuator", "capabilities", "listen", "device_wait", "real_time"),
    "Selection": ("tags", "covers", "names", "case", "last_failed"),
    "Execution": (
        *("seed", "repeat", "jobs", "fail_fast", "durations", "watch", "twice", "update", "yes", "prove"),
    ),
    "Reports": ("html", "junit", "junit_strict", "json", "trace", "packets", "lang"),
    "Debugging": ("step", "break_on"),
}
"""The sections of the help, with their options."""


@click.command("run", cls=SectionedCommand, sections=_SECTIONS)
@click.option("--live", is_flag=True, help="Play over real sockets and SQLite. This is the default.")
@click.option("--virtual", is_flag=True, help="Compute the plays: no socket, no file, no waiting.")
@click.option(
    "--broker",
    metavar="embedded|amqtt|mosquitto|URL",
    shell_complete=complete_broker,
    help="The broker of live plays: the embedded one, amqtt, a private Mosquitto, or mqtt(s)://host:port. "
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
    "--update",
    is_flag=True,
    help="With --virtual: change expected values in the files to what was seen. Shows the changes and "
    "asks first.",
)
@click.option("--yes", is_flag=True, help="With --update: write without asking.")
@click.option(
    "--prove",
    is_flag=True,
    help="Play against mutants of the virtual world, and list the mutants that no step notices "
    "(docs/proving.md).",
)
@click.option(
    "--trace", type=click.Path(dir_okay=False, path_type=Path), help="Write the trace as JSON lines."
)
@click.option(
    "--lang",
    type=click.Choice([language.value for language in StoryLanguage]),
    help="The language in which plays and reports are described.  [default: en]",
)
@packets_option
@model_option
@market_option
@attach_options
@report_options
@running_options
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
def command(
    live: bool,
    virtual: bool,
    broker: str | None,
    cloud: str | None,
    ca: Path | None,
    seed: int,
    twice: bool,
    update: bool,
    yes: bool,
    prove: bool,
    trace: Path | None,
    lang: str | None,
    packets: tuple[str, ...],
    model_files: tuple[Path, ...],
    market_file: Path | None,
    attaching: AttachRequest,
    selection: Selection,
    running: Running,
    reports: Reports,
    paths: tuple[Path, ...],
) -> None:
    """Play scenario files, or all files of folders.

    Exit codes: 0 all plays passed; 1 a play failed; 2 bad input, nothing was played; 3 a play was blocked:
    it could not be played to the end; 4 a play was skipped. If several apply, the first of 1, 3, 4 is used.
    With --prove: 1 also if a mutant makes a difference that no step notices. 129, 130 or 143: interrupted
    by a closed terminal, Ctrl-C or SIGTERM, after everything was stopped; 141: the program that reads the
    output has ended. Then reports contain the finished plays and the cause; --prove writes no file.
    """
    if prove:
        from hubsim_scenarios.cli.prove import check_alone  # noqa: PLC0415 (few runs need the mutants)

        check_alone(click.get_current_context())
        virtual = True
    check_target(live=live, virtual=virtual, broker=broker, cloud=cloud, ca=ca)
    attaching.check(running, virtual=virtual)
    check_twice(virtual=virtual, twice=twice, reports=reports)
    check_interactive(running, twice=twice, trace=trace, reports=reports)
    check_packets(packets, live=not virtual and cloud is None, recorded=trace or reports.html)
    check_last_failed(selection, running, twice=twice)
    request = _Request(seed, selection, running, reports, trace, paths)
    if update or yes:
        alone = not request.targets and not selection.options
        check_update(running, alone=alone, virtual=virtual, update=update, twice=twice)
    target = Target(
        live=not virtual,
        broker=broker or EMBEDDED_NAME,
        packets=packets,
        cloud=cloud,
        ca=ca,
        model_files=model_files,
        market_file=market_file,
        devices=attaching.devices,
        attach_options=attaching.options,
        language=StoryLanguage(lang or StoryLanguage.ENGLISH),
    )
    target, scenarios = _read(target, request, certain=not update)
    check_attached(scenarios, running)
    logging.basicConfig(level=logging.ERROR)
    if update or prove or twice:
        with interruptible():
            if update:
                sys.exit(_update(target, request, confirmed=yes))
            if prove:
                sys.exit(_prove(target, scenarios, request))
            sys.exit(_twice(target, request, len(set(map(identity_without_order, scenarios)))))
    with in_language(target.language):
        plays = _play(target, scenarios, request, datetime.now(UTC))
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


def _read(target: Target, request: _Request, *, certain: bool) -> tuple[Target, list[Scenario]]:
    """Return the target with its files read, and the scenarios. Exits if the input is bad.

    `certain`: also if a scenario can certainly not be played. An update lists such steps itself.
    """
    check_targets(request.targets)
    try:
        target = target.with_files()
        _check_urls(target)
        files = find(request.paths)
        found = attached(read(files, target.models, target.market), target.devices)
        scenarios = selected(found, request.selection, target, request.running)
        if request.selection.last_failed:
            scenarios = LastFailed(Path.cwd()).select(scenarios)
        if certain:
            check_playable(scenarios, target.models, target.market)
        check_stations(target.packets, scenarios)
        check_breaks(request.running.breaks.words, scenarios)
        read_too = [*target.own_files, *([target.ca] if target.ca is not None else [])]
        check_apart(request.targets, [*files, *read_too])
        if request.trace is not None:
            check_writable(request.trace)
        request.reports.check()
    except (BadFiles, BadSelection, BadBreakpoint, BadBrokerUrl, BadServerUrl, OSError) as error:
        click.echo(str(error), err=True)
        sys.exit(BAD_INPUT_EXIT)
    return target, scenarios


def _play(
    target: Target, scenarios: Sequence[Scenario], request: _Request, began_at: datetime
) -> list[Played]:
    """Play, and write the results. Exits if there is no broker, or after a signal."""
    plays: list[Played] = []
    try:
        with interruptible() as interruption:
            if request.running.watch:
                watch_selected(
                    target, request.paths, request.selection, request.seed, request.running, interruption
                )
            try:
                run_selected(
                    target,
                    scenarios,
                    request.seed,
                    request.running,
                    interruption,
                    quiet=request.reports.on_stdout,
                    record=request.reports.with_snapshots,
                    on_played=plays.append,
                )
            except (KeyboardInterrupt, BrokenPipeError):
                if plays:
                    _write(target, plays, request, _RunCourse(began_at, len(scenarios), interruption.name))
                raise
    except BrokerError as error:
        click.echo(str(error), err=True)
        sys.exit(EXITS[Verdict.BLOCKED])
    LastFailed(Path.cwd()).record(play.result for play in plays)
    _write(target, plays, request, _RunCourse(began_at, len(scenarios), ""))
    return plays


class _RunCourse(NamedTuple):
    """How a run went."""

    began_at: datetime
    scenarios: int
    interrupted: str
    """What ended the run, or empty."""


def _prove(target: Target, scenarios: Sequence[Scenario], request: _Request) -> int:
    """Prove the scenarios, and return the exit code. Exits if the results cannot be written."""
    from hubsim_scenarios.cli.prove import prove_selected  # noqa: PLC0415 (few runs need the mutants)

    try:
        return prove_selected(target, scenarios, request.seed, request.running, request.reports)
    except BrokenPipeError:
        raise  # the reader of the output has ended
    except OSError as error:
        _not_written(error)


def _not_written(error: OSError) -> NoReturn:
    click.echo(f"the plays have ended, but their results cannot be written: {error}", err=True)
    sys.exit(EXITS[Verdict.BLOCKED])


def _write(target: Target, plays: Sequence[Played], request: _Request, course: _RunCourse) -> None:
    """Write the trace and the reports. Exits if that fails."""
    try:
        if request.trace is not None:
            write_whole(request.trace, b"".join(_trace_of(target, play) for play in plays))
        if request.reports.files:
            _report(target, plays, request, course)
    except OSError as error:
        _not_written(error)


def _check_urls(target: Target) -> None:
    """Raise `BadBrokerUrl` or `BadServerUrl` if a URL of the target is invalid."""
    broker_of(target.broker)
    if target.cloud is not None:
        from hubsim_scenarios.worlds.api import check_url  # noqa: PLC0415 (an HTTP client, which few runs need)

        check_url(target.cloud)


def _report(target: Target, plays: Sequence[Played], request: _Request, course: _RunCourse) -> None:
    facts = run_facts(
        version=program_version(),
        seed=plays[0].result.seed,
        world=plays[0].result.world,
        where=target.shown,
        command=target.command(request.seed, request.further),
        began_at=course.began_at,
        took_s=(datetime.now(UTC) - course.began_at).total_seconds(),
        interrupted=course.interrupted,
        unplayed=course.scenarios * request.running.repeat - len(plays),
    )
    records = [
        play_record(play, target.again(play.result.scenario, play.result.seed), play.notes) for play in plays
    ]
    request.reports.write(records, facts)


def _trace_of(target: Target, play: Played) -> bytes:
    broker = None if target.cloud else target.broker_shown
    return play_lines(play, broker=broker, model_files=target.model_files, market_file=target.market_file)


def _update(target: Target, request: "_Request", *, confirmed: bool) -> int:
    from hubsim_scenarios.cli.update import update_files  # noqa: PLC0415 (few runs need it)
    from hubsim_scenarios.updating.update import OwnFiles  # noqa: PLC0415 (few runs need it)

    own = OwnFiles(target.models, target.market)
    try:
        return update_files(find(request.paths), request.seed, own, confirmed=confirmed)
    except BadFiles as error:
        click.echo(str(error), err=True)
        return BAD_INPUT_EXIT


def _twice(target: Target, request: _Request, count: int) -> int:
    arguments = ["--virtual", "--seed", str(request.seed), *target.file_options, *request.further]
    try:
        first, second = traces(arguments)
    except NotPassedError as error:
        click.echo(error.output, nl=False)
        return error.exit_code
    if request.trace is not None:
        write_whole(request.trace, first)
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
