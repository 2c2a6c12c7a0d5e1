"""Converts the arguments of a verb to a step of the scenario language.

The step is written as YAML and read by the parser of the language. So a test has the words, bounds and hints
of a scenario file.
"""

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from enum import Enum
from typing import Any

import msgspec

from hubsim_cloud.domain.market import DEFAULT_MARKET, Market
from hubsim_scenarios.language.errors import Place, ScenarioError, did_you_mean
from hubsim_scenarios.language.fragments import Beginning, Fragments
from hubsim_scenarios.language.nodes import Node, Scalar, compose
from hubsim_scenarios.language.problems import Problems
from hubsim_scenarios.language.read_context import ReadContext
from hubsim_scenarios.language.step_reader import StepReader
from hubsim_scenarios.language.steps import AnyStep
from hubsim_scenarios.language.vocabulary import AliasKind, ValueKind
from hubsim_scenarios.language.world import WorldDeclaration
from hubsim_scenarios.product.vocabulary import language, vocabulary
from hubsim_scenarios.pytest_plugin.errors import BadVerb
from hubsim_simulator.hardware.profile import ModelProfile

_BARE = re.compile(r"[a-z][a-z0-9_-]*|[0-9]+")
_NOT_TEXT = frozenset({"null", "true", "false", "on", "off", "yes", "no"})
"""Words that YAML does not read as text."""


START = "2026-01-15 09:00 Europe/Warsaw"
"""The default start of a test's world."""


class NamedValue:
    """A named thing, such as a hub. A verb accepts it in place of its name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"<{type(self).__name__.lower()} {self.name}>"


class StepBuilder:
    """Builds the steps of one test. It knows the names that the test has declared and the user's models."""

    def __init__(
        self,
        zone: str,
        own_models: frozenset[ModelProfile] = frozenset(),
        market: Market = DEFAULT_MARKET,
    ) -> None:
        self._language = language(own_models, market)
        self._steps = StepReader(vocabulary(own_models, market), self._language.tables, self._language.world)
        self._zone = zone
        self._names: dict[str, AliasKind] = {}
        self._kept: dict[str, ValueKind] = {}
        self._begun: dict[str, bytes] = {}
        """The fragments that the test has begun with, by file name."""

    def step(self, words: Mapping[str, Any], place: Place, source: str) -> AnyStep:
        """Return the step with these fields, and with the place and source of the test. Raises `BadVerb`."""
        reading, node = self._begin(words)
        step = self._steps.read(node, reading)
        self._finish(reading)
        assert step is not None
        return msgspec.structs.replace(step, place=place, source=source)

    def world(self, declared: Mapping[str, Any]) -> WorldDeclaration:
        """Return world declarations. Later steps can use their names. Raises `BadVerb`."""
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

    def beginning(self, names: Sequence[str], fragments: Fragments) -> Beginning:
        """Return the worlds and steps of fragments. Later steps can use their names. Raises `BadVerb`.

        The text of the error contains the file, the line and the column of each mistake.
        """
        reading = self._reading("")
        beginning = Beginning(sources=dict(self._begun))
        words = tuple(Scalar(name, plain=False, place=Place(1, 1)) for name in names)
        try:
            self._language.fragments.read(words, fragments, reading, beginning)
        except OSError as error:
            raise BadVerb(f"{error.filename}: cannot be read ({error.strerror})") from error
        if beginning.mistakes:
            raise BadVerb("\n".join(map(str, beginning.mistakes)))
        self._finish(reading)
        self._begun = beginning.sources
        return beginning

    def knows(self, name: str) -> bool:
        """Return whether this name was declared."""
        return name in self._names

    def kind(self, name: str) -> AliasKind:
        """Return the kind of a declared name. Raises `LookupError`."""
        if name not in self._names:
            hint = did_you_mean(name, self._names)
            raise LookupError(f"nothing is called {name!r}" + (f"; {hint}" if hint else ""))
        return self._names[name]

    def _begin(self, words: Mapping[str, Any]) -> tuple[ReadContext, Node]:
        text = _flow(plain_value(words))
        problems = Problems("")
        node = compose(text, problems)
        if node is None:
            raise BadVerb(_error_text(problems.errors()))
        return self._reading(text, problems), node

    def _reading(self, text: str, problems: Problems | None = None) -> ReadContext:
        reading = ReadContext(problems or Problems(""), text)
        reading.zone = self._zone
        reading.aliases, reading.kept = dict(self._names), dict(self._kept)
        return reading

    def _finish(self, reading: ReadContext) -> None:
        if reading.problems.count:
            raise BadVerb(_error_text(reading.problems.errors()))
        self._names, self._kept = reading.aliases, reading.kept


def plain_value(value: object, *, sign: str = "") -> Any:
    """Return a value in the form of a scenario. `sign` is written before the names of things."""
    match value:
        case NamedValue():
            return f"{sign}{value.name}"
        case Enum():
            return value.value
        case Mapping():
            return {str(plain_value(key)): plain_value(part, sign=sign) for key, part in value.items()}
        case list() | tuple():
            return [plain_value(part, sign=sign) for part in value]
        case AbstractSet():
            return sorted(str(plain_value(part, sign=sign)) for part in value)
        case _:
            return value


def pattern(value: object) -> Any:
    """Return a value in the form of a pattern, with `@` before the names of things."""
    return plain_value(value, sign="@")


def _flow(value: object) -> str:
    """Return a plain value in the flow style of YAML, with names and words without quotes."""
    match value:
        case dict():
            return "{" + ", ".join(f"{_flow(key)}: {_flow(part)}" for key, part in value.items()) + "}"
        case list():
            return f"[{', '.join(map(_flow, value))}]"
        case str() if _BARE.fullmatch(value) and value not in _NOT_TEXT:
            return value
        case _:
            return msgspec.json.encode(value).decode()


def _error_text(errors: tuple[ScenarioError, ...]) -> str:
    return "; ".join(f"{error.text}; {error.hint}" if error.hint else error.text for error in errors)
