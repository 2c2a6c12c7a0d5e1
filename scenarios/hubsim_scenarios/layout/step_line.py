"""One step as its line in a scenario file, and how a hub looks as the line that expects it.

Owns which words need quotes, and which looks at a hub are worth a reader's attention. Promises that
`hubsim fmt` leaves the brackets as they are. Knows nothing of where the step came from.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from hubsim_contract.lab.bench_actions import Snapshot
from hubsim_contract.wire.service import SecondTile
from hubsim_scenarios.layout.order import place_in_step
from hubsim_scenarios.layout.quoting import can_be_plain, in_quotes, reads_as_text
from hubsim_scenarios.product.vocabulary import FLAT

TOLD_OF_A_HUB = ("service", "tile", "second_tile", "star", "led", "registration", "online")
"""What an expectation tells of a hub, in its order: what people see of it, and whether it is there."""
_SAID_NOTHING = {"second_tile": SecondTile.NONE.value}
"""Values that say nothing when they did not change."""
_MOMENT = "clock"
"""Its value stands without quotes: instants have a colon in them, and are read as text all the same."""
_PROFILE = "profile"
_CARRIER = "carrier"


class Quoted(str):
    """Text that is to stand in quotes, because without them it would be taken for a name."""

    __slots__ = ()


def flow(step: Mapping[str, Any]) -> str:
    """Return one step in brackets, its keys in the order of a step, fields that are None left out.

    Values are text, numbers, flags, enums, lists and mappings of them. Text that YAML would read as
    anything else stands in quotes, and so does `Quoted` text always.
    """
    keys = [name for name, value in step.items() if value is not None]
    keys.sort(key=place_in_step(keys))
    return _mapping({name: step[name] for name in keys})


def hub_expectation(
    alias: str, looks: Mapping[str, Snapshot], before: Mapping[str, Snapshot] | None = None
) -> str | None:
    """Return the step that expects a hub to look so: all that is told of it, or what is not as `before`.

    `looks` are those of `expectations.hub_snapshots`. What is checked in several looks at once is told
    only while they agree. None: there is nothing to tell.
    """
    now = _told(looks)
    if before is None:
        told = {name: value for name, value in now.items() if value != _SAID_NOTHING.get(name)}
    else:
        known = _told(before)
        told = {name: value for name, value in now.items() if known.get(name) != value}
    return flow({"expect": alias, **told}) if told else None


def _told(looks: Mapping[str, Snapshot]) -> dict[str, Any]:
    told = {name: agreed for name in TOLD_OF_A_HUB if (agreed := _agreed(name, looks)) is not None}
    carrier = looks.get(_CARRIER)
    if carrier is not None:
        told[_CARRIER] = {_PROFILE: carrier[_PROFILE]}
    return told


def _agreed(name: str, looks: Mapping[str, Snapshot]) -> Any:
    """Return what every look shows in which the field is checked, or None when they differ or lack it."""
    seen = [looks[look].get(name) if look in looks else None for look in FLAT[name]]
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
