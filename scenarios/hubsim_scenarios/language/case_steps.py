"""The steps of each case: read once for each combination of the values of the parameters."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from hubsim_scenarios.language.matrix import Dimension, combined, text_of_value
from hubsim_scenarios.language.nodes import Node
from hubsim_scenarios.language.parameters import filled, references_in, size_of
from hubsim_scenarios.language.read_context import ReadContext
from hubsim_scenarios.language.step_reader import StepReader
from hubsim_scenarios.language.steps import AnyStep

MAX_READ_NODES = 1_000_000
"""The words, lists and mappings in the steps of all cases together. Reading more takes minutes."""

_Steps = tuple[AnyStep, ...]


class CaseSteps:
    """Reads the steps of all cases, and reports each of their mistakes once."""

    def __init__(
        self, reader: StepReader, node: Node | None, dimensions: tuple[Dimension, ...], reading: ReadContext
    ) -> None:
        self._read: dict[tuple[tuple[str, str], ...], _Steps] = {}
        axes = [axis for dimension in dimensions for axis in dimension.axes if axis.parameter is not None]
        reading.parameters = frozenset(axis.parameter for axis in axes if axis.parameter is not None)
        if node is None:
            return
        if not axes:
            self._read[()] = reader.read_all(node, reading)
            return
        used = Counter(references_in(node))
        for axis in axes:
            if axis.parameter in reading.kept:
                reading.problems.add(
                    axis.place, f"a fragment keeps a value as {axis.name}; rename the parameter"
                )
            elif axis.parameter not in used:
                reading.problems.add(axis.place, f"no step uses the parameter {axis.name}")
        if not _few(node, used, dimensions):
            text = "the values of the parameters make the steps too large: use fewer cases or smaller values"
            reading.problems.add(axes[0].place, text)
            return
        for case in combined(dimensions):
            key = _key(case.parameters)
            if key not in self._read and not reading.problems.full:
                branch = reading.branch()
                self._read[key] = reader.read_all(filled(node, case.parameters), branch)
                reading.problems.merge(branch.problems)

    def all(self) -> Iterable[_Steps]:
        """Return the steps of each case; equal ones once."""
        return self._read.values()

    def change(self, change: Callable[[AnyStep], AnyStep]) -> None:
        """Replace each step of each case."""
        self._read = {case: tuple(map(change, steps)) for case, steps in self._read.items()}

    def of(self, parameters: Mapping[str, Node]) -> _Steps:
        """Return the steps of a case."""
        return self._read[_key(parameters)]


def _few(node: Node, used: Counter[str], dimensions: tuple[Dimension, ...]) -> bool:
    """Return whether the steps of all cases together have at most `MAX_READ_NODES` words."""
    largest: dict[str, int] = {}
    keys = set()
    for case in combined(dimensions):
        keys.add(_key(case.parameters))
        for name, value in case.parameters.items():
            largest[name] = max(largest.get(name, 0), size_of(value))
    filled_in = sum(largest.get(name, 0) * times for name, times in used.items())
    return (size_of(node) + filled_in) * len(keys) <= MAX_READ_NODES


def _key(parameters: Mapping[str, Node]) -> tuple[tuple[str, str], ...]:
    return tuple((name, text_of_value(node)) for name, node in parameters.items())
