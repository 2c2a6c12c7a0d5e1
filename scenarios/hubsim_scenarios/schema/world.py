"""The schema of `world:`: sections of things by name."""

from hubsim_scenarios.language.language import Language
from hubsim_scenarios.language.world_reader import SECTIONS
from hubsim_scenarios.schema import text_patterns
from hubsim_scenarios.schema.definitions import Definitions, Schema
from hubsim_scenarios.schema.documented import Documents, first_sentence
from hubsim_scenarios.schema.values import Values

_NEEDS = (("company", "object"), ("object", "company"))
"""A hub with the first field also needs the second."""


def world(language: Language, taken: list[str], definitions: Definitions) -> Schema:
    """Return the schema of the world; `taken` are reserved words."""
    values = Values(definitions)
    names: Schema = {"pattern": text_patterns.NAME_PATTERN, "not": {"enum": taken}}
    sections: dict[str, Schema] = {}
    for section, (kind, struct) in SECTIONS.items():
        record = values.mapping(language.world.records[section].fields, Documents(struct))
        forms = [
            definitions.share(f"the {kind}", _completed(section, record)),
            *_short_forms(section, record),
        ]
        things: Schema = {"type": "object", "propertyNames": names, "additionalProperties": _any_of(forms)}
        if section == "people":
            listed = {"type": "array", "items": {"type": "string", **names}, "uniqueItems": True}
            things = {"anyOf": [listed, things]}
        sections[section] = {**things, "description": first_sentence(struct)}
    return {"type": "object", "properties": sections, "additionalProperties": False}


def _completed(section: str, record: Schema) -> Schema:
    if section == "hubs":
        record["allOf"] = [_needs(given, needed) for given, needed in _NEEDS]
    return record


def _needs(given: str, needed: str) -> Schema:
    something: Schema = {"not": text_patterns.NOTHING}
    return {
        "if": {"required": [given], "properties": {given: something}},
        "then": {"required": [needed], "properties": {needed: something}},
    }


def _short_forms(section: str, record: Schema) -> list[Schema]:
    """Return the short forms of a mapping: `null` for a person, the kind for a card."""
    match section:
        case "people":
            return [text_patterns.NOTHING]
        case "sims":
            return [record["properties"]["kind"]]
        case _:
            return []


def _any_of(forms: list[Schema]) -> Schema:
    return forms[0] if len(forms) == 1 else {"anyOf": forms}
