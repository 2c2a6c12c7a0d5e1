"""The schema of patterns: a value, `null`, a named thing, a kept value, or the pattern words."""

from collections.abc import Callable
from typing import Any

from hubsim_scenarios.language.comparison_reader import (
    ABOUT,
    COMPARING,
    CONTAINS,
    KEEP,
    NUMBERS,
    REGEX,
    TEXTS,
    TOLERANCE,
)
from hubsim_scenarios.language.composites import Fields, ListShape, MapShape, RecordShape
from hubsim_scenarios.language.ids import IdShape
from hubsim_scenarios.language.kept_values import kind_of
from hubsim_scenarios.language.pattern_reader import MIN_CHOICES, PATTERN_WORDS
from hubsim_scenarios.language.scalars import OptionalShape, TextShape
from hubsim_scenarios.language.variants import OneOfShape, VariantShape
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
        nullable = isinstance(shape, OptionalShape)
        if nullable:
            shape = shape.shape
        if shape is None:
            return self._anything()
        plain = self._definitions.share("seen", self._plain(shape))
        kept = [text_patterns.VALUE]  # a parameter can also be a list or a mapping
        nothing = [text_patterns.NOTHING] if nullable else []
        choices = [plain, *nothing, *kept, self._words(shape, [plain, *nothing, *kept], nullable=nullable)]
        return self._definitions.share("pattern", {"anyOf": choices})

    def group(self, shape: RecordShape) -> Schema:
        """Return the schema of a group of fields."""
        return self._definitions.share("seen", self._plain(shape))

    def _plain(self, shape: Any) -> Schema:
        match shape:
            case ListShape():
                return {"type": "array", "items": self.pattern(shape.item)}
            case MapShape():
                names = {"propertyNames": {"not": {"enum": _WORDS}}}
                return {**self._value(shape), "additionalProperties": self.pattern(shape.value), **names}
            case RecordShape():
                return {
                    "type": "object",
                    "properties": self._properties(shape.fields, Documents(made_by(shape))),
                    "additionalProperties": False,
                }
            case VariantShape():
                return self.variants(shape)
            case OneOfShape():
                return {"anyOf": [self._plain(part) for part in shape.shapes]}
            case IdShape():
                return id_schema(shape)
            case _:
                return self._value(shape)

    def _properties(self, fields: Fields, documents: Documents) -> Schema:
        return {
            key: {**self.pattern(field.shape), "description": documents.about(field)}
            for key, field in fields.items()
        }

    def variants(self, shape: VariantShape) -> Schema:
        """Return the schema of a mapping whose fields depend on its words."""
        every = shape.fields.keys()
        conditions = []
        for words, keys in _marked(shape):
            if keys != every:
                condition = {
                    "required": list(words),
                    "properties": {key: {"const": word} for key, word in words.items()},
                }
                conditions.append({"if": condition, "then": {"propertyNames": {"enum": list(keys)}}})
        schema: Schema = {
            "type": "object",
            "properties": self._properties(shape.fields, Documents()),
            "additionalProperties": False,
        }
        return {**schema, "allOf": conditions} if conditions else schema

    def _words(self, shape: Any, single: list[Schema], *, nullable: bool) -> Schema:
        # A pattern inside `not` has a loose schema, so that no piece refers to itself.
        self._anything()
        denied = {"anyOf": [*single, {"$ref": f"#/definitions/{_ANY_WORDS}"}]}
        item = self.pattern(shape.item) if isinstance(shape, ListShape) else self._anything()
        words = _words(self._definitions, denied, item, _several(denied))
        if not isinstance(shape, ListShape | MapShape):
            del words["properties"]["has"], words["properties"]["count"]
            if not nullable and not _is_any(shape, TextShape):
                del words["properties"]["empty"]
        if not _is_any(shape, *NUMBERS):
            for word in COMPARING:
                del words["properties"][word]
        if not _is_any(shape, *TEXTS):
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


def _is_any(shape: Any, *kinds: type) -> bool:
    """Return whether the shape, or one of several shapes, is of one of the kinds."""
    parts = shape.shapes if isinstance(shape, OneOfShape) else (shape,)
    return any(isinstance(part, kinds) for part in parts)


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


def _marked(shape: VariantShape) -> list[tuple[dict[str, str], dict[str, None]]]:
    """Return words that mark a kind, and the fields that are possible with them.

    The words of several kinds, such as the event of all facts, come once more, with the fields of all kinds.
    """
    marked = [(dict(variant.words), dict.fromkeys(variant.fields)) for variant in shape.variants]
    words = [pair for variant in shape.variants for pair in variant.words.items()]
    for key, word in dict.fromkeys(words):
        if words.count((key, word)) > 1:
            kinds = [variant.fields for variant in shape.variants if variant.words.get(key) == word]
            marked.append(({key: word}, {name: None for fields in kinds for name in fields}))
    return [(words_, keys) for words_, keys in marked if words_]


def id_schema(shape: IdShape) -> Schema:
    """Return the schema of an id in a pattern: a declared name after `@`, or an id."""
    if shape.alias.by_name:
        return text_patterns.NAME
    forms = [{"type": "string", "pattern": f"^(?:{form.pattern})$"} for form in shape.forms]
    empty: list[Schema] = [{"const": ""}] if shape.alias.or_empty else []
    return {"anyOf": [text_patterns.REFERENCE, *forms, *empty]}


def open_mapping(value: Schema) -> Schema:
    """Return the schema of a mapping with any keys except the pattern words."""
    return {"type": "object", "propertyNames": {"not": {"enum": _WORDS}}, "additionalProperties": value}
