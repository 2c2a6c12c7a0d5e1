"""Writes the steps of a debugged play, and the manual steps, as the text of a scenario.

Pure. The text keeps the scenario's file as far as it was played, comments included. Manual steps are inserted
where they were executed. A matrix and a table are reduced to the case that was played. The layout is that of
`hubsim fmt`.
"""

from collections.abc import Sequence

from hubsim_scenarios.language.fragments import Fragments
from hubsim_scenarios.language.language import Language
from hubsim_scenarios.language.matrix import ROW_NAME, text_of_value
from hubsim_scenarios.language.nodes import Mapping, Node, compose
from hubsim_scenarios.language.nodes import Sequence as ListNode
from hubsim_scenarios.language.orders import case_without_order
from hubsim_scenarios.language.problems import Problems
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.layout.layout import CannotFormat, format_scenario
from hubsim_scenarios.layout.tree import Group, MappingEntry, grow

MATRIX, TABLE = "matrix", "table"

Done = int | str
"""A step of the scenario, by its index from 0, or the text of a manual step in flow style."""


class CannotWrite(Exception):
    """The session cannot be saved as a scenario. The text says why."""


def scenario_text(
    text: str, scenario: Scenario, done: Sequence[Done], language: Language, fragments: Fragments
) -> str:
    """Return the text of a scenario with the executed steps. Raises `CannotWrite`.

    `text` is the content of the scenario's file, and `scenario` is the result of parsing it.
    """
    inherited = sum(1 for step in scenario.steps if step.file is not None)
    own = list(done[inherited:])
    if done[:inherited] != list(range(inherited)):
        raise CannotWrite(
            f"manual steps cannot be inserted into a fragment: add them from step {inherited + 1} on"
        )
    if not own:
        raise CannotWrite("no step has been played yet: play one first")
    try:
        formatted = format_scenario(text, language, fragments)
        if _own_sources(language.cases("", text, fragments).scenarios[0]) != _own_sources(scenario):
            raise CannotWrite("the scenario's file was changed after it was read: play it again")
        if case_without_order(scenario.case):
            formatted = format_scenario(_with_one_case(formatted, scenario), language, fragments)
        head, chunks = _parts(formatted, language, fragments)
        lines = [chunks[each - inherited] if isinstance(each, int) else f"  - {each}" for each in own]
        return format_scenario("\n".join([head, *lines]) + "\n", language, fragments)
    except CannotFormat as error:
        raise CannotWrite(error.reason) from error


def _own_sources(scenario: Scenario) -> list[str]:
    return [step.source for step in scenario.steps if step.file is None]


def _parts(text: str, language: Language, fragments: Fragments) -> tuple[str, list[str]]:
    """Return the text before the first step, and the text of each step with the comments above it."""
    scenario = language.cases("", text, fragments).scenarios[0]
    lines = text.splitlines()
    starts = [_with_comments(lines, step.place.line - 1) for step in scenario.steps if step.file is None]
    ends = [*starts[1:], len(lines)]
    chunks = ["\n".join(lines[start:end]) for start, end in zip(starts, ends, strict=True)]
    return "\n".join(lines[: starts[0]]), chunks


def _with_comments(lines: list[str], line: int) -> int:
    """Return the index of the first line of the comments above a step, or of the step without comments."""
    while line and (not lines[line - 1].strip() or lines[line - 1].lstrip().startswith("#")):
        line -= 1
    return line


def _with_one_case(text: str, scenario: Scenario) -> str:
    """Return the text with only the values and the row that were played."""
    for key, reduced in ((TABLE, _with_one_row), (MATRIX, _with_one_value_each)):
        root, tree = compose(text, Problems("")), grow(text)
        assert isinstance(root, Mapping)
        assert isinstance(tree, Group)
        node = root.get(key)
        if node is not None:
            entry = next(entry for entry in tree.entries if entry.key is not None and entry.key.text == key)
            text = text[: entry.start] + reduced(text, node, entry, scenario) + text[entry.end :]
    return text


def _with_one_row(text: str, rows: Node, entry: MappingEntry, scenario: Scenario) -> str:
    """Return the table with the row that was played."""
    assert isinstance(rows, ListNode)
    assert isinstance(entry.value, Group)
    played = next(index for index, row in enumerate(rows.items) if _is_row_of(row, scenario))
    value = entry.value.entries[played].value
    assert isinstance(value, Group)
    return f"{TABLE}:\n  - " + text[value.start : value.end]


def _is_row_of(row: Node, scenario: Scenario) -> bool:
    assert isinstance(row, Mapping)
    if ROW_NAME in scenario.case:
        name = row.get(ROW_NAME)
        return name is not None and text_of_value(name) == scenario.case[ROW_NAME]
    return {key.text: text_of_value(value) for key, value in row.entries}.items() <= scenario.case.items()


def _with_one_value_each(text: str, axes: Node, entry: MappingEntry, scenario: Scenario) -> str:
    """Return the matrix with each axis reduced to the value that was played."""
    assert isinstance(axes, Mapping)
    assert isinstance(entry.value, Group)
    lines = [f"{MATRIX}:"]
    for (axis, values), written_axis in zip(axes.entries, entry.value.entries, strict=True):
        assert isinstance(values, ListNode)
        assert isinstance(written_axis.value, Group)
        value = written_axis.value.entries[_index(values.items, scenario.case[axis.text])].value
        lines.append(f"  {axis.text}: [{text[value.start : value.end]}]")
    return "\n".join(lines)


def _index(values: Sequence[Node], text: str) -> int:
    return next(index for index, value in enumerate(values) if text_of_value(value) == text)
