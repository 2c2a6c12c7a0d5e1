"""The JSON Schema of scenario files, with which an editor completes, explains and checks them.

It contains only rules of the language: it is made from the same tables that read the files. The reader
alone checks rules that a schema cannot express (declared names, clocks that move back).
"""

import msgspec

from hubsim_scenarios.language.composites import Fields
from hubsim_scenarios.language.fragments import FragmentFile
from hubsim_scenarios.language.language import Language
from hubsim_scenarios.language.scalars import CARD_WORDS
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.language.vocabulary import AliasKind, Vocabulary
from hubsim_scenarios.product.vocabulary import vocabulary
from hubsim_scenarios.schema import text_patterns
from hubsim_scenarios.schema.beginning import begin, matrix, table
from hubsim_scenarios.schema.conditions import chain, has
from hubsim_scenarios.schema.definitions import Definitions, Schema
from hubsim_scenarios.schema.documented import Documents
from hubsim_scenarios.schema.steps import StepSchemas
from hubsim_scenarios.schema.values import Values
from hubsim_scenarios.schema.world import world

DRAFT = "http://json-schema.org/draft-07/schema#"
"""The draft with the best support in YAML language servers."""


def scenario_schema() -> bytes:
    """Return the schema of the product's scenario files, as JSON text that ends with a newline."""
    return msgspec.json.format(msgspec.json.encode(schema_of(vocabulary())), indent=1) + b"\n"


def schema_of(words: Vocabulary) -> Schema:
    """Return the schema of the files of one vocabulary. The same vocabulary gives the same schema.

    One schema describes both kinds of file, so that one line in the settings of an editor is enough. The key
    `scenario` or `fragment` determines the kind. For a file without either, an editor suggests both.
    """
    language = Language(words)
    definitions = Definitions()
    parts = _parts(language, words, definitions)
    scenario = _file(language.header, Documents(Scenario), parts, definitions)
    fragment = _file(language.fragments.header, Documents(FragmentFile), parts, definitions)
    either = {**scenario["properties"], "fragment": fragment["properties"]["fragment"]}
    neither: Schema = {"properties": either, "required": ["scenario"], "additionalProperties": False}
    return {
        "$schema": DRAFT,
        "title": "A hubsim scenario or fragment",
        "type": "object",
        **chain([(has("scenario"), scenario), (has("fragment"), fragment)], neither),
        "definitions": definitions.named,
    }


def _parts(language: Language, words: Vocabulary, definitions: Definitions) -> dict[str, Schema]:
    """Return the schemas of the fields that the language reads after the header."""
    subjects = [name for name in words.expectations if name not in set(AliasKind)]
    step = StepSchemas(words, language, definitions).step
    return {
        "settings": _settings(language, words, Values(definitions)),
        "world": world(language, sorted(CARD_WORDS | set(subjects)), definitions),
        "steps": {"type": "array", "minItems": 1, "items": definitions.share("step", step())},
        "covers": {"type": "array", "items": _clauses(words, definitions)},
        "begin": begin(),
        "matrix": matrix(language, words, definitions),
        "table": table(language, words, definitions),
    }


def _file(header: Fields, documents: Documents, parts: dict[str, Schema], definitions: Definitions) -> Schema:
    """Return the schema of one kind of file; both kinds share the schemas of common fields."""
    schema = Values(definitions).mapping(header, documents)
    for key in header:
        if key in parts:
            described = {"description": schema["properties"][key]["description"]}
            schema["properties"][key] = {**definitions.share(f"the {key}", parts[key]), **described}
    return schema


def _clauses(words: Vocabulary, definitions: Definitions) -> Schema:
    return definitions.share(
        "clause", text_patterns.one_of(list(words.clauses), list(words.clauses.values()))
    )


def _settings(language: Language, words: Vocabulary, values: Values) -> Schema:
    groups = {
        name: values.record(f"settings {name}", field.shape.fields, Documents(words.settings[name]))
        for name, field in language.settings.fields.items()
    }
    return {"type": "object", "properties": groups, "additionalProperties": False}
