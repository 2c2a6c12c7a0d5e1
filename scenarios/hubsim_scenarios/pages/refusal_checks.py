"""The order in which a handler checks for refusals, read from its source.

The reader follows calls into the cloud's domain in the order in which Python evaluates them, and collects the
refusals on the way. So the documented order is the order of the program.
"""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from functools import cache
from types import FunctionType, ModuleType
from typing import Any

from hubsim_cloud.domain import subscription
from hubsim_cloud.domain.refusals import RefusalName, Refused

_DOMAIN = "hubsim_cloud.domain."
_Constants = Mapping[str, Enum]
"""Local names that are bound to an enum member."""


def refusals_in_order(handler: Callable[..., Any]) -> tuple[RefusalName, ...]:
    """Return the refusals that the handler can give, in the order of its checks."""
    assert isinstance(handler, FunctionType)
    return tuple(dict.fromkeys(_Reader(handler, {}, ()).found()))


class _Reader(ast.NodeVisitor):
    """Reads one function. `above` are the functions that are being read, which ends a recursion."""

    def __init__(
        self, function: FunctionType, constants: _Constants, above: tuple[FunctionType, ...]
    ) -> None:
        self._globals = function.__globals__
        self._function = function
        self._constants = constants
        self._above = (*above, function)
        self._found: list[RefusalName] = []

    def found(self) -> list[RefusalName]:
        """Return the refusals in the order of the source, with repetitions."""
        for statement in _definition(self._function).body:
            self.visit(statement)
        return self._found

    def visit_Call(self, node: ast.Call) -> None:
        """Collect the refusals of the arguments, then those of the called function."""
        self.generic_visit(node)
        called = self._value(node.func)
        if called is Refused:
            self._found += [name for name in [self._value(node.args[0])] if isinstance(name, RefusalName)]
        elif called is subscription.step:
            self._found += _of_step(self._value(node.args[1]))
        else:
            for each in self._functions(node.func, called):
                self._found += _Reader(each, self._passed(each, node), self._above).found()

    def _functions(self, node: ast.expr, called: object) -> Iterator[FunctionType]:
        """Yield the function of the domain that is called, or those of the table from which it is taken."""
        found = [called]
        if isinstance(node, ast.Subscript):
            table = self._value(node.value)
            found = list(table.values()) if isinstance(table, dict) else []
        for each in found:
            if (
                isinstance(each, FunctionType)
                and each.__module__.startswith(_DOMAIN)
                and each not in self._above
            ):
                yield each

    def _value(self, node: ast.expr) -> object:
        """Return the value of a name or of `name.attribute`, or None if it is not known before the call."""
        match node:
            case ast.Name(id=name):
                return self._constants.get(name) or self._globals.get(name)
            case ast.Attribute(value=ast.Name(id=name), attr=attribute):
                owner = self._globals.get(name)
                return getattr(owner, attribute, None) if isinstance(owner, type | ModuleType) else None
        return None

    def _passed(self, called: FunctionType, node: ast.Call) -> _Constants:
        names = list(inspect.signature(called).parameters)
        values = zip(names, map(self._value, node.args), strict=False)
        return {name: value for name, value in values if isinstance(value, Enum)}


def _of_step(action: object) -> Iterator[RefusalName]:
    """Yield the refusals of the subscription's state machine for this action."""
    return (name for (_phase, each), name in subscription.REFUSALS.items() if each is action)


@cache
def _definition(function: FunctionType) -> ast.FunctionDef:
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    assert isinstance(definition, ast.FunctionDef)
    return definition
