"""A matrix: several values for places in the world or the settings of a scenario.

`matrix:` maps axes to their values. An axis names the place that it fills: `villa.model` (a field of a
declared thing), `carrier.cut_delay_ms` (a setting), or `model` (a field of every hub). An axis cannot fill
any other place, so that a case can be checked like a scenario without a matrix. Each combination of values
is a case.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Any, NamedTuple

import msgspec

from hubsim_scenarios.language import nodes
from hubsim_scenarios.language.composites import Field, Fields, RecordShape
from hubsim_scenarios.language.errors import Place, did_you_mean, quoted
from hubsim_scenarios.language.likely_mistakes import as_list
from hubsim_scenarios.language.nodes import Node, Scalar
from hubsim_scenarios.language.read_context import UNREAD, ReadContext
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.language.vocabulary import AliasKind, AliasRef
from hubsim_scenarios.language.world import HubDeclaration, WorldDeclaration
from hubsim_scenarios.language.world_reader import SECTIONS

MAX_CASES = 200
"""A matrix with more cases is refused: each case is a separate play with a verdict for the author to read."""

_FIXED = frozenset({"company", "object", "owner"})
"""Fields that declare or connect things: other names depend on them, so no axis can fill them."""
_SETTINGS = "settings"
_HUBS = "hubs"
_SECTION_OF = {kind: section for section, (kind, _) in SECTIONS.items()}


class _Spot(NamedTuple):
    """One place: a field of a thing in a section of the world, or of a group of settings."""

    section: str
    name: str
    field: str


class Axis(NamedTuple):
    """One axis: the places that it fills, and its values by their text."""

    name: str
    place: Place
    spots: tuple[_Spot, ...]
    values: dict[str, Any]


class MatrixReader:
    """Reads `matrix:` after the world."""

    def __init__(self, records: Mapping[str, RecordShape], settings: RecordShape) -> None:
        self.things: dict[str, Fields] = {
            section: _fillable(record.fields) for section, record in records.items()
        }
        """The fields of things that an axis can fill, by section of the world."""
        self.groups: dict[str, Fields] = {name: field.shape.fields for name, field in settings.fields.items()}
        """The settings that an axis can fill, by group."""

    def read(self, node: Node, world: WorldDeclaration, reading: ReadContext) -> tuple[Axis, ...]:
        """Return the axes without mistakes."""
        if not isinstance(node, nodes.Mapping):
            reading.wrong_kind(node, "a mapping from a place to the list of its values")
            return ()
        if not node.entries:
            text, hint = "the matrix is empty", "name a place with its values, or remove the matrix"
            reading.problems.add(node.place, text, hint)
            return ()
        read = (self._axis(key, values, world, reading) for key, values in node.entries)
        axes = tuple(axis for axis in read if axis is not None)
        _check_spots(axes, reading)
        _check_size(node.place, axes, reading)
        return axes

    def _axis(self, key: Scalar, node: Node, world: WorldDeclaration, reading: ReadContext) -> Axis | None:
        found = self._field(key, world, reading)
        if found is None:
            return None
        spots, field = found
        if not isinstance(node, nodes.Sequence):
            reading.wrong_kind(node, f"a list of values (each: {field.shape.describe()})", as_list(node))
            return None
        if not node.items:
            reading.problems.add(node.place, f"the list of values of {key.text!r} is empty", "add a value")
            return None
        values: dict[str, Any] = {}
        for item in node.items:
            value, text = field.shape.read(item, reading), text_of_value(item)
            if text in values:
                reading.problems.add(item.place, f"duplicate value {quoted(text)}")
            if value is not UNREAD:
                values[text] = value
        return Axis(key.text, key.place, spots, values)

    def _field(
        self, key: Scalar, world: WorldDeclaration, reading: ReadContext
    ) -> tuple[tuple[_Spot, ...], Field] | None:
        """Return the places that an axis fills, and the field there, or None after a report."""
        name, dot, wanted = key.text.partition(".")
        if not dot:
            return self._of_all_hubs(key, world, reading)
        section, fields = _SETTINGS, self.groups.get(name)
        kind = reading.aliases.get(name)
        if fields is None or (kind is not None and wanted not in fields):
            section = _SECTION_OF.get(kind, "") if kind is not None else ""
            fields = self.things.get(section)
        if fields is None:
            known = {alias for alias, each in reading.aliases.items() if each is not AliasKind.OBJECT}
            text = f"{quoted(name)} is neither a declared thing nor a group of settings"
            reading.unknown(key.place, text, name, known | set(self.groups))
            return None
        if wanted not in fields:
            reading.unknown(key.place, f"{quoted(wanted)} cannot be varied in {name!r}", wanted, fields)
            return None
        return (_Spot(section, name, fields[wanted].name),), fields[wanted]

    def _of_all_hubs(
        self, key: Scalar, world: WorldDeclaration, reading: ReadContext
    ) -> tuple[tuple[_Spot, ...], Field] | None:
        field = self.things[_HUBS].get(key.text)
        if field is None:
            places = {f"{name}.{each}" for name, fields in self.groups.items() for each in fields}
            hint = did_you_mean(key.text, [*self.things[_HUBS], *places])
            text = f"{quoted(key.text)} is not a field of hubs that can be varied"
            reading.problems.add(key.place, text, hint or "for other things add the name: 'wolf.country'")
            return None
        if not world.hubs:
            reading.problems.add(key.place, f"{key.text!r} is a field of hubs, but the world has no hubs")
            return None
        return tuple(_Spot(_HUBS, hub, field.name) for hub in world.hubs), field


def varied_models(axes: Iterable[Axis]) -> dict[str, tuple[str, ...]]:
    """Return the models of each hub whose model an axis varies."""
    return {
        spot.name: tuple(axis.values.values())
        for axis in axes
        for spot in axis.spots
        if spot.section == _HUBS and spot.field == "model"
    }


def _fillable(fields: Fields) -> Fields:
    return {key: field for key, field in fields.items() if key not in _FIXED}


def _check_spots(axes: tuple[Axis, ...], reading: ReadContext) -> None:
    """Report an axis that fills the same place as another axis."""
    taken: dict[_Spot, str] = {}
    for axis in axes:
        other = next((taken[spot] for spot in axis.spots if spot in taken), None)
        if other is not None:
            text = f"the axis {axis.name!r} fills the same place as the axis {other!r}"
            reading.problems.add(axis.place, text)
        taken.update(dict.fromkeys(axis.spots, axis.name))


def _check_size(place: Place, axes: tuple[Axis, ...], reading: ReadContext) -> None:
    count = 1
    for axis in axes:
        count *= max(1, len(axis.values))
    if count > MAX_CASES:
        reading.problems.add(place, f"the matrix has {count} cases; at most {MAX_CASES} are allowed")


def text_of_value(node: Node) -> str:
    """Return a value of an axis as text for the name of a case: lists and mappings joined by `+`."""
    if isinstance(node, nodes.Sequence):
        return "+".join(map(text_of_value, node.items)) or "none"
    if isinstance(node, nodes.Mapping):
        pairs = [f"{key.text}:{text_of_value(value)}" for key, value in node.entries]
        return "+".join(pairs) or "none"
    return node.text


def cases(scenario: Scenario, axes: tuple[Axis, ...], reading: ReadContext) -> tuple[Scenario, ...]:
    """Return the scenario once for each combination of values; the last axis varies fastest.

    Without axes, return the scenario itself. Report a case that puts one card into two slots.
    """
    return tuple(_cases(scenario, axes, reading)) if axes else (scenario,)


def _cases(scenario: Scenario, axes: tuple[Axis, ...], reading: ReadContext) -> Iterator[Scenario]:
    for texts in product(*(axis.values for axis in axes)):
        world, settings = scenario.world, scenario.settings
        for axis, text in zip(axes, texts, strict=True):
            for spot in axis.spots:
                if spot.section == _SETTINGS:
                    settings = _set(settings, spot, axis.values[text])
                else:
                    world = _put(world, spot, axis.values[text])
        case = {axis.name: text for axis, text in zip(axes, texts, strict=True)}
        shown = ", ".join(f"{name}={text}" for name, text in case.items())
        _check_cards(world.hubs, axes, shown, reading)
        yield msgspec.structs.replace(
            scenario, title=f"{scenario.title} [{shown}]", case=case, world=world, settings=settings
        )


def _set(
    settings: Mapping[str, Mapping[str, Any]], spot: _Spot, value: object
) -> dict[str, Mapping[str, Any]]:
    return {**settings, spot.name: {**settings.get(spot.name, {}), spot.field: value}}


def _put(world: WorldDeclaration, spot: _Spot, value: object) -> WorldDeclaration:
    things = dict(getattr(world, spot.section))
    things[spot.name] = msgspec.structs.replace(things[spot.name], **{spot.field: value})
    return msgspec.structs.replace(world, **{spot.section: things})


def _check_cards(
    hubs: Mapping[str, HubDeclaration], axes: tuple[Axis, ...], case: str, reading: ReadContext
) -> None:
    """Report a named card that a case puts into two slots."""
    cards = [card.name for hub in hubs.values() for card in hub.slots.values() if isinstance(card, AliasRef)]
    twice = next((card for card in cards if cards.count(card) > 1), None)
    axis = next((axis for axis in axes if any(spot.field == "slots" for spot in axis.spots)), None)
    if twice is not None and axis is not None:
        reading.problems.add(axis.place, f"the sim {quoted(twice)} is in two slots in the case {case}")
