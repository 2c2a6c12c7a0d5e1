"""The schema of `begin:` (fragments), `matrix:` (axes with several values) and `table:` (rows of values)."""

from typing import Any

from hubsim_scenarios.language.composites import Fields
from hubsim_scenarios.language.language import Language
from hubsim_scenarios.language.matrix import ROW_NAME
from hubsim_scenarios.language.vocabulary import Vocabulary
from hubsim_scenarios.language.world_reader import SECTIONS
from hubsim_scenarios.schema import text_patterns
from hubsim_scenarios.schema.definitions import Definitions, Schema
from hubsim_scenarios.schema.documented import Documents
from hubsim_scenarios.schema.values import Values

_HUBS = "hubs"


def begin() -> Schema:
    """Return the schema of one name of a fragment or a list of names."""
    return {
        "anyOf": [text_patterns.FRAGMENT, {"type": "array", "items": text_patterns.FRAGMENT, "minItems": 1}]
    }


def matrix(language: Language, words: Vocabulary, definitions: Definitions) -> Schema:
    """Return the schema of a mapping from axes to lists of values."""
    return _filled(_Axes(definitions, listed=True), language, words).schema()


def table(language: Language, words: Vocabulary, definitions: Definitions) -> Schema:
    """Return the schema of a list of mappings from axes to single values, each with an optional name."""
    row = _filled(_Axes(definitions, listed=False), language, words).schema()
    name = {**text_patterns.TEXT, "description": "The name of the row, for the title of the case."}
    row["properties"] = {ROW_NAME: name, **row["properties"]}
    return {"type": "array", "minItems": 1, "items": definitions.share("row", row)}


def _filled(axes: "_Axes", language: Language, words: Vocabulary) -> "_Axes":
    """Add all axes: settings and fields of all hubs by name, fields of things and parameters by pattern."""
    for group, fields in language.axes.groups.items():
        axes.name(f"{group}.", fields, Documents(words.settings[group]))
    for section, fields in language.axes.things.items():
        documents = Documents(SECTIONS[section][1])
        if section == _HUBS:
            axes.name("", fields, documents)
        axes.pattern(fields, documents)
    return axes


class _Axes:
    """Collects the axes of settings, of all hubs, and of single things."""

    def __init__(self, definitions: Definitions, *, listed: bool) -> None:
        self._listed = listed
        self._definitions = definitions
        self._values = Values(definitions)
        self._named: dict[str, Schema] = {}
        self._of_things: dict[str, list[Schema]] = {}

    def name(self, before: str, fields: Fields, documents: Documents) -> None:
        """Add an axis for each field; `before` is the prefix of its name."""
        for key, field in fields.items():
            axis = self._axis(field.shape)
            self._named[f"{before}{key}"] = {**axis, "description": documents.about(field)}

    def pattern(self, fields: Fields, documents: Documents) -> None:
        """Add an axis for each field of any declared thing; its schema depends on the kind of thing."""
        for key, field in fields.items():
            axis = {**self._axis(field.shape), "description": documents.about(field)}
            known = self._of_things.setdefault(key, [])
            if axis not in known:
                known.append(axis)

    def schema(self) -> Schema:
        """Return the schema of the mapping from axes to values."""
        patterns = {
            f"{text_patterns.NAME_PATTERN.removesuffix('$')}[.]{key}$": _any_of(axes)
            for key, axes in self._of_things.items()
        }
        any_value: Schema = {"not": text_patterns.NOTHING}
        patterns[f"^{text_patterns.VALUE_PATTERN}$"] = {
            **({"type": "array", "minItems": 1, "items": any_value} if self._listed else any_value),
            "description": "A parameter: each step that contains this word gets the value of the case.",
        }
        return {
            "type": "object",
            "minProperties": 1,
            "properties": self._named,
            "patternProperties": patterns,
            "additionalProperties": False,
        }

    def _axis(self, shape: Any) -> Schema:
        value = self._values.value(shape)
        if not self._listed:
            return value
        values = {"type": "array", "minItems": 1, "uniqueItems": True, "items": value}
        return self._definitions.share("axis", values)


def _any_of(axes: list[Schema]) -> Schema:
    return axes[0] if len(axes) == 1 else {"anyOf": axes}
