"""What can be wrong with a scenario file, and how it is said.

Owns the error of a file (`ScenarioError`, a value: a file may have many), the error of one piece of
text (`BadText`, raised by the small parsers), and the word probably meant.
"""

import difflib
import re
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

MAX_QUOTED_CHARS = 60
"""Longer words of the author are cut in messages, and get no suggestion: comparing them is dear."""
MAX_COMPARED_WORDS = 1000
"""Out of more words none is suggested: comparing with all of them for every mistake takes seconds."""
MAX_SHOWN_LINE_CHARS = 1000
"""A longer line of the file is not shown under a message: it would bury it."""
MAX_LISTED_WORDS = 15
"""When nothing is close, up to this many allowed words are listed instead: as many as hands have acts."""

LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""What YAML counts as a line end."""


class Place(NamedTuple):
    """Where something stands in a file; both count from 1, the column in characters."""

    line: int
    column: int


class ScenarioError(msgspec.Struct, frozen=True):
    """One mistake of one file. As text: `file:line:column: text; hint`."""

    file: str
    line: int
    column: int
    text: str
    hint: str = ""

    def __str__(self) -> str:
        tail = f"; {self.hint}" if self.hint else ""
        return f"{self.file}:{self.line}:{self.column}: {self.text}{tail}"


class BadText(ValueError):
    """A piece of text that cannot be what it should be. `hint` says what was probably meant, or is empty."""

    def __init__(self, text: str, hint: str = "") -> None:
        super().__init__(f"{text}; {hint}" if hint else text)
        self.text = text
        self.hint = hint


def quoted(word: str) -> str:
    """Return the author's own word for a message, cut at `MAX_QUOTED_CHARS`."""
    return repr(word if len(word) <= MAX_QUOTED_CHARS else word[:MAX_QUOTED_CHARS] + "...")


def with_article(words: str) -> str:
    """Return the words with `a` or `an` in front."""
    return f"{'an' if words[:1] in 'aeiou' else 'a'} {words}"


def probably(word: str, words: Iterable[str]) -> str | None:
    """Return the word probably meant, or None when none of them is close, or there are too many."""
    if len(word) > MAX_QUOTED_CHARS:
        return None
    lowered = {known.lower(): known for known in words}
    if len(lowered) > MAX_COMPARED_WORDS:
        return None
    close = difflib.get_close_matches(word.lower(), lowered, n=1)
    return lowered[close[0]] if close else None


def did_you_mean(word: str, words: Iterable[str]) -> str:
    """Return the hint for a wrong word: the one probably meant, else the short list of all, else nothing."""
    known = sorted(words)
    close = probably(word, known)
    if close is not None:
        return f"did you mean {close!r}?"
    return f"one of {', '.join(known)}" if 0 < len(known) <= MAX_LISTED_WORDS else ""


def show(error: ScenarioError, source: str) -> str:
    """Return the error with the line of `source` that it is about, and a caret under the place.

    The line is left out when it is longer than `MAX_SHOWN_LINE_CHARS`.
    """
    lines = LINE_BREAK.split(source)
    if error.line > len(lines):
        return str(error)
    line = lines[error.line - 1]
    if len(line) > MAX_SHOWN_LINE_CHARS:
        return str(error)
    gutter = f"{error.line:>5} | "
    # The caret keeps the tabs of the line, so that it stands right at any tab width.
    lead = "".join(char if char == "\t" else " " for char in line[: error.column - 1])
    return f"{error}\n{gutter}{line}\n{' ' * (len(gutter) - 2)}| {lead}^"
