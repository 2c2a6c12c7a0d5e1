"""One run: the series of plays from its beginning to its end, told in order, alone or side by side."""

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NoReturn

import click
import msgspec

from scenarios.cli.interrupts import Interruption
from scenarios.files import find, read, read_models
from scenarios.language.steps import Scenario
from scenarios.play import UNATTENDED, UNWATCHED, Attendant, PlayResult, Watched
from scenarios.playing import Played, collecting_rarely
from scenarios.running.crew import play_side_by_side
from scenarios.running.lines import result_lines, sum_line
from scenarios.running.progress import Board, Dark, board_for
from scenarios.running.selection import Selection, select
from scenarios.running.series import STOPPING, Series, turns_of
from scenarios.running.venue import (
    Turn,
    Venue,
    following,
    play,
    play_computed,
)
from scenarios.running.watching import Watch, watch
from scenarios.stepping.asking import asking
from scenarios.stepping.breaks import Breaks
from scenarios.stepping.hands import Hands
from scenarios.stepping.stepper import Stepper
from scenarios.telling import Story


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
    breaks: Breaks = Breaks()
    """Where somebody steps into the plays."""

    @property
    def options(self) -> list[str]:
        """The options of the command line that play the same plays."""
        jobs = ["--jobs", str(self.jobs)] if self.jobs > 1 else []
        repeat = ["--repeat", str(self.repeat)] if self.repeat > 1 else []
        return [*jobs, *repeat, *(["--fail-fast"] if self.fail_fast else []), *self.breaks.options]


def run_selected(
    venue: Venue,
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
    turns = turns_of(scenarios, seed, repeat=running.repeat, record=single or record)
    board = board_for(len(turns), time.monotonic, computed=not venue.live)
    if running.breaks.wanted:
        return _stepped(venue, turns, running, interruption)
    try:
        with collecting_rarely():
            if single and not quiet:
                story = Story(scenarios[0], partial(_say, board))
                return [_told(venue, turns[0], interruption, board, story)]
            return _told_in_lines(venue, turns, running, interruption, board, quiet=quiet)
    finally:
        board.clear()


def watch_selected(
    venue: Venue,
    paths: Sequence[Path],
    selection: Selection,
    seed: int,
    running: Running,
    interruption: Interruption,
) -> NoReturn:
    """Play what is selected, then again what changes when files are saved, until the interruption comes.

    Hub models of the user's own are read anew from `venue.model_files`.
    """

    def here() -> Venue:
        return msgspec.structs.replace(venue, models=read_models(venue.model_files))

    def read_now() -> list[Scenario]:
        return select(read(find(paths), here().models), selection)

    def play_now(scenarios: Sequence[Scenario]) -> list[PlayResult]:
        plays = run_selected(here(), scenarios, seed, running, interruption, quiet=True)
        return [played.result for played in plays]

    watch(Watch(lambda: find(paths), venue.model_files, read_now, play_now, venue.again))


def _stepped(
    venue: Venue, turns: Sequence[Turn], running: Running, interruption: Interruption
) -> list[Played]:
    """Play each as a story into which somebody at a prompt steps; the prompt is all that shows progress."""
    lines, told = asking(), list[Played]()
    for turn in turns:
        story = Story(turn.scenario, click.echo)
        hands = Hands(turn.scenario, venue.models, click.echo)
        stepper = Stepper(running.breaks, hands, lines, click.echo)
        told.append(_told(venue, turn, interruption, Dark(), story, stepper))
        if running.fail_fast and told[-1].result.verdict in STOPPING:
            break
    return told


def _told(
    venue: Venue,
    turn: Turn,
    interruption: Interruption,
    board: Board,
    story: Story,
    attendant: Attendant = UNATTENDED,
) -> Played:
    story.begin(turn.scenario, venue.shown, turn.seed)
    began_s = time.monotonic()
    watched = Watched(story.step, story.opening, attendant)
    played = _play(venue, turn, interruption, board, watched)
    again = venue.again(turn.scenario, turn.seed)
    story.end(played.result, time.monotonic() - began_s, again)
    return played


def _told_in_lines(
    venue: Venue,
    turns: Sequence[Turn],
    running: Running,
    interruption: Interruption,
    board: Board,
    *,
    quiet: bool,
) -> list[Played]:
    teller = _Teller(venue, running.repeat, board, quiet=quiet)
    series = Series(turns, teller.tell, fail_fast=running.fail_fast)
    if running.jobs > 1 and len(turns) > 1:
        interruption.run(play_side_by_side(venue, series, running.jobs, board))
    else:
        play_in_turn(venue, series, interruption, board)
    teller.end(series)
    return series.told


def play_in_turn(venue: Venue, series: Series, interruption: Interruption, board: Board) -> None:
    """Play the series in this process, one after the other."""
    while (place := series.take()) is not None:
        played = _play(venue, series.turns[place], interruption, board)
        board.free(0)
        series.finish(place, played)


def _play(
    venue: Venue, turn: Turn, interruption: Interruption, board: Board, watched: Watched = UNWATCHED
) -> Played:
    watched = following(partial(board.at, 0, turn), partial(board.waits, 0, turn), watched)
    # A computed play waits for nothing, so that a signal is to strike at once, not at the next pause.
    if not venue.live and watched.attendant is UNATTENDED:
        return play_computed(venue, turn, watched)
    return interruption.run(play(venue, turn, watched))


class _Teller:
    """Tells what came of each scenario as soon as its plays under all seeds are over."""

    def __init__(self, venue: Venue, repeat: int, board: Board, *, quiet: bool) -> None:
        self._venue = venue
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
            for line in result_lines(results, self._venue.again):
                _say(self._board, line)


def _say(board: Board, line: str) -> None:
    board.clear()
    click.echo(line)
