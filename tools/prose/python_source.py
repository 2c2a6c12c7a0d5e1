"""Prose in Python: docstrings, comments, messages, and the names of tests.

A message is a string with a few words in it. Strings in tests are left out: they are input, or what the code
under test says and is checked for there.
"""

import ast
import re
from collections.abc import Iterator
from typing import TypeGuard

from tools.prose.passages import MASK, Passage, Place, mask, passage

_OPENING = re.compile(r"[rRbBfFuU]{0,2}(\"\"\"|'''|\"|')")
_FIELD = re.compile(r"\{[^{}]*\}")
_ESCAPE = re.compile(r"\\.")
_FEW_WORDS = re.compile(r"[A-Za-z']{2,}(?:[,;:]?\s+[^\W\d_]+){2}")
"""Three words in a row make a message; less is a key or a name."""
_PRAGMA = re.compile(r"#\s*(?:noqa|type:|pragma|prose:|!)")


def in_python(source: str, *, tests: bool) -> Iterator[Passage]:
    """Yield the passages of a module; `tests` says whether it is one of the tests."""
    lines = source.split("\n")
    strings: list[ast.expr] = []
    waiting: list[ast.AST] = [ast.parse(source)]
    while waiting:
        node = waiting.pop()
        if (
            tests
            and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and node.name.startswith("test_")
        ):
            column = lines[node.lineno - 1].index(node.name) + 1
            yield passage("test name", [(Place(node.lineno, column), node.name.replace("_", " "))])
        for child in ast.iter_child_nodes(node):
            if not _is_string(child):
                waiting.append(child)
                continue
            strings.append(child)
            documents = isinstance(node, ast.Expr)
            if documents or not tests:
                found = passage("docstring" if documents else "message", _pieces(child, lines))
                if documents or _FEW_WORDS.search(found.text):
                    yield found
    yield from _comments(lines, strings)


def _is_string(node: ast.AST) -> TypeGuard[ast.expr]:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
    )


def _pieces(node: ast.expr, lines: list[str]) -> list[tuple[Place, str]]:
    """Return the text of a string by its lines, as the source has it, without quotes, fields and escapes."""
    first, last = node.lineno, node.end_lineno or node.lineno
    pieces = []
    closing = ""
    for number in range(first, last + 1):
        line = lines[number - 1]
        begin = _column(line, node.col_offset) if number == first else 0
        end = _column(line, node.end_col_offset or 0) if number == last else len(line)
        text = line[begin:end]
        begin += len(text) - len(text.lstrip())
        text = text.strip()
        opening = None if len(closing) == len('"""') else _OPENING.match(text)
        if opening:
            closing = opening[1]
            begin += opening.end()
            text = text[opening.end() :]
        text = text.removesuffix(closing)
        if isinstance(node, ast.JoinedStr):
            for _ in range(2):  # a format specification can have fields
                text = _FIELD.sub(lambda found: mask(found[0]), text)
        pieces.append((Place(number, begin + 1), _ESCAPE.sub(MASK * 2, text)))
    return pieces


def _column(line: str, in_bytes: int) -> int:
    return len(line.encode()[:in_bytes].decode())


def _comments(lines: list[str], strings: list[ast.expr]) -> Iterator[Passage]:
    """Yield comments; full-line comments in successive lines are one passage."""
    kept: list[tuple[Place, str]] = []
    spans: dict[int, list[ast.expr]] = {}
    for string in strings:
        for number in range(string.lineno, (string.end_lineno or string.lineno) + 1):
            spans.setdefault(number, []).append(string)
    for number, line in enumerate(lines, 1):
        column = _comment(line, number, spans.get(number, []))
        alone = not line[:column].strip()
        if kept and not (alone and kept[-1][0] == Place(number - 1, column + 2)):
            yield passage("comment", kept)
            kept = []
        if column < len(line) and not _PRAGMA.match(line[column:]):
            kept.append((Place(number, column + 2), line[column + 1 :]))
    if kept:
        yield passage("comment", kept)


def _comment(line: str, number: int, strings: list[ast.expr]) -> int:
    """Return where the comment of a line begins, or the length of the line."""
    for found in re.finditer("#", line):
        place = (number, len(line[: found.start()].encode()))
        if not any(
            (string.lineno, string.col_offset) <= place < (string.end_lineno or 0, string.end_col_offset or 0)
            for string in strings
        ):
            return found.start()
    return len(line)
