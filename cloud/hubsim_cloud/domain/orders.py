"""Orders to the carrier: the desired profile of an ICCID, and the progress of the carrier (rule MQ-8).

Each ICCID has its own sequence, and only its newest order counts. The engine sends and resends the orders.
"""

from enum import StrEnum

from hubsim_cloud.domain.cards import is_ajax
from hubsim_cloud.domain.facts import CarrierOrderConfirmed, CarrierOrderPlaced, Fact, OrdersOvertaken
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.domain.state import Hub, SimProfile, State
from hubsim_cloud.domain.subscription import latest
from hubsim_contract.wire.identifiers import BadIdentifier, iccid
from hubsim_contract.wire.messages import Confirmation, OrderStage, Profile

HIGHEST_BELIEVED_SEQUENCE = 2**52
"""A confirmation of a greater sequence is ignored: `Count` would leave too few sequences above it."""
_PROGRESS = {None: 0, OrderStage.ACCEPTED: 1, OrderStage.EXECUTED: 2}


class ProfileState(StrEnum):
    """Layer 2: the profile at the carrier, as known to the cloud."""

    NONE = "none"
    """No order was ever sent for this SIM."""
    INACTIVE = "inactive"
    ACTIVATING = "activating"
    """The activation is ordered; the carrier has not executed it yet."""
    ACTIVE = "active"
    CUTTING = "cutting"
    """The cut-off is ordered; the carrier has not executed it yet."""


def order(state: State, card: str, profile: Profile, at_ms: int, by: str = "") -> CarrierOrderPlaced:
    """Return the next order for the SIM with this ICCID."""
    known = state.profiles.get(card)
    sequence = 1 if known is None else known.sequence + 1
    return CarrierOrderPlaced(at_ms=at_ms, by=by, iccid=card, sequence=sequence, profile=profile)


def confirm(state: State, confirmation: Confirmation, now_ms: int, settings: CloudSettings) -> list[Fact]:
    """Return the fact that the newest order has made progress at the carrier, or an empty list.

    Ignored are confirmations of an older order, repeated ones, late ones (`accepted` after `executed`), and
    `superseded`, which only an older order can be. After a confirmation of an order that this cloud never
    sent, the cloud places an order with a higher sequence.
    """
    known = state.profiles.get(confirmation.iccid)
    given, profile = (0, None) if known is None else (known.sequence, known.wanted)
    if confirmation.stage is OrderStage.SUPERSEDED or confirmation.sequence < given:
        return []
    if known is None or confirmation.sequence > given or confirmation.profile is not profile:
        return _overtaken(known, confirmation, now_ms, settings)
    if _PROGRESS[confirmation.stage] <= _PROGRESS[known.stage]:
        return []
    return [CarrierOrderConfirmed(at_ms=now_ms, iccid=known.iccid, sequence=given, stage=confirmation.stage)]


def _overtaken(
    known: SimProfile | None, confirmation: Confirmation, now_ms: int, settings: CloudSettings
) -> list[Fact]:
    """Return an order above the carrier's sequence. After the restore of a backup, orders here are outdated.

    A SIM without an order in this cloud has no service. It is cut off if the carrier has activated it.
    """
    card, sequence = confirmation.iccid, confirmation.sequence
    wanted = Profile.INACTIVE if known is None else known.wanted
    if sequence > HIGHEST_BELIEVED_SEQUENCE:
        return []
    if known is None and (confirmation.profile is wanted or not _ours(card, settings)):
        return []
    return [
        OrdersOvertaken(at_ms=now_ms, iccid=card, sequence=sequence),
        CarrierOrderPlaced(at_ms=now_ms, iccid=card, sequence=sequence + 1, profile=wanted),
    ]


def _ours(text: str, settings: CloudSettings) -> bool:
    """Return whether this is the number of an Ajax SIM, in its normal form."""
    try:
        return iccid(text) == text and is_ajax(text, settings.ajax_iccid_prefixes)
    except BadIdentifier:
        return False


def awaits_cut(state: State, hub: Hub) -> bool:
    """Return whether the carrier has not answered the order to cut off the SIM of the hub's last service."""
    subscription = latest(state, hub)
    profile = None if subscription is None else state.profiles.get(subscription.iccid)
    return profile is not None and profile.wanted is Profile.INACTIVE and profile.stage is None


def profile_state(profile: SimProfile | None) -> ProfileState:
    """Return the state of the profile: the desired one, or the transition to it."""
    if profile is None:
        return ProfileState.NONE
    executed = profile.stage is OrderStage.EXECUTED
    if profile.wanted is Profile.ACTIVE:
        return ProfileState.ACTIVE if executed else ProfileState.ACTIVATING
    return ProfileState.INACTIVE if executed else ProfileState.CUTTING
