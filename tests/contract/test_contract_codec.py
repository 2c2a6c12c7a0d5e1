"""Encoding and decoding of messages: total, and tolerant as the rules require."""

import re
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubsim_contract.lab.bench_actions import AnyBenchAction, Card, CardKind, InsertSim, SetSignal
from hubsim_contract.wire.codec import MAX_PAYLOAD_BYTES, SHAPES, AnyMessage, decode, encode
from hubsim_contract.wire.errors import (
    ContractError,
    InvalidPayload,
    LocalError,
    PayloadTooLarge,
    UnsupportedContract,
)
from hubsim_contract.wire.messages import (
    CEREG,
    CloudPresence,
    Confirmation,
    Desired,
    Hardware,
    Heard,
    HubEvent,
    Message,
    Order,
    Presence,
    Registration,
    Reported,
    ServiceState,
    Signal,
)
from hubsim_contract.wire.rule import RuleProof
from hubsim_contract.wire.rules import FAMILIES, RULE_IDS, RULES, cited, rules_of
from hubsim_contract.wire.topics import MessageKind

DOCUMENT = Desired(hub="0A1B2C3D", version=3, service=ServiceState.ACTIVE)


def _changed(**changes: Any) -> bytes:
    """Return the document with these values; None removes a field."""
    fields = {**msgspec.to_builtins(DOCUMENT), **changes}
    return msgspec.json.encode({name: value for name, value in fields.items() if value is not None})


NUMBERS = st.integers(1, 2**53 - 1)
TEXT = st.text(max_size=30)
HARDWARE = st.builds(
    Hardware, model=TEXT, firmware=TEXT, generation=st.none() | TEXT, battery_percent=NUMBERS
)
MESSAGES = {
    MessageKind.DESIRED: st.builds(
        Desired, hub=TEXT, version=NUMBERS, ends_at_ms=st.none() | NUMBERS, ping_s=NUMBERS
    ),
    MessageKind.HEARD: st.builds(Heard, hub=TEXT, boot=NUMBERS, sequence=NUMBERS),
    MessageKind.CLOUD_PRESENCE: st.builds(CloudPresence, boot=NUMBERS, connection=NUMBERS),
    MessageKind.REPORTED: st.builds(
        Reported, hub=TEXT, boot=NUMBERS, sequence=NUMBERS, applied_version=NUMBERS, hardware=HARDWARE
    ),
    MessageKind.PRESENCE: st.builds(Presence, hub=TEXT, boot=NUMBERS, connection=NUMBERS),
    MessageKind.EVENTS: st.builds(
        HubEvent, hub=TEXT, boot=NUMBERS, number=NUMBERS, kind=TEXT, at_ms=NUMBERS, detail=TEXT
    ),
    MessageKind.ORDER: st.builds(Order, iccid=TEXT, sequence=NUMBERS),
    MessageKind.CONFIRMATION: st.builds(Confirmation, iccid=TEXT, sequence=NUMBERS),
}


def test_every_kind_of_message_has_a_type_and_is_tested_here() -> None:
    assert SHAPES.keys() == set(MessageKind) == MESSAGES.keys()


@pytest.mark.parametrize("kind", MessageKind)
@settings(max_examples=40)
@given(data=st.data())
def test_a_decoded_message_equals_the_encoded_one(kind: MessageKind, data: st.DataObject) -> None:
    message: AnyMessage = data.draw(
        MESSAGES[kind].map(lambda drawn: msgspec.structs.replace(drawn, contract=1))
    )

    assert decode(kind, encode(message)) == message


@given(kind=st.sampled_from(MessageKind), payload=st.binary(max_size=200))
def test_any_bytes_decode_to_a_message_or_raise_a_contract_error(kind: MessageKind, payload: bytes) -> None:
    try:
        message = decode(kind, payload)
    except ContractError as error:
        assert error.rule in RULE_IDS  # noqa: PT017 (both outcomes are valid)
    else:
        assert isinstance(message, SHAPES[kind])


@given(kind=st.sampled_from(MessageKind), place=st.integers(0), byte=st.integers(0, 255))
def test_a_damaged_message_decodes_or_is_refused(kind: MessageKind, place: int, byte: int) -> None:
    payload = bytearray(encode(DOCUMENT))
    payload[place % len(payload)] = byte

    try:
        assert isinstance(decode(kind, bytes(payload)), Message)
    except ContractError as error:
        assert str(error)  # noqa: PT017 (both outcomes are valid)


@pytest.mark.parametrize(
    "payload", [b"[" * 16_000, b'{"x":' * 3_000, b'{"version": 1e999}', b"\xef\xbb\xbf{}", b"NaN"]
)
def test_hostile_json_is_refused(payload: bytes) -> None:
    with pytest.raises(InvalidPayload):
        decode(MessageKind.DESIRED, payload)


def test_the_error_names_the_place() -> None:
    with pytest.raises(InvalidPayload, match=r"not a desired message: .*\$\.service"):
        decode(MessageKind.DESIRED, b'{"hub": "0A1B2C3D", "version": 1, "service": "gold"}')


def test_unknown_fields_are_ignored() -> None:
    assert decode(MessageKind.DESIRED, encode(DOCUMENT)[:-1] + b',"colour":["blue"]}') == DOCUMENT


def test_omitted_fields_have_defaults() -> None:
    payload = b'{"hub": "0A1B2C3D", "version": 3, "service": "active"}'

    assert decode(MessageKind.DESIRED, payload) == DOCUMENT


@pytest.mark.parametrize("version", [0, 2, -1, 10**30])
def test_an_unsupported_contract_version_is_refused_for_its_version(version: int) -> None:
    for payload in (
        b'{"contract": %d}' % version,
        encode(msgspec.structs.replace(DOCUMENT, contract=version)),
    ):
        with pytest.raises(UnsupportedContract) as caught:
            decode(MessageKind.DESIRED, payload)

        assert caught.value.version == version


def test_a_payload_of_exactly_the_limit_is_accepted_and_one_byte_more_is_refused() -> None:
    payload = encode(DOCUMENT).ljust(MAX_PAYLOAD_BYTES)

    assert decode(MessageKind.DESIRED, payload) == DOCUMENT
    with pytest.raises(PayloadTooLarge) as caught:
        decode(MessageKind.DESIRED, payload + b" ")
    assert (caught.value.size_bytes, caught.value.limit_bytes) == (MAX_PAYLOAD_BYTES + 1, MAX_PAYLOAD_BYTES)


def test_a_message_above_the_size_limit_is_not_encoded() -> None:
    with pytest.raises(LocalError, match="HubEvent has"):
        encode(HubEvent(hub="0A1B2C3D", boot=1, number=1, kind="x" * MAX_PAYLOAD_BYTES, at_ms=0))


def test_fields_are_encoded_in_the_order_of_their_definition() -> None:
    payload = encode(Order(iccid="8988300000000000013", sequence=1, profile="active"))

    assert payload == b'{"contract":1,"iccid":"8988300000000000013","sequence":1,"profile":"active"}'


def test_registration_has_the_numbers_of_the_standard() -> None:
    assert CEREG[Registration.HOME] == 1
    assert CEREG[Registration.DENIED] == 3
    assert CEREG[Registration.ROAMING] == 5


@given(st.from_type(AnyBenchAction))
def test_every_decoded_bench_action_equals_the_encoded_one(action: AnyBenchAction) -> None:
    assert msgspec.json.decode(msgspec.json.encode(action), type=AnyBenchAction) == action


def test_a_bench_action_is_tagged_with_its_name() -> None:
    card = Card(kind=CardKind.AJAX, iccid="8988300000000000013", imsi="001010000000001")

    assert msgspec.to_builtins(InsertSim(1, card))["do"] == "insert_sim"
    assert msgspec.json.encode(SetSignal(Signal.WEAK)) == b'{"do":"set_signal","signal":"weak"}'


def test_the_families_are_numbered_without_gaps_and_have_rules() -> None:
    assert [family.id for family in FAMILIES] == [f"MQ-{number}" for number in range(1, 11)]
    assert [family.id for family in FAMILIES] == list(dict.fromkeys(rule.family for rule in RULES))


def test_every_rule_has_a_different_id_a_text_a_reason_and_a_proof() -> None:
    assert len(RULE_IDS) == len(RULES)
    for rule in RULES:
        assert re.fullmatch(r"MQ-[1-9][0-9]*\.[a-z_0-9]+", rule.id)
        assert rule.text.endswith(".")
        assert rule.reason.endswith(".")
        assert (rule.proof is RuleProof.NONE) == bool(rule.why_unproved)


def test_an_id_means_one_rule_and_a_family_all_its_rules() -> None:
    assert [rule.id for rule in cited("MQ-7.json")] == ["MQ-7.json"]
    assert cited("MQ-8") == rules_of("MQ-8") == tuple(rule for rule in RULES if rule.id.startswith("MQ-8."))
    assert cited("MQ-11") == cited("MQ-7.") == cited("") == ()


def test_every_error_names_a_rule() -> None:
    assert {error.rule for error in _descendants(ContractError)} <= RULE_IDS


def _descendants(error: type[ContractError]) -> set[type[ContractError]]:
    return {each for child in error.__subclasses__() for each in (child, *_descendants(child))}


@pytest.mark.parametrize(
    ("payload", "rule"),
    [
        (b"", "MQ-7.json"),
        (b"{", "MQ-7.json"),
        (b"\xff", "MQ-7.json"),
        (b'{"hub":"\xff"}', "MQ-7.json"),
        (b'{"version":NaN}', "MQ-7.json"),
        (_changed()[:-1] + b',"colour":"\xe9"}', "MQ-7.json"),
        (b"null", "MQ-7.json"),
        (b"[" * 9_000, "MQ-7.json"),
        (b"{}", "MQ-7.shape"),
        (_changed(version=None), "MQ-7.shape"),
        (_changed(version="1"), "MQ-7.shape"),
        (_changed(version=1.5), "MQ-7.shape"),
        (_changed(armed=1), "MQ-7.shape"),
        (_changed(version=0), "MQ-7.words"),
        (_changed(version=-1), "MQ-7.words"),
        (_changed(version=2**53), "MQ-7.words"),
        (_changed(version=10**400), "MQ-7.words"),
        (_changed(service="paused"), "MQ-7.words"),
        (_changed(contract=0), "MQ-9.version"),
        (_changed(contract=2, version=None), "MQ-9.version"),
        (b" " * (MAX_PAYLOAD_BYTES + 1), "MQ-10.size_in"),
    ],
)
def test_a_payload_is_refused_by_the_rule_that_it_breaks(payload: bytes, rule: str) -> None:
    with pytest.raises(ContractError) as caught:
        decode(MessageKind.DESIRED, payload)

    assert caught.value.rule == rule
