"""Shapes for values of several kinds: a mapping whose fields depend on words in it, or one of several shapes.

The mapping of a trace event has other fields for each kind of event. An author may omit the word for the
kind; then the fields must be together in at least one kind.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from hubsim_scenarios.language import nodes
from hubsim_scenarios.language.composites import Field, Fields, RecordShape
from hubsim_scenarios.language.errors import BadText, quoted
from hubsim_scenarios.language.nodes import Node, Scalar
from hubsim_scenarios.language.read_context import ReadContext
from hubsim_scenarios.language.scalars import ChoiceShape, OptionalShape, Shape


class Variant(NamedTuple):
    """One kind of mapping: the words that mark it, by field, and its fields."""

    words: Mapping[str, str]
    fields: Fields


class VariantShape:
    """A mapping of one of several kinds. `what` names the mapping in messages, with its article."""

    def __init__(self, what: str, variants: Iterable[Variant]) -> None:
        self.what = what
        self.variants = tuple(variants)

    @property
    def fields(self) -> Fields:
        """The fields of all kinds."""
        return _joined(self.variants)

    def fitting(self, node: nodes.Mapping, reading: ReadContext) -> Fields:
        """Return the fields of the kinds that have all the fields of the node; report a field without one."""
        kinds, shown = list(self.variants), ""
        for key, value in _scalars(node):
            marked = [variant for variant in kinds if variant.words.get(key.text) == value.text]
            if marked:
                kinds, shown = marked, value.text
        first = ""
        for key, _ in node.entries:
            fitting = [variant for variant in kinds if key.text in variant.fields]
            if fitting:
                kinds, first = fitting, first or key.text
            else:
                self._report(key, _joined(kinds), first, shown, reading)
        return _joined(kinds)

    def read(self, node: Node, reading: ReadContext) -> object:
        """Refuse every node: only patterns have such shapes."""
        return reading.wrong_kind(node, self.describe())

    def describe(self) -> str:
        """Return what an author may write."""
        return f"{self.what}, which is a mapping of its fields"

    def _report(self, key: Scalar, known: Fields, first: str, shown: str, reading: ReadContext) -> None:
        if first and not shown and key.text in self.fields:
            text = f"no kind of {self.what.partition(' ')[2]} has both {first!r} and {quoted(key.text)}"
            reading.problems.add(key.place, text)
            return
        kind = f" of the kind {shown!r}" if shown else ""
        text = f"unknown field {quoted(key.text)} in {self.what}{kind}"
        reading.unknown(key.place, text, key.text, known)


class OneOfShape:
    """A value of one of several shapes."""

    def __init__(self, shapes: Sequence[Shape]) -> None:
        self.shapes = tuple(shapes)

    def read(self, node: Node, reading: ReadContext) -> object:
        """Refuse every node: only patterns have such shapes."""
        return reading.wrong_kind(node, self.describe())

    def describe(self) -> str:
        """Return what an author may write."""
        return ", or ".join(shape.describe() for shape in self.shapes)

    def none_fits(self, word: Scalar, hint: str, reading: ReadContext) -> object:
        """Report a word that has none of the shapes."""
        return reading.bad(word.place, BadText(f"{quoted(word.text)} is not {self.describe()}", hint))


def _scalars(node: nodes.Mapping) -> list[tuple[Scalar, Scalar]]:
    return [(key, value) for key, value in node.entries if isinstance(value, Scalar)]


def _joined(variants: Iterable[Variant]) -> Fields:
    """Return the fields of several kinds; a field with several shapes may have any of them."""
    found: dict[str, list[Field]] = {}
    for variant in variants:
        for key, field in variant.fields.items():
            found.setdefault(key, []).append(field)
    return {key: _joined_field(fields) for key, fields in found.items()}


def _joined_field(fields: Sequence[Field]) -> Field:
    first = fields[0]
    shape = any_of([field.shape for field in fields])
    return Field(first.name, first.key, shape, doc=first.doc)


def any_of(shapes: Sequence[Any]) -> Any:
    """Return the shape of a value that has one of the shapes."""
    nullable = any(isinstance(shape, OptionalShape) for shape in shapes)
    different = {
        (type(shape), getattr(shape, "what", ""), shape.describe()): shape for shape in _parts(shapes)
    }
    shape = _merged(list(different.values()))
    return OptionalShape(shape) if nullable else shape


def _parts(shapes: Iterable[Any]) -> Iterator[Any]:
    for shape in shapes:
        bare = shape.shape if isinstance(shape, OptionalShape) else shape
        yield from bare.shapes if isinstance(bare, OneOfShape) else (bare,)


def _merged(shapes: Sequence[Any]) -> Any:
    choices = [shape for shape in shapes if isinstance(shape, ChoiceShape)]
    if len(choices) > 1:
        words = {word: value for shape in choices for word, value in shape.words.items()}
        what = " or ".join(dict.fromkeys(shape.what for shape in choices))
        shapes = [ChoiceShape(what, words), *(shape for shape in shapes if shape not in choices)]
    if len(shapes) == 1:
        return shapes[0]
    if all(isinstance(shape, RecordShape) for shape in shapes):
        return VariantShape(shapes[0].what, [Variant({}, shape.fields) for shape in shapes])
    return OneOfShape(shapes)
