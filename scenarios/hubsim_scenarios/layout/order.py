"""The order of keys: of a file, of its world, and of a step.

The fields of expectations and actions keep their author's order: it may be chosen for reading, and a failure
names the first field that differs.
"""

from collections.abc import Callable, Collection, Sequence

import msgspec

from hubsim_scenarios.language.step_tables import LEADS
from hubsim_scenarios.language.world_reader import SECTIONS
from hubsim_scenarios.layout.tree import Group, MappingEntry, Node

_OF_PEOPLE = (
    ("as", "app", "do", "sees"),
    ("shows", "called", "refused", "may_be_refused", "screen", "soft", "note"),
)
_OF_OTHERS = (
    (*LEADS, "do"),
    ("refused", "may_be_refused", "succeed", "since", "within", "for", "soft", "note"),
)
"""The first and the last keys of a step; the keys between them keep their order."""


def put_in_order(root: Group, header: Sequence[str]) -> None:
    """Order the keys of a file in place; `header` are the top-level keys in their order."""
    _sort(root, _as_listed(header))
    world = value_of(root, "world")
    if isinstance(world, Group):
        _sort(world, _as_listed(tuple(SECTIONS)))
        for section, (_, struct) in SECTIONS.items():
            fields = _as_listed(tuple(field.encode_name for field in msgspec.structs.fields(struct)))
            for thing in _members(value_of(world, section)):
                _sort(thing, fields)
    for step in _members(value_of(root, "steps")):
        for member in _members(value_of(step, "together")):
            _put_step_in_order(member)
        _put_step_in_order(step)


def value_of(node: Node, key: str) -> Node | None:
    """Return the value of a key, or None."""
    if not isinstance(node, Group):
        return None
    return next((entry.value for entry in node.entries if entry.key and entry.key.text == key), None)


def _members(node: Node | None) -> list[Group]:
    entries = node.entries if isinstance(node, Group) else []
    return [entry.value for entry in entries if isinstance(entry.value, Group) and not entry.value.is_list]


def _sort(group: Group, place: Callable[[str], int]) -> None:
    def rank(entry: MappingEntry) -> int:
        return place(entry.key.text) if entry.key else 0

    group.entries.sort(key=rank)


def _as_listed(keys: Sequence[str]) -> Callable[[str], int]:
    places = {key: place for place, key in enumerate(keys)}
    return lambda key: places.get(key, len(places))


def _put_step_in_order(step: Group) -> None:
    keys = [entry.key.text for entry in step.entries if entry.key]
    _sort(step, place_in_step(keys, captioned=not step.flow and keys[0] == "note"))


def place_in_step(keys: Collection[str], *, captioned: bool = False) -> Callable[[str], int]:
    """Return the rank of each key of a step; with `captioned`, a `note` at the start remains there."""
    first, last = _OF_PEOPLE if "as" in keys else _OF_OTHERS
    if captioned:
        first = ("note", *first)

    def place(key: str) -> int:
        if key in first:
            return first.index(key)
        return len(first) + (1 + last.index(key) if key in last else 0)

    return place
