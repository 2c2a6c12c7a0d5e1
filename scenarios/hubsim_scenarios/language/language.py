"""The scenario language: reads text into a `Scenario`, or reports every mistake in the file."""

from typing import Any

import msgspec

from hubsim_scenarios.language import nodes
from hubsim_scenarios.language.compiling import Compiler
from hubsim_scenarios.language.composites import (
    DeferredShape,
    Field,
    Fields,
    ListShape,
    RecordShape,
    read_fields,
    table,
)
from hubsim_scenarios.language.errors import ScenarioError
from hubsim_scenarios.language.fragments import (
    Begin,
    Beginning,
    FragmentReader,
    Fragments,
    NoFragments,
    is_fragment,
    joined,
    report_fragment,
)
from hubsim_scenarios.language.instants import Instant, instant
from hubsim_scenarios.language.matrix import MatrixReader, cases, varied_models
from hubsim_scenarios.language.nodes import Node, Scalar, compose, text_of
from hubsim_scenarios.language.problems import Problems
from hubsim_scenarios.language.read_context import ReadContext
from hubsim_scenarios.language.scalars import ChoiceShape, VisibleTextShape, WordShape
from hubsim_scenarios.language.step_reader import StepReader
from hubsim_scenarios.language.step_tables import StepTables
from hubsim_scenarios.language.steps import AnyStep, Scenario
from hubsim_scenarios.language.timeline import impossible_moves
from hubsim_scenarios.language.vocabulary import AliasKind, Vocabulary
from hubsim_scenarios.language.world import WorldDeclaration
from hubsim_scenarios.language.world_reader import WorldReader

_WHAT = "the scenario"
_BEGIN = "Fragments whose world and steps come first; see Shared beginnings."
_MATRIX = "Values to play the scenario with; each combination is a case; see Matrix."
NO_FRAGMENTS: Fragments = NoFragments()


class StartingClock(WordShape):
    """The instant at which the scenario starts; its zone becomes the scenario's."""

    def value(self, word: Scalar, reading: ReadContext) -> Instant:
        """Return the instant with its zone."""
        start = instant(word.text)
        reading.zone = start.zone
        return start

    def describe(self) -> str:
        """Return what an author may write."""
        return "an instant with its zone such as 2026-01-15 09:00 Europe/Warsaw"


class ScenarioFile(msgspec.Struct, frozen=True, kw_only=True):
    """The result of reading a file: its scenarios, or every mistake in it and in its fragments."""

    scenarios: tuple[Scenario, ...] = ()
    """One scenario, or one for each case of its matrix."""
    mistakes: tuple[ScenarioError, ...] = ()
    sources: dict[str, bytes] = {}
    """The fragments that were read, by file name."""


class Language:
    """The language for one vocabulary. Make it once to read many files.

    The constructor raises `VocabularyError` if the vocabulary has a type or name that no file can express.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.compiler = compiler = Compiler(vocabulary)
        subjects = frozenset(name for name in vocabulary.expectations if name not in set(AliasKind))
        self.tables = StepTables(vocabulary, compiler)
        self.world = WorldReader(compiler, subjects)
        self.settings = _settings(vocabulary, compiler)
        self.header: Fields = table(
            Field("title", "scenario", VisibleTextShape(), required=True),
            Field("about", "about", VisibleTextShape()),
            Field(
                "covers", "covers", ListShape(ChoiceShape("a clause of the guide", tuple(vocabulary.clauses)))
            ),
            Field("tags", "tags", ListShape(VisibleTextShape())),
            Field("clock", "clock", StartingClock(), required=True),
            Field("begin", "begin", Begin(), doc=_BEGIN),
            Field("settings", "settings", DeferredShape(self.settings.describe())),
            Field("world", "world", DeferredShape("a mapping with " + ", ".join(self.world.records))),
            Field(
                "matrix", "matrix", DeferredShape("a mapping from a place to a list of values"), doc=_MATRIX
            ),
            Field("steps", "steps", DeferredShape("a list of steps"), required=True),
        )
        self._steps = StepReader(vocabulary, self.tables, self.world)
        self.fragments = FragmentReader(self.world, self._steps)
        self.matrix = MatrixReader(self.world.records, self.settings)

    def read(
        self, file: str, source: bytes | str, fragments: Fragments = NO_FRAGMENTS
    ) -> Scenario | tuple[ScenarioError, ...]:
        """Return the scenario, or every mistake in the order of the file. Total: any input gives one of them.

        `file` is its name in messages; no file is opened. With a matrix, return the first case.
        """
        found = self.cases(file, source, fragments)
        return found.scenarios[0] if found.scenarios else found.mistakes

    def cases(self, file: str, source: bytes | str, fragments: Fragments = NO_FRAGMENTS) -> ScenarioFile:
        """Return the scenario, one for each case of a matrix, or every mistake. Total, like `read`."""
        problems = Problems(file)
        text = text_of(source, problems)
        root = compose(text, problems) if text is not None else None
        if text is None or root is None:
            return ScenarioFile(mistakes=problems.errors())
        beginning = Beginning()
        scenarios = self._scenarios(root, ReadContext(problems, text), file, fragments, beginning)
        mistakes = beginning.mistakes + problems.errors()
        return ScenarioFile(
            scenarios=() if mistakes else scenarios, mistakes=mistakes, sources=beginning.sources
        )

    def step(self, source: str, scenario: Scenario) -> AnyStep | tuple[ScenarioError, ...]:
        """Return the step in a text, which may use all names of the scenario.

        Total: a text with mistakes gives every mistake, with line and column in the text.
        """
        problems = Problems("")
        text = text_of(source, problems)
        root = compose(text, problems) if text is not None else None
        if text is None or root is None:
            return problems.errors()
        reading = ReadContext(problems, text)
        reading.zone = scenario.zone
        reading.aliases |= {ref.name: ref.kind for ref in scenario.aliases()}
        reading.models |= {alias: (hub.model,) for alias, hub in scenario.world.hubs.items()}
        step = self._steps.read(root, reading)
        return step if step is not None else problems.errors()

    def _scenarios(
        self, root: Node, reading: ReadContext, file: str, fragments: Fragments, beginning: Beginning
    ) -> tuple[Scenario, ...]:
        if not isinstance(root, nodes.Mapping):
            reading.wrong_kind(root, "a scenario, which is a mapping that begins with 'scenario:',")
            return ()
        if is_fragment(root):
            report_fragment(root, reading)
            return ()
        values = read_fields(root, self.header, _WHAT, reading)
        begin = values.pop("begin", None if root.get("begin") else ())
        whole = begin is not None and self.fragments.read(begin, fragments, reading, beginning)
        world_node, matrix_node = values.pop("world", None), values.pop("matrix", None)
        settings_node, steps_node = values.pop("settings", None), values.pop("steps", None)
        settings = self._settings(settings_node, reading)
        if not whole:
            return ()  # the names of the fragment are unknown, so every use of them would be a mistake
        world = self.world.read(world_node, reading) if world_node is not None else WorldDeclaration()
        world = joined(beginning.world, world)
        axes = self.matrix.read(matrix_node, world, reading) if matrix_node is not None else ()
        reading.models |= varied_models(axes)
        steps = self._steps.read_all(steps_node, reading) if steps_node is not None else ()
        if reading.problems.count:
            return ()
        start = values.pop("clock")
        scenario = Scenario(
            file=file,
            fragments=tuple(beginning.sources),
            clock_ms=start.ms,
            zone=start.zone,
            world=world,
            settings=settings,
            steps=beginning.steps + steps,
            **values,
        )
        _check_moves(scenario, reading, beginning)
        return cases(scenario, axes, reading)

    def _settings(self, node: Node | None, reading: ReadContext) -> dict[str, Any]:
        if node is None:
            return {}
        values = self.settings.read(node, reading)
        return values if isinstance(values, dict) else {}


def _settings(vocabulary: Vocabulary, compiler: Compiler) -> RecordShape:
    """Return the record of all groups; every value is optional: a scenario overrides single values."""
    groups = table()
    for name, struct in vocabulary.settings.items():
        fields = compiler.fields(struct).values()
        optional = table(*(msgspec.structs.replace(field, required=False) for field in fields))
        groups[name] = Field(name, name, RecordShape(f"the settings of {name}", optional))
    return RecordShape("the settings", groups)


def _check_moves(scenario: Scenario, reading: ReadContext, beginning: Beginning) -> None:
    """Report a step that moves the clock back or too far; it can be in a fragment."""
    for step, text, hint in impossible_moves(scenario):
        if step.file is None:
            reading.problems.add(step.place, text, hint)
        else:
            beginning.mistakes += (ScenarioError(step.file, *step.place, text, hint),)
