"""`hubsim trace`: print a trace, compare two traces, or replay a trace."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
import msgspec

from hubsim_scenarios.language.errors import BadText
from hubsim_scenarios.play.launch import collecting_rarely
from hubsim_scenarios.play.verdict import BAD_INPUT_EXIT, EXITS, Verdict
from hubsim_scenarios.reports.console_report import EVENT_WIDTH
from hubsim_scenarios.traces.compare import compare
from hubsim_scenarios.traces.difference_text import difference_lines
from hubsim_scenarios.traces.filters import BadTraceFilter, TraceFilter, selected
from hubsim_scenarios.traces.matching import pairs
from hubsim_scenarios.traces.reader import BadTrace, RecordedEvent, RecordedPlay, read_plays, was_played
from hubsim_scenarios.traces.replay import has_changed, play_again
from hubsim_scenarios.traces.trace_text import Teller, end_line, head_line
from hubsim_scenarios.translation.plural import counted

_FILE = click.Path(path_type=Path)


@click.group("trace")
def command() -> None:
    """Print, compare and replay the traces that `hubsim run --trace FILE` writes."""


@command.command("show", short_help="Print the plays of a trace, one event per line.")
@click.option("--hub", metavar="NAME", help="Only events about this hub, given by name or id.")
@click.option(
    "--event",
    "events",
    multiple=True,
    metavar="KIND",
    help="Only events, facts or messages of this kind, such as reported.",
)
@click.option(
    "--since", metavar="T", help="Only events from this time on: 2026-02-01 00:00, or +3 d from the start."
)
@click.option("--until", metavar="T", help="Only events up to this time.")
@click.option("--full", is_flag=True, help="Do not shorten long messages.")
@click.option("--json", "as_json", is_flag=True, help="Print the events as JSON lines, as they are in FILE.")
@click.argument("file", type=_FILE)
def show(
    hub: str | None,
    events: tuple[str, ...],
    since: str | None,
    until: str | None,
    full: bool,
    as_json: bool,
    file: Path,
) -> None:
    """Print the plays of FILE, one event per line, with the names of hubs and people.

    Exit codes: 0 printed; 2 bad input.
    """
    wanted = TraceFilter(hub=hub, events=events, since=since, until=until)
    lacking: BadTraceFilter | None = None
    shown = 0
    try:
        for play in _some(file):
            try:
                chosen = selected(play, wanted)
            except BadTraceFilter as error:  # another play of the file may have it
                lacking = error
                continue
            shown += 1
            for line in _json_lines(play, chosen) if as_json else _text_lines(play, chosen, full=full):
                click.echo(line)
    except (BadTrace, BadText) as error:
        _exit_with(error)
    if lacking is not None and not shown:
        _exit_with(lacking)


@command.command("diff", short_help="Print where two traces differ.")
@click.option(
    "--exact",
    is_flag=True,
    help="Compare ids, counters and the order within an instant, also between different worlds.",
)
@click.argument("first", type=_FILE, metavar="A")
@click.argument("second", type=_FILE, metavar="B")
def diff(exact: bool, first: Path, second: Path) -> None:
    """Print the first difference of each play in A and B.

    Two virtual plays under the same conditions are compared event by event. Plays with different worlds,
    versions, brokers or seeds are compared instant by instant, by names instead of ids, without counters.

    Exit codes: 0 equal; 1 different; 2 bad input.
    """
    try:
        sys.exit(_print(_differences(first, second, exact=exact)))
    except BadTrace as error:
        _exit_with(error)


@command.command("replay", short_help="Play the scenarios of a trace again, and compare.")
@click.argument("file", type=_FILE)
def replay(file: Path) -> None:
    """Replay FILE in the virtual world, under the same seed and conditions, and compare the traces.

    The scenario is read from the path in the trace. A trace of another world is compared as in `diff`.

    Exit codes: 0 equal; 1 different; 2 bad input.
    """
    try:
        with collecting_rarely():
            sys.exit(_print(_replays(file)))
    except BadTrace as error:
        _exit_with(error)


def _exit_with(error: Exception) -> None:
    click.echo(str(error), err=True)
    sys.exit(BAD_INPUT_EXIT)


def _some(file: Path) -> Iterator[RecordedPlay]:
    """Yield the plays of a file. Raises `BadTrace` if there is none."""
    any_play = False
    for play in read_plays(file):
        any_play = True
        yield play
    if not any_play:
        raise BadTrace(file, 0, "the file has no play")


def _json_lines(play: RecordedPlay, events: Iterable[RecordedEvent]) -> Iterator[str]:
    encode = msgspec.json.Encoder().encode
    yield encode(play.head).decode()
    yield from (encode(recorded.event.plain()).decode() for recorded in events)
    if play.end is not None:
        yield encode(play.end).decode()


def _text_lines(play: RecordedPlay, events: Iterable[RecordedEvent], *, full: bool) -> Iterator[str]:
    teller, month = Teller(play.head, width=sys.maxsize if full else EVENT_WIDTH), ""
    for recorded in play.events:
        teller.names.learn(recorded.event)
    yield click.style(play.head.scenario, bold=True)
    yield head_line(play.head)
    for recorded in events:
        if teller.month(recorded.event.at_ms) != month:
            month = teller.month(recorded.event.at_ms)
            yield "\n" + click.style(month, bold=True)
        yield f"  {teller.line(recorded.event)}"
    yield f"\n{end_line(play, teller)}\n"


class _Compared(msgspec.Struct, frozen=True):
    """One pair of plays, and the lines that describe their first difference; none if they are equal."""

    events: int
    lines: tuple[str, ...]


def _differences(first: Path, second: Path, *, exact: bool) -> Iterator[_Compared]:
    for one, other in pairs(_some(first), _some(second)):
        if one is None or other is None:
            lacking, play = (first, other) if one is None else (second, one)
            assert play is not None
            yield _Compared(0, (f"{_called(play)}: not in {lacking}",))
        else:
            yield _compared(one, other, exact=True if exact else None)


def _called(play: RecordedPlay) -> str:
    return f"{play.head.scenario} ({play.head.file}, seed {play.head.seed})"


def _replays(file: Path) -> Iterator[_Compared]:
    for play in _some(file):
        if not was_played(play):
            click.echo(f"{play.head.scenario}: was skipped, so it cannot be replayed", err=True)
            continue
        if has_changed(play):
            click.echo(f"{play.head.file} has changed since the trace was written", err=True)
        yield _compared(play, play_again(file, play))


def _compared(one: RecordedPlay, other: RecordedPlay, *, exact: bool | None = None) -> _Compared:
    found = compare(one, other, exact=exact)
    lines = tuple(difference_lines(one, other, found)) if found is not None else ()
    return _Compared(len(one.events), lines)


def _print(pairs: Iterator[_Compared]) -> int:
    """Print the differences and the totals. Return the exit code."""
    plays = events = different = 0
    for pair in pairs:
        plays, events, different = plays + 1, events + pair.events, different + bool(pair.lines)
        for line in pair.lines:
            click.echo(line)
    if different:
        click.echo(f"different: {different} of {counted(plays, 'play')}")
    else:
        click.echo(f"same: {counted(plays, 'play')}, {counted(events, 'event')}")
    return EXITS[Verdict.FAIL if different else Verdict.PASS]
