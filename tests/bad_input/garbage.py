"""Invalid MQTT payloads for each kind of message. Most of them differ from a valid message in one value.

Each has the rule of the contract that it violates. Valid messages of a wrong sender are not included, because
passwords prevent them.
"""

import random
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from hubsim_contract.wire.codec import MAX_PAYLOAD_BYTES, AnyMessage, decode, encode, subject_of
from hubsim_contract.wire.errors import ContractError
from hubsim_contract.wire.messages import (
    CloudPresence,
    Confirmation,
    Desired,
    Hardware,
    Heard,
    HubEvent,
    Order,
    OrderStage,
    Presence,
    Profile,
    Reported,
    ServiceState,
    SimCard,
    SimSlot,
)
from hubsim_contract.wire.topics import MessageKind

Json = dict[str, Any]
SEED = 11


class Garbage(NamedTuple):
    payload: bytes
    rule: str


WRONG: tuple[Any, ...] = (
    None,
    True,
    -1,
    1.5,
    2**53,
    2**64,
    10**400,
    "",
    "\0",
    "0000AA01/../x",
    "x" * 1_000,
    [],
    [[[[]]]],
    {},
    {"hub": {"hub": {}}},
)
"""Values that almost no field accepts."""


def valid_message(kind: MessageKind, subject: str) -> AnyMessage:
    """Return a message that satisfies the contract."""
    hardware = Hardware(
        model="hub-2-plus", firmware="9", sims=(SimSlot(1, SimCard.OK, "8988300000000000013"),)
    )
    far = 2**40
    match kind:
        case MessageKind.DESIRED:
            return Desired(hub=subject, version=far, service=ServiceState.EXPIRING, ends_at_ms=far)
        case MessageKind.HEARD:
            return Heard(hub=subject, boot=far, sequence=far)
        case MessageKind.CLOUD_PRESENCE:
            return CloudPresence(online=False, boot=far, connection=far)
        case MessageKind.REPORTED:
            return Reported(
                hub=subject,
                boot=far,
                sequence=far,
                connection=1,
                applied_version=far,
                ends_at_ms=far,
                hardware=hardware,
            )
        case MessageKind.PRESENCE:
            return Presence(hub=subject, online=False, boot=far, connection=far)
        case MessageKind.EVENTS:
            return HubEvent(hub=subject, boot=far, number=far, kind="tampered", at_ms=far, detail="x")
        case MessageKind.ORDER:
            return Order(iccid=subject, sequence=far, profile=Profile.INACTIVE)
        case MessageKind.CONFIRMATION:
            return Confirmation(
                iccid=subject, sequence=far, profile=Profile.INACTIVE, stage=OrderStage.EXECUTED
            )


def invalid_messages(kind: MessageKind, subject: str) -> list[Garbage]:
    """Return payloads that are not a message of this kind about this hub or card."""
    document: Json = msgspec.to_builtins(valid_message(kind, subject))
    similar = [
        *_other_messages(kind, subject),
        *(Garbage(_json(each), rule) for each, rule in _with_one_error(document)),
    ]
    return [
        *_invalid_payloads(document),
        *_wrong_versions(document),
        *(each for each in similar if not _is_valid(kind, subject, each.payload)),
    ]


def random_bytes() -> list[bytes]:
    """Return bytes that are not JSON, or JSON that is not a message; always the same."""
    chance = random.Random(SEED)  # noqa: S311 (no secret)
    drawn = [chance.randbytes(chance.randrange(1, 400)) for _ in range(10)]
    return [
        *drawn,
        b"",
        b"\0",
        b"null",
        b"{}",
        b"[]",
        b'"',
        b"\xff\xfe{\0}\0",
        b"[" * 8_000,
        b'{"a":' * 2_000,
    ]


def _invalid_payloads(document: Json) -> Iterator[Garbage]:
    valid = _json(document)
    for payload in random_bytes():
        yield Garbage(payload, "MQ-7.shape" if payload == b"{}" else "MQ-7.json")
    for payload in (valid[:-1], valid + b"}", b"\xef\xbb\xbf" + valid, valid.decode().encode("utf-16")):
        yield Garbage(payload, "MQ-7.json")
    yield Garbage(valid.replace(b'":', b'":NaN,"x":', 1), "MQ-7.json")
    yield Garbage(valid.replace(b'"', b"\xff", 1), "MQ-7.json")
    yield Garbage(valid + b" " * (MAX_PAYLOAD_BYTES + 1 - len(valid)), "MQ-10.size_in")
    yield Garbage(b"x" * 100_000, "MQ-10.size_in")


def _wrong_versions(document: Json) -> Iterator[Garbage]:
    for version in (0, -1, 2, 2**70):
        yield Garbage(_json(document | {"contract": version}), "MQ-9.version")
        yield Garbage(_json({"contract": version}), "MQ-9.version")
    yield Garbage(_json(document | {"contract": "1"}), "MQ-7.shape")


def _other_messages(kind: MessageKind, subject: str) -> Iterator[Garbage]:
    """Yield messages of the other kinds, and one of this kind about another subject."""
    for other in MessageKind:
        about = (
            subject
            if other is not kind
            else "0000AAFF"
            if "iccid" not in _fields(kind)
            else "8988300000000009998"
        )
        yield Garbage(encode(valid_message(other, about)), "MQ-7.shape" if about == subject else "MQ-7.hub")


def _fields(kind: MessageKind) -> tuple[str, ...]:
    return valid_message(kind, "").__struct_fields__


def _with_one_error(document: Json) -> Iterator[tuple[Json, str]]:
    """Yield documents that differ in one value, with the rule that they break if the value is not allowed."""
    for name, value in document.items():
        if name == "contract":
            continue
        yield {other: kept for other, kept in document.items() if other != name}, "MQ-7.shape"
        for wrong in WRONG:
            yield document | {name: wrong}, _rule(name, value, wrong)
        if isinstance(value, dict):
            for inner, rule in _with_one_error(value):
                yield document | {name: inner}, rule


def _rule(name: str, value: Any, wrong: Any) -> str:
    """Return the rule that a value breaks in the place of a valid one, unless it is valid too."""
    if type(value) is not type(wrong) or isinstance(value, list | dict):
        return "MQ-7.shape"
    return "MQ-7.hub" if name in ("hub", "iccid") else "MQ-7.words"


def _is_valid(kind: MessageKind, subject: str, payload: bytes) -> bool:
    """Return whether it is valid anyway: an optional field is missing, or a value is allowed."""
    try:
        message = decode(kind, payload)
    except ContractError:
        return False
    return subject == subject_of(message)


def _json(document: Any) -> bytes:
    return msgspec.json.encode(document)
