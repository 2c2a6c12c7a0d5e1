"""Converts bytes to messages and back. Decoding is total: any bytes give a message or one `ContractError`."""

import re

import msgspec

from hubsim_contract.wire.errors import (
    InvalidPayload,
    LocalError,
    NotJson,
    PayloadTooLarge,
    UnsupportedContract,
    WrongWord,
)
from hubsim_contract.wire.messages import (
    NEWEST_ACCEPTED,
    OLDEST_ACCEPTED,
    CloudPresence,
    Confirmation,
    Desired,
    Heard,
    HubEvent,
    Message,
    Order,
    Presence,
    Reported,
)
from hubsim_contract.wire.topics import NO_SUBJECT, MessageKind

MAX_PAYLOAD_BYTES = 16 * 1024
"""A reported document of the largest hub has about 700 bytes. A larger payload is refused unread."""

AnyMessage = Desired | Heard | CloudPresence | Reported | Presence | HubEvent | Order | Confirmation

SHAPES: dict[MessageKind, type[AnyMessage]] = {
    MessageKind.DESIRED: Desired,
    MessageKind.HEARD: Heard,
    MessageKind.CLOUD_PRESENCE: CloudPresence,
    MessageKind.REPORTED: Reported,
    MessageKind.PRESENCE: Presence,
    MessageKind.EVENTS: HubEvent,
    MessageKind.ORDER: Order,
    MessageKind.CONFIRMATION: Confirmation,
}
_encoder = msgspec.json.Encoder()
_decoders = {kind: msgspec.json.Decoder(shape) for kind, shape in SHAPES.items()}
_envelope = msgspec.json.Decoder(Message)
_NO_OBJECT = re.compile("Expected `object`, got `[a-z]+`")
"""JSON that is not an object; the text of an error inside a message also has its place."""
WRONG_WORD = re.compile("Invalid enum value|Expected `int` [<>]=")
"""The beginning of a decoder's error about a value of the right type that the contract does not define."""


def encode(message: AnyMessage) -> bytes:
    """Return the message as JSON bytes, fields in the order of their definition.

    Raises `LocalError` if it exceeds `MAX_PAYLOAD_BYTES`: every receiver would refuse it.
    """
    payload = _encoder.encode(message)
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise LocalError(
            f"{type(message).__name__} has {len(payload)} bytes, {MAX_PAYLOAD_BYTES} are allowed"
        )
    return payload


def decode(kind: MessageKind, payload: bytes) -> AnyMessage:
    """Return the message of this kind, or raise `PayloadTooLarge`, `UnsupportedContract`, `InvalidPayload`.

    An `InvalidPayload` is `NotJson` or `WrongWord` for these mistakes.

    Unknown fields are ignored (rule MQ-9). The version is checked first, so that a message in a future format
    is refused for its version, not for its format.
    """
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise PayloadTooLarge(len(payload), MAX_PAYLOAD_BYTES)
    if not payload:
        raise NotJson(f"not a {kind.value} message: the payload is empty, as of a deleted retained message")
    try:
        if not payload.isascii():
            payload.decode()  # the decoder does not read the texts of unknown fields
        message = _decoders[kind].decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        _check_version(_version_of(payload))
        raise _mistake(error)(f"not a {kind.value} message: {error}") from error
    _check_version(message.contract)
    return message


def subject_of(message: AnyMessage) -> str:
    """Return what the topic of a message names: the hub, the ICCID, or `NO_SUBJECT`."""
    if isinstance(message, CloudPresence):
        return NO_SUBJECT
    return message.iccid if isinstance(message, Order | Confirmation) else message.hub


def _mistake(error: Exception) -> type[InvalidPayload]:
    """Return the kind of a mistake from the decoder, which names it in its text only."""
    text = str(error)
    if not isinstance(error, msgspec.ValidationError) or _NO_OBJECT.fullmatch(text):
        return NotJson
    return WrongWord if WRONG_WORD.match(text) else InvalidPayload


def _version_of(payload: bytes) -> int:
    try:
        return _envelope.decode(payload).contract
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return NEWEST_ACCEPTED


def _check_version(version: int) -> None:
    if not OLDEST_ACCEPTED <= version <= NEWEST_ACCEPTED:
        raise UnsupportedContract(version, OLDEST_ACCEPTED, NEWEST_ACCEPTED)
