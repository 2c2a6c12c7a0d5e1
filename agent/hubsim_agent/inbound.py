"""Reads messages from the cloud to this hub, and refuses those that cannot be applied."""

from hubsim_contract.wire.codec import decode
from hubsim_contract.wire.errors import WrongSubject
from hubsim_contract.wire.limits import PING_MAX_S, PING_MIN_S
from hubsim_contract.wire.messages import CloudPresence, Desired, Heard
from hubsim_contract.wire.topics import MessageKind


def read_message(hub_id: str, kind: MessageKind, payload: bytes) -> Desired | Heard | CloudPresence:
    """Return a message of the cloud. Raises a `ContractError` that names the mistake."""
    message = decode(kind, payload)
    assert isinstance(message, Desired | Heard | CloudPresence)
    if isinstance(message, Desired | Heard) and message.hub != hub_id:
        raise WrongSubject(f"the document is for hub {message.hub!r}")
    return message


def keepalive_s(desired: Desired) -> int:
    """Return the MQTT keepalive in seconds for the next connection."""
    return min(max(desired.ping_s, PING_MIN_S), PING_MAX_S)
