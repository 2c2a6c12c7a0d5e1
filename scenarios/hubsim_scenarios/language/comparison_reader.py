"""Reads the pattern words that compare one value, by the type of the field where it is known."""

from collections.abc import Mapping
from typing import Final

from hubsim_scenarios.language import nodes
from hubsim_scenarios.language.comparisons import (
    About,
    Amount,
    Comparator,
    ContainsText,
    KeepValue,
    KeptPattern,
    RegexPattern,
    instant_shown,
)
from hubsim_scenarios.language.errors import BadText
from hubsim_scenarios.language.forms import FormShape, SlotShape
from hubsim_scenarios.language.kept_values import declare_kept, kind_of, reference, refers
from hubsim_scenarios.language.nodes import Node, Scalar
from hubsim_scenarios.language.patterns import ScalarPattern
from hubsim_scenarios.language.read_context import UNREAD, ReadContext, Unread
from hubsim_scenarios.language.regular_expressions import check_expression
from hubsim_scenarios.language.scalars import (
    DurationShape,
    InstantShape,
    IntegerShape,
    Shape,
    TextShape,
)
from hubsim_scenarios.language.variants import OneOfShape
from hubsim_scenarios.language.vocabulary import KeptRef, ValueKind

BOUNDS = ("more_than", "less_than", "at_least", "at_most")
ABOUT, TOLERANCE = "about", "give_or_take"
REGEX, CONTAINS, KEEP = "regex", "contains", "keep"
COMPARING = (*BOUNDS, ABOUT, TOLERANCE)
"""The words that compare numbers, durations and instants."""
COMPARISON_WORDS = (*COMPARING, REGEX, CONTAINS, KEEP)

NUMBERS: Final = (IntegerShape, DurationShape, InstantShape, SlotShape)
"""The shapes of amounts."""
TEXTS: Final = (TextShape, FormShape)
"""The shapes of texts that are not words of a list: free text, and texts of a form, such as topics."""
_NUMBER: Final = IntegerShape()
_INSTANT: Final = InstantShape(or_ms=True)
_DURATION: Final = DurationShape()
_TEXT: Final = TextShape()
_Made = ScalarPattern | Unread


def untyped_instant(name: str) -> Shape | None:
    """Return the shape of an instant for the name of an untyped field that contains one, else None."""
    return _INSTANT if name == "at_ms" or name.endswith("_at_ms") else None


def comparisons(node: nodes.Mapping, shape: Shape | None, reading: ReadContext) -> list[_Made]:
    """Return a pattern for each of the comparing words in a mapping."""
    given = {key.text: (key, value) for key, value in node.entries if key.text in COMPARISON_WORDS}
    made: list[_Made] = []
    for word, (key, value) in given.items():
        fitting = _fitting(word, value, shape, reading)
        if word == KEEP:
            made.append(_keep(value, shape, reading))
        elif not _comparable(key, fitting, reading):
            made.append(UNREAD)
        elif word in BOUNDS:
            made.append(amount(value, Comparator(word), fitting, reading))
        elif word == ABOUT:
            made.append(_about(value, given.get(TOLERANCE, (key, None))[1], fitting, reading))
        elif word == TOLERANCE and ABOUT not in given:
            made.append(reading.bad(key.place, BadText(f"{TOLERANCE!r} needs {ABOUT!r} next to it")))
        elif word in (REGEX, CONTAINS):
            made.append(_in_text(word, value, reading))
    return [*made, *_possible(given, made, reading)]


def amount(value: Node, comparator: Comparator, shape: Shape | None, reading: ReadContext) -> _Made:
    """Return the comparison with an amount: a number, duration, instant, or kept value."""
    found = _amount(value, shape, reading)
    if isinstance(found, Unread) or not isinstance(value, Scalar):
        return UNREAD
    zone = _zone(shape, found, value, reading)
    return Amount(comparator, found, _said(found, value, zone), zone)


def kept(value: Scalar, shape: Shape | None, reading: ReadContext) -> _Made:
    """Return the pattern of a reference to a kept value."""
    kind = kind_of(shape)
    if kind is None:
        return reading.bad(value.place, BadText(f"{value.text} is a single value, not a list or a mapping"))
    ref = reference(value, kind, reading)
    if isinstance(ref, Unread):
        return UNREAD
    if isinstance(shape, InstantShape):
        return Amount(Comparator.EXACTLY, ref, ref.text, reading.zone)
    return KeptPattern(ref)


def _fitting(word: str, value: Node, shape: Shape | None, reading: ReadContext) -> Shape | None:
    """Return the shape, or the one of several that the word compares, if possible one that fits the value."""
    if not isinstance(shape, OneOfShape):
        return shape
    kinds = NUMBERS if word in COMPARING else TEXTS
    parts = [part for part in shape.shapes if isinstance(part, kinds)]
    for part in parts:
        if reading.attempt(lambda part=part: part.read(value, reading)) is not UNREAD:  # type: ignore[misc]
            return part
    return parts[0] if parts else shape


def _comparable(key: Scalar, shape: Shape | None, reading: ReadContext) -> bool:
    """Return whether the values of the field can be compared with this word; report it if not."""
    if shape is None:
        return True
    if key.text in COMPARING and isinstance(shape, NUMBERS):
        return True
    if key.text in (REGEX, CONTAINS) and isinstance(shape, TEXTS):
        return True
    what = "numbers, durations and instants" if key.text in COMPARING else "free text"
    reading.problems.add(key.place, f"{key.text!r} compares {what}; {shape.describe()} is expected here")
    return False


def _amount(value: Node, shape: Shape | None, reading: ReadContext) -> int | KeptRef | Unread:
    if isinstance(value, Scalar) and refers(value):
        kind = kind_of(shape)
        return reference(value, kind if kind is not None else ValueKind.ANY, reading)
    found = (shape if isinstance(shape, NUMBERS) else _of(value)).read(value, reading)
    return found if isinstance(found, int) else UNREAD


def _of(value: Node) -> Shape:
    """Return the shape of an amount in an untyped field: an instant if it has a time, else a number."""
    return _INSTANT if isinstance(value, Scalar) and ":" in value.text else _NUMBER


def _about(value: Node, tolerance: Node | None, shape: Shape | None, reading: ReadContext) -> _Made:
    if tolerance is None:
        return reading.bad(
            value.place,
            BadText(
                f"{ABOUT!r} needs the tolerance next to it",
                f"for example {TOLERANCE}: 1 min, or {TOLERANCE}: 5",
            ),
        )
    found = _amount(value, shape, reading)
    if isinstance(shape, DurationShape | InstantShape):
        width: Shape = _DURATION if isinstance(shape, InstantShape) else shape
    else:
        is_moment = isinstance(found, int) and shape is None and _of(value) is _INSTANT
        width = _DURATION if is_moment else IntegerShape(0)
    allowed = width.read(tolerance, reading)
    if isinstance(found, Unread) or not isinstance(allowed, int):
        return UNREAD
    assert isinstance(value, Scalar)
    assert isinstance(tolerance, Scalar)
    zone = _zone(shape, found, value, reading)
    return About(found, allowed, _said(found, value, zone), tolerance.text, zone)


def _zone(shape: Shape | None, found: int | KeptRef, value: Scalar, reading: ReadContext) -> str | None:
    """Return the zone in which an instant is shown, or None for another amount."""
    is_instant = isinstance(shape, InstantShape) or (not isinstance(found, KeptRef) and ":" in value.text)
    return reading.zone if is_instant else None


def _said(found: int | KeptRef, value: Scalar, zone: str | None) -> str:
    if isinstance(found, KeptRef):
        return found.text
    return instant_shown(found, zone) if zone is not None and found >= 0 else value.text


def _in_text(word: str, value: Node, reading: ReadContext) -> _Made:
    if word == CONTAINS and isinstance(value, Scalar) and refers(value):
        ref = reference(value, ValueKind.TEXT, reading)
        return UNREAD if isinstance(ref, Unread) else ContainsText(ref)
    text = _TEXT.read(value, reading)
    if not isinstance(text, str):
        return UNREAD
    if word == CONTAINS:
        if not text:
            return reading.bad(value.place, BadText("every text contains the empty text: write a part of it"))
        return ContainsText(text)
    try:
        check_expression(text)
    except BadText as error:
        return reading.bad(value.place, error)
    return RegexPattern(text)


def _keep(value: Node, shape: Shape | None, reading: ReadContext) -> _Made:
    declared = declare_kept(value, shape, reading)
    if isinstance(declared, Unread):
        return UNREAD
    return KeepValue(*declared, reading.zone if isinstance(shape, InstantShape) else None)


def _possible(
    given: Mapping[str, tuple[Scalar, Node]], made: list[_Made], reading: ReadContext
) -> list[Unread]:
    """Report bounds between which there is no number."""
    bounds = [part for part in made if isinstance(part, Amount)]
    lows = [low for part in bounds if (low := _low(part)) is not None]
    highs = [high for part in bounds if (high := _high(part)) is not None]
    if not lows or not highs or max(lows) <= min(highs):
        return []
    first = next(key for word, (key, _) in given.items() if word in BOUNDS)
    said = " and ".join(part.described() for part in bounds)
    return [reading.bad(first.place, BadText(f"no value is {said}"))]


def _low(bound: Amount) -> int | None:
    """Return the least number within a bound, or None if it has no lower limit or one that is not known."""
    strict = bound.comparator is Comparator.MORE_THAN
    if isinstance(bound.amount, KeptRef) or not (strict or bound.comparator is Comparator.AT_LEAST):
        return None
    return bound.amount + strict


def _high(bound: Amount) -> int | None:
    """Return the largest number within a bound, or None if it has no upper limit or one that is not known."""
    strict = bound.comparator is Comparator.LESS_THAN
    if isinstance(bound.amount, KeptRef) or not (strict or bound.comparator is Comparator.AT_MOST):
        return None
    return bound.amount - strict
