"""The reference of the language as Markdown, made from the same tables that read the files."""

import re
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from scenarios.language.composites import Field, Fields, Record
from scenarios.language.language import Language
from scenarios.language.moves import FORMS
from scenarios.language.reference_prose import DURATIONS, INSTANTS, MOVES, OPENING, PATTERNS, STEPS
from scenarios.language.vocabulary import Vocabulary
from scenarios.language.world_reader import SECTIONS

_FIRST_SENTENCE = re.compile(r".+?[.!?](?=\s|$)", re.DOTALL)


def reference(vocabulary: Vocabulary) -> str:
    """Return the whole reference. The same vocabulary gives the same text, byte for byte.

    Raises `VocabularyError` like `Language`.
    """
    language = Language(vocabulary)
    parts = (
        [OPENING, _table(language.header)],
        _world(language),
        ["## Settings", *_settings(language, vocabulary)],
        [STEPS, *_steps(language)],
        ["## Actions (`do`)", *_words(vocabulary.commands, language.tables.actions, language.tables.act)],
        ["## Views (`sees`)", *_words(vocabulary.queries, language.tables.views, language.tables.look)],
        ["## Hands (`bench`)", *_words(vocabulary.hands, language.tables.hands, language.tables.bench)],
        ["## Faults (`fault`)", *_words(vocabulary.faults, language.tables.faults, language.tables.fault)],
        ["## Subjects of expectations", *_subjects(language)],
        [PATTERNS, DURATIONS, INSTANTS, MOVES, "\n".join(f"- `{form}`" for form in FORMS)],
        ["## Refusals", _listed(vocabulary.refusals), "## Screens", _listed(vocabulary.screens)],
        ["## Hub models", _listed(vocabulary.models), "## Countries", _listed(vocabulary.countries)],
        ["## Clauses of the guide", *_clauses(vocabulary)],
    )
    return "\n\n".join(part for section in parts for part in section) + "\n"


def _world(language: Language) -> Iterator[str]:
    yield "## World"
    for section, (_, struct) in SECTIONS.items():
        yield f"### `{section}`"
        yield _first_sentence(struct)
        yield _table(language.world.records[section].fields)


def _settings(language: Language, vocabulary: Vocabulary) -> Iterator[str]:
    for name, field in language.settings.fields.items():
        yield f"### `{name}`"
        yield _first_sentence(vocabulary.settings[name])
        yield _table(field.shape.fields)


def _steps(language: Language) -> Iterator[str]:
    tables = language.tables
    for title, fields in (
        ("A person does something", tables.act),
        ("A person looks at something", tables.look),
        ("Hands on the bench", tables.bench),
        ("Something goes wrong", tables.fault),
        ("The clock moves", tables.clock),
        ("Something is expected", tables.expect),
        ("Something must not happen", tables.never),
        ("Order of events", tables.order),
    ):
        yield f"### {title}"
        yield _table(fields)


def _words(
    structs: Mapping[str, type[msgspec.Struct]], variants: Mapping[str, Fields], common: Fields
) -> Iterator[str]:
    for name, struct in structs.items():
        yield f"### `{name}`"
        yield _first_sentence(struct)
        own = {key: field for key, field in variants[name].items() if key not in common}
        if own:
            yield _table(own)


def _subjects(language: Language) -> Iterator[str]:
    for name, fields in language.tables.subjects.items():
        yield f"### `{name}`"
        yield _table(fields)
        for key, field in fields.items():
            if isinstance(field.shape, Record):
                yield f"In the group `{key}`:"
                yield _table(field.shape.fields)


def _clauses(vocabulary: Vocabulary) -> Iterator[str]:
    yield "\n".join(f"- {clause}: {text}" for clause, text in vocabulary.clauses.items())


def _table(fields: Fields) -> str:
    rows = [_row(key, field) for key, field in fields.items()]
    return "\n".join(["| field | takes | required | |", "|---|---|---|---|", *rows])


def _row(key: str, field: Field) -> str:
    required = "yes" if field.required else ""
    return f"| `{key}` | {_cell(field.shape.describe())} | {required} | {_cell(field.doc)} |"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in sorted(words))


def _first_sentence(struct: type[msgspec.Struct]) -> str:
    doc = " ".join((struct.__doc__ or "").split())
    found = _FIRST_SENTENCE.match(doc)
    return found[0] if found else doc
