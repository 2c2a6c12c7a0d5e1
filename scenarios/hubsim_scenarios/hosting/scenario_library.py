"""The scenarios that a server can play: the catalog, and the user's own files.

Reads a file again when it was saved, also when a fragment that it begins with was saved.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import msgspec

from hubsim_cloud.lab.errors import BadRequest, NotThere
from hubsim_scenarios.hosting.play_views import (
    ScenarioCase,
    ScenarioKind,
    ScenarioRow,
    ScenarioStep,
    ScenariosView,
    ScenarioView,
)
from hubsim_scenarios.language.errors import did_you_mean, quoted
from hubsim_scenarios.language.steps import AnyStep, Scenario
from hubsim_scenarios.product.files import CATALOG, BadFiles, find, shown, start_of
from hubsim_scenarios.product.fragment_folders import FragmentFolders
from hubsim_scenarios.product.guide_words import clause_texts
from hubsim_scenarios.product.vocabulary import language
from hubsim_scenarios.reports.console_report import describe, who

_NOT_IN_ID = re.compile(r"[^A-Za-z0-9_-]+")
_KEYWORDS = ("as", "bench", "fault", "together", "clock", "expect", "never", "order")
_Stamp = tuple[tuple[str, int, int], ...]
"""Each file that a scenario consists of, with the time of its last change and its size."""


class ScenarioFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which scenarios are listed. An empty value lists all."""

    search: str = ""
    """Words of the title, the description, the tags or the path; all of them must be there."""
    clause: str = ""
    """A clause of the guide, such as `A4`, that the scenario covers."""
    tag: str = ""
    """A tag, whole."""

    def has(self, row: ScenarioRow) -> bool:
        """Return whether the scenario is listed."""
        text = " ".join((row.id, row.path, row.title, row.about, *row.tags, *row.covers)).casefold()
        return (
            all(word in text for word in self.search.casefold().split())
            and (not self.clause or self.clause in row.covers)
            and (not self.tag or self.tag in row.tags)
        )


class LibraryEntry(NamedTuple):
    """One scenario file."""

    id: str
    kind: ScenarioKind
    file: Path
    source: str
    cases: tuple[Scenario, ...]
    """Empty for a file with mistakes."""
    mistakes: str
    stamp: _Stamp

    def row(self, plays: Sequence[str] = ()) -> ScenarioRow:
        """Return the row of the list."""
        first = self.cases[0] if self.cases else None
        return ScenarioRow(
            id=self.id,
            path=str(self.file),
            title=self.file.name if first is None else first.title.partition(" [")[0],
            about="" if first is None else " ".join((first.about or "").split()),
            covers=() if first is None else first.covers,
            tags=() if first is None else first.tags,
            steps=0 if first is None else len(first.steps),
            cases=len(self.cases),
            kind=self.kind,
            mistakes=self.mistakes,
            plays=tuple(plays),
        )

    def case(self, wanted: Mapping[str, str] | None) -> Scenario:
        """Return one case; None: the first one. Raises `BadRequest`."""
        if not self.cases:
            raise BadRequest("bad_file", self.mistakes)
        if wanted is None:
            return self.cases[0]
        found = next((each for each in self.cases if dict(each.case) == dict(wanted)), None)
        if found is None:
            raise BadRequest("no_such_case", f"{self.id}: the file has no such case: {dict(wanted)}")
        return found


class ScenarioLibrary:
    """The scenarios by their ids. Its methods read files: call them in a thread."""

    def __init__(self, own: Callable[[], Iterable[Path]] = tuple, catalog: Path = CATALOG) -> None:
        """`own` returns the user's files now. It may raise `BadFiles` for a folder without scenarios."""
        self._own = own
        self._catalog = catalog
        self._entries: dict[ScenarioKind, dict[str, LibraryEntry]] = {}
        self._lock = Lock()

    def entries(self) -> list[LibraryEntry]:
        """Return all scenarios as they are saved now: the user's first, then the catalog."""
        return [*self.own(), *self._of(ScenarioKind.CATALOG, find([self._catalog]))]

    def own(self) -> list[LibraryEntry]:
        """Return the user's scenarios as they are saved now."""
        try:
            files = list(self._own())
        except BadFiles:
            files = []
        return self._of(ScenarioKind.OWN, files)

    def get(self, id_: str) -> LibraryEntry:
        """Return a scenario. Raises `NotThere`."""
        entries = {entry.id: entry for entry in self.entries()}
        if id_ not in entries:
            hint = did_you_mean(id_, entries)
            raise NotThere("no_such_scenario", f"unknown scenario {quoted(id_)}{f'; {hint}' if hint else ''}")
        return entries[id_]

    def listed(self, wanted: ScenarioFilter, plays: Mapping[str, Sequence[str]]) -> ScenariosView:
        """Return the list; `plays` are the ids of the plays by scenario."""
        rows = (entry.row(plays.get(entry.id, ())) for entry in self.entries())
        return ScenariosView(scenarios=[row for row in rows if wanted.has(row)], clauses=clause_texts())

    def shown(self, id_: str, plays: Sequence[str] = ()) -> ScenarioView:
        """Return one scenario with its steps. Raises `NotThere`."""
        entry = self.get(id_)
        return ScenarioView(
            scenario=entry.row(plays),
            source=entry.source,
            cases=[ScenarioCase(title=each.title, case=dict(each.case)) for each in entry.cases],
            steps=scenario_steps(entry.cases[0]) if entry.cases else [],
        )

    def _of(self, kind: ScenarioKind, files: Iterable[Path]) -> list[LibraryEntry]:
        """Return the scenarios in files of this kind; a file that was not saved since is not read again."""
        with self._lock:
            known, entries = self._entries.get(kind, {}), dict[str, LibraryEntry]()
            for file in files:
                id_ = _free(_id_of(kind, file), entries)
                before = known.get(id_)
                if before is None or before.file != file or _stamp(file, before) != before.stamp:
                    before = _read(id_, kind, file)
                entries[id_] = before
            self._entries[kind] = entries
            return list(entries.values())


def scenario_steps(scenario: Scenario) -> list[ScenarioStep]:
    """Return the steps of a scenario."""
    return [scenario_step(number, step) for number, step in enumerate(scenario.steps, 1)]


def scenario_step(number: int, step: AnyStep) -> ScenarioStep:
    """Return one step, described in the language of the request."""
    return ScenarioStep(
        number=number,
        line=step.place.line,
        file=step.file,
        keyword=keyword(step),
        who=who(step),
        text=describe(step),
        note=step.note,
    )


def keyword(step: AnyStep) -> str:
    """Return the key of a step."""
    text = step.source.lstrip("{ ")
    return next((word for word in _KEYWORDS if re.match(rf"{word}\s*:", text)), "")


def _id_of(kind: ScenarioKind, file: Path) -> str:
    name = _NOT_IN_ID.sub("-", file.stem).strip("-") or "scenario"
    return name if kind is ScenarioKind.CATALOG else f"own-{name}"


def _free(id_: str, taken: Mapping[str, object]) -> str:
    """Return the id, with a number if another file has it."""
    number, free = 1, id_
    while free in taken:
        number += 1
        free = f"{id_}-{number}"
    return free


def _read(id_: str, kind: ScenarioKind, file: Path) -> LibraryEntry:
    try:
        source = start_of(file)
        found = language().cases(str(file), source, FragmentFolders(file))
    except OSError as error:
        text = f"{error.filename or file}: cannot be read ({error.strerror})"
        return LibraryEntry(id_, kind, file, "", (), text, _stamp(file, None))
    mistakes = "\n".join(shown(each, found.sources.get(each.file, source)) for each in found.mistakes)
    text = source.decode("utf-8", errors="replace")
    entry = LibraryEntry(id_, kind, file, text, found.scenarios, mistakes, ())
    return entry._replace(stamp=_stamp(file, entry))


def _stamp(file: Path, entry: LibraryEntry | None) -> _Stamp:
    fragments = entry.cases[0].fragments if entry is not None and entry.cases else ()
    files = [file, *map(Path, fragments)]
    if entry is not None and entry.mistakes:
        files += [each for above in file.absolute().parents for each in (above / "fragments").glob("*.yaml")]
    return tuple(_state(each) for each in files)


def _state(file: Path) -> tuple[str, int, int]:
    try:
        state = file.stat()
    except OSError:
        return str(file), 0, 0
    return str(file), state.st_mtime_ns, state.st_size
