"""Loads the hardware and the memory of a board: a file, or a class of the user as `module:Class`.

Owns finding, checking and creating the class. Refuses everything that is not a port before the agent starts:
the error names the option, the mistake, and what to write instead.
"""

import importlib
import inspect
import re
import sys
import traceback
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple, get_type_hints

import msgspec

from hubsim_agent.errors import AgentError

_PORT = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")


class BadPort(AgentError):
    """An option that names no usable port."""

    def __init__(self, text: str, option: str) -> None:
        super().__init__(f"{option}: {text}")
        self.option = option


class PortKind(NamedTuple):
    """A port that a user can supply."""

    option: str
    """The option that names it."""
    methods: Mapping[str, int]
    """The number of arguments of each method."""
    iterated: frozenset[str]
    """The methods that are asynchronous generators; all others are plain functions."""
    optional: frozenset[str] = frozenset()
    """The methods that the port need not have."""


HARDWARE = PortKind(
    "--hardware",
    {"read": 0, "changes": 0, "show": 1, "time_ms": 0},
    frozenset({"changes"}),
    frozenset({"time_ms"}),
)
MEMORY = PortKind("--memory", {"read": 0, "write": 1}, frozenset())


def names_port(text: str) -> bool:
    """Return whether the text is `module:Class`. A file with this name takes precedence."""
    return _PORT.fullmatch(text) is not None and not Path(text).exists()


def load_port(kind: PortKind, text: str, options: tuple[str, ...]) -> Any:
    """Import the class, and create the port with `options`, each `NAME=VALUE`. Raises `BadPort`.

    The current folder is searched for the module first. A value is converted to the type of the parameter.
    """
    module, _, name = text.partition(":")
    folder = str(Path.cwd())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    factory = _factory(kind, module, name)
    arguments = _arguments(kind, factory, text, options)
    try:
        port = factory(**arguments)
    except Exception as error:
        raise BadPort(f"{text} cannot be created: {described(error)}", kind.option) from error
    _check_methods(kind, text, port)
    return port


def described(error: BaseException) -> str:
    """Return the kind of an error, its text, and the place in the code where it was raised."""
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    frames = traceback.extract_tb(error.__traceback__)
    return f"{text} ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else text


def _factory(kind: PortKind, module: str, name: str) -> Callable[..., Any]:
    if module.endswith(".py"):
        raise BadPort(f"write {module[:-3]}:{name}, without .py", kind.option)
    try:
        loaded = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise BadPort(f"{module} cannot be imported: {error}", kind.option) from error
        raise BadPort(
            f"no module {error.name!r}; it must be in the current folder, or installed with the agent",
            kind.option,
        ) from error
    except Exception as error:
        raise BadPort(f"{module} cannot be imported: {described(error)}", kind.option) from error
    if not hasattr(loaded, name):
        close = get_close_matches(name, [each for each in vars(loaded) if not each.startswith("_")], n=1)
        advice = f"; did you mean {module}:{close[0]}?" if close else ""
        raise BadPort(f"module {module} has no {name!r}{advice}", kind.option)
    factory = getattr(loaded, name)
    if not callable(factory):
        raise BadPort(f"{module}:{name} is not a class", kind.option)
    return factory  # type: ignore[no-any-return]  # any callable


# ------------------------------------------------------------------ the options of a port


def _arguments(
    kind: PortKind, factory: Callable[..., Any], text: str, options: tuple[str, ...]
) -> dict[str, Any]:
    """Return the arguments for the class: each option converted to the type of its parameter."""
    option = f"{kind.option}-option"
    known = _parameters(kind, factory, text)
    arguments: dict[str, Any] = {}
    for given in options:
        name, equals, value = given.partition("=")
        if not equals:
            raise BadPort(f"NAME=VALUE is expected, not {given!r}", option)
        if name not in known:
            raise BadPort(f"{text} has no option {name!r}; {_known_names(name, known)}", option)
        if name in arguments:
            raise BadPort(f"{name} is given twice", option)
        arguments[name] = _converted(option, name, value, known[name].annotation)
    missing = [
        name
        for name, parameter in known.items()
        if parameter.default is parameter.empty and name not in arguments
    ]
    if missing:
        raise BadPort(f"{text} needs {option} {missing[0]}=VALUE", kind.option)
    return arguments


def _parameters(kind: PortKind, factory: Callable[..., Any], text: str) -> dict[str, inspect.Parameter]:
    """Return the parameters that can be given by name, with their types in place of annotations."""
    try:
        signature = inspect.signature(factory)
        hints = get_type_hints(factory.__init__ if inspect.isclass(factory) else factory)
    except (NameError, TypeError, ValueError) as error:
        raise BadPort(f"the parameters of {text} cannot be read: {error}", kind.option) from error
    by_name = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    found = {}
    for name, parameter in signature.parameters.items():
        if parameter.kind in by_name:
            found[name] = parameter.replace(annotation=hints.get(name, str))
        elif parameter.kind is inspect.Parameter.POSITIONAL_ONLY and parameter.default is parameter.empty:
            raise BadPort(f"parameter {name!r} of {text} cannot be given by its name", kind.option)
    return found


def _converted(option: str, name: str, value: str, wanted: Any) -> Any:
    try:
        return msgspec.convert(value, wanted, strict=False, dec_hook=_path)
    except (msgspec.ValidationError, TypeError) as error:
        raise BadPort(f"{name}: {error}", option) from error


def _path(wanted: type, value: Any) -> Any:
    if wanted is not Path:
        raise msgspec.ValidationError(f"an option cannot have the type {wanted.__name__}")
    return Path(value)


def _known_names(name: str, known: Mapping[str, object]) -> str:
    close = get_close_matches(name, known, n=1)
    if close:
        return f"did you mean {close[0]}?"
    return f"its options are {', '.join(known)}" if known else "it has no options"


# ------------------------------------------------------------------ the methods of a port


def _check_methods(kind: PortKind, text: str, port: object) -> None:
    for name, count in kind.methods.items():
        method = getattr(port, name, None)
        if method is None and name in kind.optional:
            continue
        if not callable(method):
            raise BadPort(f"{text} has no method {name!r}; {_interface(kind)}", kind.option)
        try:
            inspect.signature(method).bind(*range(count))
        except TypeError as error:
            wanted = f"{count} argument{'' if count == 1 else 's'}"
            raise BadPort(f"{name} of {text} must take {wanted} after self: {error}", kind.option) from error
        if name in kind.iterated:
            if inspect.iscoroutinefunction(method) or inspect.isgeneratorfunction(method):
                raise BadPort(
                    f"{name} of {text} must be an asynchronous generator: async def with yield", kind.option
                )
        elif inspect.iscoroutinefunction(method) or inspect.isasyncgenfunction(method):
            raise BadPort(f"{name} of {text} must be a plain function: def, not async def", kind.option)


def _interface(kind: PortKind) -> str:
    names = ", ".join(name for name in kind.methods if name not in kind.optional)
    return f"it needs {names} (hubsim_agent.ports.{kind.option.removeprefix('--').capitalize()}Port)"
