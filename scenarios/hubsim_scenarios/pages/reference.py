"""The reference of the language as Markdown, from the same tables that read the files."""

import re
from collections.abc import Iterable, Iterator, Mapping
from textwrap import dedent

import msgspec

from hubsim_scenarios.language.composites import Fields, RecordShape
from hubsim_scenarios.language.field_docs import field_table
from hubsim_scenarios.language.language import Language
from hubsim_scenarios.language.moves import FORMS
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
from hubsim_scenarios.language.vocabulary import Vocabulary
from hubsim_scenarios.language.world_reader import SECTIONS
from hubsim_scenarios.pages.reference_examples import NO_EXAMPLES, Examples, ReferenceWord, shown
from hubsim_scenarios.pages.reference_prose import (
    COUNTRIES,
    DURATIONS,
    EVENTS,
    EXAMPLE,
    FRAGMENTS,
    ICONS,
    INSTANTS,
    KEPT_VALUES,
    MATRIX,
    MODELS,
    MOVES,
    OPENING,
    PATTERNS,
    SOFT,
    STEPS,
    TABLE,
    TOGETHER,
    VIEWS,
    WORLD,
)
from hubsim_scenarios.pages.reference_seen import seen_tables

_EVERY_FACT = ("at_ms", "by")
_FIRST_SENTENCE = re.compile(r".+?[.!?](?=\s|$)", re.DOTALL)


def reference(vocabulary: Vocabulary, examples: Examples = NO_EXAMPLES) -> str:
    """Return the whole reference. The same vocabulary and examples give the same text, byte for byte.

    Raises `VocabularyError` like `Language`.
    """
    language = Language(vocabulary)
    tables = language.tables
    parts = (
        [OPENING, f"```yaml\n{EXAMPLE}```", "## Shape of a file", field_table(language.header)],
        _world(language),
        ["## Settings", *_settings(language, vocabulary)],
        [FRAGMENTS, field_table(language.fragments.header), MATRIX, TABLE],
        [STEPS, *_steps(language), TOGETHER, SOFT],
        ["## Actions (`do`)", *_words("do", vocabulary.commands, tables.actions, tables.act, examples)],
        [VIEWS, *_views(language, vocabulary, examples)],
        [
            "## Bench actions (`bench`)",
            *_words("bench", vocabulary.bench_actions, tables.bench_actions, tables.bench, examples),
        ],
        ["## Faults (`fault`)", *_words("fault", vocabulary.faults, tables.faults, tables.fault, examples)],
        ["## Subjects of expectations", *_subjects(language, examples)],
        [PATTERNS, KEPT_VALUES, DURATIONS, INSTANTS, MOVES, "\n".join(f"- `{form}`" for form in FORMS)],
        [EVENTS, *_facts(vocabulary)],
        ["## Refusals", _listed(vocabulary.refusals), "## Screens", _listed(vocabulary.screens)],
        [
            ICONS,
            "## Hub models",
            _listed(vocabulary.models),
            MODELS,
            "## Countries",
            _listed(vocabulary.countries),
            COUNTRIES,
        ],
        ["## Clauses of the guide", *_clauses(vocabulary)],
    )
    return "\n\n".join(part for section in parts for part in section) + "\n"


def _world(language: Language) -> Iterator[str]:
    yield WORLD
    for section, (_, struct) in SECTIONS.items():
        yield f"### `{section}`"
        yield _first_sentence(struct)
        yield field_table(language.world.records[section].fields, struct)


def _settings(language: Language, vocabulary: Vocabulary) -> Iterator[str]:
    for name, field in language.settings.fields.items():
        yield f"### `{name}`"
        yield _first_sentence(vocabulary.settings[name])
        yield field_table(field.shape.fields, vocabulary.settings[name])


def _steps(language: Language) -> Iterator[str]:
    tables = language.tables
    for title, fields, struct, example in (
        ("A person does something", tables.act, PersonStep, "do:"),
        ("A person opens a view", tables.look, PersonSees, "sees:"),
        ("An action on the bench", tables.bench, BenchStep, "{bench:"),
        ("A fault", tables.fault, InjectFault, "{fault:"),
        ("Several steps at once", tables.together, Together, "together:"),
        ("A clock move", tables.clock, ClockStep, "{clock:"),
        ("An expectation", tables.expect, Expect, "{expect:"),
        ("A state that must not occur", tables.never, Never, "{never:"),
        ("The order of events", tables.order, ExpectOrder, "order:"),
    ):
        yield f"### {title}"
        yield field_table(fields, struct)
        yield f"```yaml\n{_example(example)}\n```"


def _example(mark: str) -> str:
    """Return the first step of the example that contains the mark, with all its lines."""
    steps = re.split(r"^  - ", EXAMPLE.split("\nsteps:\n")[1], flags=re.MULTILINE)
    return "- " + dedent("  " + next(step for step in steps if mark in step)).strip()


def _words(
    key: str,
    structs: Mapping[str, type[msgspec.Struct]],
    variants: Mapping[str, Fields],
    common: Fields,
    examples: Examples,
) -> Iterator[str]:
    for name, struct in structs.items():
        yield f"### `{name}`"
        yield _first_sentence(struct)
        own = {key: field for key, field in variants[name].items() if key not in common}
        if own:
            yield field_table(own, struct)
        yield from _shown(ReferenceWord(key, name), examples)


def _shown(word: ReferenceWord, examples: Examples) -> Iterator[str]:
    if word in examples:
        yield from shown(examples[word])


def _views(language: Language, vocabulary: Vocabulary, examples: Examples) -> Iterator[str]:
    tables = language.tables
    for name, struct in vocabulary.queries.items():
        yield from _words("sees", {name: struct}, tables.views, tables.look, examples)
        if name in vocabulary.views:
            yield from seen_tables(vocabulary.views[name], tables.shown)


def _facts(vocabulary: Vocabulary) -> Iterator[str]:
    lines = []
    for name, struct in vocabulary.facts.items():
        own = [field.encode_name for field in msgspec.structs.fields(struct)]
        listed = ", ".join(f"`{field}`" for field in own if field not in _EVERY_FACT)
        lines.append(f"- `{name}`: {listed}. {_first_sentence(struct)}")
    yield "\n".join(lines)


def _subjects(language: Language, examples: Examples) -> Iterator[str]:
    for name, fields in language.tables.subjects.items():
        yield f"### `{name}`"
        yield field_table(fields)
        for key, field in fields.items():
            if isinstance(field.shape, RecordShape):
                yield f"In the group `{key}`:"
                yield field_table(field.shape.fields)
        yield from _shown(ReferenceWord("expect", name), examples)


def _clauses(vocabulary: Vocabulary) -> Iterator[str]:
    yield "\n".join(f"- {clause}: {text}" for clause, text in vocabulary.clauses.items())


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in sorted(words))


def _first_sentence(struct: type[msgspec.Struct]) -> str:
    doc = " ".join((struct.__doc__ or "").split())
    found = _FIRST_SENTENCE.match(doc)
    return found[0] if found else doc
