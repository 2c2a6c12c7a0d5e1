"""The JSON Schema of scenario files: what an editor completes, explains and marks while one is written.

Owns nothing that the language does not say: it is made from the same tables that read the files. What
a schema cannot know (which names are declared, whether a clock goes back) is left to the reader.
"""

from typing import Any

import msgspec

from scenarios.language.language import Language
from scenarios.language.shapes import CARD_WORDS
from scenarios.language.steps import Scenario
from scenarios.language.vocabulary import AliasKind, Vocabulary
from scenarios.schema import texts
from scenarios.schema.definitions import Definitions, Schema
from scenarios.schema.documented import Documents
from scenarios.schema.steps import Steps
from scenarios.schema.values import Values
from scenarios.schema.world import world
from scenarios.vocabulary import vocabulary

DRAFT = "http://json-schema.org/draft-07/schema#"
"""The draft that the YAML servers of editors know best."""


_AXIS: Schema = {"type": "array", "minItems": 1}
"""The values of an axis; what they are depends on the place it fills, which the reader knows."""


def scenario_schema() -> bytes:
    """Return the schema of the product's scenario files, as JSON text that ends with a newline."""
    return msgspec.json.format(msgspec.json.encode(schema_of(vocabulary())), indent=1) + b"\n"


def schema_of(words: Vocabulary) -> Schema:
    """Return the schema of the files of one vocabulary. The same vocabulary gives the same schema."""
    language = Language(words)
    definitions = Definitions()
    values = Values(definitions)
    subjects = [name for name in words.expectations if name not in set(AliasKind)]
    parts: dict[str, Any] = {
        "settings": lambda: _settings(language, words, values),
        "world": lambda: world(language, sorted(CARD_WORDS | set(subjects)), definitions),
        "steps": lambda: {
            "type": "array",
            "minItems": 1,
            "items": definitions.share("step", Steps(words, language, definitions).step()),
        },
        "covers": lambda: {"type": "array", "items": _clauses(words, definitions)},
        "begin": lambda: {"anyOf": [texts.TEXT, {"type": "array", "items": texts.TEXT}]},
        "matrix": lambda: {"type": "object", "minProperties": 1, "additionalProperties": _AXIS},
    }
    documents = Documents(Scenario)
    properties = {key: values.field(field, documents) for key, field in language.header.items()}
    for key, part in parts.items():
        properties[key] = {**properties[key], **part()}
    return {
        "$schema": DRAFT,
        "title": "A hubsim scenario",
        "type": "object",
        "properties": properties,
        "required": [key for key, field in language.header.items() if field.required],
        "additionalProperties": False,
        "definitions": definitions.named,
    }


def _clauses(words: Vocabulary, definitions: Definitions) -> Schema:
    return definitions.share("clause", texts.one_of(list(words.clauses), list(words.clauses.values())))


def _settings(language: Language, words: Vocabulary, values: Values) -> Schema:
    groups = {
        name: values.record(f"settings {name}", field.shape.fields, Documents(words.settings[name]))
        for name, field in language.settings.fields.items()
    }
    return {"type": "object", "properties": groups, "additionalProperties": False}
