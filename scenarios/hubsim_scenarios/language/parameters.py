"""Parameters of steps: `$wait` in a step stands for the value that a case gives it.

A parameter is replaced before the steps are read, and only as a whole value, never as a part of a text. So
each case is read like a file that contains the values, and a value that does not fit is a mistake at its
place in the matrix or the table.
"""

from collections.abc import Iterator, Mapping

from hubsim_scenarios.language import nodes
from hubsim_scenarios.language.nodes import Node, Scalar
from hubsim_scenarios.language.read_context import VALUE_REFERENCE


def filled(node: Node, parameters: Mapping[str, Node]) -> Node:
    """Return the node with values in place of parameters."""
    match node:
        case Scalar():
            name = _name(node)
            return parameters.get(name, node) if name is not None else node
        case nodes.Sequence(items, place):
            return nodes.Sequence(tuple(filled(item, parameters) for item in items), place)
        case nodes.Mapping(entries, place, start, end):
            replaced = tuple((key, filled(value, parameters)) for key, value in entries)
            return nodes.Mapping(replaced, place, start, end)


def references_in(node: Node) -> Iterator[str]:
    """Yield the name of each reference to a parameter or a kept value."""
    match node:
        case Scalar():
            name = _name(node)
            if name is not None:
                yield name
        case nodes.Sequence(items):
            for item in items:
                yield from references_in(item)
        case nodes.Mapping(entries):
            for _, value in entries:
                yield from references_in(value)


def size_of(node: Node) -> int:
    """Return the number of words, lists and mappings in a node."""
    match node:
        case nodes.Sequence(items):
            return 1 + sum(map(size_of, items))
        case nodes.Mapping(entries):
            return 1 + sum(size_of(value) for _, value in entries)
        case _:
            return 1


def _name(word: Scalar) -> str | None:
    found = VALUE_REFERENCE.fullmatch(word.text)
    return found["name"] if found is not None else None
