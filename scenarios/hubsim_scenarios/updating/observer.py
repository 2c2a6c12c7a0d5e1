"""Continues after failures, and finds what must change in the files for the steps to pass.

It is the interceptor of a virtual play: it reads the state of the world at the moment of each failure.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from hubsim_cloud.domain.refusals import Refusal
from hubsim_scenarios.language.errors import LINE_BREAK
from hubsim_scenarios.language.steps import AnyCheck, AnyStep, Expect, PersonSees, Scenario, Subject
from hubsim_scenarios.layout.order import value_of
from hubsim_scenarios.layout.tree import Group, MappingEntry, Node, ScalarNode, grow
from hubsim_scenarios.play.context import PlayContext, StepFailed
from hubsim_scenarios.play.expectations import comparisons_of, seen_of
from hubsim_scenarios.play.play import Failure, Play
from hubsim_scenarios.product.vocabulary import GROUPS, vocabulary
from hubsim_scenarios.updating.values import (
    Found,
    Names,
    Replacement,
    TextSpan,
    Unchangeable,
    differences,
    in_style,
)
from hubsim_scenarios.worlds.world import CloudUnreachable

Spot = tuple[str, int]
"""A step: its file, and the offset at which it begins."""


class ObservedPlay(msgspec.Struct):
    """The result of one play."""

    reached: set[Spot] = msgspec.field(default_factory=set)
    """The steps that were played, whether they passed or not."""
    found: dict[Spot, list[Found]] = msgspec.field(default_factory=dict)
    """By step that did not pass, what must change in its file."""


class UpdateObserver:
    """Observes one play. `texts` are the contents of the scenario's file and its fragments, by name."""

    def __init__(self, scenario: Scenario, texts: Mapping[str, str]) -> None:
        self.observed = ObservedPlay()
        self._scenario = scenario
        self._texts = texts
        self._trees = {file: grow(text) for file, text in texts.items()}
        self._failure: Failure | None = None

    def continues(self, step: AnyStep, failure: Failure) -> bool:
        """Continue after a failed check, and after another refusal or screen than the expected one."""
        self._failure = failure
        return isinstance(step, AnyCheck) or (isinstance(failure, StepFailed) and failure.instead is not None)

    async def before(self, play: Play, number: int) -> None:
        """Record that the play reached this step."""
        del play
        if number <= len(self._scenario.steps):
            self.observed.reached.add(self._spot(self._scenario.steps[number - 1]))

    async def failed_softly(self, play: Play, reason: str) -> None:
        """Find what must change for the step to pass."""
        step = self._scenario.steps[play.step_number - 1]
        found = [each async for each in self._differences(play.context, step, reason)]
        self.observed.found[self._spot(step)] = found

    async def stopped(self, play: Play, reason: str) -> None:
        """Report the step at which the play ended."""
        step = self._scenario.steps[play.step_number - 1]
        text = f"the play ends here: {reason}"
        self.observed.found[self._spot(step)] = [Unchangeable(self._spot(step)[1], text)]

    def _spot(self, step: AnyStep) -> Spot:
        file = step.file or self._scenario.file
        return file, _offset(self._texts[file], step)

    async def _differences(self, context: PlayContext, step: AnyStep, reason: str) -> Any:
        file, start = self._spot(step)
        node = _step_at(self._trees[file], start)
        names = Names(context.aliases.any_id, context.aliases.names(), self._scenario.zone)
        instead = self._failure.instead if isinstance(self._failure, StepFailed) else None
        if instead is not None:
            yield _other_word(node, *instead)
        elif isinstance(step, Expect):
            async for found in _of_expectation(context, step, node, names):
                yield found
        elif isinstance(step, PersonSees) and step.shows is not None and step.refused is None:
            seen = await _view(context, step)
            if isinstance(seen, Refusal):
                yield Unchangeable(start, f"{reason} Write 'refused: {seen.name}' if it must be refused.")
                return
            shown = value_of(node, "shows")
            assert shown is not None
            for found in differences(shown, step.shows, seen, names, "shows"):
                yield found
        else:
            yield Unchangeable(start, f"not a value: {reason}")


async def _of_expectation(context: PlayContext, step: Expect, node: Group, names: Names) -> Any:
    """Yield what must change in an expectation for all its fields to match now."""
    seen: dict[tuple[str, str], Any] = {}
    for comparison in comparisons_of(step):
        try:
            value = await seen_of(context, step, comparison)
        except (StepFailed, CloudUnreachable) as failure:
            yield Unchangeable(node.start, str(failure))
            return
        seen[comparison.group, comparison.field] = value
    for entry, (name, pattern) in zip(_own_entries(step, node), step.fields.items(), strict=True):
        if name in GROUPS:
            parts = {field: value for (group, field), value in seen.items() if group == name}
            for found in differences(entry.value, pattern, parts, names, name):
                yield found
            continue
        values = [value for (_, field), value in seen.items() if field == name]
        if any(value != values[0] for value in values):
            yield Unchangeable(entry.start, f"{name}: {_disagreement(name, seen)}; expect each in its group")
            continue
        for found in differences(entry.value, pattern, values[0], names, name):
            yield found


def _own_entries(step: Subject, node: Group) -> Iterator[MappingEntry]:
    """Yield the entries of the fields of an expectation, without those of the step and the subject."""
    common = {"expect", "within", "soft", "note", *step.selected}
    return (entry for entry in node.entries if entry.key is not None and entry.key.text not in common)


def _disagreement(name: str, seen: Mapping[tuple[str, str], Any]) -> str:
    return ", ".join(f"{group} has {value!r}" for (group, field), value in seen.items() if field == name)


def _other_word(node: Group, key: str, seen: str) -> Found:
    word = value_of(node, key)
    assert isinstance(word, ScalarNode), "the step was read, so this is a word"
    return Replacement(TextSpan(word.start, word.end), in_style(word, seen))


async def _view(context: PlayContext, step: PersonSees) -> object:
    """Query the view again: nothing has happened since."""
    query: Any = vocabulary().queries[step.view](**context.aliases.resolved(step.fields))
    return await context.world.query(context.aliases.actor(step.person, step.app), query)


def _offset(text: str, step: AnyStep) -> int:
    """Return the offset of the place at which a step begins."""
    starts = [0, *(found.end() for found in LINE_BREAK.finditer(text))]
    return starts[step.place.line - 1] + step.place.column - 1


def _step_at(root: Node, start: int) -> Group:
    steps = value_of(root, "steps")
    assert isinstance(steps, Group)
    step = next(entry.value for entry in steps.entries if entry.value.start == start)
    assert isinstance(step, Group)
    return step
