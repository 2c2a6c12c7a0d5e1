"""A matrix: several values for places in the world or the settings of a scenario.

`matrix:` maps axes to their values. An axis names the place that it fills: `villa.model` (a field of a
declared thing), `carrier.cut_delay_ms` (a setting), or `model` (a field of every hub). An axis `$wait` is a
parameter of the steps (`parameters`). An axis cannot fill any other place, so that a case can be checked like
a scenario without a matrix. Each combination of values is a case. `table:` (`case_table`) lists combinations.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from math import prod
from typing import Any, NamedTuple

import msgspec

from hubsim_scenarios.language import nodes
from hubsim_scenarios.language.composites import Field, Fields, RecordShape
from hubsim_scenarios.language.errors import Place, did_you_mean, quoted
from hubsim_scenarios.language.likely_mistakes import as_list
from hubsim_scenarios.language.nodes import Node, Scalar
from hubsim_scenarios.language.read_context import UNREAD, VALUE_REFERENCE, ReadContext
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.language.vocabulary import VALUE_SIGN, AliasKind, AliasRef
from hubsim_scenarios.language.world import HubDeclaration, WorldDeclaration
from hubsim_scenarios.language.world_reader import SECTIONS

MAX_CASES = 200
"""A matrix with more cases is refused: each case is a separate play with a verdict for the author to read."""

ROW_NAME = "case"
"""The key of a row of a table that names the row."""

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
    """One axis: the places that it fills, or the parameter that it sets if it fills none."""

    name: str
    place: Place
    spots: tuple[_Spot, ...]
    shape: Any
    """The `Shape` of its values. A parameter has none: its values are nodes."""

    @property
    def parameter(self) -> str | None:
        """The name of the parameter, without its sign."""
        return None if self.spots else self.name.removeprefix(VALUE_SIGN)


class Option(NamedTuple):
    """Values that a case takes together: one of an axis, or a row of a table. `name` is that of a row."""

    values: tuple[tuple[Axis, str, Any], ...]
    """Each axis with its value as text and as a value."""
    name: str | None = None


class Dimension(NamedTuple):
    """A choice between options: an axis of the matrix, or the table."""

    axes: tuple[Axis, ...]
    options: tuple[Option, ...]


class Case(NamedTuple):
    """One combination of options."""

    values: tuple[tuple[Axis, str, Any], ...]
    row: str | None
    """The name of the row of the table, if it has one."""
    named: frozenset[str]
    """The axes whose values the name of the row stands for."""

    @property
    def texts(self) -> dict[str, str]:
        """The values as text by axis. The name of a row, as `case`, stands for the values of the row."""
        named = {ROW_NAME: self.row} if self.row is not None else {}
        shown = {axis.name: text for axis, text, _ in self.values if axis.name not in self.named}
        return named | shown

    @property
    def parameters(self) -> dict[str, Node]:
        """The values of the parameters by name."""
        return {axis.parameter: value for axis, _, value in self.values if axis.parameter is not None}


class AxisReader:
    """Reads axes and their values, after the world."""

    def __init__(self, records: Mapping[str, RecordShape], settings: RecordShape) -> None:
        self.things: dict[str, Fields] = {
            section: _fillable(record.fields) for section, record in records.items()
        }
        """The fields of things that an axis can fill, by section of the world."""
        self.groups: dict[str, Fields] = {name: field.shape.fields for name, field in settings.fields.items()}
        """The settings that an axis can fill, by group."""

    def matrix(self, node: Node, world: WorldDeclaration, reading: ReadContext) -> tuple[Dimension, ...]:
        """Return the axes of a matrix without mistakes."""
        if not isinstance(node, nodes.Mapping):
            reading.wrong_kind(node, "a mapping from a place to the list of its values")
            return ()
        if not node.entries:
            text, hint = "the matrix is empty", "name a place with its values, or remove the matrix"
            reading.problems.add(node.place, text, hint)
            return ()
        read = (self._values(key, values, world, reading) for key, values in node.entries)
        return tuple(dimension for dimension in read if dimension is not None)

    def _values(
        self, key: Scalar, node: Node, world: WorldDeclaration, reading: ReadContext
    ) -> Dimension | None:
        axis = self.axis(key, world, reading)
        if axis is None:
            return None
        if not isinstance(node, nodes.Sequence):
            described = axis.shape.describe() if axis.shape is not None else "a value for steps"
            reading.wrong_kind(node, f"a list of values (each: {described})", as_list(node))
            return None
        if not node.items:
            reading.problems.add(node.place, f"the list of values of {key.text!r} is empty", "add a value")
            return None
        options: dict[str, Option] = {}
        for item in node.items:
            value, text = self.value(axis, item, reading)
            if text in options:
                reading.problems.add(item.place, f"duplicate value {quoted(text)}")
            if value is not UNREAD:
                options[text] = Option(((axis, text, value),))
        return Dimension((axis,), tuple(options.values()))

    def axis(self, key: Scalar, world: WorldDeclaration, reading: ReadContext) -> Axis | None:
        """Return the axis of a key, or None after a report."""
        if key.text.startswith(VALUE_SIGN):
            if VALUE_REFERENCE.fullmatch(key.text):
                return Axis(key.text, key.place, (), None)
            hint = f"use small letters, digits, - and _ after {VALUE_SIGN}, and begin with a letter"
            reading.problems.add(key.place, f"{quoted(key.text)} cannot be the name of a parameter", hint)
            return None
        found = self._field(key, world, reading)
        return Axis(key.text, key.place, found[0], found[1].shape) if found is not None else None

    def value(self, axis: Axis, node: Node, reading: ReadContext) -> tuple[Any, str]:
        """Return a value of an axis and its text. The value of a parameter is the node itself."""
        return (node if axis.shape is None else axis.shape.read(node, reading)), text_of_value(node)

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


def varied_models(dimensions: Iterable[Dimension]) -> dict[str, tuple[str, ...]]:
    """Return the models of each hub whose model an axis varies."""
    models: dict[str, dict[str, None]] = {}
    options = (option for dimension in dimensions for option in dimension.options)
    for axis, _, value in (each for option in options for each in option.values):
        for spot in axis.spots:
            if spot.section == _HUBS and spot.field == "model":
                models.setdefault(spot.name, {})[value] = None
    return {hub: tuple(found) for hub, found in models.items()}


def _fillable(fields: Fields) -> Fields:
    return {key: field for key, field in fields.items() if key not in _FIXED}


def check_dimensions(node: Node, what: str, dimensions: tuple[Dimension, ...], reading: ReadContext) -> bool:
    """Report an axis that fills the same place as another axis, and too many cases.

    Return whether the number of cases is allowed: only then the cases can be enumerated.
    `node` and `what` are the place and the name of the matrix, or of the table if there is no matrix.
    """
    taken: dict[_Spot | str, str] = {}
    for axis in (axis for dimension in dimensions for axis in dimension.axes):
        spots: tuple[_Spot | str, ...] = axis.spots or (axis.name,)
        other = next((taken[spot] for spot in spots if spot in taken), None)
        if other is not None:
            text = f"the axis {axis.name!r} fills the same place as the axis {other!r}"
            reading.problems.add(axis.place, text)
        taken.update(dict.fromkeys(spots, axis.name))
    count = prod(max(1, len(dimension.options)) for dimension in dimensions)
    if count > MAX_CASES:
        reading.problems.add(node.place, f"{what} has {count} cases; at most {MAX_CASES} are allowed")
    return count <= MAX_CASES


def text_of_value(node: Node) -> str:
    """Return a value of an axis as text for the name of a case: lists and mappings joined by `+`."""
    if isinstance(node, nodes.Sequence):
        return "+".join(map(text_of_value, node.items)) or "none"
    if isinstance(node, nodes.Mapping):
        pairs = [f"{key.text}:{text_of_value(value)}" for key, value in node.entries]
        return "+".join(pairs) or "none"
    return node.text


def combined(dimensions: tuple[Dimension, ...]) -> Iterator[Case]:
    """Yield each combination of options; the last dimension varies fastest."""
    for options in product(*(dimension.options for dimension in dimensions)):
        row = next((option for option in options if option.name is not None), Option(()))
        values = tuple(value for option in options for value in option.values)
        yield Case(values, row.name, frozenset(axis.name for axis, _, _ in row.values))


def titled(title: str, case: Case) -> str:
    """Return the title of a case."""
    return f"{title} [{', '.join(f'{name}={text}' for name, text in case.texts.items())}]"


def with_values(scenario: Scenario, case: Case, reading: ReadContext) -> Scenario:
    """Return the scenario with the values of a case in the world and in the settings."""
    world, settings = scenario.world, scenario.settings
    for axis, _, value in case.values:
        for spot in axis.spots:
            if spot.section == _SETTINGS:
                settings = _set(settings, spot, value)
            else:
                world = _put(world, spot, value)
    _check_cards(world.hubs, case, reading)
    return msgspec.structs.replace(scenario, case=case.texts, world=world, settings=settings)


def _set(
    settings: Mapping[str, Mapping[str, Any]], spot: _Spot, value: object
) -> dict[str, Mapping[str, Any]]:
    return {**settings, spot.name: {**settings.get(spot.name, {}), spot.field: value}}


def _put(world: WorldDeclaration, spot: _Spot, value: object) -> WorldDeclaration:
    things = dict(getattr(world, spot.section))
    things[spot.name] = msgspec.structs.replace(things[spot.name], **{spot.field: value})
    return msgspec.structs.replace(world, **{spot.section: things})


def _check_cards(hubs: Mapping[str, HubDeclaration], case: Case, reading: ReadContext) -> None:
    """Report a named card that a case puts into two slots."""
    cards = [card.name for hub in hubs.values() for card in hub.slots.values() if isinstance(card, AliasRef)]
    twice = next((card for card in cards if cards.count(card) > 1), None)
    axes = [axis for axis, _, _ in case.values if any(spot.field == "slots" for spot in axis.spots)]
    if twice is not None and axes:
        shown = ", ".join(f"{name}={text}" for name, text in case.texts.items())
        reading.problems.add(axes[0].place, f"the sim {quoted(twice)} is in two slots in the case {shown}")
