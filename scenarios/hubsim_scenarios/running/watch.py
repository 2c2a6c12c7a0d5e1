"""Watches files, plays changed scenarios again, and prints the new results.

It polls the files every `POLL_INTERVAL_S`. Only an interruption ends it.
"""

import select
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, NoReturn

import click

from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.play import PlayResult
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.product.files import BadFiles
from hubsim_scenarios.product.fragment_folders import FOLDER, SUFFIX
from hubsim_scenarios.reports.summary import Again, result_lines, sum_line
from hubsim_scenarios.running.selection import BadSelection
from hubsim_scenarios.translation.story_language import msg, say, say_count

POLL_INTERVAL_S = 0.2
"""The longest delay until a change is noticed. Listing a folder takes less time."""

MAX_NAMED_FILES = 5
"""More changed files are counted, not named."""

_Stamp = tuple[int, int]
"""The time of the last change of a file, and its size."""
_Key = tuple[str, tuple[tuple[str, str], ...]]
"""The identity of a scenario: its file and its case."""


class Watch(NamedTuple):
    """The files to watch, and the functions that read and play them."""

    find: Callable[[], Iterable[Path]]
    """Returns the current scenario files. Raises `BadFiles`."""
    further: tuple[Path, ...]
    """Other files that all plays depend on, such as hub models."""
    read: Callable[[], Sequence[Scenario]]
    """Returns the selected scenarios. Raises `BadFiles` or `BadSelection`."""
    play: Callable[[Sequence[Scenario]], Sequence[PlayResult]]
    """Plays the scenarios in their order, without output."""
    again: Again


def _local_time() -> datetime:
    return datetime.now().astimezone()


def watch(
    watched: Watch,
    wait: Callable[[float], None] = time.sleep,
    now: Callable[[], datetime] = _local_time,
) -> NoReturn:
    """Play everything once, then play changed scenarios again. Ends only by an exception of `wait`.

    Each round begins with the time of day in the local zone, and the files that were saved.
    """
    known: dict[_Key, Scenario] = {}
    results: dict[_Key, PlayResult] = {}
    before: dict[Path, _Stamp] = {}
    while True:
        stamps = dict(_stamps(watched))
        saved = {str(file) for file, stamp in stamps.items() if before.get(file) != stamp}
        gone = {str(file) for file in before.keys() - stamps.keys()}
        if saved or gone:
            if before:
                click.echo(f"\n{now():%H:%M:%S}  {_changes(saved, gone)}")
            _play_changed(watched, known, results, saved)
            text = say_count(
                "watching {count} file; press Ctrl-C to stop",
                "watching {count} files; press Ctrl-C to stop",
                len(stamps),
            )
            click.echo(text, err=True)
        check_output()
        before = stamps
        wait(POLL_INTERVAL_S)


def check_output() -> None:
    """Raise `BrokenPipeError` if the program that reads the output has ended.

    Otherwise it would be noticed only with the next output, which may be hours later.
    """
    try:
        descriptor = sys.stdout.fileno()
    except (OSError, ValueError):  # the output is not a file, as in tests
        return
    poll = select.poll()
    poll.register(descriptor, 0)
    if any(event & select.POLLERR for _, event in poll.poll(0)):
        raise BrokenPipeError


def _changes(saved: set[str], gone: set[str]) -> str:
    """Return the names of saved and deleted files, or their numbers if there are many."""
    parts = []
    for files, done in ((saved, msg("{files} saved")), (gone, msg("{files} deleted"))):
        if files:
            few = len(files) <= MAX_NAMED_FILES
            names = (
                ", ".join(sorted(files)) if few else say_count("{count} file", "{count} files", len(files))
            )
            parts.append(say(done, files=names))
    return "; ".join(parts)


def _stamps(watched: Watch) -> Iterator[tuple[Path, _Stamp]]:
    """Yield each watched file with its stamp, except files that were deleted in the meantime."""
    try:
        files = list(watched.find())
    except BadFiles:
        files = []
    folders = {above / FOLDER for file in files for above in file.absolute().parents}
    fragments = (file for folder in sorted(folders) for file in folder.glob(f"*{SUFFIX}"))
    for file in (*files, *watched.further, *fragments):
        try:
            stat = file.stat()
        except OSError:
            continue
        yield file, (stat.st_mtime_ns, stat.st_size)


def _play_changed(
    watched: Watch, known: dict[_Key, Scenario], results: dict[_Key, PlayResult], saved: set[str]
) -> None:
    try:
        scenarios = {_key(each): each for each in watched.read()}
    except (BadFiles, BadSelection) as error:
        click.echo(str(error), err=True)
        return
    further = saved.intersection(map(str, watched.further))
    due = [
        scenario
        for key, scenario in scenarios.items()
        if further or known.get(key) != scenario or scenario.file in saved
    ]
    for key in [key for key in known if key not in scenarios]:
        click.echo(f"REMOVED  {known[key].file}  {known[key].title}")
        results.pop(key, None)
    known.clear()
    known.update(scenarios)
    first = not results
    for result in watched.play(due) if due else ():
        key = _key(result.scenario)
        if not first or result.verdict is not Verdict.PASS:
            _print_result(result, results.get(key), watched.again)
        results[key] = result
    click.echo(sum_line(list(results.values()), 0))


def _key(scenario: Scenario) -> _Key:
    return scenario.file, tuple(scenario.case.items())


def _print_result(result: PlayResult, before: PlayResult | None, again: Again) -> None:
    """Print one result: with its full explanation if it has changed, else in short form."""
    lines = result_lines([result], again)
    same = before is not None and (before.verdict, before.reason) == (result.verdict, result.reason)
    head = (
        lines[0]
        if before is None or same
        else f"{lines[0]}  ({say('was {verdict}', verdict=before.verdict.upper())})"
    )
    rest = [f"  {say('unchanged: {reason}', reason=result.reason)}"] if same and result.reason else lines[1:]
    for line in (head, *rest):
        click.echo(line)
