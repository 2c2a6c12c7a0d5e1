"""One run: the series of plays from its beginning to its end, told in order, alone or side by side."""

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
from hubsim_scenarios.play.play import UNATTENDED, UNWATCHED, Interceptor, PlayResult, Watched
from hubsim_scenarios.product.files import find, read, read_models
from hubsim_scenarios.reports.console_report import ConsoleReport
from hubsim_scenarios.reports.summary import result_lines, sum_line
from hubsim_scenarios.running.interrupts import Interruption
from hubsim_scenarios.running.progress import NoProgress, ProgressDisplay, board_for
from hubsim_scenarios.running.schedule import STOPPING, Series, jobs_of
from hubsim_scenarios.running.selection import Selection, select
from hubsim_scenarios.running.target import PlayJob, Target, following, play, play_computed
from hubsim_scenarios.running.watch import Watch, watch
from hubsim_scenarios.running.worker_pool import play_side_by_side


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """How a run goes through its scenarios."""

    jobs: int = 1
    """Plays side by side, each in a process of its own; 1: one after the other, in this process."""
    repeat: int = 1
    """Each scenario so many times, under the seed and those that follow it."""
    fail_fast: bool = False
    """End at the first play that fails or is blocked."""
    watch: bool = False
    """Play again whenever a file is saved."""
    breaks: Breakpoints = Breakpoints()
    """Where somebody steps into the plays."""

    @property
    def options(self) -> list[str]:
        """The options of the command line that play the same plays."""
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
    """Play the scenarios, and tell how it went on standard output, in their order.

    A single play is told as a story; of several each scenario gets a line, and behind them comes the sum.
    `quiet` tells nothing (what came of it is printed as JSON). `record` keeps what was seen of the hubs after
    each step, as is always done for a single play. Raises `BrokerError`, and `KeyboardInterrupt`
    when the interruption comes; nothing that was started is left then.
    """
    single = (len(scenarios) == 1 and running.repeat == 1) or running.breaks.wanted
    play_jobs = jobs_of(scenarios, seed, repeat=running.repeat, record=single or record)
    board = board_for(len(play_jobs), time.monotonic, computed=not target.live)
    if running.breaks.wanted:
        return _stepped(target, play_jobs, running, interruption)
    try:
        with collecting_rarely():
            if single and not quiet:
                story = ConsoleReport(scenarios[0], partial(_say, board))
                return [_told(target, play_jobs[0], interruption, board, story)]
            return _told_in_lines(target, play_jobs, running, interruption, board, quiet=quiet)
    finally:
        board.clear()


def watch_selected(
    target: Target,
    paths: Sequence[Path],
    selection: Selection,
    seed: int,
    running: Running,
    interruption: Interruption,
) -> NoReturn:
    """Play what is selected, then again what changes when files are saved, until the interruption comes.

    Hub models of the user's own are read anew from `venue.model_files`.
    """

    def here() -> Target:
        return msgspec.structs.replace(target, models=read_models(target.model_files))

    def read_now() -> list[Scenario]:
        return select(read(find(paths), here().models), selection)

    def play_now(scenarios: Sequence[Scenario]) -> list[PlayResult]:
        plays = run_selected(here(), scenarios, seed, running, interruption, quiet=True)
        return [played.result for played in plays]

    watch(Watch(lambda: find(paths), target.model_files, read_now, play_now, target.again))


def _stepped(
    target: Target, play_jobs: Sequence[PlayJob], running: Running, interruption: Interruption
) -> list[Played]:
    """Play each as a story into which somebody at a prompt steps; the prompt is all that shows progress."""
    # A run without a prompt does without its library.
    from hubsim_scenarios.debugger.debugger import Debugger  # noqa: PLC0415
    from hubsim_scenarios.debugger.manual_steps import ManualSteps  # noqa: PLC0415
    from hubsim_scenarios.debugger.prompt import asking  # noqa: PLC0415

    lines, told = asking(), list[Played]()
    for play_job in play_jobs:
        story = ConsoleReport(play_job.scenario, click.echo)
        bench_actions = ManualSteps(play_job.scenario, target.models, click.echo)
        stepper = Debugger(running.breaks, bench_actions, lines, click.echo)
        told.append(_told(target, play_job, interruption, NoProgress(), story, stepper))
        if running.fail_fast and told[-1].result.verdict in STOPPING:
            break
    return told


def _told(
    target: Target,
    play_job: PlayJob,
    interruption: Interruption,
    board: ProgressDisplay,
    story: ConsoleReport,
    interceptor: Interceptor = UNATTENDED,
) -> Played:
    story.begin(play_job.scenario, target.shown, play_job.seed)
    began_s = time.monotonic()
    watched = Watched(story.step, story.opening, interceptor)
    played = _play(target, play_job, interruption, board, watched)
    again = target.again(play_job.scenario, play_job.seed)
    story.end(played.result, time.monotonic() - began_s, again)
    return played


def _told_in_lines(
    target: Target,
    play_jobs: Sequence[PlayJob],
    running: Running,
    interruption: Interruption,
    board: ProgressDisplay,
    *,
    quiet: bool,
) -> list[Played]:
    teller = _Teller(target, running.repeat, board, quiet=quiet)
    series = Series(play_jobs, teller.tell, fail_fast=running.fail_fast)
    if running.jobs > 1 and len(play_jobs) > 1:
        interruption.run(play_side_by_side(target, series, running.jobs, board))
    else:
        play_job(target, series, interruption, board)
    teller.end(series)
    return series.told


def play_job(target: Target, series: Series, interruption: Interruption, board: ProgressDisplay) -> None:
    """Play the series in this process, one after the other."""
    while (place := series.take()) is not None:
        played = _play(target, series.play_jobs[place], interruption, board)
        board.free(0)
        series.finish(place, played)


def _play(
    target: Target,
    play_job: PlayJob,
    interruption: Interruption,
    board: ProgressDisplay,
    watched: Watched = UNWATCHED,
) -> Played:
    watched = following(partial(board.at, 0, play_job), partial(board.waits, 0, play_job), watched)
    # A computed play waits for nothing, so that a signal is to strike at once, not at the next pause.
    if not target.live and watched.interceptor is UNATTENDED:
        return play_computed(target, play_job, watched)
    return interruption.run(play(target, play_job, watched))


class _Teller:
    """Tells what came of each scenario as soon as its plays under all seeds are over."""

    def __init__(self, target: Target, repeat: int, board: ProgressDisplay, *, quiet: bool) -> None:
        self._target = target
        self._repeat = repeat
        self._board = board
        self._quiet = quiet
        self._waiting: list[PlayResult] = []

    def tell(self, played: Played) -> None:
        """Hear of the next play in the order of the series."""
        self._board.count()
        self._waiting.append(played.result)
        if len(self._waiting) == self._repeat:
            self._flush()

    def end(self, series: Series) -> None:
        """Tell what is left, and the sum."""
        if self._waiting:
            self._flush()
        if not self._quiet:
            _say(self._board, sum_line([play.result for play in series.told], series.unplayed))

    def _flush(self) -> None:
        results, self._waiting = self._waiting, []
        if not self._quiet:
            for line in result_lines(results, self._target.again):
                _say(self._board, line)


def _say(board: ProgressDisplay, line: str) -> None:
    board.clear()
    click.echo(line)
