"""The texts in the sources of the console: calls of `t`, `tn` and `msg` in TypeScript and Svelte files.

The first argument is a literal in quotes: the English text, which is the key of the catalogs. `t` also takes
an expression, whose texts are marked by `msg` elsewhere.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_LITERAL = r"""("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"""
_CALL = re.compile(rf"(?<![\w.$])(t|tn|msg)\(\s*(?:{_LITERAL}(?:\s*,\s*{_LITERAL})?|(`))")
_PLACEHOLDER = re.compile(r"\{\w+\}")


class Text(NamedTuple):
    """One text with its place. `many` is the English plural of a text with a number."""

    one: str
    many: str | None
    file: str
    line: int


class TextMistake(Exception):
    """A call that the extraction cannot read; the text says where it is and what to write."""


def texts(root: Path) -> Iterator[Text]:
    """Return the texts of all sources under a folder, by file and line. Raises `TextMistake`."""
    for path in sorted(root.rglob("*")):
        if path.suffix in {".ts", ".svelte"} and not path.name.endswith(".d.ts"):
            yield from texts_of(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"))


def texts_of(file: str, source: str) -> Iterator[Text]:
    """Return the texts of one source. Raises `TextMistake`."""
    for call in _CALL.finditer(source):
        function, one, many, template = call.groups()
        line = source.count("\n", 0, call.start()) + 1
        if template:
            raise TextMistake(
                f"{file}:{line}: {function}() needs a text in quotes, not a template: it is a key"
            )
        if function == "tn" and many is None:
            raise TextMistake(f'{file}:{line}: tn() needs two texts: tn("{{n}} hub", "{{n}} hubs", n)')
        yield Text(_plain(one), _plain(many) if function == "tn" else None, file, line)


def placeholders(text: str) -> set[str]:
    """Return the places for values in a text, such as `{name}`."""
    return set(_PLACEHOLDER.findall(text))


def _plain(literal: str) -> str:
    return str(ast.literal_eval(literal))  # strings of JavaScript and of Python have the same escapes here
