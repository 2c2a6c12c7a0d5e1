"""A scenario file as a tree that remembers how it was written: styles, places, and text as it stood.

Unlike `hubsim_scenarios.language.nodes`, which keeps what a file says. Only files that the language has read
come here, so anchors, tags and endless nesting do not.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
import yaml

from hubsim_scenarios.language.nodes import FASTEST_LOADER

BLOCK_STYLES = ("|", ">")


class Scalar(msgspec.Struct):
    """A scalar. `raw` is its text in the file, quotes included."""

    text: str
    style: str
    """Empty for a plain word, else `'`, `"`, `|` or `>`."""
    raw: str
    start: int
    end: int
    bare: bool = False
    """Whether it may lose its quotes."""


class MappingEntry(msgspec.Struct):
    """A key with its value, or (without a key) an item of a list; and the comments that belong to it."""

    key: Scalar | None
    value: "Node"
    start: int
    column: int
    """Of the key, or of the dash of an item."""
    before: list[str] = []
    """Comments above it; an empty one is a blank line."""
    head: str = ""
    """A comment behind the key, when the value begins in a later line."""
    behind: str = ""
    """A comment behind the whole of it."""
    after: list[str] = []
    """Comments below it that belong to nothing further down."""

    @property
    def end(self) -> int:
        """Return where its value ends."""
        return self.value.end


class Group(msgspec.Struct):
    """A list or a mapping. `flow` says that it stands in brackets."""

    entries: list[MappingEntry]
    flow: bool
    is_list: bool
    start: int
    closed: int
    """Behind the closing bracket; of one without brackets it does not count."""

    @property
    def end(self) -> int:
        """Return where it ends: a block without brackets with the last thing in it."""
        return self.entries[-1].end if self.entries and not self.flow else self.closed


Node = Scalar | Group


def grow(text: str) -> Node:
    """Return the tree of a text that the language has read without a mistake."""
    events = (
        event
        for event in yaml.parse(text, Loader=FASTEST_LOADER)
        if isinstance(event, yaml.NodeEvent | yaml.CollectionEndEvent)
    )
    return _Grower(text, events).node(next(events))


def entries(node: Node) -> Iterator[MappingEntry]:
    """Yield every entry, the outer before the inner, in the order of the file."""
    if isinstance(node, Group):
        for entry in node.entries:
            yield entry
            yield from entries(entry.value)


def words(node: Node) -> Iterator[Scalar]:
    """Yield every word, keys included."""
    if isinstance(node, Scalar):
        yield node
        return
    for entry in node.entries:
        if entry.key is not None:
            yield entry.key
        yield from words(entry.value)


class _Grower:
    def __init__(self, text: str, events: Iterator[Any]) -> None:
        self._text = text
        self._events = events

    def node(self, event: Any) -> Node:
        start, end = event.start_mark.index, event.end_mark.index
        if isinstance(event, yaml.ScalarEvent):
            raw = self._text[start:end].rstrip()
            return Scalar(event.value, event.style or "", raw, start, start + len(raw))
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
        assert isinstance(key, Scalar)
        value = self.node(next(self._events))
        return MappingEntry(key, value, key.start, self._column(key.start), before=[], after=[])

    def _column(self, index: int) -> int:
        return index - (self._text.rfind("\n", 0, index) + 1)
