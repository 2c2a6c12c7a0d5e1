"""The scenario language: reads text into a `Scenario`, or reports every mistake in the file."""

from typing import Any

import msgspec

from hubsim_scenarios.language import nodes
from hubsim_scenarios.language.case_steps import CaseSteps
from hubsim_scenarios.language.case_table import CaseTableReader
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
from hubsim_scenarios.language.keeping import kept_by
from hubsim_scenarios.language.matrix import (
    AxisReader,
    Dimension,
    check_dimensions,
    combined,
    titled,
    varied_models,
    with_values,
)
from hubsim_scenarios.language.nodes import Node, Scalar, compose, text_of
from hubsim_scenarios.language.problems import Problems
from hubsim_scenarios.language.read_context import ReadContext
from hubsim_scenarios.language.scalars import ChoiceShape, FlagShape, VisibleTextShape, WordShape
from hubsim_scenarios.language.step_reader import StepReader
from hubsim_scenarios.language.step_tables import StepTables
from hubsim_scenarios.language.steps import AnyStep, Scenario, softened
from hubsim_scenarios.language.timeline import impossible_moves
from hubsim_scenarios.language.together_reader import check_orders
from hubsim_scenarios.language.vocabulary import AliasKind, Vocabulary
from hubsim_scenarios.language.world import WorldDeclaration
from hubsim_scenarios.language.world_reader import WorldReader

_WHAT = "the scenario"
_BEGIN = "Fragments whose world and steps come first; see Shared beginnings."
_TABLE = "Rows of values to play the scenario with; each row is a case; see Table."
_MATRIX = "Values to play the scenario with; each combination is a case; see Matrix."
_SOFT = "Whether all checks of this file are soft: the play continues after a failure."
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
            Field("table", "table", DeferredShape("a list of rows"), doc=_TABLE),
            Field("soft", "soft", FlagShape(), doc=_SOFT),
            Field("steps", "steps", DeferredShape("a list of steps"), required=True),
        )
        self._steps = StepReader(vocabulary, self.tables, self.world)
        self.fragments = FragmentReader(self.world, self._steps)
        self.axes = AxisReader(self.world.records, self.settings)
        self._table = CaseTableReader(self.axes)

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
        reading.kept |= {kept.name: kept.kind for each in scenario.steps for kept in kept_by(each)}
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
        world_node = values.pop("world", None)
        choices = {name: values.pop(name, None) for name in ("matrix", "table")}
        settings_node, steps_node = values.pop("settings", None), values.pop("steps", None)
        settings = self._settings(settings_node, reading)
        if not whole:
            return ()  # the names of the fragment are unknown, so every use of them would be a mistake
        world = self.world.read(world_node, reading) if world_node is not None else WorldDeclaration()
        world = joined(beginning.world, world)
        dimensions, few = self._dimensions(choices["matrix"], choices["table"], world, reading)
        reading.models |= varied_models(dimensions)
        steps = CaseSteps(self._steps, steps_node if few else None, dimensions, reading)
        for own in steps.all():
            beginning.mistakes += check_orders(beginning.steps + own, reading)
        if reading.problems.count or beginning.mistakes:
            return ()
        if values.get("soft"):
            steps.change(softened)
        start = values.pop("clock")
        scenario = Scenario(
            file=file,
            fragments=tuple(beginning.sources),
            clock_ms=start.ms,
            zone=start.zone,
            world=world,
            settings=settings,
            steps=beginning.steps,
            **values,
        )
        found = self._cases(scenario, dimensions, steps, reading)
        _check_moves(found, reading, beginning)
        return found

    def _dimensions(
        self, matrix: Node | None, rows: Node | None, world: WorldDeclaration, reading: ReadContext
    ) -> tuple[tuple[Dimension, ...], bool]:
        """Return the axes of the matrix and the table after them, and whether the cases are few enough."""
        dimensions = self.axes.matrix(matrix, world, reading) if matrix is not None else ()
        read = self._table.read(rows, world, reading) if rows is not None else None
        if read is not None:
            dimensions = (*dimensions, read)
        if matrix is not None:
            return dimensions, check_dimensions(matrix, "the matrix", dimensions, reading)
        if rows is not None:
            return dimensions, check_dimensions(rows, "the table", dimensions, reading)
        return dimensions, True

    def _cases(
        self, scenario: Scenario, dimensions: tuple[Dimension, ...], steps: CaseSteps, reading: ReadContext
    ) -> tuple[Scenario, ...]:
        """Return the scenario once for each case; without dimensions, once."""
        if not dimensions:
            return (msgspec.structs.replace(scenario, steps=scenario.steps + steps.of({})),)
        made = []
        for case in combined(dimensions):
            found = with_values(scenario, case, reading)
            whole = scenario.steps + steps.of(case.parameters)
            made.append(msgspec.structs.replace(found, title=titled(scenario.title, case), steps=whole))
        return tuple(made)

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


def _check_moves(cases: tuple[Scenario, ...], reading: ReadContext, beginning: Beginning) -> None:
    """Report each step that moves the clock back or too far in a case; it can be in a fragment."""
    reported = set()
    for step, text, hint in (found for case in cases for found in impossible_moves(case)):
        if (step.file, step.place) in reported:
            continue
        reported.add((step.file, step.place))
        if step.file is None:
            reading.problems.add(step.place, text, hint)
        else:
            beginning.mistakes += (ScenarioError(step.file, *step.place, text, hint),)
