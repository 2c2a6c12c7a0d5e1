"""The vocabulary of one product: its actions, views, bench actions, faults and words.

The caller gives it to the language, which has none of these words built in. The types of fields determine
how they are read; see `compiling`.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec

from hubsim_contract.lab.bench_actions import CardKind


class AliasKind(StrEnum):
    """The kinds of things with declared names."""

    PERSON = "person"
    COMPANY = "company"
    RESELLER = "reseller"
    OBJECT = "object"
    HUB = "hub"
    SIM = "sim"


class AliasRef(msgspec.Struct, frozen=True, tag=True):
    """A declared name. The runner resolves it to the id of the thing."""

    kind: AliasKind
    name: str


class FreshCard(msgspec.Struct, frozen=True, tag=True):
    """A new healthy card without a name."""

    kind: CardKind


SimRef = AliasRef | FreshCard

VALUE_SIGN = "$"
"""Before the name of a kept value or of a parameter. YAML needs no quotes around such a word."""


class ValueKind(StrEnum):
    """The kinds of values that a step can keep, as in messages."""

    NUMBER = "a number"
    INSTANT = "an instant"
    MILLISECONDS = "a duration in ms"
    SECONDS = "a duration in s"
    MINUTES = "a duration in min"
    TEXT = "a text"
    FLAG = "on or off"
    ANY = "any value"

    def fits(self, wanted: "ValueKind") -> bool:
        """Return whether a value of this kind can be used where the other kind is expected."""
        return self is wanted or ValueKind.ANY in (self, wanted)


class KeptRef(msgspec.Struct, frozen=True, tag=True):
    """A reference to a value that an earlier step kept. The runner resolves it."""

    name: str

    @property
    def text(self) -> str:
        """The reference as in a file."""
        return f"{VALUE_SIGN}{self.name}"


class WordList(msgspec.Struct, frozen=True, kw_only=True):
    """The only words that a field can have. `what` names one of them, with its article."""

    what: str
    words: tuple[str, ...]
    groups: Mapping[str, tuple[str, ...]] = {}
    """Further words for patterns: each fits any of several words, for example a family of rules."""


class TextForm(msgspec.Struct, frozen=True, kw_only=True):
    """The only form that the text of a field can have. `what` names it, with its article."""

    what: str
    pattern: str
    """A regular expression that matches the whole text."""
    example: str


class FieldSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One field that an expectation of a subject can have.

    `type` is an annotation as in a struct; a frozenset type compares in any order. With `group` the field is
    a mapping of further fields, and `type` is ignored. A field that `selects` identifies the subject (for
    example the owner of a mailbox) and takes a value, not a pattern.
    """

    type: Any = str
    also: tuple[Any, ...] = ()
    """Further types that the value can have."""
    doc: str = ""
    group: Mapping[str, "FieldSpec"] | None = None
    selects: bool = False
    required: bool = False


class EventSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of trace event: the words that mark it, by field, and all its fields."""

    words: Mapping[str, str]
    fields: Mapping[str, FieldSpec]


class Vocabulary(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that depends on the product. Names are as in files."""

    commands: Mapping[str, type[msgspec.Struct]]
    """Actions of people (`do:`)."""
    queries: Mapping[str, type[msgspec.Struct]]
    """Views of people (`sees:`)."""
    bench_actions: Mapping[str, type[msgspec.Struct]]
    """Actions on the bench (`bench:`)."""
    faults: Mapping[str, type[msgspec.Struct]]
    settings: Mapping[str, type[msgspec.Struct]]
    """Groups of settings; a scenario can override single values."""
    expectations: Mapping[str, Mapping[str, FieldSpec]]
    """Fields by subject: an `AliasKind` (then the subject is an alias), or a word such as `mailbox`."""
    refusals: frozenset[str]
    screens: frozenset[str]
    clauses: Mapping[str, str]
    """Clause ids of the guide, each with its text."""
    models: frozenset[str]
    countries: frozenset[str]
    views: Mapping[str, type[msgspec.Struct]] = {}
    """The fields of each query's view, which `shows:` may name. Without a view, it may name any field."""
    facts: Mapping[str, type[msgspec.Struct]] = {}
    """The fields of the events of kind `fact`, for the reference."""
    words: Mapping[str, WordList] = {}
    """The words for fields whose type has `Meta(extra={"word": NAME})`."""
    forms: Mapping[str, TextForm] = {}
    """The forms for fields whose type has `Meta(extra={"form": NAME})`."""
    ids: Mapping[AliasKind, TextForm] = {}
    """The forms of ids, which a pattern may contain in addition to `@name`."""
    slots: Mapping[str, int] = {}
    """The number of SIM slots of each model. For a model that is not listed, any slot can be named."""
    events: tuple[EventSpec, ...] = ()
    """The kinds of trace events; without kinds, an event may have any field."""
    makes: Mapping[str, AliasKind] = {}
    """Actions that create a thing, by its kind; the step may name the thing with `called:`."""
    becomes: Mapping[str, tuple[str, AliasKind]] = {}
    """Actions that change the kind of the thing in a field: by action, the field and the new kind."""


class VocabularyError(ValueError):
    """A mistake in the vocabulary, not in a scenario: a type or name that the language cannot express."""
