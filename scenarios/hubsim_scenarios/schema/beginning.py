"""The schema of `begin:` (fragments) and `matrix:` (axes with several values)."""

from typing import Any

from hubsim_scenarios.language.composites import Fields
from hubsim_scenarios.language.language import Language
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
    """Return the schema of the axes: settings and fields of all hubs by name, fields of things by pattern."""
    axes = _Axes(definitions)
    for group, fields in language.matrix.groups.items():
        axes.name(f"{group}.", fields, Documents(words.settings[group]))
    for section, fields in language.matrix.things.items():
        documents = Documents(SECTIONS[section][1])
        if section == _HUBS:
            axes.name("", fields, documents)
        axes.pattern(fields, documents)
    return axes.schema()


class _Axes:
    """Collects the axes of settings, of all hubs, and of single things."""

    def __init__(self, definitions: Definitions) -> None:
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
        return {
            "type": "object",
            "minProperties": 1,
            "properties": self._named,
            "patternProperties": patterns,
            "additionalProperties": False,
        }

    def _axis(self, shape: Any) -> Schema:
        values = {"type": "array", "minItems": 1, "uniqueItems": True, "items": self._values.value(shape)}
        return self._definitions.share("axis", values)


def _any_of(axes: list[Schema]) -> Schema:
    return axes[0] if len(axes) == 1 else {"anyOf": axes}
