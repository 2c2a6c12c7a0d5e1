"""One run: plays a series sequentially or in parallel, and prints the results in order."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import NoReturn

import click
import msgspec

from hubsim_scenarios.debugger.breakpoints import Breakpoints
from hubsim_scenarios.language.orders import identity_without_order
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.launch import Played, collecting_rarely
from hubsim_scenarios.play.play import NO_INTERCEPTOR, UNWATCHED, Interceptor, PlayResult, Watched
from hubsim_scenarios.play.preflight import check_playable
from hubsim_scenarios.product.files import find, read
from hubsim_scenarios.reports.console_report import ConsoleReport
from hubsim_scenarios.reports.order_lines import OrderLines
from hubsim_scenarios.reports.summary import blocked_lines, duration_lines, result_lines, sum_line
from hubsim_scenarios.running.interrupts import Interruption
from hubsim_scenarios.running.progress import NoProgress, ProgressDisplay, progress_display
from hubsim_scenarios.running.schedule import STOPPING, Series, jobs_of
from hubsim_scenarios.running.selection import Selection, orders_to_play, select
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
    durations: int | None = None
    """Print this number of the slowest plays; 0: all plays. None: do not print them."""
    breaks: Breakpoints = Breakpoints()
    """The places at which plays halt."""

    @property
    def options(self) -> list[str]:
        """The command line options for these plays."""
        jobs = ["--jobs", str(self.jobs)] if self.jobs > 1 else []
        repeat = ["--repeat", str(self.repeat)] if self.repeat > 1 else []
        return [*jobs, *repeat, *(["--fail-fast"] if self.fail_fast else []), *self.breaks.options]


OnPlayed = Callable[[Played], None]


def _ignored(_played: Played) -> None:
    """Do nothing with a finished play."""


def selected(
    scenarios: Sequence[Scenario], selection: Selection, target: Target, running: Running
) -> list[Scenario]:
    """Return the scenarios to play; in the virtual world in each order. Raises `BadSelection`."""
    if not target.live:
        first = running.breaks.halts_before_steps
        scenarios = orders_to_play(scenarios, selection, first=first)
    return select(scenarios, selection)


def run_selected(
    target: Target,
    scenarios: Sequence[Scenario],
    seed: int,
    running: Running,
    interruption: Interruption,
    *,
    quiet: bool = False,
    record: bool = False,
    on_played: OnPlayed = _ignored,
) -> list[Played]:
    """Play the scenarios, and print the results to standard output, in their order.

    A single play is printed step by step, and of a single scenario the first of its orders. Several plays get
    a line for each scenario, and the totals. `quiet` prints nothing. `record` records snapshots of the hubs
    after each step; a play that is printed step by step always does. `on_played` is called with each finished
    play, in order, also in a run that is interrupted later.

    Raises `BrokerError`, and `KeyboardInterrupt` after an interruption. Everything that was started is
    stopped then.
    """
    single = (len(scenarios) == 1 and running.repeat == 1) or running.breaks.wanted
    play_jobs = jobs_of(scenarios, seed, repeat=running.repeat, record=single or record)
    display = progress_display(len(play_jobs), time.monotonic, computed=not target.live)
    if running.breaks.wanted:
        return _play_with_debugger(target, play_jobs, running, interruption, on_played)
    try:
        with collecting_rarely():
            if single and not quiet:
                report = ConsoleReport(scenarios[0], partial(_print, display))
                played = _play_with_report(target, play_jobs[0], interruption, display, report)
                on_played(played)
                return [played]
            if running.repeat == 1 and not quiet and len(set(map(identity_without_order, scenarios))) == 1:
                return _play_orders(target, play_jobs, running, interruption, display, on_played)
            return _play_in_lines(target, play_jobs, running, interruption, display, on_played, quiet=quiet)
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

    The user's own files are read again, too.
    """

    def read_now() -> list[Scenario]:
        target_now = target.with_files()
        found = read(find(paths), target_now.models, target_now.market)
        scenarios = selected(found, selection, target_now, running)
        check_playable(scenarios, target_now.models, target_now.market)
        return scenarios

    def play_now(scenarios: Sequence[Scenario]) -> list[PlayResult]:
        plays = run_selected(target.with_files(), scenarios, seed, running, interruption, quiet=True)
        return [played.result for played in plays]

    watch(Watch(lambda: find(paths), target.own_files, read_now, play_now, target.again))


def _play_with_debugger(
    target: Target,
    play_jobs: Sequence[PlayJob],
    running: Running,
    interruption: Interruption,
    on_played: OnPlayed,
) -> list[Played]:
    """Play each job step by step, with a prompt at each halt. There is no progress display."""
    # Imported here, because other runs do not need the library of the prompt.
    from hubsim_scenarios.debugger.debugger import Debugger  # noqa: PLC0415
    from hubsim_scenarios.debugger.manual_steps import ManualSteps  # noqa: PLC0415
    from hubsim_scenarios.debugger.prompt import asking  # noqa: PLC0415

    lines, plays = asking(), list[Played]()
    for play_job in play_jobs:
        report = ConsoleReport(play_job.scenario, click.echo)
        manual_steps = ManualSteps(play_job.scenario, target.models, click.echo, target.market)
        debugger = Debugger(running.breaks, manual_steps, lines, click.echo)
        plays.append(_play_with_report(target, play_job, interruption, NoProgress(), report, debugger))
        on_played(plays[-1])
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


def _play_orders(
    target: Target,
    play_jobs: Sequence[PlayJob],
    running: Running,
    interruption: Interruption,
    display: ProgressDisplay,
    on_played: OnPlayed,
) -> list[Played]:
    """Play one scenario in all its orders: print the first play step by step, and a line for each order."""
    say = partial(_print, display)
    first_job = msgspec.structs.replace(play_jobs[0], record=True)
    report = ConsoleReport(first_job.scenario, say)
    first = _play_with_report(target, first_job, interruption, display, report)
    lines = OrderLines(target.again, say)

    def add(played: Played) -> None:
        on_played(played)
        lines.add(played)

    series = Series([first_job, *play_jobs[1:]], add, fail_fast=running.fail_fast)
    place = series.take()
    assert place == 0
    say("")
    series.finish(place, first)
    if running.jobs > 1:
        interruption.run(play_in_parallel(target, series, running.jobs, display))
    else:
        play_in_sequence(target, series, interruption, display)
    results = [play.result for play in series.reported]
    if not series.unplayed:
        lines.end(results)
    say(sum_line(results, series.unplayed))
    return series.reported


def _play_in_lines(
    target: Target,
    play_jobs: Sequence[PlayJob],
    running: Running,
    interruption: Interruption,
    display: ProgressDisplay,
    on_played: OnPlayed,
    *,
    quiet: bool,
) -> list[Played]:
    report = _LineReport(target, play_jobs, running.durations, display, on_played, quiet=quiet)
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
    """Prints the result of each scenario when its plays in all orders and under all seeds have ended.

    Prints the totals at the end.
    """

    def __init__(
        self,
        target: Target,
        play_jobs: Sequence[PlayJob],
        durations: int | None,
        display: ProgressDisplay,
        on_played: OnPlayed,
        *,
        quiet: bool,
    ) -> None:
        self._target = target
        self._durations = durations
        scenarios = (identity_without_order(play_job.scenario) for play_job in play_jobs)
        self._plays_left = [len(list(plays)) for _, plays in groupby(scenarios)]
        """The number of plays of each scenario that is not printed yet."""
        self._display = display
        self._on_played = on_played
        self._quiet = quiet
        self._waiting: list[PlayResult] = []

    def add(self, played: Played) -> None:
        """Add the next play of the series."""
        self._display.count()
        self._on_played(played)
        self._waiting.append(played.result)
        if len(self._waiting) == self._plays_left[0]:
            self._flush()

    def end(self, series: Series) -> None:
        """Print the remaining results and the totals."""
        if self._waiting:
            self._flush()
        if not self._quiet:
            results = [play.result for play in series.reported]
            for line in (*blocked_lines(results), sum_line(results, series.unplayed)):
                _print(self._display, line)
            if self._durations is not None:
                for line in duration_lines(series.reported, self._durations):
                    _print(self._display, line)

    def _flush(self) -> None:
        results, self._waiting = self._waiting, []
        del self._plays_left[0]
        if not self._quiet:
            for line in result_lines(results, self._target.again):
                _print(self._display, line)


def _print(display: ProgressDisplay, line: str) -> None:
    display.clear()
    click.echo(line)
