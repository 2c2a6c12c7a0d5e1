"""Reads the docstrings of fields and enum members from the source, for generated documents.

Python discards them when it runs a module.
"""

import ast
import inspect
import sys
from functools import cache


def documented_texts(cls: type) -> dict[str, str]:
    """Return the docstrings of the fields or members of a class and its base classes, by name.

    Each text is on one line, with `null` in place of None, as on the wire.
    """
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        if base.__module__.startswith(_OURS):
            found |= _by_class(base.__module__).get(base.__name__, {})
    return found


_OURS = "hubsim_"
"""The prefix of this project's packages."""


@cache
def _by_class(module: str) -> dict[str, dict[str, str]]:
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {node.name: _texts(node) for node in tree.body if isinstance(node, ast.ClassDef)}


def _texts(definition: ast.ClassDef) -> dict[str, str]:
    found = {}
    for field, docstring in zip(definition.body, definition.body[1:], strict=False):
        match field, docstring:
            case (
                ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                found[name] = " ".join(text.split()).replace("None", "null")
    return found
