"""Reads a payload of a device field by field: what is valid, and each fault with the rule that it breaks.

The decoder of the contract stops at the first fault. A report with one bad word still has a boot and a
sequence that the other judges need, so that a device with one fault breaks one rule only.
"""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import msgspec

from hubsim_contract.wire.codec import MAX_PAYLOAD_BYTES, SHAPES, WRONG_WORD, decode
from hubsim_contract.wire.errors import ContractError
from hubsim_contract.wire.messages import NEWEST_ACCEPTED, OLDEST_ACCEPTED
from hubsim_contract.wire.topics import MessageKind
from hubsim_contract.wire.value_forms import form_faults

_TEXT_MAX = 120


class PayloadFault(NamedTuple):
    """One fault of a payload."""

    rule: str
    expected: str
    seen: str


class PayloadReading(NamedTuple):
    """The valid fields of a payload, and its faults."""

    fields: dict[str, Any]
    """By name, as Python values of their types; records are mappings again. Defaults are filled in."""
    faults: tuple[PayloadFault, ...]


def read_payload(kind: MessageKind, hub: str, payload: bytes) -> PayloadReading:
    """Read a message that a hub published. Total."""
    faults: list[PayloadFault] = []
    if len(payload) > MAX_PAYLOAD_BYTES:
        faults.append(
            PayloadFault(
                "MQ-10.size_out", f"at most {MAX_PAYLOAD_BYTES} bytes", f"a payload of {len(payload)} bytes"
            )
        )
    try:
        document = json.loads(payload.decode(), parse_constant=_not_json)
    except (ValueError, RecursionError) as error:
        faults.append(PayloadFault("MQ-7.json", "a JSON object in UTF-8", _quoted(payload, str(error))))
        return PayloadReading({}, tuple(faults))
    if not isinstance(document, dict):
        faults.append(PayloadFault("MQ-7.json", "a JSON object in UTF-8", _quoted(payload, "not an object")))
        return PayloadReading({}, tuple(faults))
    fields = _record(SHAPES[kind], document, "", faults)
    faults += (*_meaning(hub, fields), *_forms(kind, payload))
    return PayloadReading(fields, tuple(faults))


@cache
def _fields(shape: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(shape)


def _not_json(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _record(
    shape: type[msgspec.Struct], document: dict[str, Any], place: str, faults: list[PayloadFault]
) -> dict[str, Any]:
    """Return the valid fields of a record; add the faults of the others."""
    found: dict[str, Any] = {}
    for field in _fields(shape):
        where = place + field.name
        if field.encode_name not in document:
            if field.required:
                faults.append(PayloadFault("MQ-7.shape", f"the field `{where}`", "it is missing"))
            elif field.default is not msgspec.NODEFAULT:
                found[field.name] = field.default
            continue
        value = document[field.encode_name]
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            if isinstance(value, dict):
                found[field.name] = _record(field.type, value, f"{where}.", faults)
            else:
                faults.append(PayloadFault("MQ-7.shape", f"an object in `{where}`", _text(value)))
            continue
        try:
            found[field.name] = msgspec.to_builtins(msgspec.convert(value, field.type))
        except msgspec.ValidationError as error:
            rule = "MQ-7.words" if WRONG_WORD.match(str(error)) else "MQ-7.shape"
            faults.append(PayloadFault(rule, f"`{where}` as defined", f"{_text(value)}: {error}"))
    return found


def _meaning(hub: str, fields: dict[str, Any]) -> Iterator[PayloadFault]:
    """Yield the faults of valid fields: another version of the contract, another hub."""
    version = fields.get("contract", NEWEST_ACCEPTED)
    if not OLDEST_ACCEPTED <= version <= NEWEST_ACCEPTED:
        expected = f"`contract` {OLDEST_ACCEPTED} to {NEWEST_ACCEPTED}"
        yield PayloadFault("MQ-7.words", expected, str(version))
    if "hub" in fields and fields["hub"] != hub:
        yield PayloadFault("MQ-7.hub", f"`hub` {hub}, as in the topic", _text(fields["hub"]))


def _forms(kind: MessageKind, payload: bytes) -> Iterator[PayloadFault]:
    """Yield the values of a wrong form in a message that the contract can decode."""
    try:
        message = decode(kind, payload)
    except ContractError:
        return
    for fault in form_faults(message):
        yield PayloadFault(fault.rule, f"`{fault.place}` as the contract defines it", fault.text)


def _text(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= _TEXT_MAX else f"{text[:_TEXT_MAX]}..."


def _quoted(payload: bytes, reason: str) -> str:
    text = repr(payload[:_TEXT_MAX].decode(errors="backslashreplace"))
    return f"{text}{'...' if len(payload) > _TEXT_MAX else ''}: {reason}"
