"""The events that `order:` can name are those of trace files, with the same fields."""

import msgspec

from hubsim_contract.lab.trace import PACKET
from hubsim_scenarios.product.trace_events import EVENT, FACT, KINDS, event_specs
from hubsim_scenarios.traces.records import KINDS as RECORDS
from hubsim_scenarios.traces.records import EventRecord


def test_the_language_knows_the_fields_of_every_event() -> None:
    # expectations do not see packets: the virtual world has none
    records = {
        kind: record for kind, record in RECORDS.items() if issubclass(record, EventRecord) and kind != PACKET
    }
    specs = {spec.words[EVENT]: spec.fields.keys() for spec in event_specs() if spec.words[EVENT] != FACT}

    written = {
        kind: {EVENT, *(field.encode_name for field in msgspec.structs.fields(record))}
        for kind, record in records.items()
    }

    assert list(records) == list(KINDS)
    assert {kind: fields - {"message"} for kind, fields in specs.items()} == {
        kind: fields for kind, fields in written.items() if kind != FACT
    }


def test_only_a_published_message_can_be_named_decoded() -> None:
    assert {spec.words[EVENT] for spec in event_specs() if "message" in spec.fields} == {"published"}
