"""What the caller gives the language: the actions, views, hands, faults and words of one product.

The language itself knows none of them. Fields of the structs are read by their types; how types map
to what an author writes is in `compiling`.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec

from hubsim_contract.lab.bench_actions import CardKind


class AliasKind(StrEnum):
    """What a declared name can stand for."""

    PERSON = "person"
    COMPANY = "company"
    RESELLER = "reseller"
    OBJECT = "object"
    HUB = "hub"
    SIM = "sim"


class AliasRef(msgspec.Struct, frozen=True, tag=True):
    """A declared name, for the runner to resolve to the id of the thing."""

    kind: AliasKind
    name: str


class FreshCard(msgspec.Struct, frozen=True, tag=True):
    """A new healthy card that the scenario gives no name."""

    kind: CardKind


SimRef = AliasRef | FreshCard


class FieldSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One field that can be expected of a subject.

    `type` is an annotation as it would stand in a struct; a frozenset type compares in any order.
    With `group` the field is a mapping of further fields and `type` does not count. A field that
    `selects` says which subject is meant (whose mailbox) and takes a value, not a pattern.
    """

    type: Any = str
    doc: str = ""
    group: Mapping[str, "FieldSpec"] | None = None
    selects: bool = False
    required: bool = False


class Vocabulary(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that differs from product to product. Names are as in files."""

    commands: Mapping[str, type[msgspec.Struct]]
    """What people do (`do:`)."""
    queries: Mapping[str, type[msgspec.Struct]]
    """What people look at (`sees:`)."""
    bench_actions: Mapping[str, type[msgspec.Struct]]
    """What hands do on the bench."""
    faults: Mapping[str, type[msgspec.Struct]]
    settings: Mapping[str, type[msgspec.Struct]]
    """Groups of settings; a scenario overrides single values."""
    expectations: Mapping[str, Mapping[str, FieldSpec]]
    """Fields by subject: an `AliasKind` (then the subject is an alias), or a word such as `mailbox`."""
    refusals: frozenset[str]
    screens: frozenset[str]
    clauses: Mapping[str, str]
    """Clause ids of the guide, with a line about each."""
    models: frozenset[str]
    countries: frozenset[str]
    views: Mapping[str, type[msgspec.Struct]] = {}
    """What each query shows: the fields that `shows:` may name. Without one anything may stand there."""
    facts: Mapping[str, type[msgspec.Struct]] = {}
    """What events of the kind `fact` can say, for the reference."""
    makes: Mapping[str, AliasKind] = {}
    """Actions that bring a thing into being, which the step may name with `called:`."""
    becomes: Mapping[str, tuple[str, AliasKind]] = {}
    """Actions after which the thing that this field names is one of another kind, under the same name."""


class VocabularyError(ValueError):
    """The vocabulary itself is at fault, not a scenario: a type or a name the language cannot serve."""
