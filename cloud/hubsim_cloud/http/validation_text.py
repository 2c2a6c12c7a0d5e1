"""Turns a validation error of msgspec into a mistake: a JSON pointer, and a text in the words of JSON."""

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any

import msgspec
from msgspec import inspect

from hubsim_cloud.http.problems import Mistake

MAX_COMPARED_CHARS = 60
"""A longer unknown name is not compared with the known ones, because comparing is slow."""

_PLACE = re.compile(r"^(?P<what>.*?)(?: - at `\$(?P<path>.*)`)?$", re.DOTALL)
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>.*)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(?P<name>.*)`")
_EXPECTED = re.compile(r"Expected `(?P<kinds>[^`]+)`(?P<more>[^,`]*)(?:, got `(?P<got>[^`]+)`)?", re.DOTALL)
_KINDS = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "object": "an object",
    "array": "a list",
}
"""The types of msgspec in words."""
_BOUNDS = (
    (" of length <= ", " of a length of at most "),
    (" of length >= ", " of a length of at least "),
    (" <= ", " of at most "),
    (" >= ", " of at least "),
)


def mistake_of(error: msgspec.ValidationError, kind: Any, names: Iterable[str]) -> Mistake:
    """Return the mistake in a value of this type; `names` are the known fields of an object."""
    found = _PLACE.match(str(error))
    assert found is not None, "the pattern matches any text"
    what, parts = found["what"], _parts(found["path"] or "")
    pointer = "".join("/" + _escaped(part) for part in parts)
    unknown, missing = _UNKNOWN.fullmatch(what), _MISSING.fullmatch(what)
    if unknown is not None:
        name = unknown["name"]
        return Mistake(f"{pointer}/{_escaped(cut(name))}", f"unknown field{meant(name, names)}")
    if missing is not None:
        return Mistake(f"{pointer}/{_escaped(missing['name'])}", "the field is missing")
    if what.startswith("Invalid enum value"):
        allowed = dict.fromkeys(_allowed(inspect.type_info(kind), parts))
        return Mistake(pointer, f"{' or '.join(allowed)} is expected")
    return Mistake(pointer, _in_words(what))


def cut(name: str) -> str:
    """Return a name of the request, cut at `MAX_COMPARED_CHARS`."""
    return name if len(name) <= MAX_COMPARED_CHARS else name[:MAX_COMPARED_CHARS] + "..."


def meant(name: str, names: Iterable[str]) -> str:
    """Return the hint for an unknown name: a similar one, or all known ones."""
    known = sorted(names)
    near = get_close_matches(name.lower(), known, n=1) if len(name) <= MAX_COMPARED_CHARS else []
    if near:
        return f"; did you mean {near[0]}?"
    return f"; known: {', '.join(known)}" if known else "; none is expected here"


def _parts(path: str) -> list[str]:
    """Return the parts of msgspec's path, such as `.role` or `[0].name`."""
    return [name or index for name, index in re.findall(r"\.([^.\[]+)|\[([^\]]*)\]", path)]


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _in_words(what: str) -> str:
    found = _EXPECTED.fullmatch(what)
    if found is None:
        return (what[:1].lower() + what[1:]).replace("`", "")
    kinds = " or ".join(_KINDS.get(kind, kind) for kind in found["kinds"].split(" | "))
    more, got = found["more"] or "", found["got"]
    for sign, words in _BOUNDS:
        more = more.replace(sign, words)
    return f"{kinds}{more} is expected" + (f", not {_KINDS.get(got, got)}" if got else "")


def _allowed(kind: inspect.Type, parts: list[str]) -> Iterator[str]:
    """Yield the values of the enums and literals at a path below a type."""
    match kind:
        case inspect.UnionType(types=types):
            for each in types:
                yield from _allowed(each, parts)
        case inspect.EnumType(cls=cls) if not parts:
            yield from (str(member.value) for member in cls)
        case inspect.LiteralType(values=values) if not parts:
            yield from map(str, values)
        case inspect.StructType(fields=fields) if parts:
            for field in fields:
                if field.encode_name == parts[0]:
                    yield from _allowed(field.type, parts[1:])
        case (
            inspect.ListType(item_type=item)
            | inspect.VarTupleType(item_type=item)
            | inspect.SetType(item_type=item)
            | inspect.FrozenSetType(item_type=item)
        ) if parts:
            yield from _allowed(item, parts[1:])
        case inspect.DictType(value_type=value) if parts:
            yield from _allowed(value, parts[1:])
