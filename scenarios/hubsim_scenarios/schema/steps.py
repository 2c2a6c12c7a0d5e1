"""The schema of steps: the key determines the kind of a step, and its word the allowed fields.

The schema is a chain of conditions, so that an editor shows the actual mistake of a step, and suggests only
the fields of its kind.
"""

from collections.abc import Mapping

import msgspec

from hubsim_scenarios.language.composites import Field, Fields
from hubsim_scenarios.language.forms import ListedShape, SlotShape
from hubsim_scenarios.language.language import Language
from hubsim_scenarios.language.orders import MAX_MEMBERS, MIN_MEMBERS
from hubsim_scenarios.language.scalars import OptionalShape
from hubsim_scenarios.language.step_tables import LEADS, MEMBER_LEADS
from hubsim_scenarios.language.steps import (
    BenchStep,
    ClockStep,
    Expect,
    ExpectOrder,
    InjectFault,
    Never,
    PersonSees,
    PersonStep,
    Together,
)
from hubsim_scenarios.language.vocabulary import AliasKind, Vocabulary
from hubsim_scenarios.schema import text_patterns
from hubsim_scenarios.schema.conditions import chain, has, says
from hubsim_scenarios.schema.definitions import Definitions, Schema
from hubsim_scenarios.schema.documented import Documents, first_sentence
from hubsim_scenarios.schema.patterns import Patterns, open_mapping
from hubsim_scenarios.schema.values import Values

_KINDS = {
    "as": "A person does something (`do`) or opens a view (`sees`).",
    "bench": "A bench action on a hub (`do`).",
    "fault": "A fault is injected.",
    "together": "These steps happen at the same instant, in any order.",
    "clock": "The world clock moves forward.",
    "expect": "The fields must match, now or `within` a time.",
    "never": "The fields must not match at any instant of a time (`for`).",
    "order": "These events must have occurred in this order.",
}
_Words = Mapping[str, type[msgspec.Struct]]


class StepSchemas:
    """Makes the schema of steps of one vocabulary."""

    def __init__(self, vocabulary: Vocabulary, language: Language, definitions: Definitions) -> None:
        self._words = vocabulary
        self._tables = language.tables
        self._definitions = definitions
        self._values = Values(definitions, in_steps=True)
        self._patterns = Patterns(definitions, self._values.value)
        self._subjects = [name for name in vocabulary.expectations if name not in set(AliasKind)]

    def step(self) -> Schema:
        """Return the schema of one step."""
        tables, words = self._tables, self._words
        does = self._by_word("do", words.commands, tables.actions, PersonStep)
        sees = self._by_word("sees", words.queries, tables.views, PersonSees)
        members = {
            "as": self._person(does, sees),
            "bench": self._by_word("do", words.bench_actions, tables.bench_actions, BenchStep),
            "fault": self._by_word("fault", words.faults, tables.faults, InjectFault),
        }
        kinds = {
            **members,
            "together": self._together(members),
            "clock": self._values.mapping(tables.clock, Documents(ClockStep)),
            "expect": self._about("expect", tables.expect, tables.expectations, Expect),
            "never": self._about("never", tables.never, tables.nevers, Never),
            "order": self._order(),
        }
        assert tuple(kinds) == LEADS
        steps = {"type": "object", **chain([(has(lead), kinds[lead]) for lead in LEADS], _no_kind())}
        return {**steps, "not": has("may_be_refused")}

    def _together(self, kinds: Mapping[str, Schema]) -> Schema:
        """Return the schema of a `together` step; its members are those of the kinds that can be members."""
        schema = self._values.mapping(self._tables.together, Documents(Together))
        members = [(has(lead), kinds[lead]) for lead in MEMBER_LEADS]
        nothing = {"anyOf": [has(lead) for lead in MEMBER_LEADS]}
        member = {"type": "object", **chain(members, nothing), "not": has("soft")}
        schema["properties"]["together"] = {
            "type": "array",
            "items": self._definitions.share("member", member),
            "minItems": MIN_MEMBERS,
            "maxItems": MAX_MEMBERS,
            "description": _KINDS["together"],
        }
        return schema

    def _person(self, does: Schema, sees: Schema) -> Schema:
        verbs = {**does["properties"], **sees["properties"]}
        neither = {"properties": verbs, "required": ["do"]}
        return self._definitions.share("person", chain([(has("do"), does), (has("sees"), sees)], neither))

    def _by_word(
        self, key: str, structs: _Words, variants: Mapping[str, Fields], frame: type[msgspec.Struct]
    ) -> Schema:
        """Return the choice of words for a key, each with its fields."""
        about = {word: first_sentence(struct) for word, struct in structs.items()}
        choice = text_patterns.one_of(list(structs), list(about.values()))
        steps = []
        for word, struct in structs.items():
            fields = {name: field for name, field in variants[word].items() if name != key}
            step = self._step(fields, struct, frame)
            step["properties"][key] = {"const": word, "description": about[word]}
            steps.append((says(key, word), self._definitions.share(word, step)))
        described = {"fault": "The fault.", "sees": "The view.", "do": "The action."}[key]
        allowed = {**self._values.in_step(choice), "description": described}
        head: Schema = {"properties": {key: allowed}, "required": [key]}
        return {**head, "allOf": [{"if": condition, "then": step} for condition, step in steps]}

    def _step(self, fields: Fields, struct: type[msgspec.Struct], frame: type[msgspec.Struct]) -> Schema:
        own, common = Documents(struct), Documents(frame)
        names = {field.name for field in msgspec.structs.fields(struct)}
        schema = self._values.mapping(fields, own)
        for key, field in fields.items():
            if field.name not in names:
                schema["properties"][key] = self._values.field(field, common)
        strict = {key: schema["properties"][key] for key, field in fields.items() if _is_open(field)}
        if strict and "refused" in fields:
            # A step that expects a refusal may name what does not exist.
            schema["if"], schema["then"] = {"not": has("refused")}, {"properties": strict}
            for key, each in strict.items():
                about = each.pop("description")
                schema["properties"][key] = {"anyOf": [each, text_patterns.TEXT], "description": about}
        together = [
            pair for pair in (("called", "refused"), ("shows", "refused")) if set(pair) <= set(fields)
        ]
        if together:
            schema["not"] = {"required": list(together[0])}
        return schema

    def _about(
        self, lead: str, common: Fields, variants: Mapping[str, Fields], frame: type[msgspec.Struct]
    ) -> Schema:
        """Return the fields for each subject; one schema for hubs and cards, whose names it does not know."""
        kinds = [name for name in variants if name not in self._subjects]
        named: Fields = {}
        for kind in kinds:
            named |= variants[kind]
        steps = [
            (says(lead, word), self._subject(f"{lead}_{word}", lead, variants[word], common, frame))
            for word in self._subjects
        ]
        other = self._subject(f"{lead}_thing", lead, named, common, frame)
        subject: Schema = {"anyOf": [{"enum": self._subjects}, text_patterns.NAME, text_patterns.VALUE]}
        head: Schema = {"properties": {lead: {**subject, "description": _KINDS[lead]}}}
        return {**head, **chain(steps, other)}

    def _subject(
        self, name: str, lead: str, fields: Fields, common: Fields, frame: type[msgspec.Struct]
    ) -> Schema:
        schema = self._values.mapping(fields, Documents(frame))
        schema["properties"][lead] = {"description": _KINDS[lead]}
        selecting = [field.key for field in fields.values() if field.required]
        schema["not"] = {
            "propertyNames": {"enum": [*common, *(key for key in selecting if key not in common)]}
        }
        return self._definitions.share(name, schema)

    def _order(self) -> Schema:
        schema = self._values.mapping(self._tables.order, Documents(ExpectOrder))
        shape = self._tables.event.shape
        event = self._patterns.variants(shape) if shape else open_mapping(self._patterns.pattern(None))
        schema["properties"]["order"] = {
            "type": "array",
            "items": self._definitions.share("event", event),
            "minItems": 1,
            "description": _KINDS["order"],
        }
        return schema


def _is_open(field: Field) -> bool:
    shape = field.shape.shape if isinstance(field.shape, OptionalShape) else field.shape
    return isinstance(shape, ListedShape | SlotShape)


def _no_kind() -> Schema:
    """Return the schema of a step without a known lead key: it may become any kind."""
    return {
        "properties": {lead: {"description": text} for lead, text in _KINDS.items()},
        "anyOf": [has(lead) for lead in LEADS],
        "additionalProperties": False,
    }
