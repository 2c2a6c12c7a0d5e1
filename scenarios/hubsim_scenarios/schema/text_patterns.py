"""Patterns of words, also of words that YAML does not read as text.

Editors read scenario files as YAML 1.2, where `on` is text, `true` a boolean and `5` a number. The language
reads each word by the expected type. So the schema allows both forms.
"""

import re

from hubsim_contract.clock import LAST_YEAR
from hubsim_scenarios.language.durations import UNITS_MS
from hubsim_scenarios.language.moves import MonthEdge
from hubsim_scenarios.language.scalars import FLAGS
from hubsim_scenarios.schema.definitions import Schema

_DURATION = "(?=[0-9])" + "".join(rf"(?:[0-9]+\s*{unit}(?:\s+|$))?" for unit in UNITS_MS)
_ZONE = r"[A-Za-z][^\s()]*"
_DATE = r"(?:19[7-9][0-9]|2[0-4][0-9]{2})-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,3})?)?"
_LOCAL = rf"{_DATE}[ T]{_TIME}"
_TURN = r"(?:\s+\((?:first|second)\))?"
_EDGE = "(?:" + "|".join(MonthEdge) + ")"
_INTEGER = re.compile(r"[-+]?[0-9]+")
_ANY_CASE = "|".join("".join(f"[{char.upper()}{char}]" for char in word) for word in FLAGS)

assert LAST_YEAR == 2499, "the pattern of years must match the last year of the language"  # noqa: PLR2004

NAME_PATTERN = "^[a-z][a-z0-9_-]{0,39}$"
"""A declared name."""
_REFERENCE = "^@[a-z][a-z0-9_-]{0,39}$"
VALUE_PATTERN = "[$][a-z][a-z0-9_-]{0,39}"
"""A reference to a kept value or to a parameter."""
_MOVE = (
    rf"^\s*(?:{VALUE_PATTERN}(?:\s*[+-]\s*[0-9].*)?|\+\s*{_DURATION}|{_LOCAL}(?:\s+{_ZONE})?{_TURN}"
    rf"|{_EDGE}(?:\s+in\s+{_ZONE})?(?:\s*[+-]\s*[0-9].*?)?(?:\s+in\s+{_ZONE})?)\s*$"
)

TEXT: Schema = {"type": ["string", "number", "boolean"]}
"""Any word except `null`."""
NOTHING: Schema = {"type": "null"}


def matching(pattern: str, expected: str = "") -> Schema:
    """Return the schema of text that matches; `expected` names it in the editor's message for other text."""
    schema: Schema = {"type": "string", "pattern": pattern}
    if expected:
        schema["errorMessage"] = f"{expected} is expected here"
    return schema


def whole(least: int | None, most: int | None, step: int = 1) -> Schema:
    """Return the schema of a whole number between bounds, with or without quotes."""
    number: Schema = {"type": "integer"}
    if least is not None:
        number["minimum"] = least
    if most is not None:
        number["maximum"] = most
    if step > 1:
        number["multipleOf"] = step
    return {"anyOf": [number, matching("^-?[0-9]{1,15}$", "a whole number")]}


def one_of(words: list[str], about: list[str] | None = None) -> Schema:
    """Return the schema of a choice; `about` describes each word."""
    values: list[object] = list(words)
    values += [int(word) for word in words if _INTEGER.fullmatch(word)]
    values += [word == "true" for word in words if word in ("true", "false")]
    schema: Schema = {"enum": values}
    if about is not None:
        schema["enumDescriptions"] = about
    return schema


FLAG: Schema = {"anyOf": [{"type": "boolean"}, matching(f"^(?:{_ANY_CASE})$", "on or off")]}
NAME = matching(NAME_PATTERN, "a declared name")
FRAGMENT: Schema = {
    **matching("^[a-z0-9][a-z0-9_-]{0,79}$", "the name of a fragment (its file name without .yaml)"),
    **TEXT,
}
"""The name of a fragment. It may be a number in YAML, for example `002`."""
REFERENCE = matching(_REFERENCE)
"""A declared name in a pattern, which means the id of the thing."""
VALUE = matching(f"^{VALUE_PATTERN}$")
"""A kept value or a parameter, in place of a value."""
EMAIL = matching("@")
DURATION = matching(rf"^\s*{_DURATION}$", "a duration such as 90 s, 12 min or 1 d 2 h")
INSTANT = matching(rf"^\s*{_LOCAL}(?:\s+{_ZONE})?{_TURN}\s*$", "an instant such as 2026-01-15 09:00")
STARTING_CLOCK = matching(
    rf"^\s*{_LOCAL}\s+{_ZONE}{_TURN}\s*$", "an instant with its zone such as 2026-01-15 09:00 Europe/Warsaw"
)
MOVE: Schema = {
    "anyOf": [matching(_MOVE, "a clock move such as +3 d or start of next month"), {"enum": list(MonthEdge)}]
}
ZONE = matching(f"^{_ZONE}$", "a time zone such as Europe/Warsaw")
