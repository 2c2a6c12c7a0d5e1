"""A scenario file as a tree that preserves its form: styles, places, and the text in the file.

The tree of `hubsim_scenarios.language.nodes` has only the content. The files here have already been read by
the language, so they have no anchors, no tags and no deep nesting.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
import yaml

from hubsim_scenarios.language.nodes import FASTEST_LOADER

BLOCK_STYLES = ("|", ">")


class ScalarNode(msgspec.Struct):
    """A scalar. `raw` is its text in the file, including quotes."""

    text: str
    style: str
    """Empty for a plain word, else `'`, `"`, `|` or `>`."""
    raw: str
    start: int
    end: int
    bare: bool = False
    """Whether it may lose its quotes."""


class MappingEntry(msgspec.Struct):
    """A key with its value, or (without a key) an item of a list, and its comments."""

    key: ScalarNode | None
    value: "Node"
    start: int
    column: int
    """The column of the key, or of the dash of an item, from 0."""
    before: list[str] = []
    """Comments above it; an empty text is a blank line."""
    head: str = ""
    """A comment after the key, when the value begins in a later line."""
    trailing: str = ""
    """A comment after the value, in its last line."""
    after: list[str] = []
    """Comments below it that are not above another entry."""

    @property
    def end(self) -> int:
        """Return the end of its value."""
        return self.value.end


class Group(msgspec.Struct):
    """A list or a mapping. `flow` means in brackets."""

    entries: list[MappingEntry]
    flow: bool
    is_list: bool
    start: int
    closed: int
    """The index after the closing bracket; not used without brackets."""

    @property
    def end(self) -> int:
        """Return its end: after the closing bracket, or without brackets the end of the last entry."""
        return self.entries[-1].end if self.entries and not self.flow else self.closed


Node = ScalarNode | Group


def grow(text: str) -> Node:
    """Return the tree of a text. The language must have read the text without a mistake."""
    events = (
        event
        for event in yaml.parse(text, Loader=FASTEST_LOADER)
        if isinstance(event, yaml.NodeEvent | yaml.CollectionEndEvent)
    )
    return _TreeBuilder(text, events).node(next(events))


def entries(node: Node) -> Iterator[MappingEntry]:
    """Yield every entry in the order of the file, outer entries before inner ones."""
    if isinstance(node, Group):
        for entry in node.entries:
            yield entry
            yield from entries(entry.value)


def words(node: Node) -> Iterator[ScalarNode]:
    """Yield every word, including keys."""
    if isinstance(node, ScalarNode):
        yield node
        return
    for entry in node.entries:
        if entry.key is not None:
            yield entry.key
        yield from words(entry.value)


class _TreeBuilder:
    def __init__(self, text: str, events: Iterator[Any]) -> None:
        self._text = text
        self._events = events

    def node(self, event: Any) -> Node:
        start, end = event.start_mark.index, event.end_mark.index
        if isinstance(event, yaml.ScalarEvent):
            raw = self._text[start:end].rstrip()
            return ScalarNode(event.value, event.style or "", raw, start, start + len(raw))
        is_list = isinstance(event, yaml.SequenceStartEvent)
        group = Group([], bool(event.flow_style), is_list, start, end)
        for inner in self._events:
            if isinstance(inner, yaml.CollectionEndEvent):
                assert inner.end_mark is not None, "every parsed event has marks"
                group.closed = inner.end_mark.index
                break
            group.entries.append(self._item(inner, group) if is_list else self._pair(inner))
        return group

    def _item(self, event: Any, group: Group) -> MappingEntry:
        value = self.node(event)
        start = value.start if group.flow else self._text.rfind("-", 0, value.start + 1)
        return MappingEntry(None, value, start, self._column(start), before=[], after=[])

    def _pair(self, event: Any) -> MappingEntry:
        key = self.node(event)
        assert isinstance(key, ScalarNode)
        value = self.node(next(self._events))
        return MappingEntry(key, value, key.start, self._column(key.start), before=[], after=[])

    def _column(self, index: int) -> int:
        return index - (self._text.rfind("\n", 0, index) + 1)
