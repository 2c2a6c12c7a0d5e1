"""The error messages of the code, read from its source."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOLE = "..."
"""Replaces the parts of a text that are known only at run time."""
_VALUE = re.compile(r"{\w+}")
"""A value in a text that is translated."""


def messages(folders: list[str], callees: set[str]) -> dict[str, str]:
    """Return the texts in calls of these functions and errors, each with its module."""
    found: dict[str, str] = {}
    for folder in folders:
        for file in sorted(ROOT.glob(folder)):
            tree = ast.parse(file.read_text(encoding="utf-8"))
            for call in ast.walk(tree):
                if isinstance(call, ast.Call) and _name(call.func) in callees:
                    for text in _texts(call, tree):
                        found.setdefault(text, str(file.relative_to(ROOT)))
    return found


def _name(called: ast.expr) -> str:
    match called:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""


def _texts(call: ast.Call, tree: ast.Module) -> Iterator[str]:
    """Yield the first argument that is a text or the name of a text assigned shortly before."""
    for argument in call.args:
        text = _template(argument)
        name = _passed_name(argument)
        if text is None and name:
            assigned = list(_assigned(name, call.lineno, tree))
            yield from assigned
            if assigned:
                return  # a later argument is the hint
        if text is not None and text.replace(HOLE, "").strip(" ;:"):
            yield text
            return


def _passed_name(argument: ast.expr) -> str:
    """Return the name that is passed, also one that is translated: `text` for `text` and `say(text, ...)`."""
    match argument:
        case ast.Name(id=name) | ast.Call(func=ast.Name(id="say"), args=[ast.Name(id=name)]):
            return name
    return ""


def _assigned(name: str, before_line: int, tree: ast.Module) -> Iterator[str]:
    near = 12
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=known)], value=value) if known == name:
                text = _template(value)
                if text is not None and 0 <= before_line - node.lineno <= near:
                    yield _VALUE.sub(HOLE, text) if isinstance(value, ast.Constant) else text


def _template(node: ast.expr) -> str | None:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(_template(part) or HOLE for part in parts)
        case ast.Call(func=ast.Name(id="say" | "say_count"), args=[ast.Constant(value=str(text)), *_]):
            return _VALUE.sub(HOLE, text)
        case ast.FormattedValue(value=ast.Call() as call):
            return _template(call) or HOLE
        case ast.FormattedValue():
            return HOLE
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return (_template(left) or HOLE) + (_template(right) or HOLE)
    return None


def error_classes(folders: list[str]) -> dict[str, str]:
    """Return the error classes of these modules, each with its module."""
    found: dict[str, str] = {}
    known = {"Exception", "ValueError", "OSError"}
    for _ in range(3):  # the base class may be defined later, or in another module
        for folder in folders:
            for file in sorted(ROOT.glob(folder)):
                for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                    if isinstance(node, ast.ClassDef) and any(_name(base) in known for base in node.bases):
                        known.add(node.name)
                        found[node.name] = str(file.relative_to(ROOT))
    return found
