# ruff: noqa: SLF001 (what shapes were made with is not public; nothing but this module looks inside)
"""What an author may write, as schema: one piece for each shape of the language."""

from typing import Any

from scenarios.language.composites import Field, Fields, ListOf, MapOf, Record
from scenarios.language.language import StartingClock
from scenarios.language.pattern_reader import PatternOf
from scenarios.language.shapes import (
    Alias,
    Choice,
    Duration,
    Flag,
    Maybe,
    Moment,
    Sim,
    Text,
    Whole,
    Zone,
)
from scenarios.language.step_tables import ClockMove
from scenarios.schema import texts
from scenarios.schema.definitions import Definitions, Schema
from scenarios.schema.documented import Documents, made_by
from scenarios.schema.patterns import Patterns


class Values:
    """The schemas of values, and of mappings with known fields."""

    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions
        self._patterns = Patterns(definitions, self.value)

    def value(self, shape: Any) -> Schema:
        """Return what may stand where this shape is expected. Of an unknown shape: anything."""
        match shape:
            case Maybe():
                return {"anyOf": [self.value(shape.shape), texts.NOTHING]}
            case PatternOf():
                return self._patterns.pattern(shape.shape)
            case ListOf():
                return {"type": "array", "items": self.value(shape.item)}
            case MapOf():
                return self._map(shape)
            case Record():
                return self.record(shape.what, shape.fields, Documents(made_by(shape)))
            case Choice():
                return self._definitions.share(shape._what, texts.one_of(list(shape.words)))
            case _:
                return _word(shape)

    def record(self, hint: str, fields: Fields, documents: Documents) -> Schema:
        """Return a mapping with exactly these fields."""
        return self._definitions.share(hint, self.mapping(fields, documents))

    def mapping(self, fields: Fields, documents: Documents) -> Schema:
        """Return a mapping with exactly these fields, written out."""
        schema: Schema = {
            "type": "object",
            "properties": {key: self.field(field, documents) for key, field in fields.items()},
            "additionalProperties": False,
        }
        required = [key for key, field in fields.items() if field.required]
        if required:
            schema["required"] = required
        return schema

    def field(self, field: Field, documents: Documents) -> Schema:
        """Return the value of a field, with the text that an editor shows over its key."""
        about = documents.about(field)
        if field.key == "called":
            return {**texts.NAME, "description": about}
        return {**self.value(field.shape), "description": about}

    def _map(self, shape: MapOf) -> Schema:
        schema: Schema = {"type": "object", "additionalProperties": self.value(shape.value)}
        match shape.key:
            case Whole() as number:
                schema["propertyNames"] = {"pattern": "^[1-9]" if number._least == 1 else "^-?[0-9]"}
            case Alias():
                schema["propertyNames"] = {"pattern": texts.NAME_PATTERN}
        return schema


def _word(shape: Any) -> Schema:
    plain = _PLAIN.get(type(shape))
    if plain is not None:
        return plain
    match shape:
        case Whole():
            return texts.whole(shape._least, shape._most)
        case Alias():
            return _alias(shape)
        case Sim():
            return {"anyOf": [{"enum": list(shape._words)}, texts.NAME]}
        case _:
            return {}


def _alias(shape: Alias) -> Schema:
    if shape.or_quoted:
        return texts.TEXT
    name = texts.NAME
    return {"anyOf": [name, texts.EMAIL]} if shape._or_email else name


_PLAIN: dict[type, Schema] = {
    Text: texts.TEXT,
    Flag: texts.FLAG,
    Duration: texts.DURATION,
    Moment: texts.INSTANT,
    StartingClock: texts.STARTING_CLOCK,
    ClockMove: texts.MOVE,
    Zone: texts.ZONE,
}
