"""One run: plays a series sequentially or in parallel, and prints the results in order."""

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NoReturn

import click
import msgspec

from hubsim_scenarios.debugger.breakpoints import Breakpoints
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.launch import Played, collecting_rarely
from hubsim_scenarios.play.play import NO_INTERCEPTOR, UNWATCHED, Interceptor, PlayResult, Watched
from hubsim_scenarios.play.preflight import check_playable
from hubsim_scenarios.product.files import find, read, read_models
from hubsim_scenarios.reports.console_report import ConsoleReport
from hubsim_scenarios.reports.summary import blocked_lines, result_lines, sum_line
from hubsim_scenarios.running.interrupts import Interruption
from hubsim_scenarios.running.progress import NoProgress, ProgressDisplay, progress_display
from hubsim_scenarios.running.schedule import STOPPING, Series, jobs_of
from hubsim_scenarios.running.selection import Selection, select
from hubsim_scenarios.running.target import PlayJob, Target, play, play_computed, with_progress
from hubsim_scenarios.running.watch import Watch, watch
from hubsim_scenarios.running.worker_pool import play_in_parallel


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """How a run plays its scenarios."""

    jobs: int = 1
    """Number of parallel plays, each in its own process. 1: plays in sequence, in this process."""
    repeat: int = 1
    """Number of plays of each scenario, under consecutive seeds."""
    fail_fast: bool = False
    """Stop at the first play that fails or is blocked."""
    watch: bool = False
    """Play again when a file changes."""
    breaks: Breakpoints = Breakpoints()
    """The places at which plays halt."""

    @property
    def options(self) -> list[str]:
        """The command line options for these plays."""
        jobs = ["--jobs", str(self.jobs)] if self.jobs > 1 else []
        repeat = ["--repeat", str(self.repeat)] if self.repeat > 1 else []
        return [*jobs, *repeat, *(["--fail-fast"] if self.fail_fast else []), *self.breaks.options]


def run_selected(
    target: Target,
    scenarios: Sequence[Scenario],
    seed: int,
    running: Running,
    interruption: Interruption,
    *,
    quiet: bool = False,
    record: bool = False,
) -> list[Played]:
    """Play the scenarios, and print the results to standard output, in their order.

    A single play is printed step by step. Several plays get a line for each scenario, and the totals. `quiet`
    prints nothing. `record` records snapshots of the hubs after each step; a single play always does.

    Raises `BrokerError`, and `KeyboardInterrupt` after an interruption. Everything that was started is
    stopped then.
    """
    single = (len(scenarios) == 1 and running.repeat == 1) or running.breaks.wanted
    play_jobs = jobs_of(scenarios, seed, repeat=running.repeat, record=single or record)
    display = progress_display(len(play_jobs), time.monotonic, computed=not target.live)
    if running.breaks.wanted:
        return _play_with_debugger(target, play_jobs, running, interruption)
    try:
        with collecting_rarely():
            if single and not quiet:
                report = ConsoleReport(scenarios[0], partial(_print, display))
                return [_play_with_report(target, play_jobs[0], interruption, display, report)]
            return _play_in_lines(target, play_jobs, running, interruption, display, quiet=quiet)
    finally:
        display.clear()


def watch_selected(
    target: Target,
    paths: Sequence[Path],
    selection: Selection,
    seed: int,
    running: Running,
    interruption: Interruption,
) -> NoReturn:
    """Play the selected scenarios, then play them again when files change, until an interruption.

    The user's own hub models are read again from `target.model_files`.
    """

    def here() -> Target:
        return msgspec.structs.replace(target, models=read_models(target.model_files))

    def read_now() -> list[Scenario]:
        models = here().models
        scenarios = select(read(find(paths), models), selection)
        check_playable(scenarios, models)
        return scenarios

    def play_now(scenarios: Sequence[Scenario]) -> list[PlayResult]:
        plays = run_selected(here(), scenarios, seed, running, interruption, quiet=True)
        return [played.result for played in plays]

    watch(Watch(lambda: find(paths), target.model_files, read_now, play_now, target.again))


def _play_with_debugger(
    target: Target, play_jobs: Sequence[PlayJob], running: Running, interruption: Interruption
) -> list[Played]:
    """Play each job step by step, with a prompt at each halt. There is no progress display."""
    # Imported here, because other runs do not need the library of the prompt.
    from hubsim_scenarios.debugger.debugger import Debugger  # noqa: PLC0415
    from hubsim_scenarios.debugger.manual_steps import ManualSteps  # noqa: PLC0415
    from hubsim_scenarios.debugger.prompt import asking  # noqa: PLC0415

    lines, plays = asking(), list[Played]()
    for play_job in play_jobs:
        report = ConsoleReport(play_job.scenario, click.echo)
        manual_steps = ManualSteps(play_job.scenario, target.models, click.echo)
        debugger = Debugger(running.breaks, manual_steps, lines, click.echo)
        plays.append(_play_with_report(target, play_job, interruption, NoProgress(), report, debugger))
        if running.fail_fast and plays[-1].result.verdict in STOPPING:
            break
    return plays


def _play_with_report(
    target: Target,
    play_job: PlayJob,
    interruption: Interruption,
    display: ProgressDisplay,
    report: ConsoleReport,
    interceptor: Interceptor = NO_INTERCEPTOR,
) -> Played:
    report.begin(play_job.scenario, target.shown, play_job.seed)
    began_s = time.monotonic()
    watched = Watched(report.step, report.opening, interceptor)
    played = _play(target, play_job, interruption, display, watched)
    again = target.again(play_job.scenario, play_job.seed)
    report.end(played.result, time.monotonic() - began_s, again)
    return played


def _play_in_lines(
    target: Target,
    play_jobs: Sequence[PlayJob],
    running: Running,
    interruption: Interruption,
    display: ProgressDisplay,
    *,
    quiet: bool,
) -> list[Played]:
    report = _LineReport(target, running.repeat, display, quiet=quiet)
    series = Series(play_jobs, report.add, fail_fast=running.fail_fast)
    if running.jobs > 1 and len(play_jobs) > 1:
        interruption.run(play_in_parallel(target, series, running.jobs, display))
    else:
        play_in_sequence(target, series, interruption, display)
    report.end(series)
    return series.reported


def play_in_sequence(
    target: Target, series: Series, interruption: Interruption, display: ProgressDisplay
) -> None:
    """Play the series in this process, one play after another."""
    while (place := series.take()) is not None:
        played = _play(target, series.play_jobs[place], interruption, display)
        display.free(0)
        series.finish(place, played)


def _play(
    target: Target,
    play_job: PlayJob,
    interruption: Interruption,
    display: ProgressDisplay,
    watched: Watched = UNWATCHED,
) -> Played:
    watched = with_progress(partial(display.at, 0, play_job), partial(display.waits, 0, play_job), watched)
    # A virtual play never waits. A signal must end it at once, so it does not run in an event loop.
    if not target.live and watched.interceptor is NO_INTERCEPTOR:
        return play_computed(target, play_job, watched)
    return interruption.run(play(target, play_job, watched))


class _LineReport:
    """Prints the result of each scenario when its plays under all seeds have ended, and the totals."""

    def __init__(self, target: Target, repeat: int, display: ProgressDisplay, *, quiet: bool) -> None:
        self._target = target
        self._repeat = repeat
        self._display = display
        self._quiet = quiet
        self._waiting: list[PlayResult] = []

    def add(self, played: Played) -> None:
        """Add the next play of the series."""
        self._display.count()
        self._waiting.append(played.result)
        if len(self._waiting) == self._repeat:
            self._flush()

    def end(self, series: Series) -> None:
        """Print the remaining results and the totals."""
        if self._waiting:
            self._flush()
        if not self._quiet:
            results = [play.result for play in series.reported]
            for line in (*blocked_lines(results), sum_line(results, series.unplayed)):
                _print(self._display, line)

    def _flush(self) -> None:
        results, self._waiting = self._waiting, []
        if not self._quiet:
            for line in result_lines(results, self._target.again):
                _print(self._display, line)


def _print(display: ProgressDisplay, line: str) -> None:
    display.clear()
    click.echo(line)
