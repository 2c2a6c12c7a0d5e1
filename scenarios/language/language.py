"""The scenario language: text in, a `Scenario` or every mistake of the file out."""

from typing import Any

import msgspec

from scenarios.language import nodes
from scenarios.language.compiling import Compiler
from scenarios.language.composites import Field, Fields, ListOf, Record, read_fields, table
from scenarios.language.errors import ScenarioError
from scenarios.language.instants import Instant, instant
from scenarios.language.nodes import Node, Scalar, compose, text_of
from scenarios.language.problems import Problems
from scenarios.language.reading import Reading
from scenarios.language.shapes import Choice, Text, Word
from scenarios.language.step_reader import StepReader
from scenarios.language.step_tables import StepTables
from scenarios.language.steps import AnyStep, Scenario
from scenarios.language.vocabulary import AliasKind, Vocabulary
from scenarios.language.world import World
from scenarios.language.world_reader import WorldReader

_WHAT = "the scenario"


class StartingClock(Word):
    """The instant at which the scenario starts; its zone becomes the scenario's."""

    def value(self, word: Scalar, reading: Reading) -> Instant:
        """Return the instant with its zone."""
        start = instant(word.text)
        reading.zone = start.zone
        return start

    def describe(self) -> str:
        """Return what an author may write."""
        return "an instant with its zone such as 2026-01-15 09:00 Europe/Warsaw"


class _Later:
    """A field that is read after the others, because it needs what they say."""

    def __init__(self, described: str) -> None:
        self._described = described

    def read(self, node: Node, reading: Reading) -> object:
        del reading
        return node

    def describe(self) -> str:
        return self._described


class Language:
    """The language for one vocabulary. Make it once, read many files.

    Raises `VocabularyError` when made, if the vocabulary has what the language cannot serve.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.compiler = compiler = Compiler(vocabulary)
        subjects = frozenset(name for name in vocabulary.expectations if name not in set(AliasKind))
        self.tables = StepTables(vocabulary, compiler)
        self.world = WorldReader(compiler, subjects)
        self.settings = _settings(vocabulary, compiler)
        self.header: Fields = table(
            Field("title", "scenario", Text(), required=True),
            Field("about", "about", Text()),
            Field("covers", "covers", ListOf(Choice("a clause of the guide", tuple(vocabulary.clauses)))),
            Field("tags", "tags", ListOf(Text())),
            Field("clock", "clock", StartingClock(), required=True),
            Field("settings", "settings", _Later(self.settings.describe())),
            Field("world", "world", _Later("a mapping with " + ", ".join(self.world.records))),
            Field("steps", "steps", _Later("a list of steps"), required=True),
        )
        self._steps = StepReader(vocabulary, self.tables, self.world)

    def read(self, file: str, source: bytes | str) -> Scenario | tuple[ScenarioError, ...]:
        """Return the scenario, or every mistake of the file in its order. Total: any input gives one of them.

        `file` is the name used in messages; nothing is opened.
        """
        problems = Problems(file)
        text = text_of(source, problems)
        root = compose(text, problems) if text is not None else None
        if text is None or root is None:
            return problems.errors()
        reading = Reading(problems, text)
        scenario = self._scenario(file, root, reading)
        if problems.count or scenario is None:
            return problems.errors()
        return scenario

    def _scenario(self, file: str, root: Node, reading: Reading) -> Scenario | None:
        if not isinstance(root, nodes.Mapping):
            reading.wrong_kind(root, "a scenario, which is a mapping that begins with 'scenario:',")
            return None
        values = read_fields(root, self.header, _WHAT, reading)
        world_node = values.pop("world", None)
        world = self.world.read(world_node, reading) if world_node is not None else World()
        settings = self._settings(values.pop("settings", None), reading)
        steps = self._read_steps(values.pop("steps", None), reading)
        if reading.problems.count:
            return None
        start = values.pop("clock")
        return Scenario(
            file=file,
            clock_ms=start.ms,
            zone=start.zone,
            world=world,
            settings=settings,
            steps=steps,
            **values,
        )

    def _settings(self, node: Node | None, reading: Reading) -> dict[str, Any]:
        if node is None:
            return {}
        values = self.settings.read(node, reading)
        return values if isinstance(values, dict) else {}

    def _read_steps(self, node: Node | None, reading: Reading) -> tuple[AnyStep, ...]:
        if node is None:
            return ()
        if not isinstance(node, nodes.Sequence):
            reading.wrong_kind(node, "a list of steps")
            return ()
        if not node.items:
            reading.problems.add(node.place, "a scenario has at least one step")
        steps = [self._steps.read(item, reading) for item in node.items]
        return tuple(step for step in steps if step is not None)


def _settings(vocabulary: Vocabulary, compiler: Compiler) -> Record:
    """Return the record of all groups; every value is optional, for a scenario overrides single ones."""
    groups = table()
    for name, struct in vocabulary.settings.items():
        fields = compiler.fields(struct).values()
        optional = table(*(msgspec.structs.replace(field, required=False) for field in fields))
        groups[name] = Field(name, name, Record(f"the settings of {name}", optional))
    return Record("the settings", groups)
