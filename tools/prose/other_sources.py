"""Prose in scenario files, JavaScript, TOML and the Makefile."""

import re
from collections.abc import Iterator

import yaml

from tools.prose.passages import Passage, Place, passage

_READ = {"scenario", "about", "note"}
"""The keys of a scenario whose text is meant for people."""
_HASH = re.compile(r"^\s*#(?!!)(?P<text>.*)$|(?<=\s)#(?P<rest>[^\"']*)$")
_SLASHES = re.compile(r"^\s*//(?P<text>.*)$|(?<=\s)//(?P<rest>[^\"']*)$|^\s*/?\*+(?P<block>.*?)(?:\*/)?$")
_QUOTED = re.compile(r"\"(?P<text>[^\"\\\n]* [^\"\\\n]* [^\"\\\n]*)\"")


def in_scenario(source: str) -> Iterator[Passage]:
    """Yield titles, descriptions, notes and comments of a scenario file."""
    yield from in_comments(source)
    lines = source.split("\n")
    roots = yaml.compose_all(source, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    for node in (each for root in roots for each in _read(root)):
        begin, end = node.start_mark, node.end_mark
        pieces = []
        for number in range(begin.line, end.line + 1):
            column = begin.column if number == begin.line else 0
            stop = end.column if number == end.line else None
            pieces.append((Place(number + 1, column + 1), lines[number][column:stop]))
        yield passage("scenario", pieces)


def _read(node: yaml.Node) -> Iterator[yaml.ScalarNode]:
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _read(item)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value in _READ and isinstance(value, yaml.ScalarNode):
                yield value
            yield from _read(value)


def in_comments(source: str) -> Iterator[Passage]:
    """Yield the comments of a file in which `#` begins one."""
    yield from _matches("comment", _HASH, source)


def in_javascript(source: str) -> Iterator[Passage]:
    """Yield comments, and strings of three words or more."""
    yield from _matches("comment", _SLASHES, source)
    yield from _matches("message", _QUOTED, source)


def _matches(kind: str, pattern: re.Pattern[str], source: str) -> Iterator[Passage]:
    """Yield what the pattern finds, with matches in successive lines as one passage."""
    kept: list[tuple[Place, str]] = []
    for number, line in enumerate(source.split("\n"), 1):
        found = pattern.search(line)
        if kept and not (found and kept[-1][0].line == number - 1):
            yield passage(kind, kept)
            kept = []
        if found:
            name = found.lastgroup or "text"
            kept.append((Place(number, found.start(name) + 1), found[name]))
    if kept:
        yield passage(kind, kept)
