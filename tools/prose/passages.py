"""Passages: pieces of prose, each line of it with its place in a file.

Owns the form in which every kind of file reaches the checks. Code, addresses and replacement fields are
masked with a character that no pattern matches, which keeps the columns.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

MASK = "\x01"
"""Replaces each character that is not prose."""
APART = "\x02"
"""Separates passages that are checked together."""
BEFORE_WORDS = f"{APART} \n\t\"'#*|>-.0123456789"
"""Marks before the first word of a passage: of a heading, a list item, a table cell."""
_CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
_ADDRESS = re.compile(r"\bhttps?://[^\s)>\]]+|(?<=\]\()[^)\s]+(?=\))|<[a-z/!][^<>]*>")
_FENCE = re.compile(r"^[ \t]*(```|~~~)[^\n]*\n.*?(?:^[ \t]*\1[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Place:
    """The place of something in a file; both numbers count from 1."""

    line: int
    column: int


@dataclass(frozen=True)
class Passage:
    """Prose of one kind: its text, and the place at which each line of the text begins."""

    kind: str
    text: str
    starts: tuple[Place, ...]

    def place(self, offset: int) -> Place:
        """Return the place of the character at `offset` of the text."""
        before = self.text[:offset]
        start = self.starts[before.count("\n")]
        return Place(start.line, start.column + offset - (before.rfind("\n") + 1))


def passage(kind: str, lines: list[tuple[Place, str]]) -> Passage:
    """Return one passage of these lines, with everything masked that is not prose."""
    text = "\n".join(line for _, line in lines)
    return Passage(kind, masked(text), tuple(place for place, _ in lines))


def masked(text: str) -> str:
    """Return the text with code and addresses masked; every other character keeps its place."""
    for pattern in (_FENCE, _CODE, _ADDRESS):
        text = pattern.sub(lambda found: mask(found[0]), text)
    return text


def mask(text: str) -> str:
    """Return as many mask characters as the text has, in the same lines."""
    return re.sub(r"[^\n]", MASK, text)


def paragraphs(kind: str, text: str) -> Iterator[Passage]:
    """Yield the paragraphs of a text that begins in line 1; rows of a table and items of a list are apart."""
    kept: list[tuple[Place, str]] = []
    for number, line in enumerate(masked(text).split("\n"), 1):
        if kept and (not line.strip() or re.match(r"\s*(?:[-*#|]|\d+\.) ?", line)):
            yield passage(kind, kept)
            kept = []
        if line.strip():
            kept.append((Place(number, 1), line))
    if kept:
        yield passage(kind, kept)
