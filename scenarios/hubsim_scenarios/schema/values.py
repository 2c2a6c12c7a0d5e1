# ruff: noqa: SLF001 (the arguments of shapes are not public; only this module reads them)
"""The schemas of values: one for each shape of the language."""

from typing import Any

from hubsim_scenarios.language.composites import (
    Field,
    Fields,
    ListShape,
    MapShape,
    OneOrMoreShape,
    RecordShape,
)
from hubsim_scenarios.language.forms import FormShape, SlotShape
from hubsim_scenarios.language.language import StartingClock
from hubsim_scenarios.language.pattern_reader import GroupPattern, PatternOf
from hubsim_scenarios.language.scalars import (
    AliasShape,
    ChoiceShape,
    DurationShape,
    FlagShape,
    InstantShape,
    IntegerShape,
    OptionalShape,
    SimShape,
    TextShape,
    VisibleTextShape,
    ZoneShape,
)
from hubsim_scenarios.language.step_tables import ClockMove
from hubsim_scenarios.schema import text_patterns
from hubsim_scenarios.schema.definitions import Definitions, Schema
from hubsim_scenarios.schema.documented import Documents, made_by
from hubsim_scenarios.schema.patterns import Patterns


class Values:
    """The schemas of values, and of mappings with known fields."""

    def __init__(self, definitions: Definitions, *, in_steps: bool = False) -> None:
        self._definitions = definitions
        self._in_steps = in_steps
        """Whether a reference such as `$wait` can be in place of a value."""
        self._patterns = Patterns(definitions, self.value)

    def value(self, shape: Any) -> Schema:
        """Return the schema of a value of this shape. An unknown shape accepts any value."""
        match shape:
            case OptionalShape():
                return {"anyOf": [self.value(shape.shape), text_patterns.NOTHING]}
            case GroupPattern():
                return self._patterns.group(shape.shape)
            case PatternOf():
                return self._patterns.pattern(shape.shape)
            case ListShape():
                return {"type": "array", "items": self.value(shape.item)}
            case OneOrMoreShape():
                item = self.value(shape.item)
                several = {"type": "array", "items": item, "minItems": 1, "uniqueItems": True}
                return {"anyOf": [item, several]}
            case MapShape():
                return self._map(shape)
            case RecordShape():
                return self.record(shape.what, shape.fields, Documents(made_by(shape)))
            case ChoiceShape():
                return self._definitions.share(shape.what, text_patterns.one_of(list(shape.words)))
            case _:
                return _word(shape)

    def record(self, hint: str, fields: Fields, documents: Documents) -> Schema:
        """Return the schema of a mapping with only these fields, or a reference to it."""
        return self._definitions.share(hint, self.mapping(fields, documents))

    def mapping(self, fields: Fields, documents: Documents) -> Schema:
        """Return the schema of a mapping with only these fields, never a reference."""
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
        """Return the schema of a field's value, with the text that an editor shows for its key."""
        about = documents.about(field)
        if field.key == "called":
            return {**text_patterns.NAME, "description": about}
        return {**self.in_step(self.value(field.shape)), "description": about}

    def in_step(self, schema: Schema) -> Schema:
        """Return the schema of a value in a step: a reference can be in its place."""
        if not self._in_steps or schema == text_patterns.TEXT:
            return schema
        if set(schema) == {"anyOf"}:
            return {"anyOf": [*schema["anyOf"], text_patterns.VALUE]}
        if set(schema) == {"type", "pattern", "errorMessage"}:  # one schema: editors show its message
            return {**schema, "pattern": f"{schema['pattern']}|^{text_patterns.VALUE_PATTERN}$"}
        return {"anyOf": [schema, text_patterns.VALUE]}

    def _map(self, shape: MapShape) -> Schema:
        schema: Schema = {"type": "object", "additionalProperties": self.value(shape.value)}
        match shape.key:
            case SlotShape():
                schema["propertyNames"] = {"pattern": "^[1-9]"}
            case IntegerShape() as number:
                schema["propertyNames"] = {"pattern": "^[1-9]" if number._least == 1 else "^-?[0-9]"}
            case AliasShape():
                schema["propertyNames"] = {"pattern": text_patterns.NAME_PATTERN}
        return schema


def _word(shape: Any) -> Schema:
    plain = _PLAIN.get(type(shape))
    if plain is not None:
        return plain
    match shape:
        case InstantShape():
            ms = text_patterns.whole(0, None)["anyOf"]
            return {"anyOf": [text_patterns.INSTANT, *ms]} if shape.or_ms else text_patterns.INSTANT
        case IntegerShape():
            return text_patterns.whole(shape._least, shape._most, shape._step)
        case AliasShape():
            return _alias(shape)
        case SlotShape():
            return text_patterns.whole(1, None)
        case FormShape():
            pattern = f"^(?:{shape.form.pattern})$"
            return text_patterns.matching(pattern, shape.describe())
        case SimShape():
            return {"anyOf": [{"enum": list(shape._words)}, text_patterns.NAME]}
        case _:
            return {}


def _alias(shape: AliasShape) -> Schema:
    if shape.or_quoted:
        return text_patterns.TEXT
    name = text_patterns.NAME
    return {"anyOf": [name, text_patterns.EMAIL]} if shape._or_email else name


_PLAIN: dict[type, Schema] = {
    TextShape: text_patterns.TEXT,
    VisibleTextShape: text_patterns.TEXT,
    FlagShape: text_patterns.FLAG,
    DurationShape: text_patterns.DURATION,
    StartingClock: text_patterns.STARTING_CLOCK,
    ClockMove: text_patterns.MOVE,
    ZoneShape: text_patterns.ZONE,
}
