"""Explains errors of the YAML parser in words of the scenario language.

Each explanation has the place of the cause, for example that of an open bracket and not of the next line, and
what to write instead. Pure.
"""

import re
from typing import NamedTuple

import yaml

from hubsim_scenarios.language.errors import LINE_BREAK, Place, quoted

_CLOSERS = {"[": "]", "{": "}"}
_BEFORE_QUOTE = frozenset(" \t\n\r[{,:-")
_STEP = re.compile(r"( *)(- +)?")
_TEXT_BEFORE = re.compile(r"(?:^|[{,]) *(?P<key>[\w-]+): +(?P<value>[^{}\[\],'\"]*)$")
_TEXT_AFTER = re.compile(r"[^,{}\[\]\n\r]*")
_WORD = re.compile(r"[^\s,\[\]{}]+")


class Explanation(NamedTuple):
    """The place of the cause, what is wrong, and what to write."""

    place: Place
    text: str
    hint: str


class _Open(NamedTuple):
    char: str
    start: int


def explain(error: yaml.MarkedYAMLError, text: str) -> Explanation:
    """Return the explanation of a parser's error in the text."""
    mark = error.problem_mark or error.context_mark
    # At the end of the text the parser's mark may be in a line after the last.
    index = min(mark.index, len(text)) if mark is not None else 0
    problem = ", ".join(part for part in (error.context, error.problem) if part)
    found = (
        _quote(error, text)
        or _flow(problem, index, text)
        or _character(problem, index, text)
        or _indentation(problem, index, text)
        or _no_colon(error, text)
        or _escape(problem, index, text)
    )
    return found or Explanation(place_at(text, index), f"this is not YAML: {problem}", "")


def place_at(text: str, index: int) -> Place:
    """Return the place of a character of the text."""
    lines = LINE_BREAK.split(text[:index])
    return Place(len(lines), len(lines[-1]) + 1)


def _quote(error: yaml.MarkedYAMLError, text: str) -> Explanation | None:
    if "unexpected end of stream" not in str(error.problem) or error.context_mark is None:
        return None
    start = error.context_mark.index
    mark = text[start : start + 1]
    hint = f"write {mark} after the text, in the same line"
    return Explanation(place_at(text, start), f"this quote {mark} is not closed", hint)


def _flow(problem: str, index: int, text: str) -> Explanation | None:
    """Explain an error in brackets or braces."""
    if "expected ',' or" not in problem:
        return None
    char = text[index : index + 1]
    if char.isalnum() and text[index - 1 : index] in ("'", '"'):
        quote = text[index - 1]
        hint = f"in the text write {quote * 2} for {quote}, or use the other kind of quotes"
        return Explanation(place_at(text, index), "text follows the closing quote", hint)
    if char == ":":
        return _colon(index, text)
    opened = _opened(text, index)
    if opened is None:
        return None
    closer, place = _CLOSERS[opened.char], place_at(text, opened.start)
    if char and char in "]}" and char != closer:
        where = place_at(text, index)
        before = f"the '{char}' in line {where.line}, column {where.column}"
        return Explanation(
            place, f"this '{opened.char}' is not closed before {before}", f"write '{closer}' there"
        )
    comment = re.search(r" #", text[opened.start :].partition("\n")[0])
    hint = f"write '{closer}' after its last item"
    if comment:
        hint = "a comment begins at ' #': put text with ' #' in quotes"
    if index >= len(text.rstrip()) or place.line < place_at(text, index).line:
        return Explanation(place, f"this '{opened.char}' is not closed", hint)
    return Explanation(place_at(text, index), f"',' or '{closer}' is missing before this", "")


def _colon(index: int, text: str) -> Explanation:
    """Explain a second `: ` in one value: a text without quotes, or a missing comma."""
    line = text[text.rfind("\n", 0, index) + 1 : index]
    before, after = _TEXT_BEFORE.search(line), _TEXT_AFTER.match(text, index)
    hint = "put text that contains ': ' in quotes"
    if before is not None and after is not None:
        value, last = before["value"] + after[0].rstrip(), before["value"].split(" ")[-1]
        hint += f": {before['key']}: {quoted(value)}"
        if " " in before["value"]:
            hint += f"; or write a comma before {quoted(last)}"
    return Explanation(place_at(text, index), "a value contains ': '", hint)


def _opened(text: str, end: int) -> _Open | None:
    """Return the innermost bracket or brace that is open at `end`."""
    opened: list[_Open] = []
    index, before = 0, "\n"
    while index < end:
        char = text[index]
        if char in "'\"" and before in _BEFORE_QUOTE and opened:
            index = _after_quote(text, index, end)
        elif char == "#" and before.isspace():
            index = text.find("\n", index, end) if "\n" in text[index:end] else end
        elif char in "[{":
            opened.append(_Open(char, index))
        elif opened and char == _CLOSERS[opened[-1].char]:
            opened.pop()
        before = text[index] if index < end else ""
        index += 1
    return opened[-1] if opened else None


def _after_quote(text: str, start: int, end: int) -> int:
    """Return the index of the quote that closes the one at `start`, or `end`."""
    quote, index = text[start], start + 1
    while index < end and text[index] != quote:
        index += 2 if quote == '"' and text[index] == "\\" else 1
    return min(index, end)


def _character(problem: str, index: int, text: str) -> Explanation | None:
    """Explain a character that cannot begin a word."""
    char = text[index : index + 1]
    if char == "\t" or "tab character" in problem:
        return Explanation(place_at(text, index), "this line is indented with a tab", "indent it with spaces")
    if "cannot start any token" not in problem or not char:
        return None
    found = _WORD.match(text, index)
    word = found[0] if found else char
    return Explanation(
        place_at(text, index), f"a word cannot begin with {char} in YAML", f"put it in quotes: {quoted(word)}"
    )


def _indentation(reason: str, index: int, text: str) -> Explanation | None:
    """Explain a line with a wrong indentation, or a closing bracket without an opening one."""
    char, place = text[index : index + 1], place_at(text, index)
    if "mapping values are not allowed" in reason:
        return _colon(index, text)
    if not ("expected '-'" in reason or "expected key" in reason or "expected <document start>" in reason):
        return None
    if char and char in "]}":
        return Explanation(place, f"this '{char}' closes nothing", "remove it")
    lines = LINE_BREAK.split(text[:index])
    if lines[-1].strip():
        return None
    levels = _levels(lines[:-1], item=text.startswith("- ", index))
    if not levels:
        return None
    near = min(levels, key=lambda level: abs(level - len(lines[-1])))
    spaces = "1 space" if near == 1 else f"{near} spaces"
    wrong = "the indentation of this line does not fit the lines before it"
    return Explanation(place, wrong, f"indent it by {spaces}")


def _levels(lines: list[str], *, item: bool) -> set[int]:
    """Return the indentations that the next line can have; with `item`, those of items of lists."""
    levels: set[int] = set()
    lowest: int | None = None
    for line in reversed(lines):
        found = _STEP.match(line)
        if found is None or not line.strip() or line.lstrip().startswith("#"):
            continue
        indent, content = len(found[1]), found.end()
        if lowest is not None and indent >= lowest:
            continue
        lowest = indent
        if (found[2] is not None) == item:
            levels.add(indent)
        if found[2] is not None and not item and line[content : content + 1] not in ("{", "["):
            levels.add(content)
    return levels


def _no_colon(error: yaml.MarkedYAMLError, text: str) -> Explanation | None:
    if "could not find expected ':'" not in str(error.problem) or error.context_mark is None:
        return None
    start = error.context_mark.index
    place = place_at(text, start)
    if text[start : start + 1] in ("{", "["):
        return Explanation(place, "this line is not part of the list before it", "begin each item with '- '")
    word = LINE_BREAK.split(text[start:])[0]
    return Explanation(place, f"{quoted(word)} has no ': '", "write a key, a colon, a space and a value")


def _escape(problem: str, index: int, text: str) -> Explanation | None:
    if "hexdecimal" not in problem and "escape character" not in problem:
        return None
    hint = r"use single quotes, or write \\ for \ "
    return Explanation(place_at(text, index), r"in double quotes \ begins an escape sequence", hint.strip())
