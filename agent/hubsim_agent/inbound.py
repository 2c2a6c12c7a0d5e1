"""Reads messages from the cloud to this hub, and refuses those that cannot be applied."""

from hubsim_contract.wire.codec import decode
from hubsim_contract.wire.errors import WrongSubject
from hubsim_contract.wire.limits import PING_MAX_S, PING_MIN_S
from hubsim_contract.wire.messages import Desired
from hubsim_contract.wire.topics import MessageKind


def read_desired(hub_id: str, payload: bytes) -> Desired:
    """Return the desired document. Raises a `ContractError` that names the mistake."""
    desired = decode(MessageKind.DESIRED, payload)
    assert isinstance(desired, Desired)
    if desired.hub != hub_id:
        raise WrongSubject(f"the document is for hub {desired.hub!r}")
    return desired


def keepalive_s(desired: Desired) -> int:
    """Return the MQTT keepalive in seconds for the next connection."""
    return min(max(desired.ping_s, PING_MIN_S), PING_MAX_S)
