"""The texts that stand behind fields and enum members in the source, for documents made from the code.

Python forgets them when it runs a module, so they are read from its source.
"""

import ast
import inspect
import sys
from functools import cache


def documented_texts(cls: type) -> dict[str, str]:
    """Return the texts behind the fields or members of a class and of those that it comes from, by name.

    Each on one line, and with `null` for None, as everywhere outside Python.
    """
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        if base.__module__.startswith(_OURS):
            found |= _by_class(base.__module__).get(base.__name__, {})
    return found


_OURS = "hubsim_"
"""How the names of our own packages begin."""


@cache
def _by_class(module: str) -> dict[str, dict[str, str]]:
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {node.name: _texts(node) for node in tree.body if isinstance(node, ast.ClassDef)}


def _texts(definition: ast.ClassDef) -> dict[str, str]:
    found = {}
    for field, behind in zip(definition.body, definition.body[1:], strict=False):
        match field, behind:
            case (
                ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                found[name] = " ".join(text.split()).replace("None", "null")
    return found
