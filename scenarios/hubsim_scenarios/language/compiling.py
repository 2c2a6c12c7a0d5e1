"""Compiles the types of structs into shapes, once for each vocabulary.

`Meta` adds to the type of a field what it takes, for example `Meta(extra={"alias": "hub"})`:

- `{"alias": "hub"}`: a declared name; see `AliasShape` for the flags, and `also` for a second kind
- `{"word": "country"}` (`model`, `zone`, `slot`, or a list of the vocabulary): a word of that kind
- `{"form": "month"}`: a text of that form
- `{"unit": "ms"}`: a duration
- `{"bounds": (0, 100, 5)}`: a number between bounds, in steps
- `{"fields_of": "fact"}`: the fields of the fact that another field names

A whole number whose name ends in `_ms`, `_s` or `_min` is also a duration, and one whose name ends in `at_ms`
is an instant. Their keys in files omit the unit, because the value has it.
"""

import re
from collections.abc import Mapping
from enum import Enum
from typing import Any

import msgspec
from msgspec import inspect

from hubsim_contract.lab.bench_actions import Card
from hubsim_scenarios.language.composites import Field, Fields, ListShape, MapShape, RecordShape
from hubsim_scenarios.language.errors import with_article
from hubsim_scenarios.language.forms import FormShape, ListedShape, SlotShape
from hubsim_scenarios.language.ids import IdShape
from hubsim_scenarios.language.scalars import (
    AliasShape,
    ChoiceShape,
    DurationShape,
    FlagShape,
    InstantShape,
    IntegerShape,
    OptionalShape,
    Shape,
    SimShape,
    TextShape,
    ZoneShape,
)
from hubsim_scenarios.language.variants import Variant, VariantShape, any_of
from hubsim_scenarios.language.vocabulary import AliasKind, FieldSpec, Vocabulary, VocabularyError

_UNIT = re.compile(r"(?P<stem>.+?)_(?P<unit>ms|s|min)")
INSTANT_FIELD = re.compile(r"(?P<stem>(?:.+_)?at)_ms")
"""The name of a field that contains an instant in milliseconds."""
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def spaced(name: str) -> str:
    """Return a class or field name as words: `SimCard` and `sim_card` are `sim card`."""
    return _CAMEL.sub(" ", name).replace("_", " ").lower()


class Compiler:
    """Makes the shapes for one vocabulary; they contain its words (models, countries).

    `patterns` is for fields of expectations: a field that names a thing takes its id. `as_shown` is for
    patterns of views and events, whose fields also keep their names on the wire; an instant can also be a
    number of milliseconds.
    """

    def __init__(self, vocabulary: Vocabulary, *, patterns: bool = False, as_shown: bool = False) -> None:
        self._as_shown = as_shown
        self._ids = vocabulary.ids if patterns or as_shown else None
        self._words: dict[str, Shape] = {
            "country": ChoiceShape("a country code", vocabulary.countries),
            "model": ChoiceShape("a hub model", vocabulary.models),
            "zone": ZoneShape(),
            "slot": SlotShape(),
            **{name: ListedShape(each) for name, each in vocabulary.words.items()},
        }
        self._forms = {name: FormShape(form) for name, form in vocabulary.forms.items()}
        self._facts = vocabulary.facts

    def fields(self, struct: type[msgspec.Struct]) -> Fields:
        """Return the fields of a struct by their keys in files."""
        info = inspect.type_info(struct)
        assert isinstance(info, inspect.StructType)
        return self._struct_fields(info)

    def expected(self, specs: Mapping[str, FieldSpec]) -> Fields:
        """Return the fields that an expectation of a subject can have."""
        fields = (self._expected(name, spec) for name, spec in specs.items())
        return {field.key: field for field in fields}

    def _expected(self, name: str, spec: FieldSpec) -> Field:
        if spec.group is not None:
            group = RecordShape(f"the group {name!r}", self.expected(spec.group))
            return Field(name, name, group, required=spec.required, doc=spec.doc)
        infos = [inspect.type_info(each) for each in (spec.type, *spec.also)]
        fields = [self._field(name, name, info, required=spec.required, doc=spec.doc) for info in infos]
        shape = any_of([field.shape for field in fields])
        return msgspec.structs.replace(fields[0], shape=shape)

    def _struct_fields(self, info: inspect.StructType) -> Fields:
        fields = (
            self._field(field.name, field.encode_name, field.type, required=field.required)
            for field in info.fields
        )
        return {field.key: field for field in fields}

    def _field(self, name: str, word: str, info: inspect.Type, *, required: bool, doc: str = "") -> Field:
        if isinstance(info, inspect.StructType) and info.cls is Card:
            return Field(name, "sim", SimShape(), required, doc)
        try:
            key, shape = self._timed(word, info) or (word, self.shape(info))
        except VocabularyError as error:
            raise VocabularyError(f"field {name!r}: {error}") from error
        return Field(name, key, shape, required, doc or _description(info))

    def _timed(self, word: str, info: inspect.Type) -> tuple[str, Shape] | None:
        """Return the key and shape of a whole number whose name marks a time, else None."""
        inner, optional = without_null(info)
        if not isinstance(inner, inspect.IntType):
            return None
        shape: Shape
        if match := INSTANT_FIELD.fullmatch(word):
            shape = InstantShape(or_ms=self._as_shown)
        elif self._as_shown:
            return None
        elif match := _UNIT.fullmatch(word):
            shape = DurationShape(match["unit"], inner.ge, inner.le)
        else:
            return None
        return word if self._as_shown else match["stem"], OptionalShape(shape) if optional else shape

    def seen(self, struct: type[msgspec.Struct]) -> Shape:
        """Return the shape of a view's struct."""
        return self.shape(inspect.type_info(struct))

    def shape(self, info: inspect.Type) -> Shape:
        """Return the shape of a type, or raise `VocabularyError`."""
        match info:
            case inspect.Metadata():
                return self._annotated(info)
            case inspect.UnionType():
                return self._union(info)
            case inspect.ListType() | inspect.VarTupleType():
                return ListShape(self.shape(info.item_type))
            case inspect.SetType() | inspect.FrozenSetType():
                return ListShape(self.shape(info.item_type), any_order=True)
            case inspect.DictType():
                return MapShape(self.shape(info.key_type), self.shape(info.value_type))
            case inspect.StructType():
                return self._record(info)
            case _:
                return _word(info)

    def _record(self, info: inspect.StructType) -> Shape:
        if info.cls is Card:
            return SimShape()
        what = with_article(spaced(info.cls.__name__))
        for field in info.fields:
            word = _extra(field.type).get("fields_of")
            if word is not None:
                return self._of_facts(what, info, field.encode_name, word)
        return RecordShape(what, self._struct_fields(info), info.cls)

    def _of_facts(self, what: str, info: inspect.StructType, key: str, word: str) -> VariantShape:
        """Return a mapping whose field `key` has the fields of the fact that its field `word` names."""
        rest = [field for field in info.fields if field.encode_name != key]
        own = {
            field.encode_name: self._field(field.name, field.encode_name, field.type, required=field.required)
            for field in rest
        }
        variants = []
        for fact, struct in self._facts.items():
            fields = {name: field for name, field in self.fields(struct).items() if name not in own}
            details = Field(key, key, RecordShape(f"the {key} of {fact!r}", fields))
            variants.append(Variant({word: fact}, {**own, key: details}))
        return VariantShape(what, variants)

    def _union(self, info: inspect.UnionType) -> Shape:
        inner, optional = without_null(info)
        if not optional or isinstance(inner, inspect.UnionType):
            raise VocabularyError("a scenario cannot distinguish the types of a union")
        return OptionalShape(self.shape(inner))

    def _annotated(self, info: inspect.Metadata) -> Shape:
        extra = info.extra or {}
        inner, optional = without_null(info.type)
        shape: Shape
        if "alias" in extra:
            shape = self._alias(extra, optional=optional)
        elif "word" in extra:
            shape = self._word_list(extra["word"])
        elif "form" in extra:
            shape = self._forms[extra["form"]]
        elif "bounds" in extra:
            shape = IntegerShape(*extra["bounds"])
        elif "unit" in extra and isinstance(inner, inspect.IntType):
            shape = DurationShape(extra["unit"], inner.ge, inner.le)
        else:
            return self.shape(info.type)
        return OptionalShape(shape) if optional and not isinstance(shape, SimShape) else shape

    def _alias(self, extra: Mapping[str, Any], *, optional: bool) -> Shape:
        alias = _alias(extra, optional=optional)
        return alias if self._ids is None or isinstance(alias, SimShape) else IdShape(alias, self._ids)

    def _word_list(self, name: str) -> Shape:
        if name not in self._words:
            raise VocabularyError(f"unknown list of words {name!r}")
        return self._words[name]


def _alias(extra: Mapping[str, Any], *, optional: bool) -> AliasShape | SimShape:
    if extra["alias"] not in set(AliasKind):
        raise VocabularyError(f"{extra['alias']!r} is not a kind of alias")
    kind = AliasKind(extra["alias"])
    if extra.get("fresh"):
        return SimShape(slot=optional)
    also = (AliasKind(extra["also"]),) if "also" in extra else ()
    flags = {name: bool(extra.get(name)) for name in ("or_email", "or_quoted", "or_empty", "by_name")}
    return AliasShape(kind, *also, **flags)


def _word(info: inspect.Type) -> Shape:
    match info:
        case inspect.StrType():
            return TextShape()
        case inspect.BoolType():
            return FlagShape()
        case inspect.IntType():
            return IntegerShape(info.ge, info.le, info.multiple_of or 1)
        case inspect.EnumType():
            return _enum(info.cls)
        case inspect.LiteralType():
            words = {str(value): value for value in info.values}
            return ChoiceShape("an allowed word", words)
        case _:
            raise VocabularyError(f"{type(info).__name__} has no form in a scenario")


def _enum(enum: type[Enum]) -> ChoiceShape:
    return ChoiceShape(with_article(spaced(enum.__name__)), {str(member.value): member for member in enum})


def _extra(info: inspect.Type) -> Mapping[str, Any]:
    """Return the annotations of a type."""
    return info.extra or {} if isinstance(info, inspect.Metadata) else {}


def without_null(info: inspect.Type) -> tuple[inspect.Type, bool]:
    """Return `T` and True for `T | None`, and the type itself and False for every other type."""
    if not isinstance(info, inspect.UnionType):
        return info, False
    rest = tuple(kind for kind in info.types if not isinstance(kind, inspect.NoneType))
    if len(rest) == len(info.types):
        return info, False
    return (rest[0] if len(rest) == 1 else inspect.UnionType(rest)), True


def _description(info: inspect.Type) -> str:
    inner, _ = without_null(info)
    schema = inner.extra_json_schema if isinstance(inner, inspect.Metadata) else None
    return str((schema or {}).get("description", ""))
