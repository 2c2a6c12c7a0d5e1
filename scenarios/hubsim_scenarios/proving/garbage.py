"""Changes of a receiver that does not tolerate unreadable or future messages (rules MQ-7 and MQ-9)."""

from typing import Any

import msgspec
from msgspec.structs import replace

from hubsim_contract.mqtt.port import Received
from hubsim_contract.wire.codec import SHAPES
from hubsim_contract.wire.messages import CONTRACT_VERSION
from hubsim_contract.wire.topics import MessageKind
from hubsim_scenarios.proving.mutant import fields_of, items, kind_of, payloads, readable
from hubsim_scenarios.proving.seams import Change


def deaf_after_garbage() -> Change:
    """Drop all messages after the first one that breaks the contract."""
    deaf: set[str] = set()

    def change(event: object, about: str) -> list[object]:
        if not isinstance(event, Received):
            return [event]
        if about in deaf:
            return []
        kind = kind_of(event)
        if kind is None or readable(event, kind) is None:
            deaf.add(about)
        return [event]

    return items(change)


def new_fields_refused() -> Change:
    """Drop messages with a field that the contract does not have."""

    def change(event: Received, kind: MessageKind) -> Received | None:
        document = _document(event)
        return event if document is None or fields_of(SHAPES[kind]).issuperset(document) else None

    return payloads(change)


def future_version_read() -> Change:
    """Read messages of every contract version as if it were supported."""

    def change(event: Received, _kind: MessageKind) -> Received:
        document = _document(event)
        if document is None or document.get("contract", CONTRACT_VERSION) == CONTRACT_VERSION:
            return event
        return replace(event, payload=msgspec.json.encode({**document, "contract": CONTRACT_VERSION}))

    return payloads(change)


def _document(event: Received) -> dict[str, Any] | None:
    try:
        document = msgspec.json.decode(event.payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return document if isinstance(document, dict) else None
