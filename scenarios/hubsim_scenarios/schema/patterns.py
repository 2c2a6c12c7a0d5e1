"""The schema of patterns: a value, `null`, a named thing, or pattern words such as `not` and `has`."""

from collections.abc import Callable
from typing import Any

from hubsim_scenarios.language.composites import ListShape, MapShape, RecordShape
from hubsim_scenarios.language.pattern_reader import MIN_CHOICES, PATTERN_WORDS
from hubsim_scenarios.language.scalars import AnythingShape, OptionalShape
from hubsim_scenarios.schema import text_patterns
from hubsim_scenarios.schema.definitions import Definitions, Schema
from hubsim_scenarios.schema.documented import Documents, made_by

_ANY = "any_pattern"
_ANY_WORDS = "pattern_words"
_ABOUT = {
    "has": "A list in which each of these matches at least one item.",
    "count": "A list or mapping with this number of items.",
    "not": "Any value that does not match this.",
    "one_of": "A value that matches at least one of these.",
    "empty": "`null`, or a list, mapping or text without content; with `no` any other value.",
}
_WORDS = sorted(PATTERN_WORDS)


class Patterns:
    """Makes the schemas of patterns; `value` makes the schema of a value."""

    def __init__(self, definitions: Definitions, value: Callable[[Any], Schema]) -> None:
        self._definitions = definitions
        self._value = value

    def pattern(self, shape: Any) -> Schema:
        """Return the schema of a pattern for a value of this shape; None means any value."""
        if isinstance(shape, OptionalShape):
            shape = shape.shape
        if shape is None or isinstance(shape, AnythingShape):
            return self._anything()
        plain = self._definitions.share("seen", self._plain(shape))
        reference = text_patterns.REFERENCE
        choices = [plain, text_patterns.NOTHING, reference, self._words(shape, plain)]
        return self._definitions.share("pattern", {"anyOf": choices})

    def _plain(self, shape: Any) -> Schema:
        match shape:
            case ListShape():
                return {"type": "array", "items": self.pattern(shape.item)}
            case MapShape():
                return open_mapping(self.pattern(shape.value))
            case RecordShape():
                documents = Documents(made_by(shape))
                fields = {
                    key: {**self.pattern(field.shape), "description": documents.about(field)}
                    for key, field in shape.fields.items()
                }
                return {"type": "object", "properties": fields, "additionalProperties": False}
            case _:
                return self._value(shape)

    def _words(self, shape: Any, plain: Schema) -> Schema:
        # A pattern inside `not` has a loose schema, so that no piece refers to itself.
        self._anything()
        denied = {"anyOf": [plain, text_patterns.NOTHING, {"$ref": f"#/definitions/{_ANY_WORDS}"}]}
        item = self.pattern(shape.item) if isinstance(shape, ListShape) else self._anything()
        words = _words(denied, item, _several(denied))
        if not isinstance(shape, ListShape | MapShape):
            del words["properties"]["has"], words["properties"]["count"]
        return self._definitions.share("words", words)

    def _anything(self) -> Schema:
        any_ref = {"$ref": f"#/definitions/{_ANY}"}
        named = self._definitions.named
        if _ANY not in named:
            named[_ANY_WORDS] = _words(any_ref, any_ref, _several(any_ref))
            named[_ANY] = {
                "anyOf": [
                    text_patterns.TEXT,
                    text_patterns.NOTHING,
                    {"type": "array", "items": any_ref},
                    {"$ref": f"#/definitions/{_ANY_WORDS}"},
                    open_mapping(any_ref),
                ]
            }
        return any_ref


def _several(choice: Schema) -> Schema:
    return {"type": "array", "items": choice, "minItems": MIN_CHOICES}


def _words(denied: Schema, item: Schema, choices: Schema) -> Schema:
    properties: dict[str, Schema] = {
        "has": {"type": "array", "items": item},
        "count": text_patterns.whole(0, None),
        "not": denied,
        "one_of": choices,
        "empty": text_patterns.FLAG,
    }
    return {
        "type": "object",
        "properties": {key: {**schema, "description": _ABOUT[key]} for key, schema in properties.items()},
        "additionalProperties": False,
        "minProperties": 1,
    }


def open_mapping(value: Schema) -> Schema:
    """Return the schema of a mapping with any keys except the pattern words."""
    return {"type": "object", "propertyNames": {"not": {"enum": _WORDS}}, "additionalProperties": value}
