"""From the words of a verb to what the language of scenarios makes of them.

A verb is written down as the step it stands for and read by the language itself, so that a test knows the
same words, the same bounds and the same hints as a scenario file.
"""

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from enum import Enum
from typing import Any

import msgspec

from hubsim_scenarios.language.errors import Place, ScenarioError
from hubsim_scenarios.language.nodes import Node, compose
from hubsim_scenarios.language.problems import Problems
from hubsim_scenarios.language.read_context import ReadContext
from hubsim_scenarios.language.step_reader import StepReader
from hubsim_scenarios.language.steps import AnyStep
from hubsim_scenarios.language.vocabulary import AliasKind
from hubsim_scenarios.language.world import WorldDeclaration
from hubsim_scenarios.product.vocabulary import language, vocabulary
from hubsim_scenarios.pytest_plugin.errors import BadVerb

_BARE = re.compile(r"[a-z][a-z0-9_-]*|[0-9]+")
_MEANING_MORE = frozenset({"null", "true", "false", "on", "off", "yes", "no"})
"""Words that are no text where nothing else is expected."""


class NamedValue:
    """A thing with a name, such as a hub; it may stand wherever a scenario has the name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"<{type(self).__name__.lower()} {self.name}>"


class StepBuilder:
    """Reads the verbs of one test. Knows the names that were given in it, and the user's own hub models."""

    def __init__(self, zone: str, own_models: frozenset[str] = frozenset()) -> None:
        self._language = language(own_models)
        self._steps = StepReader(vocabulary(own_models), self._language.tables, self._language.world)
        self._zone = zone
        self._names: dict[str, AliasKind] = {}

    def step(self, words: Mapping[str, Any], place: Place, source: str) -> AnyStep:
        """Return the step that the words stand for; it stands where the test has it. Raises `BadVerb`."""
        reading, node = self._begin(words)
        step = self._steps.read(node, reading)
        self._finish(reading)
        assert step is not None
        return msgspec.structs.replace(step, place=place, source=source)

    def world(self, declared: Mapping[str, Any]) -> WorldDeclaration:
        """Return a part of a world, whose names are known from now on. Raises `BadVerb`."""
        reading, node = self._begin(declared)
        world = self._language.world.read(node, reading)
        self._finish(reading)
        return world

    def settings(self, overridden: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
        """Return overridden settings by group. Raises `BadVerb`."""
        reading, node = self._begin(overridden)
        values = self._language.settings.read(node, reading)
        self._finish(reading)
        assert isinstance(values, dict)
        return values

    def knows(self, name: str) -> bool:
        """Return whether a thing of this name was declared."""
        return name in self._names

    def _begin(self, words: Mapping[str, Any]) -> tuple[ReadContext, Node]:
        text = _flow(written(words))
        problems = Problems("")
        node = compose(text, problems)
        if node is None:
            raise BadVerb(_told(problems.errors()))
        reading = ReadContext(problems, text)
        reading.zone = self._zone
        reading.aliases = dict(self._names)
        return reading, node

    def _finish(self, reading: ReadContext) -> None:
        if reading.problems.count:
            raise BadVerb(_told(reading.problems.errors()))
        self._names = reading.aliases


def written(value: object, *, sign: str = "") -> Any:
    """Return a value as it would stand in a scenario; `sign` stands before the names of things."""
    match value:
        case NamedValue():
            return f"{sign}{value.name}"
        case Enum():
            return value.value
        case Mapping():
            return {str(written(key)): written(part, sign=sign) for key, part in value.items()}
        case list() | tuple():
            return [written(part, sign=sign) for part in value]
        case AbstractSet():
            return sorted(str(written(part, sign=sign)) for part in value)
        case _:
            return value


def pattern(value: object) -> Any:
    """Return a value as it would stand in a pattern, where the names of things bear the sign `@`."""
    return written(value, sign="@")


def _flow(value: object) -> str:
    """Return a written value in the flow style of YAML: names and words bare, as they stand in scenarios."""
    match value:
        case dict():
            return "{" + ", ".join(f"{_flow(key)}: {_flow(part)}" for key, part in value.items()) + "}"
        case list():
            return f"[{', '.join(map(_flow, value))}]"
        case str() if _BARE.fullmatch(value) and value not in _MEANING_MORE:
            return value
        case _:
            return msgspec.json.encode(value).decode()


def _told(errors: tuple[ScenarioError, ...]) -> str:
    return "; ".join(f"{error.text}; {error.hint}" if error.hint else error.text for error in errors)
