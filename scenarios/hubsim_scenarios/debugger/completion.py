"""Completions for a line at a halt: commands of the prompt, names, actions, fields and their values.

Pure. The suggestions come from the tables with which the steps are parsed, so the prompt accepts all of them.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import NamedTuple

import msgspec

from hubsim_scenarios.debugger.commands import SHORT_FORMS, WORDS
from hubsim_scenarios.language.composites import Field, Fields, ListShape
from hubsim_scenarios.language.language import Language
from hubsim_scenarios.language.moves import FORMS
from hubsim_scenarios.language.pattern_reader import PatternOf
from hubsim_scenarios.language.scalars import AliasShape, ChoiceShape, FlagShape, OptionalShape, SimShape
from hubsim_scenarios.language.step_tables import LEADS
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.language.vocabulary import AliasKind

_TAKES_A_HUB = "look"


class Suggestion(msgspec.Struct, frozen=True):
    """A word and its description."""

    word: str
    about: str = ""


_NOT_SUGGESTED = frozenset({*LEADS, "do", "sees", "may_be_refused"})
"""Keys that the short form has already, or that only members of a `together` step have."""


class _Form(NamedTuple):
    """The short form of a kind of step: its first words in order, then the fields that these words allow."""

    words: tuple[Callable[[], Iterable[Suggestion]], ...]
    fields: Callable[[list[str]], Fields]


class Completion:
    """Completes lines for one scenario. Assign `scenario` again after a step that defines a name."""

    def __init__(self, language: Language, scenario: Scenario) -> None:
        self.scenario = scenario
        tables = self._tables = language.tables
        people, hubs = partial(self._names, AliasKind.PERSON), partial(self._names, AliasKind.HUB)
        self._forms = {
            "as": _Form(
                (people, lambda: [*_words(tables.actions, "action"), *_words(tables.views, "query")]),
                lambda words: tables.actions.get(words[1]) or tables.views.get(words[1], {}),
            ),
            "bench": _Form(
                (hubs, lambda: _words(tables.bench_actions, "bench action")),
                lambda words: tables.bench_actions.get(words[1], {}),
            ),
            "fault": _Form(
                (lambda: _words(tables.faults, "fault"),), lambda words: tables.faults.get(words[0], {})
            ),
            "expect": _Form((self._subjects,), lambda words: self._of_subject(tables.expectations, words[0])),
            "never": _Form((self._subjects,), lambda words: self._of_subject(tables.nevers, words[0])),
        }

    def suggest(self, before: str) -> list[Suggestion]:
        """Return the completions of the last word of the line, which may be empty."""
        *whole, begun = before.lstrip().removeprefix("{").replace(",", " ").split(" ")
        done = [word for word in whole if word]
        return [found for found in self._next(done) if found.word.startswith(begun)]

    def _next(self, done: list[str]) -> Iterable[Suggestion]:
        match done:
            case []:
                prompt = [Suggestion(name, word.about) for name, word in WORDS.items()]
                return [*(Suggestion(lead, SHORT_FORMS[lead]) for lead in LEADS), *prompt]
            case [word] if word == _TAKES_A_HUB:
                return self._names(AliasKind.HUB)
            case ["until"]:
                return [
                    Suggestion(clause, "clause that the scenario covers") for clause in self.scenario.covers
                ]
            case ["clock"]:
                return [Suggestion(form, "for example") for form in FORMS]
            case [lead, *rest] if lead.rstrip(":") in LEADS:
                return self._of_step(lead.rstrip(":"), rest)
            case _:
                return []

    def _of_step(self, lead: str, rest: list[str]) -> Iterable[Suggestion]:
        """Return the suggestions after the first word of a step: its next words in order, then its fields."""
        form = self._forms.get(lead)
        if form is None:
            return []
        count = len(form.words)
        return form.words[len(rest)]() if len(rest) < count else self._fields(form.fields(rest), rest[count:])

    def _fields(self, fields: Fields, done: list[str]) -> Iterable[Suggestion]:
        """Return the values for the last key, or, after a value, the keys that the line does not have yet."""
        if done and done[-1].endswith(":"):
            field = fields.get(done[-1].rstrip(":"))
            return self._values(field.shape) if field is not None else []
        there = {word.rstrip(":") for word in done if word.endswith(":")} | _NOT_SUGGESTED
        return [
            Suggestion(f"{key}:", _about(field)) for key, field in _required_first(fields) if key not in there
        ]

    def _values(self, shape: object) -> Iterable[Suggestion]:
        match shape:
            case OptionalShape() | PatternOf():
                return self._values(shape.shape)
            case ListShape():
                return [Suggestion(f"[{found.word}") for found in self._values(shape.item)]
            case ChoiceShape():
                return map(Suggestion, shape.words)
            case FlagShape():
                return map(Suggestion, ("on", "off"))
            case AliasShape():
                return self._names(*shape.kinds)
            case SimShape():
                return [*map(Suggestion, ("ajax", "ordinary")), *self._names(AliasKind.SIM)]
            case _:
                return []

    def _names(self, *kinds: AliasKind) -> list[Suggestion]:
        return [Suggestion(ref.name, ref.kind) for ref in self.scenario.aliases() if ref.kind in kinds]

    def _subjects(self) -> Iterator[Suggestion]:
        kinds = [kind for kind in AliasKind if kind in self._tables.expectations]
        yield from self._names(*kinds)
        yield from (Suggestion(word) for word in self._tables.expectations if word not in set(AliasKind))

    def _of_subject(self, tables: dict[str, Fields], subject: str) -> Fields:
        kinds = {ref.name: ref.kind.value for ref in self.scenario.aliases()}
        return tables.get(kinds.get(subject, subject), {})


def _words(table: Iterable[str], about: str) -> list[Suggestion]:
    return [Suggestion(word, about) for word in table]


def _required_first(fields: Fields) -> list[tuple[str, Field]]:
    return sorted(fields.items(), key=lambda item: not item[1].required)


def _about(field: Field) -> str:
    required = "required: " if field.required else ""
    return required + (field.doc or str(field.shape.describe()))
