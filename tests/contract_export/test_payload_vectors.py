"""The exported payloads: our decoder gives each its verdict, the schemas agree, every rule is broken."""

import json
from collections import defaultdict
from typing import Any

import jsonschema_rs
import msgspec
import pytest
from exported import EXPORTED, rows

from hubsim_contract.wire.codec import decode, subject_of
from hubsim_contract.wire.errors import ContractError
from hubsim_contract.wire.rule import RuleProof
from hubsim_contract.wire.rules import RULE_IDS, RULES
from hubsim_contract.wire.topics import MessageKind, Topics
from hubsim_contract.wire.value_forms import form_faults
from hubsim_scenarios.contract_export.payload_vectors import PayloadVector

VECTORS = [msgspec.convert(row, PayloadVector) for row in rows("payloads")]
TOPICS = Topics()
NOT_IN_A_SCHEMA = {
    "reported: an ICCID with a wrong check digit",
    "reported: an active slot that is not there",
    "reported: a slot twice",
}
"""Faults that a schema cannot express: the check digit, and conditions between values."""


def verdict(vector: PayloadVector) -> tuple[str, str, str]:
    """Return what our receivers find: verdict, rule and place."""
    address = TOPICS.read(vector.topic)
    assert address is not None
    try:
        message = decode(address.kind, vector.bytes())
    except ContractError as error:
        return "refused", error.rule, ""
    if subject_of(message) != address.subject:
        return "refused", "MQ-7.hub", ""
    faults = list(form_faults(message))
    return ("faulty", faults[0].rule, faults[0].place) if faults else ("taken", "", "")


def test_each_line_has_its_payload_as_text_or_in_hex() -> None:
    assert {"payload", "payload_hex"} <= {key for row in rows("payloads") for key in row}
    assert [row["name"] for row in rows("payloads") if ("payload" in row) == ("payload_hex" in row)] == []


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_our_decoder_gives_each_payload_its_verdict(vector: PayloadVector) -> None:
    assert verdict(vector) == (vector.verdict, vector.rule, vector.place)


@pytest.mark.parametrize("kind", MessageKind)
def test_the_schema_of_a_message_accepts_what_is_taken_and_refuses_what_breaks_a_rule(
    kind: MessageKind,
) -> None:
    schema = json.loads((EXPORTED / "schemas" / f"{kind}.schema.json").read_text(encoding="utf-8"))
    validator = jsonschema_rs.Draft202012Validator(schema)
    wrong = []

    for vector in VECTORS:
        if vector.kind is kind and vector.rule not in ("MQ-7.json", "MQ-7.hub", "MQ-10.size_in"):
            is_valid = validator.is_valid(json.loads(vector.bytes()))
            if is_valid != (vector.verdict == "taken") and vector.name not in NOT_IN_A_SCHEMA:
                wrong.append(vector.name)

    assert wrong == []
    jsonschema_rs.meta.validate(schema)


@pytest.mark.parametrize("kind", MessageKind)
def test_the_example_of_a_message_is_valid(kind: MessageKind) -> None:
    example = (EXPORTED / "examples" / f"{kind}.json").read_bytes()

    assert list(form_faults(decode(kind, example))) == []


def test_the_vectors_break_every_rule_that_the_decoder_proves_and_only_known_rules() -> None:
    broken = {vector.rule for vector in VECTORS if vector.rule}

    assert {rule.id for rule in RULES if rule.proof is RuleProof.DECODER} <= broken <= RULE_IDS


def test_every_vector_has_a_different_name_and_is_about_its_topic() -> None:
    names = [vector.name for vector in VECTORS]
    kinds: dict[str, set[Any]] = defaultdict(set)
    for vector in VECTORS:
        kinds[vector.kind].add(vector.topic)

    assert len(set(names)) == len(names)
    assert {kind: len(topics) for kind, topics in kinds.items()} == dict.fromkeys(MessageKind, 1)
