"""The steps of each case: read once for each combination of the values of the parameters."""

from collections.abc import Mapping

from hubsim_scenarios.language.matrix import Dimension, combined, text_of_value
from hubsim_scenarios.language.nodes import Node
from hubsim_scenarios.language.parameters import filled, references_in
from hubsim_scenarios.language.read_context import ReadContext
from hubsim_scenarios.language.step_reader import StepReader
from hubsim_scenarios.language.steps import AnyStep

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
        used = set(references_in(node))
        for axis in axes:
            if axis.parameter not in used:
                reading.problems.add(axis.place, f"no step uses the parameter {axis.name}")
        for case in combined(dimensions):
            key = _key(case.parameters)
            if key not in self._read and not reading.problems.full:
                branch = reading.branch()
                self._read[key] = reader.read_all(filled(node, case.parameters), branch)
                reading.problems.merge(branch.problems)

    def of(self, parameters: Mapping[str, Node]) -> _Steps:
        """Return the steps of a case."""
        return self._read[_key(parameters)]


def _key(parameters: Mapping[str, Node]) -> tuple[tuple[str, str], ...]:
    return tuple((name, text_of_value(node)) for name, node in parameters.items())
