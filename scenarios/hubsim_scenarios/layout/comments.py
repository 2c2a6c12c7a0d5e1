"""Finds comments, and assigns each to its entry.

Promises that no comment is lost: each is part of exactly one entry, or of the end of the file.
"""

import re

import msgspec

from hubsim_scenarios.layout.tree import Group, MappingEntry, Node, entries, words

_COMMENT = re.compile(r"(?:(?<=\s)|^)#[^\n]*", re.MULTILINE)


class Comment(msgspec.Struct, frozen=True):
    """A comment in the file, without trailing blanks."""

    text: str
    index: int
    own_line: bool
    column: int


def comments(text: str, root: Node) -> list[Comment]:
    """Return all comments in the order of the text."""
    spans = iter(sorted((word.start, word.end) for word in words(root)))
    span, found, position = next(spans, None), [], 0
    while (match := _COMMENT.search(text, position)) is not None:
        while span is not None and span[1] <= match.start():
            span = next(spans, None)
        if span is not None and span[0] <= match.start():
            position = span[1]  # a `#` inside a word
            continue
        line_start = text.rfind("\n", 0, match.start()) + 1
        own_line = not text[line_start : match.start()].strip()
        found.append(Comment(match[0].rstrip(), match.start(), own_line, match.start() - line_start))
        position = match.end()
    return found


def attach(text: str, root: Group) -> list[str]:
    """Assign every comment and blank line to an entry; return the comments at the end of the file."""
    every = list(entries(root))
    tail: list[str] = []
    for comment in comments(text, root):
        if comment.own_line:
            _attach_line(comment, every, text, tail)
        else:
            _attach_trailing(comment, every, text)
    for group in [root, *(entry.value for entry in every if isinstance(entry.value, Group))]:
        if not group.flow:
            for entry in group.entries[1:]:
                if _blank_above(text, entry.start):
                    entry.before.append("")
    return tail


def _attach_line(comment: Comment, every: list[MappingEntry], text: str, tail: list[str]) -> None:
    lines = ["", comment.text] if _blank_above(text, comment.index) else [comment.text]
    below = next((entry for entry in every if entry.start > comment.index), None)
    around = _innermost_bracket(comment.index, every)
    if around is not None and (below is None or below.start >= around.end):
        around.entries[-1].after += lines
    elif below is not None and (around is not None or comment.column <= below.column):
        below.before += lines
    else:
        above = [entry for entry in every if entry.end <= comment.index and entry.column <= comment.column]
        if above and (below is not None or comment.column > 0):
            above[-1].after += lines
        elif below is not None:
            below.before += lines
        else:
            tail += lines


def _innermost_bracket(index: int, every: list[MappingEntry]) -> Group | None:
    """Return the innermost group in brackets around the index, or None. Empty groups are ignored."""
    groups = [
        entry.value
        for entry in every
        if isinstance(entry.value, Group) and entry.value.flow and entry.value.entries
    ]
    return next((group for group in reversed(groups) if group.start < index < group.end), None)


def _attach_trailing(comment: Comment, every: list[MappingEntry], text: str) -> None:
    line_start = text.rfind("\n", 0, comment.index) + 1
    ended = [entry for entry in every if line_start < entry.end <= comment.index]
    if ended:
        last = max(entry.end for entry in ended)
        owner = [entry for entry in ended if entry.end == last][-1]
        owner.trailing = _joined(owner.trailing, comment.text)
        return
    begun = [entry for entry in every if line_start <= entry.start < comment.index]
    if begun and begun[-1].key is not None:
        begun[-1].head = _joined(begun[-1].head, comment.text)
        return
    below = next(entry for entry in every if entry.start > comment.index)
    below.before.append(comment.text)


def _joined(first: str, second: str) -> str:
    return f"{first} {second}" if first else second


def _blank_above(text: str, index: int) -> bool:
    line_start = text.rfind("\n", 0, index) + 1
    above_start = text.rfind("\n", 0, max(line_start - 1, 0)) + 1
    return line_start > 0 and not text[above_start:line_start].strip()
