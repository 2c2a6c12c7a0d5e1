"""Finds the errors that the lab, its plays and the simulator raise: their class, reason and sentence."""

import ast
from collections.abc import Iterator
from itertools import product
from pathlib import Path

ROOT = Path(__file__).parents[2]
PARTS = (
    "cloud/hubsim_cloud/lab",
    "scenarios/hubsim_scenarios/hosting",
    "simulator/hubsim_simulator/serving",
    "console/hubsim_console",
)
ERRORS = {"BadRequest", "NotThere", "LabRefused", "CannotServe", "cannot"}
FILE_LEAD = "the file cannot be opened: "
"""What `_bad` of `snapshot_file` puts before its sentence."""
VALUE = "x"
"""The stand-in for each value of a sentence."""


def raised_lab_errors() -> Iterator[tuple[str, str, str]]:
    """Yield the class, the reason and the sentence of each error that is raised with a constant reason."""
    for part in PARTS:
        for module in sorted((ROOT / part).rglob("*.py")):
            for function in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
                if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield from _raised(function)


def mistakes() -> Iterator[str]:
    """Yield the text of each mistake in a request."""
    for part in (*PARTS, "cloud/hubsim_cloud/http"):
        for module in sorted((ROOT / part).rglob("*.py")):
            for function in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
                if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                    for node in ast.walk(function):
                        match node:
                            case ast.Call(func=ast.Name("Mistake"), args=[_, text]):
                                yield from _sentences(text, {})


def _raised(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[tuple[str, str, str]]:
    known: dict[str, list[str]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            known.setdefault(node.targets[0].id, []).extend(_sentences(node.value, {}))
    for node in ast.walk(function):
        match node:
            case ast.Call(
                func=ast.Name(id=name) | ast.Attribute(attr=name), args=[ast.Constant(str(reason)), text]
            ) if name in ERRORS:
                for sentence in _sentences(text, known):
                    yield name, reason, sentence
            case ast.Call(func=ast.Name("_bad"), args=[text]):
                for sentence in _sentences(text, known):
                    yield "BadRequest", "bad_snapshot_file", FILE_LEAD + sentence


def _options(part: ast.expr, known: dict[str, list[str]]) -> list[str]:
    match part:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.FormattedValue(value=ast.Name(id=name)) if name in known:
            return known[name]
        case _:
            return [VALUE]


def _sentences(node: ast.expr, known: dict[str, list[str]]) -> list[str]:
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=parts):
            return ["".join(each) for each in product(*(_options(part, known) for part in parts))]
        case ast.Name(id=name) if name in known:
            return known[name]
        case ast.IfExp(body=body, orelse=other):
            return [*_sentences(body, known), *_sentences(other, known)]
        case _:
            return [VALUE]
