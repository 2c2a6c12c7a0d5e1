"""What was done, step by step and by hand, as the text of a scenario.

Pure. The text is the scenario's own as far as it was played, comments included, with the steps by hand where
they were done; a matrix keeps the one case that was played. Promises the layout of `hubsim fmt`.
"""

from collections.abc import Sequence

from hubsim_scenarios.language.fragments import Fragments
from hubsim_scenarios.language.language import Language
from hubsim_scenarios.language.matrix import text_of_value
from hubsim_scenarios.language.nodes import Mapping, Node, compose
from hubsim_scenarios.language.nodes import Sequence as ListNode
from hubsim_scenarios.language.problems import Problems
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.layout.layout import CannotLayOut, laid_out
from hubsim_scenarios.layout.tree import Group, grow

MATRIX = "matrix"

Done = int | str
"""A step of the scenario, by its place from 0, or one by hand, in flow style."""


class CannotWrite(Exception):
    """What was done cannot be said as a scenario. The text says why."""


def written(
    text: str, scenario: Scenario, done: Sequence[Done], language: Language, fragments: Fragments
) -> str:
    """Return the text of a scenario that does what was done. Raises `CannotWrite`.

    `text` is the file's, and `scenario` what was read from it.
    """
    inherited = sum(1 for step in scenario.steps if step.file is not None)
    own = list(done[inherited:])
    if done[:inherited] != list(range(inherited)):
        raise CannotWrite(
            f"the first {inherited} steps are those of a fragment, which is played whole or not at all: "
            f"act by hand from step {inherited + 1} on"
        )
    if not own:
        raise CannotWrite("nothing was done yet")
    try:
        laid = laid_out(text, language, fragments)
        if _own_sources(language.cases("", text, fragments).scenarios[0]) != _own_sources(scenario):
            raise CannotWrite("the file was changed since its steps were read: play it again")
        if scenario.case:
            laid = laid_out(_with_one_case(laid, scenario), language, fragments)
        head, chunks = _parts(laid, language, fragments)
        lines = [chunks[each - inherited] if isinstance(each, int) else f"  - {each}" for each in own]
        return laid_out("\n".join([head, *lines]) + "\n", language, fragments)
    except CannotLayOut as error:
        raise CannotWrite(error.reason) from error


def _own_sources(scenario: Scenario) -> list[str]:
    return [step.source for step in scenario.steps if step.file is None]


def _parts(laid: str, language: Language, fragments: Fragments) -> tuple[str, list[str]]:
    """Return what stands before the first step, and each step with the comments above it."""
    scenario = language.cases("", laid, fragments).scenarios[0]
    lines = laid.splitlines()
    starts = [_with_comments(lines, step.place.line - 1) for step in scenario.steps if step.file is None]
    ends = [*starts[1:], len(lines)]
    chunks = ["\n".join(lines[start:end]) for start, end in zip(starts, ends, strict=True)]
    return "\n".join(lines[: starts[0]]), chunks


def _with_comments(lines: list[str], line: int) -> int:
    """Return where a step begins together with the comments above it."""
    while line and (not lines[line - 1].strip() or lines[line - 1].lstrip().startswith("#")):
        line -= 1
    return line


def _with_one_case(laid: str, scenario: Scenario) -> str:
    """Return the text with each axis of the matrix at the value that was played."""
    root, tree = compose(laid, Problems("")), grow(laid)
    assert isinstance(root, Mapping)
    assert isinstance(tree, Group)
    axes = root.get(MATRIX)
    entry = next(entry for entry in tree.entries if entry.key is not None and entry.key.text == MATRIX)
    assert isinstance(axes, Mapping)
    assert isinstance(entry.value, Group)
    lines = [f"{MATRIX}:"]
    for (axis, values), written_axis in zip(axes.entries, entry.value.entries, strict=True):
        assert isinstance(values, ListNode)
        assert isinstance(written_axis.value, Group)
        value = written_axis.value.entries[_place(values.items, scenario.case[axis.text])].value
        lines.append(f"  {axis.text}: [{laid[value.start : value.end]}]")
    return laid[: entry.start] + "\n".join(lines) + laid[entry.end :]


def _place(values: Sequence[Node], text: str) -> int:
    return next(place for place, value in enumerate(values) if text_of_value(value) == text)
