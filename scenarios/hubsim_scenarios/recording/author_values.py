"""Converts the program's values to the form in which an author writes them, by the shapes of the language."""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

import msgspec

from hubsim_scenarios.language.composites import Fields, ListShape
from hubsim_scenarios.language.durations import BadDuration, duration_ms
from hubsim_scenarios.language.errors import BadText, Place
from hubsim_scenarios.language.forms import ListedShape, SlotShape
from hubsim_scenarios.language.nodes import Scalar
from hubsim_scenarios.language.problems import Problems
from hubsim_scenarios.language.read_context import UNREAD, HubSlots, ReadContext
from hubsim_scenarios.language.scalars import AliasShape, DurationShape, IntegerShape, OptionalShape, SimShape


class CannotExpress(Exception):
    """The scenario language cannot express a value. The text says which one."""


_HERE = Place(1, 1)


def step_context(*, refused: bool = False, slots: HubSlots | None = None) -> ReadContext:
    """Return the context of a step: whether it was refused, and the slots of its hub."""
    reading = ReadContext(Problems(""), "")
    reading.refused, reading.slots = refused, slots
    return reading


def fields_of(
    record: Any, table: Fields, named: Callable[[Any, Any], Any], step: ReadContext | None = None
) -> dict[str, Any]:
    """Return the fields of a record that differ from their defaults, by the keys of the table.

    `named` takes a shape and an id or a card, and returns its name. Raises `CannotExpress`.
    """
    step = step or step_context()
    found: dict[str, Any] = {}
    defaults = {field.name: field.default for field in msgspec.structs.fields(record)}
    for field in table.values():
        value = getattr(record, field.name, None)
        if field.name not in defaults or value is None or value == defaults[field.name]:
            continue
        found[field.key] = _word(value, field.shape, named, step)
    return found


def _word(value: Any, shape: Any, named: Callable[[Any, Any], Any], step: ReadContext) -> Any:
    match shape:
        case OptionalShape():
            return _word(value, shape.shape, named, step)
        case AliasShape() | SimShape():
            return named(shape, value)
        case DurationShape():
            return _duration(value, shape)
        case IntegerShape():
            return _whole(value, shape)
        case ListedShape() | SlotShape():
            return _listed(value, shape, step)
        case ListShape():
            return [_word(item, shape.item, named, step) for item in value]
        case _:
            return value.value if isinstance(value, Enum) else value


def _listed(value: str | int, shape: ListedShape | SlotShape, step: ReadContext) -> str | int:
    if shape.read(Scalar(str(value), plain=False, place=_HERE), step) is UNREAD:
        raise CannotExpress(step.problems.errors()[0].text)
    return value


def _duration(amount: int, shape: DurationShape) -> str:
    if amount < 0:
        raise CannotExpress("a duration cannot be negative")
    text = shape.said(amount)
    try:
        duration_ms(text)
    except BadDuration as error:
        raise CannotExpress(str(error)) from error
    return text


def _whole(number: int, shape: IntegerShape) -> int:
    try:
        return shape.number(str(number))
    except BadText as error:
        raise CannotExpress(str(error)) from error


def settings_of(groups: Mapping[str, Any], tables: Fields) -> dict[str, dict[str, Any]]:
    """Return the settings that differ from their defaults, by group. Raises `CannotExpress`."""
    found = {name: fields_of(record, tables[name].shape.fields, _no_name) for name, record in groups.items()}
    return {name: values for name, values in found.items() if values}


def _no_name(_shape: Any, value: Any) -> Any:
    raise CannotExpress(f"a setting cannot refer to {value!r}")
