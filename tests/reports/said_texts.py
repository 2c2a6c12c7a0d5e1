"""Finds the texts that modules pass to `say` and `say_count`, and the texts that they show without these."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_SAYING = {"say", "msg"}
_WORDS = re.compile(r"(?<![\w./{-])[A-Za-z]{2,}[,;:]? [a-z]{2,}(?![\w./}-])")
"""Two words in a row: a text for people."""
_LOGS = {"debug", "info", "warning", "error", "exception"}


class Said(NamedTuple):
    """The texts of some modules."""

    phrases: frozenset[str]
    counts: frozenset[str]
    """The English plurals."""


def said_in(modules: list[Path]) -> Said:
    """Return every text that the modules pass to `say`, `say_count` or `msg`, also through a local name."""
    phrases, counts = set[str](), set[str]()
    for tree in map(_tree, modules):
        for function, call in _calls(tree):
            known = _local_texts(function)
            match call:
                case ast.Call(func=ast.Name(name), args=[text, *_]) if name in _SAYING:
                    phrases |= _texts(text, known)
                case ast.Call(func=ast.Name("say_count"), args=[_, many, *_]):
                    counts |= _texts(many, known)
    return Said(frozenset(phrases), frozenset(counts))


def unsaid_in(module: Path) -> Iterator[tuple[int, str]]:
    """Yield each text for people that does not go through `say`, with its line.

    Docstrings, assertions, logs and annotations are not shown to people who watch a play.
    """
    tree = _tree(module)
    skipped: set[int] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant(str())) | ast.Assert() | ast.AnnAssign(value=None):
                skipped |= set(map(id, ast.walk(node)))
            case ast.Call(func=ast.Name("say" | "say_count" | "msg" | "ContextVar" | "AssertionError")):
                skipped |= set(map(id, ast.walk(node)))
            case ast.Call(func=ast.Attribute(attr=name)) if name in _LOGS:
                skipped |= set(map(id, ast.walk(node)))
            case ast.arg(annotation=ast.expr() as annotation):
                skipped |= set(map(id, ast.walk(annotation)))
    said = said_in([module])
    known = said.phrases | said.counts | _singulars(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
            text = node.value
            if _WORDS.search(text) and text not in known:
                yield node.lineno, text


def _singulars(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for function, call in _calls(tree):
        match call:
            case ast.Call(func=ast.Name("say_count"), args=[one, *_]):
                found |= _texts(one, _local_texts(function))
    return found


def _tree(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"))


def _calls(tree: ast.AST) -> Iterator[tuple[ast.AST, ast.Call]]:
    """Yield each call with the innermost function around it, or the module."""

    def below(node: ast.AST, function: ast.AST) -> Iterator[tuple[ast.AST, ast.Call]]:
        for child in ast.iter_child_nodes(node):
            inner = child if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) else function
            if isinstance(child, ast.Call):
                yield function, child
            yield from below(child, inner)

    return below(tree, tree)


def _local_texts(function: ast.AST) -> dict[str, set[str]]:
    """Return the constant texts that the function assigns to its names."""
    found: dict[str, set[str]] = {}
    for node in ast.walk(function):
        match node:
            case ast.Assign(targets=[ast.Name(name)], value=ast.Constant(str(text))):
                found.setdefault(name, set()).add(text)
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
                for target, value in zip(names, values, strict=True):
                    if isinstance(target, ast.Name) and isinstance(value, ast.Constant):
                        found.setdefault(target.id, set()).add(str(value.value))
    return found


def _texts(node: ast.expr, known: dict[str, set[str]]) -> set[str]:
    match node:
        case ast.Constant(str(text)):
            return {text} - {""}
        case ast.Name(name):
            return known.get(name, set()) - {""}
        case ast.IfExp(body=body, orelse=other):
            return _texts(body, known) | _texts(other, known)
        case _:
            return set()
