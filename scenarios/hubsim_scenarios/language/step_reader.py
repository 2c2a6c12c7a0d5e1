"""Reads one step from its node. A step with a mistake is reported and omitted."""

from typing import Any, NamedTuple

from hubsim_scenarios.language import nodes
from hubsim_scenarios.language.composites import Fields, read_fields
from hubsim_scenarios.language.errors import did_you_mean, probably, quoted, with_article
from hubsim_scenarios.language.flow_text import entries_text
from hubsim_scenarios.language.kept_values import end_step, references
from hubsim_scenarios.language.likely_mistakes import as_list, no_space
from hubsim_scenarios.language.nodes import Node, Scalar
from hubsim_scenarios.language.read_context import HubSlots, ReadContext, Unread
from hubsim_scenarios.language.step_tables import LEADS, OTHER_LEADS, StepTables
from hubsim_scenarios.language.steps import (
    AnyStep,
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
from hubsim_scenarios.language.together_reader import check_alone, check_uncertain, read_together
from hubsim_scenarios.language.vocabulary import AliasKind, AliasRef, Vocabulary
from hubsim_scenarios.language.world_reader import WorldReader

_VERBS = ("do", "sees")
"""A step of a person has one of these keys."""

_NOT_EXPECTED = frozenset({"expect", "never", "within", "for", "soft", "note"})
"""The keys of a step with a subject that are not expected values."""


class _SubjectKind(NamedTuple):
    """The differences between the two kinds of steps that have a subject."""

    lead: str
    what: str
    common: Fields
    variants: dict[str, Fields]


class StepReader:
    """Reads steps in the order of the file: only later steps can use a name from `called:`."""

    def __init__(self, vocabulary: Vocabulary, tables: StepTables, world: WorldReader) -> None:
        self._tables = tables
        self._makes = vocabulary.makes
        self._becomes = vocabulary.becomes
        self._slots = vocabulary.slots
        self._world = world
        self._subjects = {name for name in vocabulary.expectations if name not in set(AliasKind)}
        self._kinds = [AliasKind(name) for name in vocabulary.expectations if name in set(AliasKind)]
        self._subject_kinds = {
            "expect": _SubjectKind("expect", "an expectation", tables.expect, tables.expectations),
            "never": _SubjectKind("never", "a never step", tables.never, tables.nevers),
        }
        self._readers = {
            "as": self._person,
            "bench": self._bench,
            "fault": self._fault,
            "together": self._together,
            "clock": self._clock,
            "expect": self._expect,
            "never": self._never,
            "order": self._order,
        }

    def read_all(self, node: Node, reading: ReadContext) -> tuple[AnyStep, ...]:
        """Return the steps of a list without mistakes; report a list without steps."""
        if not isinstance(node, nodes.Sequence):
            reading.wrong_kind(node, "a list of steps", as_list(node))
            return ()
        if not node.items:
            reading.problems.add(node.place, "a scenario needs at least one step")
        steps = [self.read(item, reading) for item in node.items]
        return tuple(step for step in steps if step is not None)

    def read(self, node: Node, reading: ReadContext) -> AnyStep | None:
        """Return the step, or None after a report."""
        step = self._single(node, reading)
        if step is not None and isinstance(node, nodes.Mapping):
            before = reading.problems.count
            check_alone(node, step, reading)
            return step if reading.problems.count == before else None
        return step

    def _single(self, node: Node, reading: ReadContext) -> AnyStep | None:
        """Return a step of the file or a member of a `together` step, or None after a report."""
        if not isinstance(node, nodes.Mapping):
            reading.wrong_kind(node, "a step, which is a mapping,")
            return None
        lead = _lead(node, reading)
        if lead is None:
            return None
        before = reading.problems.count
        reading.refused = any(node.get(key) is not None for key in ("refused", "may_be_refused"))
        reading.slots = self._slots_of(node, lead, reading)
        step = self._readers[lead](node, reading)
        reading.refused, reading.slots = False, None
        end_step(reading)
        assert step is not None or reading.problems.count > before, "no step is dropped without a report"
        return step if reading.problems.count == before else None

    def _slots_of(self, node: nodes.Mapping, lead: str, reading: ReadContext) -> HubSlots | None:
        """Return the slots of the hub that a step is about; None if its model is unknown.

        A hub whose model varies in a matrix has the slots of the model with the fewest.
        """
        hub = node.get("hub" if lead == "as" else lead)
        models = reading.models.get(hub.text, ()) if isinstance(hub, Scalar) else ()
        if not models or not self._slots.keys() >= set(models):
            return None
        model = min(models, key=self._slots.__getitem__)
        return HubSlots(with_article(model), self._slots[model])

    def _person(self, node: nodes.Mapping, reading: ReadContext) -> AnyStep | None:
        tables = self._tables
        does, sees = node.get("do"), node.get("sees")
        if (does is None) == (sees is None):
            _report_neither_or_both(node, reading)
            return None
        if does is not None:
            own, fields = _split(node, "do", tables.act, tables.actions, reading)
            return self._act(node, own, fields, reading)
        own, fields = _split(node, "sees", tables.look, tables.views, reading)
        return _look(node, own, fields, reading)

    def _act(
        self, node: nodes.Mapping, own: dict[str, Any], fields: dict[str, Any], reading: ReadContext
    ) -> PersonStep | None:
        check_uncertain(node, own, reading)
        called = own.pop("called", None)
        if called is not None and "refused" in own:
            text = "'called' cannot be combined with 'refused': a refused action creates nothing"
            reading.problems.add(called.place, text)
        elif called is not None:
            own["called"] = self._world.declare(called, self._makes[own["do"]], reading)
        if "refused" not in own:
            self._change_kind(own.get("do", ""), fields, reading)
        if not _complete(own, "as", "do"):
            return None
        return PersonStep(
            person=own.pop("as").name, action=own.pop("do"), fields=fields, **own, **_frame(node, reading)
        )

    def _change_kind(self, action: str, fields: dict[str, Any], reading: ReadContext) -> None:
        """Give a name another kind for later steps, if the action changes the kind of its thing."""
        field, kind = self._becomes.get(action, ("", None))
        thing = fields.get(field)
        if kind is not None and isinstance(thing, AliasRef):
            reading.aliases[thing.name] = kind

    def _bench(self, node: nodes.Mapping, reading: ReadContext) -> BenchStep | None:
        own, fields = _split(node, "do", self._tables.bench, self._tables.bench_actions, reading)
        check_uncertain(node, own, reading)
        if not _complete(own, "bench", "do"):
            return None
        return BenchStep(
            hub=own.pop("bench").name, action=own.pop("do"), fields=fields, **own, **_frame(node, reading)
        )

    def _fault(self, node: nodes.Mapping, reading: ReadContext) -> InjectFault | None:
        own, fields = _split(node, "fault", self._tables.fault, self._tables.faults, reading)
        if not _complete(own, "fault"):
            return None
        return InjectFault(fault=own.pop("fault"), fields=fields, **own, **_frame(node, reading))

    def _together(self, node: nodes.Mapping, reading: ReadContext) -> Together | None:
        own = read_together(node, self._tables.together, self._single, reading)
        return None if own is None else Together(**own, **_frame(node, reading))

    def _clock(self, node: nodes.Mapping, reading: ReadContext) -> ClockStep | None:
        own = read_fields(node, self._tables.clock, "a clock step", reading)
        if not _complete(own, "clock"):
            return None
        move = node.get("clock")
        written = " ".join(move.text.split()) if isinstance(move, Scalar) else ""
        return ClockStep(move=own.pop("clock"), written=written, **own, **_frame(node, reading))

    def _order(self, node: nodes.Mapping, reading: ReadContext) -> ExpectOrder | None:
        own = read_fields(node, self._tables.order, "an order step", reading)
        if not _complete(own, "order"):
            return None
        if not own["order"]:
            reading.problems.add(node.place, "an order step needs at least one event")
        return ExpectOrder(events=own.pop("order"), **own, **_frame(node, reading))

    def _expect(self, node: nodes.Mapping, reading: ReadContext) -> Expect | None:
        parts = self._about(node, self._subject_kinds["expect"], reading)
        if parts is None:
            return None
        within_ms = parts.pop("within", 0)
        return Expect(within_ms=within_ms, **parts, **_frame(node, reading))

    def _never(self, node: nodes.Mapping, reading: ReadContext) -> Never | None:
        reading.no_keep = "a 'never' step passes if nothing matches"
        parts = self._about(node, self._subject_kinds["never"], reading)
        reading.no_keep = ""
        if parts is None or not _complete(parts, "for"):
            return None
        return Never(for_ms=parts.pop("for"), **parts, **_frame(node, reading))

    def _about(self, node: nodes.Mapping, kind: _SubjectKind, reading: ReadContext) -> dict[str, Any] | None:
        """Return the step's own values together with `subject`, `selected` and `fields`."""
        lead, what, common, variants = kind
        subject = self._subject(node.get(lead), self._likely_kinds(node, common, variants), reading)
        if subject is None:
            read_fields(_only(node, common), common, what, reading)
            return None
        name = subject.kind.value if isinstance(subject, AliasRef) else subject
        before = reading.problems.count
        values = read_fields(node, variants[name], what, reading)
        own = {key: values.pop(key) for key in common if key in values}
        selectors = self._tables.selectors[name]
        selected = {key: values.pop(key) for key in selectors if key in values}
        if not values and reading.problems.count == before:
            reading.problems.add(node.place, f"{what} needs at least one field of its subject")
        del own[lead]
        in_flow_style = reading.source(node).startswith("{")
        written = entries_text(node, _NOT_EXPECTED) if in_flow_style else ""
        return {**own, "subject": subject, "selected": selected, "fields": values, "written": written}

    def _likely_kinds(
        self, node: nodes.Mapping, common: Fields, variants: dict[str, Fields]
    ) -> list[AliasKind]:
        """Return the kinds that can be subjects; the kinds that have all of these fields come first."""
        keys = {key.text for key, _ in node.entries} - common.keys()
        return sorted(self._kinds, key=lambda kind: not keys <= variants[kind].keys())

    def _subject(
        self, node: Node | None, kinds: list[AliasKind], reading: ReadContext
    ) -> AliasRef | str | None:
        if not isinstance(node, Scalar) or node.null:
            return None  # reading the field reports it
        if node.text in self._subjects:
            return node.text
        if node.text not in reading.aliases and reading.borrowed is None:
            names = {name for name, kind in reading.aliases.items() if kind in self._kinds}
            text = f"no subject is called {quoted(node.text)}"
            reading.unknown(node.place, text, node.text, names | self._subjects)
            return None
        found = reading.alias(node, *kinds) if kinds else None
        return None if isinstance(found, Unread) else found


def _lead(node: nodes.Mapping, reading: ReadContext) -> str | None:
    leads = [key for key, _ in node.entries if key.text in LEADS]
    if len(leads) == 1:
        return leads[0].text
    if leads:
        first, second = leads[0].text, leads[1].text
        text = f"a step has one kind: {first!r} and {second!r} cannot be combined"
        reading.problems.add(leads[1].place, text)
        return None
    key = node.entries[0][0] if node.entries else Scalar("", plain=True, place=node.place)
    text, meant = "the kind of the step is missing", _likeliest(node)
    words = {word.text for word, _ in node.entries}
    closed_up = next((word for word in words if no_space(word, LEADS)), "")
    if closed_up:
        reading.problems.add(key.place, text, no_space(closed_up, LEADS))
    elif words & {"do", "sees"} and not meant:
        reading.problems.add(key.place, text, _who(words))
    elif not meant and key.text in OTHER_LEADS:
        reading.problems.add(key.place, text, OTHER_LEADS[key.text])
    else:
        reading.unknown(key.place, text, meant, LEADS)
    return None


def _who(words: set[str]) -> str:
    """Return the hint for a step that says what is done but not who does it."""
    bench = "" if "sees" in words else ", or 'bench:' with a hub"
    return f"who does it? add 'as:' with a person{bench}"


def _report_neither_or_both(node: nodes.Mapping, reading: ReadContext) -> None:
    meant = next((key for key, _ in node.entries if probably(key.text, _VERBS)), None)
    place, hint = node.place, ""
    if meant is not None and meant.text not in _VERBS:
        place, hint = meant.place, did_you_mean(meant.text, _VERBS)
    reading.problems.add(place, "a step of a person needs either 'do' or 'sees'", hint)


def _likeliest(node: nodes.Mapping) -> str:
    """Return the first key that is similar to a lead key, for the hint."""
    keys = [key.text for key, _ in node.entries]
    return next((key for key in keys if probably(key, LEADS)), "")


def _split(
    node: nodes.Mapping, lead: str, common: Fields, variants: dict[str, Fields], reading: ReadContext
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the step's own values by key, and those of the action by field name."""
    word = node.get(lead)
    fields = variants.get(word.text) if isinstance(word, Scalar) else None
    if fields is None or not isinstance(word, Scalar):
        # The allowed fields are unknown without a known word, so only the word is reported.
        return read_fields(_only(node, common), common, "a step", reading), {}
    of_action = {key: field for key, field in fields.items() if key not in common and key != "called"}
    values = read_fields(node, fields, word.text, reading, references(node, of_action, reading))
    own_keys = (key for key in fields if key in common or key == "called")
    own = {key: values.pop(key) for key in own_keys if key in values}
    return own, values


def _only(node: nodes.Mapping, fields: Fields) -> nodes.Mapping:
    entries = tuple((key, value) for key, value in node.entries if key.text in fields)
    return nodes.Mapping(entries, node.place, node.start, node.end)


def _look(
    node: nodes.Mapping, own: dict[str, Any], fields: dict[str, Any], reading: ReadContext
) -> PersonSees | None:
    check_uncertain(node, own, reading)
    if "refused" in own and "shows" in own:
        text = "'shows' cannot be combined with 'refused': a refused view shows nothing"
        reading.problems.add(node.place, text)
    if not _complete(own, "as", "sees"):
        return None
    return PersonSees(
        person=own.pop("as").name, view=own.pop("sees"), fields=fields, **own, **_frame(node, reading)
    )


def _complete(values: dict[str, Any], *keys: str) -> bool:
    """Return whether all of the keys have a value; the others are already reported."""
    return all(key in values for key in keys)


def _frame(node: nodes.Mapping, reading: ReadContext) -> dict[str, Any]:
    return {"place": node.place, "source": reading.source(node)}
