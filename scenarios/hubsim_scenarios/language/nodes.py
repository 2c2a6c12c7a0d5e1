"""Parses text into a tree of nodes, each with its place. Only this module and `layout` use the YAML library.

The tree is built from the parser's events, not by its composer: the composer written in C recurses without a
bound, so that a deeply nested file would crash the process. Scalars remain text; the reader of the expected
type interprets them. Refuses anchors, aliases, tags, merge keys, duplicate keys, keys that are not words, and
more than one document. Never raises on input.
"""

from collections.abc import Iterator
from typing import Any, TypeGuard

import msgspec
import yaml

from hubsim_scenarios.language.errors import Place, quoted
from hubsim_scenarios.language.odd_characters import (
    code,
    ends_quote,
    not_allowed,
    odd_space,
    without_quotes,
)
from hubsim_scenarios.language.problems import Problems
from hubsim_scenarios.language.yaml_mistakes import explain, place_at

MAX_FILE_BYTES = 256 * 1024
"""A scenario has a few kilobytes. A larger file is refused without being parsed."""
MAX_DEPTH = 24
"""Nesting of lists and mappings. The language needs about 8. Parsing ends at a deeper level."""

FASTEST_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The parser in C if the YAML library has it, else the one in Python, which gives the same events."""
_NULLS = frozenset({"", "~", "null"})


class Scalar(msgspec.Struct, frozen=True):
    """A word. `plain` means without quotes."""

    text: str
    plain: bool
    place: Place

    @property
    def null(self) -> bool:
        """Return whether it is `null`, `~` or empty, without quotes."""
        return self.plain and self.text in _NULLS


class Sequence(msgspec.Struct, frozen=True):
    """A list."""

    items: tuple["Node", ...]
    place: Place


class Mapping(msgspec.Struct, frozen=True):
    """Unique keys and their values in the order of the file. `start` and `end` are character offsets."""

    entries: tuple[tuple[Scalar, "Node"], ...]
    place: Place
    start: int
    end: int

    def get(self, key: str) -> "Node | None":
        """Return the value of the key, or None."""
        return next((value for word, value in self.entries if word.text == key), None)


Node = Scalar | Sequence | Mapping


class _Unreadable(Exception):
    """A mistake after which the rest of the file would be misread."""

    def __init__(self, place: Place, text: str, hint: str = "") -> None:
        self.place = place
        self.text = text
        self.hint = hint


def text_of(source: bytes | str, problems: Problems) -> str | None:
    """Return the source as text, or None after a report: too large, not UTF-8, or control characters."""
    data = source.encode("utf-8", "surrogatepass") if isinstance(source, str) else source
    if len(data) > MAX_FILE_BYTES:
        problems.add(Place(1, 1), f"the file is larger than {MAX_FILE_BYTES} bytes, the limit for a scenario")
        return None
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        byte = f"the file is not UTF-8 (byte 0x{data[error.start]:02x})"
        problems.add(place_at(before, len(before)), byte, "save it as UTF-8")
        return None
    bad = not_allowed(text)
    if bad:
        name = f"the character {code(bad[0])} is not allowed in a scenario"
        problems.add(place_at(text, bad.start()), name, "remove it; editors do not show it")
        return None
    return text


def compose(text: str, problems: Problems, loader: Any = FASTEST_LOADER) -> Node | None:
    """Return the tree of the document in the text, or None after a report."""
    try:
        return _Composer(yaml.parse(text, Loader=loader), problems).document()
    except yaml.MarkedYAMLError as error:
        problems.add(*explain(error, text))
    except yaml.YAMLError as error:
        problems.add(Place(1, 1), f"this is not YAML: {error}")
    except _Unreadable as error:
        problems.add(error.place, error.text, error.hint)
    return None


class _Composer:
    """Turns events into nodes, at most `MAX_DEPTH` calls deep."""

    def __init__(self, events: Iterator[yaml.Event], problems: Problems) -> None:
        self._events = events
        self._problems = problems

    def document(self) -> Node | None:
        root: Node | None = None
        for event in self._events:
            if not isinstance(event, yaml.NodeEvent):
                continue
            if root is not None:
                self._problems.add(_place(event), "a second YAML document begins here; a file has only one")
                return root
            root = self._node(event, 0)
        if root is None:
            self._problems.add(Place(1, 1), "the file is empty")
        return root

    def _node(self, event: yaml.Event, depth: int) -> Node:
        place = _place(event)
        if depth > MAX_DEPTH:
            raise _Unreadable(place, f"lists and mappings are nested more than {MAX_DEPTH} levels deep")
        if isinstance(event, yaml.AliasEvent):
            self._problems.add(place, f"YAML aliases (*{event.anchor}) are not part of the language")
            return Scalar("", plain=False, place=place)
        assert isinstance(event, (yaml.ScalarEvent, yaml.CollectionStartEvent))
        if event.anchor is not None:
            self._problems.add(place, f"YAML anchors (&{event.anchor}) are not part of the language")
        if event.tag is not None:
            self._problems.add(place, f"YAML tags ({quoted(event.tag)}) are not part of the language")
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, place)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(place, depth)
        return self._mapping(event, place, depth)

    def _scalar(self, event: yaml.ScalarEvent, place: Place) -> Scalar:
        text = event.value
        inner = None if event.style else without_quotes(text)
        if inner is None:
            return Scalar(text, plain=not event.style, place=place)
        hint = f"write ordinary quotes: {quoted(inner)}"
        self._problems.add(place, f"{text[0]} is a typographic quote, not a quote of YAML", hint)
        return Scalar(inner, plain=False, place=place)

    def _sequence(self, place: Place, depth: int) -> Sequence:
        items: list[Node] = []
        for event in self._events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            items.append(self._node(event, depth + 1))
        return Sequence(tuple(items), place)

    def _mapping(self, opening: yaml.Event, place: Place, depth: int) -> Mapping:
        entries: dict[str, tuple[Scalar, Node]] = {}
        start, end = opening.start_mark, opening.end_mark
        for event in self._events:
            if isinstance(event, yaml.MappingEndEvent):
                end = event.end_mark
                break
            key = self._node(event, depth + 1)
            value = self._node(next(self._events), depth + 1)
            _check_spaces(key, value)
            if self._good_key(key, entries):
                entries[key.text] = (key, value)
        assert start is not None
        assert end is not None
        return Mapping(tuple(entries.values()), place, start.index, end.index)

    def _good_key(self, key: Node, entries: dict[str, tuple[Scalar, Node]]) -> TypeGuard[Scalar]:
        if not isinstance(key, Scalar):
            self._problems.add(key.place, "a key must be a word, not a list or a mapping")
        elif key.plain and key.text == "<<":
            self._problems.add(key.place, "YAML merge keys (<<) are not part of the language")
        elif key.plain and ends_quote(key.text) and self._problems.count:
            return False  # the end of a text in typographic quotes, which is already reported
        elif key.text in entries:
            first = entries[key.text][0].place
            text = f"duplicate key {quoted(key.text)}; line {first.line} has it already"
            self._problems.add(key.place, text)
        else:
            return True
        return False


def _check_spaces(key: Node, value: Node) -> None:
    for node in (key, value):
        if isinstance(node, Scalar) and node.plain:
            index = odd_space(node.text, key=node is key)
            if index is not None:
                place = Place(node.place.line, node.place.column + index)
                text = f"the character {code(node.text[index])} is not an ordinary space"
                raise _Unreadable(place, text, "write an ordinary space")


def _place(event: yaml.Event) -> Place:
    mark = event.start_mark
    assert mark is not None, "every parsed event has marks"
    return Place(mark.line + 1, mark.column + 1)
