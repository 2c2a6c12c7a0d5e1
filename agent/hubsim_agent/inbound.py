"""Reads messages from the cloud to this hub, and refuses those that cannot be applied."""

from hubsim_contract.wire.codec import decode
from hubsim_contract.wire.errors import InvalidPayload
from hubsim_contract.wire.messages import Desired
from hubsim_contract.wire.topics import MessageKind

PING_MIN_S, PING_MAX_S = 10, 300
"""The range in the hub manuals. A ping outside it is replaced by the nearest bound: refusing the whole
document would leave the service unchanged."""


def read_desired(hub_id: str, payload: bytes) -> Desired:
    """Return the desired document. Raises a `ContractError` that names the mistake."""
    desired = decode(MessageKind.DESIRED, payload)
    assert isinstance(desired, Desired)
    if desired.hub != hub_id:
        raise InvalidPayload(f"the document is for hub {desired.hub!r}")
    return desired


def keepalive_s(desired: Desired) -> int:
    """Return the MQTT keepalive in seconds for the next connection."""
    return min(max(desired.ping_s, PING_MIN_S), PING_MAX_S)
