"""The update of one scenario file: plays every case and order, and joins what must change. Writes no file.

A value changes only if all plays that reach its step agree on it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from hubsim_cloud.domain.market import DEFAULT_MARKET, Market
from hubsim_scenarios.language.errors import LINE_BREAK
from hubsim_scenarios.language.fragments import Fragments, Source
from hubsim_scenarios.language.language import Language
from hubsim_scenarios.language.orders import in_every_order
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.identity import case_text
from hubsim_scenarios.play.launch import NO_MODELS, finish, play_virtual, play_virtual_intercepted
from hubsim_scenarios.play.play import PlayResult, Watched
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.updating.observer import ObservedPlay, Spot, UpdateObserver
from hubsim_scenarios.updating.values import Replacement, TextSpan, Unchangeable
from hubsim_simulator.hardware.profile import ModelProfile


class NotUpdated(msgspec.Struct, frozen=True, order=True):
    """A difference that remains."""

    file: str
    line: int
    column: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: not updated: {self.text}"


class Update(msgspec.Struct, frozen=True, kw_only=True):
    """The result: new contents, and what remains for the author."""

    before: Mapping[str, str]
    """The contents of the scenario's file and its fragments, by name."""
    after: Mapping[str, str]
    """The new contents of the files that change."""
    remaining: tuple[NotUpdated, ...]
    results: tuple[PlayResult, ...]
    """The results of all plays with the new contents."""

    @property
    def passes(self) -> bool:
        """Whether every play passes with the new contents."""
        return all(result.verdict is Verdict.PASS for result in self.results)


class _Overlay:
    """Fragments with new contents."""

    def __init__(self, fragments: Fragments, after: Mapping[str, str]) -> None:
        self._fragments = fragments
        self._after = after

    def find(self, name: str) -> Source | None:
        """Return the new content of a fragment, or the old one if it does not change."""
        source = self._fragments.find(name)
        if source is None or source.file not in self._after:
            return source
        return Source(source.file, self._after[source.file].encode())

    def names(self) -> Iterable[str]:
        """Return all names."""
        return self._fragments.names()


class OwnFiles(NamedTuple):
    """The user's own hub models and market."""

    models: Mapping[str, ModelProfile] = NO_MODELS
    market: Market = DEFAULT_MARKET


NO_OWN_FILES = OwnFiles()


def update(
    file: str,
    text: str,
    words: Language,
    fragments: Fragments,
    seed: int,
    own: OwnFiles = NO_OWN_FILES,
) -> Update:
    """Play a file that has no mistakes, and return its new content. Only virtual plays are repeatable."""
    read = words.cases(file, text, fragments)
    assert read.scenarios, "the caller has read the file without mistakes"
    before = {file: text, **{name: source.decode("utf-8-sig") for name, source in read.sources.items()}}
    observed = [(each, _observe(each, before, seed, own)) for each in in_every_order(read.scenarios)]
    replacements, remaining = _joined(before, observed)
    after = {
        name: _replaced(before[name], sorted(found.items())) for name, found in replacements.items() if found
    }
    again = words.cases(file, after.get(file, text), _Overlay(fragments, after))
    assert again.scenarios, [str(mistake) for mistake in again.mistakes]
    results = tuple(
        play_virtual(each, seed, models=own.models, market=own.market).result
        for each in in_every_order(again.scenarios)
    )
    return Update(before=before, after=after, remaining=remaining, results=results)


def _observe(scenario: Scenario, texts: Mapping[str, str], seed: int, own: OwnFiles) -> ObservedPlay:
    observer = UpdateObserver(scenario, texts)
    watched = Watched(interceptor=observer, continues=observer.continues)
    finish(play_virtual_intercepted(scenario, seed, models=own.models, market=own.market, watched=watched))
    return observer.observed


def _joined(
    before: Mapping[str, str], observed: Sequence[tuple[Scenario, ObservedPlay]]
) -> tuple[dict[str, dict[TextSpan, str]], tuple[NotUpdated, ...]]:
    """Return the replacements on which all plays agree, by file, and everything else."""
    replacements: dict[str, dict[TextSpan, str]] = {name: {} for name in before}
    remaining: set[NotUpdated] = set()
    for spot in {spot for _, each in observed for spot in each.found}:
        plays = [(scenario, each) for scenario, each in observed if spot in each.reached]
        file, text = spot[0], before[spot[0]]
        for _, each in plays:
            for found in each.found.get(spot, ()):
                if isinstance(found, Unchangeable):
                    remaining.add(_remaining(file, text, found.start, found.text))
        for span in _spans(spot, plays):
            by_play = {_case(scenario): _new(each, spot, span, text) for scenario, each in plays}
            if len(set(by_play.values())) == 1:
                replacements[file][span] = next(iter(by_play.values()))
            else:
                remaining.add(_remaining(file, text, span.start, _disagreement(by_play)))
    return replacements, tuple(sorted(remaining))


def _spans(spot: Spot, plays: Sequence[tuple[Scenario, ObservedPlay]]) -> set[TextSpan]:
    founds = (found for _, each in plays for found in each.found.get(spot, ()))
    return {found.span for found in founds if isinstance(found, Replacement)}


def _new(observed: ObservedPlay, spot: Spot, span: TextSpan, text: str) -> str:
    """Return the text that a play requires at this span: a new one, or the old one."""
    for found in observed.found.get(spot, ()):
        if isinstance(found, Replacement) and found.span == span:
            return found.text
    return text[span.start : span.end]


def _case(scenario: Scenario) -> str:
    return case_text(scenario.case)


def _disagreement(by_play: Mapping[str, str]) -> str:
    cases: dict[str, list[str]] = {}
    for case, text in by_play.items():
        cases.setdefault(text, []).append(case)
    listed = "; ".join(f"{text} in {_first(names)}" for text, names in cases.items())
    return f"the plays of this file see different values: {listed}"


def _first(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def _remaining(file: str, text: str, start: int, why: str) -> NotUpdated:
    lines = LINE_BREAK.split(text[:start])
    return NotUpdated(file, len(lines), len(lines[-1]) + 1, why)


def _replaced(text: str, replacements: Sequence[tuple[TextSpan, str]]) -> str:
    for span, new in reversed(replacements):
        text = text[: span.start] + new + text[span.end :]
    return text
