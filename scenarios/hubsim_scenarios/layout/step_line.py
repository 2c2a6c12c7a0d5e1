"""Writes one step as a line of a scenario file, and the state of a hub as an expectation.

Owns which words need quotes, and which fields of a hub an expectation contains. Promises that `hubsim fmt`
does not change the line. Does not depend on the source of the step.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from hubsim_contract.lab.bench_actions import Snapshot
from hubsim_contract.wire.service import SecondTile
from hubsim_scenarios.layout.order import place_in_step
from hubsim_scenarios.layout.quoting import can_be_plain, in_quotes, reads_as_text
from hubsim_scenarios.product.vocabulary import FLAT

EXPECTED_FIELDS = ("service", "tile", "second_tile", "star", "led", "registration", "online")
"""The fields of a hub in an expectation, in order: those that people see, and whether it is online."""
_OMITTED_VALUES = {"second_tile": SecondTile.NONE.value}
"""Values that are omitted unless they changed."""
_MOMENT = "clock"
"""Its value needs no quotes: YAML reads an instant as text, in spite of its colon."""
_PROFILE = "profile"
_CARRIER = "carrier"


class Quoted(str):
    """Text that needs quotes, because without quotes it would be read as a name."""

    __slots__ = ()


def flow(step: Mapping[str, Any]) -> str:
    """Return one step in brackets, with its keys in the order of a step and without fields that are None.

    Values are text, numbers, flags, enums, lists and mappings of them. Quotes enclose `Quoted` text and text
    that YAML would not read as text.
    """
    keys = [name for name, value in step.items() if value is not None]
    keys.sort(key=place_in_step(keys))
    return _mapping({name: step[name] for name in keys})


def hub_expectation(
    alias: str, snapshots: Mapping[str, Snapshot], before: Mapping[str, Snapshot] | None = None
) -> str | None:
    """Return the step that expects a hub in this state: all fields, or those that differ from `before`.

    `snapshots` are those of `expectations.hub_snapshots`. A field that several of them have is omitted if
    they disagree. Return None if no field is left.
    """
    now = _fields(snapshots)
    if before is None:
        expected = {name: value for name, value in now.items() if value != _OMITTED_VALUES.get(name)}
    else:
        known = _fields(before)
        expected = {name: value for name, value in now.items() if known.get(name) != value}
    return flow({"expect": alias, **expected}) if expected else None


def _fields(snapshots: Mapping[str, Snapshot]) -> dict[str, Any]:
    fields = {name: agreed for name in EXPECTED_FIELDS if (agreed := _agreed(name, snapshots)) is not None}
    carrier = snapshots.get(_CARRIER)
    if carrier is not None:
        fields[_CARRIER] = {_PROFILE: carrier[_PROFILE]}
    return fields


def _agreed(name: str, snapshots: Mapping[str, Snapshot]) -> Any:
    """Return the value of a field if all of `FLAT[name]` have the same, else None."""
    seen = [snapshots[kind].get(name) if kind in snapshots else None for kind in FLAT[name]]
    return seen[0] if all(value == seen[0] for value in seen) else None


def _mapping(values: Mapping[str, Any]) -> str:
    pairs = (
        f"{_word(name)}: {value if name == _MOMENT else _value(value)}" for name, value in values.items()
    )
    return "{" + ", ".join(pairs) + "}"


def _value(value: Any) -> str:
    match value:
        case Enum():
            return _value(value.value)
        case Mapping():
            return _mapping({name: part for name, part in value.items() if part is not None})
        case list() | tuple():
            return "[" + ", ".join(map(_value, value)) + "]"
        case _:
            return _word(value)


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, int):
        return str(value)
    text = str(value)
    is_plain = not isinstance(value, Quoted) and can_be_plain(text, flow=True) and reads_as_text(text)
    return text if is_plain else in_quotes(text)
