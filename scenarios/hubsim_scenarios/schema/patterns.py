"""The schema of patterns: a value, `null`, a named thing, a kept value, or the pattern words."""

from collections.abc import Callable
from typing import Any

from hubsim_scenarios.language.comparison_reader import ABOUT, COMPARING, CONTAINS, KEEP, REGEX, TOLERANCE
from hubsim_scenarios.language.composites import ListShape, MapShape, RecordShape
from hubsim_scenarios.language.kept_values import kind_of
from hubsim_scenarios.language.pattern_reader import MIN_CHOICES, PATTERN_WORDS
from hubsim_scenarios.language.scalars import (
    AnythingShape,
    DurationShape,
    InstantShape,
    IntegerShape,
    OptionalShape,
    TextShape,
)
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
    "more_than": "A larger number, a longer duration, a later instant.",
    "less_than": "A smaller number, a shorter duration, an earlier instant.",
    "at_least": "This number, duration or instant, or more.",
    "at_most": "This number, duration or instant, or less.",
    "about": "A number, duration or instant near this one; the tolerance is `give_or_take`.",
    "give_or_take": "The largest difference that `about` accepts; a duration for instants.",
    "regex": "A text in which this regular expression is found; the syntax is that of RE2.",
    "contains": "A text that contains this text.",
    "keep": "A new name for the value. Later steps can use the value as `$name`.",
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
        names = [text_patterns.REFERENCE, text_patterns.VALUE]
        choices = [plain, text_patterns.NOTHING, *names, self._words(shape, plain)]
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
        names = [text_patterns.REFERENCE, text_patterns.VALUE]
        # A pattern inside `not` has a loose schema, so that no piece refers to itself.
        self._anything()
        any_words = {"$ref": f"#/definitions/{_ANY_WORDS}"}
        denied = {"anyOf": [plain, text_patterns.NOTHING, *names, any_words]}
        item = self.pattern(shape.item) if isinstance(shape, ListShape) else self._anything()
        words = _words(self._definitions, denied, item, _several(denied))
        if not isinstance(shape, ListShape | MapShape):
            del words["properties"]["has"], words["properties"]["count"]
        if not isinstance(shape, IntegerShape | DurationShape | InstantShape):
            for word in COMPARING:
                del words["properties"][word]
        if not isinstance(shape, TextShape):
            del words["properties"][REGEX], words["properties"][CONTAINS]
        if kind_of(shape) is None:
            del words["properties"][KEEP]
        return self._definitions.share("words", words)

    def _anything(self) -> Schema:
        any_ref = {"$ref": f"#/definitions/{_ANY}"}
        named = self._definitions.named
        if _ANY not in named:
            named[_ANY_WORDS] = _words(self._definitions, any_ref, any_ref, _several(any_ref))
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


def _words(definitions: Definitions, denied: Schema, item: Schema, choices: Schema) -> Schema:
    properties: dict[str, Schema] = {
        "has": {"type": "array", "items": item},
        "count": {"anyOf": [*text_patterns.whole(0, None)["anyOf"], text_patterns.VALUE, {"type": "object"}]},
        "not": denied,
        "one_of": choices,
        "empty": text_patterns.FLAG,
        **dict.fromkeys(COMPARING, text_patterns.TEXT),
        REGEX: text_patterns.TEXT,
        CONTAINS: text_patterns.TEXT,
        KEEP: text_patterns.NAME,
    }
    return {
        "type": "object",
        "properties": {
            key: definitions.share(key, {**schema, "description": _ABOUT[key]})
            for key, schema in properties.items()
        },
        "additionalProperties": False,
        "minProperties": 1,
        "dependencies": {ABOUT: [TOLERANCE], TOLERANCE: [ABOUT]},
    }


def open_mapping(value: Schema) -> Schema:
    """Return the schema of a mapping with any keys except the pattern words."""
    return {"type": "object", "propertyNames": {"not": {"enum": _WORDS}}, "additionalProperties": value}
