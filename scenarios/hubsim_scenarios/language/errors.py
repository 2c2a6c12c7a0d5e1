"""Errors in a scenario file, and their text.

Owns the error of a file (`ScenarioError`, a value, because a file may have many), the error of one piece of
text (`BadText`, which the small parsers raise), and the search for the word probably meant.
"""

import difflib
import re
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from hubsim_scenarios.language.odd_characters import visible

MAX_QUOTED_CHARS = 60
"""Longer words of the author are cut in messages, and get no suggestion: comparing them is slow."""
MAX_COMPARED_WORDS = 1000
"""From more words there is no suggestion: comparing with all of them for every mistake takes seconds."""
MAX_SHOWN_LINE_CHARS = 1000
"""A longer line of the file is not shown under its message: it would hide the message."""
MAX_LISTED_WORDS = 15
"""Without a similar word, a hint lists up to this many allowed words: enough for all bench actions."""

LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""The line ends of YAML."""


class Place(NamedTuple):
    """A place in a file; both numbers count from 1, the column in characters."""

    line: int
    column: int


class ScenarioError(msgspec.Struct, frozen=True):
    """One mistake in a file. As text: `file:line:column: text; hint`."""

    file: str
    line: int
    column: int
    text: str
    hint: str = ""

    def __str__(self) -> str:
        tail = f"; {self.hint}" if self.hint else ""
        return f"{self.file}:{self.line}:{self.column}: {self.text}{tail}"


class BadText(ValueError):
    """A piece of text that is not of the expected form. `hint` suggests a correction, or is empty."""

    def __init__(self, text: str, hint: str = "") -> None:
        super().__init__(f"{text}; {hint}" if hint else text)
        self.text = text
        self.hint = hint


def quoted(word: str) -> str:
    """Return the author's word in quotes for a message, cut at `MAX_QUOTED_CHARS`."""
    return repr(word if len(word) <= MAX_QUOTED_CHARS else word[:MAX_QUOTED_CHARS] + "...")


def with_article(words: str) -> str:
    """Return the words with `a` or `an` in front."""
    return f"{'an' if words[:1] in 'aeiou' else 'a'} {words}"


def probably(word: str, words: Iterable[str]) -> str | None:
    """Return the word probably meant, or None when no word is similar or there are too many words."""
    if len(word) > MAX_QUOTED_CHARS:
        return None
    lowered = {known.lower(): known for known in words}
    if len(lowered) > MAX_COMPARED_WORDS:
        return None
    close = difflib.get_close_matches(word.lower(), lowered, n=1)
    return lowered[close[0]] if close else None


def did_you_mean(word: str, words: Iterable[str]) -> str:
    """Return the hint for a wrong word: the word probably meant, else the list of all if short, else ''."""
    known = sorted(words)
    close = probably(word, known)
    if close is not None:
        return f"did you mean {close!r}?"
    return f"use one of: {', '.join(known)}" if 0 < len(known) <= MAX_LISTED_WORDS else ""


def show(error: ScenarioError, source: str) -> str:
    """Return the error with its line of `source`, and a caret under the place.

    A line longer than `MAX_SHOWN_LINE_CHARS` is omitted.
    """
    lines = LINE_BREAK.split(source)
    if error.line > len(lines):
        return str(error)
    line = lines[error.line - 1]
    if len(line) > MAX_SHOWN_LINE_CHARS:
        return str(error)
    gutter = f"{error.line:>5} | "
    # The text before the caret keeps the tabs of the line, so that it aligns at any tab width.
    lead = "".join(char if char == "\t" else " " for char in visible(line[: error.column - 1]))
    return f"{error}\n{gutter}{visible(line)}\n{' ' * (len(gutter) - 2)}| {lead}^"
