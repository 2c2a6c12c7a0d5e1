"""The fields of trace events that `order:` can name, with their types.

The records of a trace file (`hubsim_scenarios.traces.records`) describe the same events for readers of the
file. A test compares the two.
"""

from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import Meta

from hubsim_cloud.domain.facts import Fact
from hubsim_cloud.domain.types import FactKind, HubRef
from hubsim_contract.wire.codec import SHAPES
from hubsim_scenarios.language.vocabulary import EventSpec, FieldSpec

EVENT, FACT = "event", "fact"
"""The fields that name the kind of an event, and of a fact."""

_PERSON = Annotated[str, Meta(extra={"alias": "person", "by_name": True})]
_MESSAGES = tuple(SHAPES.values())


def _word(name: str) -> Any:
    return Annotated[str, Meta(extra={"word": name})]


def _form(name: str) -> Any:
    return Annotated[str, Meta(extra={"form": name})]


_STATION = Literal["cloud", "carrier"]
_ACTION, _BENCH_ACTION = FieldSpec(type=_word("action")), FieldSpec(type=_word("bench_action"))
_TOPIC = FieldSpec(type=_form("topic"))
_WHO_CONNECTS = FieldSpec(type=_STATION, also=(HubRef,))
_FIELDS: dict[str, dict[str, FieldSpec]] = {
    "act": {"who": FieldSpec(type=_PERSON), "do": _ACTION},
    "bench": {"who": FieldSpec(type=HubRef), "do": _BENCH_ACTION},
    "answered": {
        "who": FieldSpec(type=_PERSON, also=(HubRef,)),
        "do": FieldSpec(type=_word("action"), also=(_word("bench_action"),)),
        "refused": FieldSpec(type=_word("refusal") | None),
    },
    "fault": {"who": FieldSpec(type=Literal["bench"]), "fault": FieldSpec(type=_word("fault"))},
    "published": {
        "who": _WHO_CONNECTS,
        "topic": _TOPIC,
        "payload": FieldSpec(),
        "message": FieldSpec(type=_MESSAGES[0], also=_MESSAGES[1:]),
    },
    "interfered": {
        "who": _WHO_CONNECTS,
        "topic": _TOPIC,
        "arrives": FieldSpec(type=Annotated[int, Meta(ge=0)]),
    },
    "connection_lost": {"who": _WHO_CONNECTS},
    "refused_message": {
        "who": FieldSpec(type=Literal["cloud"]),
        "topic": _TOPIC,
        "rule": FieldSpec(type=_word("rule")),
        "text": FieldSpec(),
    },
}
"""The own fields of each kind of event except `fact`. `message` is the decoded `payload`."""
KINDS = (*_FIELDS, FACT)
"""All kinds of events."""
_COMMON = {EVENT: FieldSpec(type=_word(EVENT)), "at_ms": FieldSpec(type=int)}


def _fact(struct: type[msgspec.Struct]) -> EventSpec:
    kind = str(struct.__struct_config__.tag)
    own = {field.encode_name: FieldSpec(type=field.type) for field in msgspec.structs.fields(struct)}
    fields = {**_COMMON, "who": FieldSpec(type=Literal["cloud"]), FACT: FieldSpec(type=FactKind), **own}
    return EventSpec(words={EVENT: FACT, FACT: kind}, fields=fields)


def event_specs() -> tuple[EventSpec, ...]:
    """Return all kinds of events, with one kind for each fact."""
    plain = (EventSpec(words={EVENT: kind}, fields={**_COMMON, **own}) for kind, own in _FIELDS.items())
    return (*plain, *map(_fact, get_args(Fact)))
