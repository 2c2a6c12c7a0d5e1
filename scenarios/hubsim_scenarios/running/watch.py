"""Watching files: what has been saved is played again at once, and only what is new is told.

The files are looked at every `LOOK_EVERY_S`; nothing else happens meanwhile. Ends only by an interruption.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
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

LOOK_EVERY_S = 0.2
"""A save is noticed this much later at most: soon enough to seem at once, and a folder is listed in less."""

_Stamp = tuple[int, int]
"""When a file was changed, and its size."""
_Key = tuple[str, tuple[tuple[str, str], ...]]
"""What a scenario is known by: its file and its case."""


class Watch(NamedTuple):
    """What is watched, and how it is read and played."""

    find: Callable[[], Iterable[Path]]
    """The scenario files that are there now. Raises `BadFiles`."""
    further: tuple[Path, ...]
    """Files beside them on which every play rests, as hub models."""
    read: Callable[[], Sequence[Scenario]]
    """The selected scenarios. Raises `BadFiles` or `BadSelection`."""
    play: Callable[[Sequence[Scenario]], Sequence[PlayResult]]
    """Play them in their order, telling nothing."""
    again: Again


def watch(watched: Watch, wait: Callable[[float], None] = time.sleep) -> NoReturn:
    """Play everything once, then again what changes. Returns by no way but an exception of `wait`."""
    known: dict[_Key, Scenario] = {}
    results: dict[_Key, PlayResult] = {}
    before: dict[Path, _Stamp] = {}
    while True:
        now = dict(_stamps(watched))
        saved = {str(file) for file, stamp in now.items() if before.get(file) != stamp}
        if saved or before.keys() != now.keys():
            _look(watched, known, results, saved)
            click.echo(f"watching {len(now)} files; Ctrl-C ends it", err=True)
        before = now
        wait(LOOK_EVERY_S)


def _stamps(watched: Watch) -> Iterator[tuple[Path, _Stamp]]:
    """Yield every file that counts with its stamp; one that goes away meanwhile is not there."""
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


def _look(
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
        click.echo(f"gone     {known[key].file}  {known[key].title}")
        results.pop(key, None)
    known.clear()
    known.update(scenarios)
    first = not results
    for result in watched.play(due) if due else ():
        key = _key(result.scenario)
        if not first or result.verdict is not Verdict.PASS:
            _tell(result, results.get(key), watched.again)
        results[key] = result
    click.echo(sum_line(list(results.values()), 0))


def _key(scenario: Scenario) -> _Key:
    return scenario.file, tuple(scenario.case.items())


def _tell(result: PlayResult, before: PlayResult | None, again: Again) -> None:
    """Tell one result: in a line if it is what it was before, else with everything."""
    lines = result_lines([result], again)
    same = before is not None and (before.verdict, before.reason) == (result.verdict, result.reason)
    head = lines[0] if before is None or same else f"{lines[0]}  (was {before.verdict})"
    rest = [f"  as before: {result.reason}"] if same and result.reason else lines[1:]
    for line in (head, *rest):
        click.echo(line)
