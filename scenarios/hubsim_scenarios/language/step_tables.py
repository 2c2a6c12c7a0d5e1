"""The fields of each kind of step, made once for each vocabulary."""

from collections.abc import Mapping

import msgspec

from hubsim_cloud.domain.types import App
from hubsim_scenarios.language import nodes
from hubsim_scenarios.language.compiling import Compiler
from hubsim_scenarios.language.composites import (
    DeferredShape,
    Field,
    Fields,
    ListShape,
    OneOrMoreShape,
    RecordShape,
    table,
)
from hubsim_scenarios.language.errors import BadText
from hubsim_scenarios.language.kept_values import reference
from hubsim_scenarios.language.moves import MoveToKept, kept_offset, move
from hubsim_scenarios.language.nodes import Node, Scalar
from hubsim_scenarios.language.orders import MAX_MEMBERS, MIN_MEMBERS
from hubsim_scenarios.language.pattern_reader import PATTERN_WORDS, GroupPattern, PatternOf
from hubsim_scenarios.language.patterns import Matching
from hubsim_scenarios.language.read_context import UNREAD, ReadContext
from hubsim_scenarios.language.scalars import (
    AliasShape,
    ChoiceShape,
    DurationShape,
    FlagShape,
    IntegerShape,
    Shape,
    TextShape,
    VisibleTextShape,
    WordShape,
)
from hubsim_scenarios.language.steps import Since
from hubsim_scenarios.language.variants import Variant, VariantShape
from hubsim_scenarios.language.vocabulary import (
    VALUE_SIGN,
    AliasKind,
    KeptRef,
    ValueKind,
    Vocabulary,
    VocabularyError,
)

LEADS = ("as", "bench", "fault", "together", "clock", "expect", "never", "order")
"""Every step has exactly one of these keys, which names its kind."""
MEMBER_LEADS = ("as", "bench", "fault")
"""The keys of steps that can be members of `together`."""
_MEMBERS = f"a list of {MIN_MEMBERS} to {MAX_MEMBERS} steps of people, bench actions and faults"
_SUCCEED = "How many of the members with `may_be_refused` must succeed."
_SOFT = "Whether the play continues after a failure; the verdict is FAIL at the end."
_PASSES = "use 'clock', for example clock: +3 d"
_SNAPSHOTS = "use 'expect' for a check"
OTHER_LEADS = dict.fromkeys(("advance", "pause", "sleep", "wait"), _PASSES) | dict.fromkeys(
    ("assert", "check", "then", "verify"), _SNAPSHOTS
)
"""Words with which steps begin in other tools, each with the hint for its user."""


class ClockMove(WordShape):
    """A clock move; an instant without a zone is in the scenario's."""

    def read(self, node: Node, reading: ReadContext) -> object:
        """Return the `Move`, or the `MoveToKept` for a text that begins with the sign of kept values."""
        if isinstance(node, Scalar) and node.text.startswith(VALUE_SIGN):
            return self._to_kept(node, reading)
        return super().read(node, reading)

    def _to_kept(self, word: Scalar, reading: ReadContext) -> object:
        try:
            ref, offset_ms = kept_offset(word.text)
        except BadText as error:
            return reading.bad(word.place, error)
        found = reference(Scalar(ref, plain=True, place=word.place), ValueKind.INSTANT, reading)
        return MoveToKept(found, offset_ms) if isinstance(found, KeptRef) else UNREAD

    def value(self, word: Scalar, reading: ReadContext) -> object:
        """Return the `Move`. Without a readable scenario clock the zone is unknown, and UTC is used."""
        return move(word.text, reading.zone or "UTC")

    def describe(self) -> str:
        """Return what an author may write."""
        return "a clock move such as +3 d or start of next month"


class EventPattern:
    """The pattern of a trace event: a mapping. Without kinds of events, it may have any field."""

    def __init__(self, vocabulary: Vocabulary, compiler: Compiler) -> None:
        kinds = [Variant(kind.words, compiler.expected(kind.fields)) for kind in vocabulary.events]
        self.shape = VariantShape("an event", kinds) if kinds else None

    def read(self, node: Node, reading: ReadContext) -> object:
        """Return the `Matching`."""
        if not isinstance(node, nodes.Mapping):
            return reading.wrong_kind(node, self.describe())
        pattern = PatternOf(self.shape).read(node, reading)
        if pattern is UNREAD or isinstance(pattern, Matching):
            return pattern
        return reading.bad(node.place, BadText("an event is a mapping of its fields, not a pattern word"))

    def describe(self) -> str:
        """Return what an author may write."""
        return "a mapping of event fields"


class StepTables:
    """The fields of a step for each lead key and each word of it.

    `Field.name` is the key for a step's own fields, and the name in the struct for the fields of actions.
    """

    def __init__(self, vocabulary: Vocabulary, compiler: Compiler) -> None:
        refused, may_be_refused, screen, app, note, soft = _common_fields(vocabulary)
        person = Field("as", "as", AliasShape(AliasKind.PERSON), required=True)
        hub = Field("bench", "bench", AliasShape(AliasKind.HUB), required=True)
        called = Field("called", "called", _NewName(), doc="The name of the created thing for later steps.")
        duration = DurationShape()
        self.shown = shown = Compiler(vocabulary, as_shown=True)
        """Makes the shapes of views and events."""
        self.event = EventPattern(vocabulary, shown)

        self.act = table(
            person, _word("do", "an action", vocabulary.commands), app, refused, may_be_refused, screen, note
        )
        self.look = table(
            person,
            _word("sees", "a view", vocabulary.queries),
            app,
            refused,
            may_be_refused,
            *_showing(None, compiler).values(),
            soft,
            note,
        )
        self.bench = table(
            hub, _word("do", "a bench action", vocabulary.bench_actions), refused, may_be_refused, note
        )
        self.fault = table(_word("fault", "a fault", vocabulary.faults), note)
        succeed = IntegerShape(0, MAX_MEMBERS)
        self.together = table(
            Field("together", "together", DeferredShape(_MEMBERS), required=True),
            Field("succeed", "succeed", succeed, doc=_SUCCEED),
            note,
        )
        self.clock = table(Field("clock", "clock", ClockMove(), required=True), note)
        self.order = table(
            Field("order", "order", ListShape(self.event), required=True),
            Field("since", "since", ChoiceShape("a start", {member.value: member for member in Since})),
            soft,
            note,
        )
        who = TextShape(_subjects_text(vocabulary.expectations))
        subject = Field("expect", "expect", who, required=True)
        never = Field("never", "never", who, required=True)
        self.expect = table(subject, Field("within", "within", duration, doc="The time limit."), soft, note)
        self.never = table(
            never,
            Field("for", "for", DurationShape(least=1), required=True, doc="The time to watch."),
            soft,
            note,
        )

        self.actions = {
            name: _joined(name, self.act | (table(called) if name in vocabulary.makes else {}), fields)
            for name, fields in _compiled(compiler, vocabulary.commands).items()
        }
        self.views = {
            name: _joined(name, self.look | _showing(vocabulary.views.get(name), shown), fields)
            for name, fields in _compiled(compiler, vocabulary.queries).items()
        }
        self.bench_actions = _all_joined(self.bench, _compiled(compiler, vocabulary.bench_actions))
        self.faults = _all_joined(self.fault, _compiled(compiler, vocabulary.faults))
        self.selectors = {
            name: frozenset(field for field, spec in specs.items() if spec.selects)
            for name, specs in vocabulary.expectations.items()
        }
        self.subjects = self._subjects(vocabulary, compiler)
        self.expectations = self._expectations(self.expect)
        self.nevers = self._expectations(self.never)

    def _subjects(self, vocabulary: Vocabulary, compiler: Compiler) -> dict[str, Fields]:
        """Return the fields of each subject: patterns, except for the selecting fields."""
        patterns = Compiler(vocabulary, patterns=True)
        subjects: dict[str, Fields] = {}
        for name, specs in vocabulary.expectations.items():
            selecting = {spec: specs[spec] for spec in self.selectors[name]}
            subjects[name] = patterns.expected(specs)
            subjects[name] |= compiler.expected(selecting)
        return subjects

    def _expectations(self, common: Fields) -> dict[str, Fields]:
        return {
            name: _joined(name, common, self._patterned(name, fields))
            for name, fields in self.subjects.items()
        }

    def _patterned(self, subject: str, fields: Fields) -> Fields:
        """Return the fields, each with a pattern as its shape except the selecting fields."""
        selecting = self.selectors[subject]
        for field in fields.values():
            _check_group(subject, field.shape)
        return {
            key: field
            if field.name in selecting
            else Field(field.name, key, _pattern(field.shape), field.required, field.doc)
            for key, field in fields.items()
        }


def _pattern(shape: Shape) -> PatternOf:
    """Return the pattern of a field; a record of a subject is a group of its fields."""
    return GroupPattern(shape) if isinstance(shape, RecordShape) else PatternOf(shape)


def _common_fields(vocabulary: Vocabulary) -> tuple[Field, ...]:
    """Return the fields that several kinds of steps have."""
    refused = Field(
        "refused",
        "refused",
        ChoiceShape("a known refusal", vocabulary.refusals),
        doc="The refusal that must occur.",
    )
    screen = Field(
        "screen",
        "screen",
        ChoiceShape("a known screen", vocabulary.screens),
        doc="The screen that the client must show afterwards.",
    )
    app = Field(
        "app",
        "app",
        ChoiceShape("an app", {member.value: member for member in App}),
        doc="The client in use.",
    )
    may_be_refused = Field(
        "may_be_refused",
        "may_be_refused",
        OneOrMoreShape(refused.shape),
        doc="In `together` only: the refusals that may occur, depending on the order.",
    )
    note = Field("note", "note", VisibleTextShape(), doc="The caption.")
    soft = Field("soft", "soft", FlagShape(), doc=_SOFT)
    return refused, may_be_refused, screen, app, note, soft


class _NewName:
    """A new name. The step reader declares it after the step."""

    def read(self, node: Node, reading: ReadContext) -> object:
        """Return the node, which has the place."""
        return node if isinstance(node, Scalar) else reading.wrong_kind(node, self.describe())

    def describe(self) -> str:
        """Return what an author may write."""
        return "a new name"


def _word(key: str, what: str, words: Mapping[str, object]) -> Field:
    return Field(key, key, ChoiceShape(what, tuple(words)), required=True)


def _showing(view: type[msgspec.Struct] | None, compiler: Compiler) -> Fields:
    """Return the field `shows` of a view; its patterns are typed if the view is known."""
    shape = compiler.seen(view) if view is not None else None
    return table(
        Field("shows", "shows", PatternOf(shape), doc="The expected content; without it, any content passes.")
    )


def _subjects_text(subjects: Mapping[str, object]) -> str:
    """Return the possible subjects, for example: a hub or a sim or `mailbox`."""
    kinds = [f"a {name}" for name in subjects if name in set(AliasKind)]
    words = [f"`{name}`" for name in subjects if name not in set(AliasKind)]
    return " or ".join(kinds + words)


def _compiled(compiler: Compiler, structs: Mapping[str, type[msgspec.Struct]]) -> dict[str, Fields]:
    return {name: compiler.fields(struct) for name, struct in structs.items()}


def _all_joined(common: Fields, compiled: Mapping[str, Fields]) -> dict[str, Fields]:
    return {name: _joined(name, common, fields) for name, fields in compiled.items()}


def _joined(name: str, common: Fields, own: Fields) -> Fields:
    """Return the step's own fields and those of the action. Raises `VocabularyError` for a shared key."""
    names = own.keys() | {field.name for field in own.values()}
    clash = names & (common.keys() | set(LEADS))
    if clash:
        raise VocabularyError(f"{name!r} has the field {min(clash)!r}, which is a key of steps")
    return common | own


def _check_group(subject: str, shape: Shape) -> None:
    words = PATTERN_WORDS & shape.fields.keys() if isinstance(shape, RecordShape) else None
    if words:
        raise VocabularyError(f"a group of {subject!r} has the field {min(words)!r}, a word of patterns")
