"""Payloads of devices are read field by field, and never raise."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubsim_conform.evidence.payloads import read_payload
from hubsim_contract.wire.topics import MessageKind

HUB = "0A1B2C3D"
HARDWARE: dict[str, Any] = {"model": "m", "firmware": "1", "sims": [{"slot": 1, "card": "ok"}]}
REPORT: dict[str, Any] = {
    "hub": HUB,
    "boot": 1,
    "sequence": 2,
    "applied_version": 3,
    "hardware": HARDWARE,
}
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(sorted(REPORT)), inner),
)


def rules(**changes: Any) -> set[str]:
    fields = {name: value for name, value in (REPORT | changes).items() if value is not ...}
    payload = json.dumps(fields).encode()
    return {fault.rule for fault in read_payload(MessageKind.REPORTED, HUB, payload).faults}


@given(st.sampled_from(list(MessageKind)), st.binary())
def test_any_bytes_give_a_reading(kind: MessageKind, payload: bytes) -> None:
    read_payload(kind, HUB, payload)


@given(st.sampled_from(list(MessageKind)), JSON_VALUES)
def test_any_json_gives_a_reading(kind: MessageKind, value: Any) -> None:
    read_payload(kind, HUB, json.dumps(value).encode())


def test_a_good_report_has_no_fault_and_its_defaults() -> None:
    reading = read_payload(MessageKind.REPORTED, HUB, json.dumps(REPORT).encode())

    assert reading.faults == ()
    assert reading.fields["service"] == "not_available"
    assert reading.fields["hardware"]["battery_percent"] == 100


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"boot": ...}, "MQ-7.shape"),
        ({"boot": "1"}, "MQ-7.shape"),
        ({"boot": True}, "MQ-7.shape"),
        ({"boot": -1}, "MQ-7.words"),
        ({"boot": 2**53}, "MQ-7.words"),
        ({"hardware": []}, "MQ-7.shape"),
        ({"service": "Active"}, "MQ-7.words"),
        ({"contract": 2}, "MQ-7.words"),
        ({"hub": HUB.lower()}, "MQ-7.hub"),
        ({"hardware": HARDWARE | {"battery_percent": 97}}, "MQ-7.words"),
        ({"hardware": HARDWARE | {"battery_percent": 105}}, "MQ-7.words"),
        ({"hardware": HARDWARE | {"channels": ["lte"]}}, "MQ-7.words"),
        ({"hardware": HARDWARE | {"sims": [{"slot": 0, "card": "ok"}]}}, "MQ-7.words"),
        ({"hardware": HARDWARE | {"sims": [{"slot": 1, "card": "ok", "iccid": "89"}]}}, "MQ-7.iccid"),
        ({"note": "x" * 17_000}, "MQ-10.size_out"),
    ],
)
def test_each_fault_has_its_rule(changes: dict[str, Any], rule: str) -> None:
    assert rules(**changes) == {rule}


@pytest.mark.parametrize("payload", [b"", b"\xff", b"[]", b"{", b"{} {}", b'{"boot": NaN}', b"[" * 100_000])
def test_a_payload_that_is_not_a_json_object_breaks_one_rule(payload: bytes) -> None:
    reading = read_payload(MessageKind.PRESENCE, HUB, payload)

    assert "MQ-7.json" in {fault.rule for fault in reading.faults}
    assert reading.fields == {}


def test_other_fields_of_a_payload_with_a_fault_stay_readable() -> None:
    payload = json.dumps(REPORT | {"armed": "no"}).encode()

    reading = read_payload(MessageKind.REPORTED, HUB, payload)

    assert [fault.rule for fault in reading.faults] == ["MQ-7.shape"]
    assert reading.fields["sequence"] == 2
    assert "armed" not in reading.fields
