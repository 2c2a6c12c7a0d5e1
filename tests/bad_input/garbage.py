"""What no honest party sends: for each kind of message, payloads that are all but right in one thing.

Each comes with the rule of the contract by which it is refused. What is a message all the same, only one
that somebody else should have sent, is not here: passwords are against that.
"""

import random
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from hubsim_contract.wire.codec import MAX_PAYLOAD_BYTES, AnyMessage, decode, encode
from hubsim_contract.wire.errors import ContractError
from hubsim_contract.wire.messages import (
    Confirmation,
    Desired,
    Hardware,
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
"""Values that hardly any field takes."""


def honest(kind: MessageKind, subject: str) -> AnyMessage:
    """Return a message that would be taken if it were true."""
    hardware = Hardware(
        model="hub-2-plus", firmware="9", sims=(SimSlot(1, SimCard.OK, "8988300000000000013"),)
    )
    far = 2**40
    match kind:
        case MessageKind.DESIRED:
            return Desired(hub=subject, version=far, service=ServiceState.EXPIRING, ends_at_ms=far)
        case MessageKind.REPORTED:
            return Reported(
                hub=subject, boot=far, sequence=far, connection=1, applied_version=far, hardware=hardware
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


def of_kind(kind: MessageKind, subject: str) -> list[Garbage]:
    """Return what is no message of this kind about this hub or card."""
    document: Json = msgspec.to_builtins(honest(kind, subject))
    near = [*_others(kind, subject), *(Garbage(_json(each), "MQ-7") for each in _one_thing_wrong(document))]
    return [
        *_bytes(document),
        *_versions(document),
        *(each for each in near if not _is_honest(kind, subject, each.payload)),
    ]


def noise() -> list[bytes]:
    """Return bytes that are no JSON at all, or none of ours; the same ones each time."""
    chance = random.Random(SEED)  # noqa: S311 (no secret)
    rubbish = [chance.randbytes(chance.randrange(1, 400)) for _ in range(10)]
    return [
        *rubbish,
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


def _bytes(document: Json) -> Iterator[Garbage]:
    right = _json(document)
    for payload in noise():
        yield Garbage(payload, "MQ-7")
    for payload in (right[:-1], right + b"}", b"\xef\xbb\xbf" + right, right.decode().encode("utf-16")):
        yield Garbage(payload, "MQ-7")
    yield Garbage(right.replace(b'":', b'":NaN,"x":', 1), "MQ-7")
    yield Garbage(right.replace(b'"', b"\xff", 1), "MQ-7")
    yield Garbage(right + b" " * (MAX_PAYLOAD_BYTES + 1 - len(right)), "MQ-10")
    yield Garbage(b"x" * 100_000, "MQ-10")


def _versions(document: Json) -> Iterator[Garbage]:
    for version in (0, -1, 2, 2**70):
        yield Garbage(_json(document | {"contract": version}), "MQ-9")
        yield Garbage(_json({"contract": version}), "MQ-9")
    yield Garbage(_json(document | {"contract": "1"}), "MQ-7")


def _others(kind: MessageKind, subject: str) -> Iterator[Garbage]:
    """Give messages of the other kinds, and this one about somebody else."""
    for other in MessageKind:
        about = (
            subject
            if other is not kind
            else "0000AAFF"
            if "iccid" not in _fields(kind)
            else "8988300000000009998"
        )
        yield Garbage(encode(honest(other, about)), "MQ-7")


def _fields(kind: MessageKind) -> tuple[str, ...]:
    return honest(kind, "").__struct_fields__


def _one_thing_wrong(document: Json) -> Iterator[Json]:
    for name, value in document.items():
        if name == "contract":
            continue
        yield {other: kept for other, kept in document.items() if other != name}
        for wrong in WRONG:
            yield document | {name: wrong}
        if isinstance(value, dict):
            for inner in _one_thing_wrong(value):
                yield document | {name: inner}


def _is_honest(kind: MessageKind, subject: str, payload: bytes) -> bool:
    """Return whether it is a message after all: a field that may be left out, a value that it may have."""
    try:
        message = decode(kind, payload)
    except ContractError:
        return False
    return subject == (message.iccid if isinstance(message, Order | Confirmation) else message.hub)


def _json(document: Any) -> bytes:
    return msgspec.json.encode(document)
