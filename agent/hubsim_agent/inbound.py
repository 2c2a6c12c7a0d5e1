"""Reading what the cloud sends to this hub, and refusing what cannot be applied."""

from hubsim_contract.wire.codec import decode
from hubsim_contract.wire.errors import InvalidPayload
from hubsim_contract.wire.messages import Desired
from hubsim_contract.wire.topics import MessageKind

PING_MIN_S, PING_MAX_S = 10, 300
"""The hub manuals' range. For a ping outside it the nearest bound is used: to refuse the whole document
because of it would leave the service as it was."""


def read_desired(hub_id: str, payload: bytes) -> Desired:
    """Return the desired document, or raise a `ContractError` that says what is wrong with it."""
    desired = decode(MessageKind.DESIRED, payload)
    assert isinstance(desired, Desired)
    if desired.hub != hub_id:
        raise InvalidPayload(f"the document is for hub {desired.hub!r}")
    return desired


def keepalive_s(desired: Desired) -> int:
    """Return the MQTT keepalive in seconds for the next connection."""
    return min(max(desired.ping_s, PING_MIN_S), PING_MAX_S)
