"""Finds values that a step keeps and that no later step uses."""

from collections.abc import Iterable, Iterator

from hubsim_scenarios.language import nodes
from hubsim_scenarios.language.comparison_reader import KEEP
from hubsim_scenarios.language.keeping import kept_by, used_by
from hubsim_scenarios.language.nodes import Node, Scalar
from hubsim_scenarios.language.steps import Scenario


def unused_values(root: Node | None, cases: Iterable[Scenario]) -> Iterator[Scalar]:
    """Yield the names, as in the file, of kept values that no case uses. Those of fragments are omitted."""
    steps = [step for case in cases for step in case.steps]
    used = {name for step in steps for name in used_by(step)}
    unused = {kept.name for step in steps for kept in kept_by(step)} - used
    return (word for word in _kept(root) if word.text in unused)


def _kept(node: Node | None) -> Iterator[Scalar]:
    match node:
        case nodes.Mapping(entries):
            for key, value in entries:
                if key.text == KEEP and isinstance(value, Scalar):
                    yield value
                yield from _kept(value)
        case nodes.Sequence(items):
            for item in items:
                yield from _kept(item)
