"""A table of cases: each row is a combination of values, for places of a matrix and for parameters.

`table:` is a list of rows. All rows have the same keys: those of a matrix, and optionally `case`, the name of
the row. With a matrix, each row is combined with each combination of the matrix.
"""

from hubsim_scenarios.language import nodes
from hubsim_scenarios.language.errors import did_you_mean, quoted
from hubsim_scenarios.language.matrix import ROW_NAME, Axis, AxisReader, Dimension, Option
from hubsim_scenarios.language.nodes import Node, Scalar
from hubsim_scenarios.language.read_context import UNREAD, ReadContext, Unread
from hubsim_scenarios.language.scalars import TextShape
from hubsim_scenarios.language.world import WorldDeclaration

_WHAT = "a list of rows, each a mapping from a place to its value,"


class CaseTableReader:
    """Reads `table:` after the world."""

    def __init__(self, axes: AxisReader) -> None:
        self._axes = axes

    def read(self, node: Node, world: WorldDeclaration, reading: ReadContext) -> Dimension | None:
        """Return the rows, or None after a report."""
        if not isinstance(node, nodes.Sequence) or not node.items:
            reading.wrong_kind(node, _WHAT)
            return None
        rows = [item for item in node.items if isinstance(item, nodes.Mapping) and item.entries]
        for item in node.items:
            if item not in rows:
                reading.wrong_kind(item, "a mapping from a place to its value")
        if len(rows) < len(node.items):
            return None
        axes = self._columns(rows[0], world, reading)
        options: dict[str, Option] = {}
        for row in rows:
            option, texts = self._row(row, rows[0], axes, reading)
            _check_duplicate(row, option, texts, options, reading)
            options.setdefault(texts, option)
        return Dimension(tuple(axes.values()), tuple(options.values()))

    def _columns(self, row: nodes.Mapping, world: WorldDeclaration, reading: ReadContext) -> dict[str, Axis]:
        """Return the axes of the first row by their keys."""
        keys = [key for key, _ in row.entries if key.text != ROW_NAME]
        if not keys:
            reading.problems.add(
                row.place, "a row of a table needs at least one value in addition to its name"
            )
        found = {key.text: self._axes.axis(key, world, reading) for key in keys}
        return {key: axis for key, axis in found.items() if axis is not None}

    def _row(
        self, row: nodes.Mapping, first: nodes.Mapping, axes: dict[str, Axis], reading: ReadContext
    ) -> tuple[Option, str]:
        """Return the values of a row, and their text."""
        columns = {key.text for key, _ in first.entries} | {ROW_NAME}
        values, name = [], None
        for key, node in row.entries:
            if key.text == ROW_NAME:
                name = _row_name(node, reading)
            elif key.text not in columns:
                text = f"the first row has no {quoted(key.text)}; all rows have the same keys"
                reading.unknown(key.place, text, key.text, columns)
            elif key.text in axes:
                axis = axes[key.text]
                value, text = self._axes.value(axis, node, reading)
                if value is not UNREAD:
                    values.append((axis, text, value))
        given = {key.text for key, _ in row.entries}
        for key, _ in first.entries:
            if key.text not in given and key.text != ROW_NAME:
                text = f"the row needs {quoted(key.text)}, as the first row has it"
                reading.problems.add(row.place, text, did_you_mean(key.text, given - columns))
        in_order = sorted(values, key=lambda value: list(axes).index(value[0].name))
        return Option(tuple(in_order), name), ", ".join(text for _, text, _ in in_order)


def _row_name(node: Node, reading: ReadContext) -> str | None:
    name = TextShape("the name of the row").read(node, reading)
    if isinstance(name, Unread) or not isinstance(node, Scalar):
        return None
    if not str(name).strip():
        reading.problems.add(node.place, "the name of a row cannot be empty")
    return str(name)


def _check_duplicate(
    row: nodes.Mapping, option: Option, texts: str, options: dict[str, Option], reading: ReadContext
) -> None:
    """Report a row with the same values or the same name as an earlier row."""
    if texts in options:
        reading.problems.add(row.place, "an earlier row has the same values")
    elif option.name is not None and option.name in {other.name for other in options.values()}:
        reading.problems.add(row.place, f"an earlier row is also named {quoted(option.name)}")
