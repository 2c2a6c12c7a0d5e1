"""Orders to the carrier: what is asked of the profile of an ICCID, and how far the carrier is (rule MQ-8).

Each ICCID has its own sequence, and only its newest order counts. Sending and sending again is the
engine's; here stands what is true.
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
"""A confirmation of a greater sequence is not followed: `Count` would leave too little to count on in."""
_PROGRESS = {None: 0, OrderStage.ACCEPTED: 1, OrderStage.EXECUTED: 2}


class ProfileState(StrEnum):
    """Layer 2, the profile at the carrier, as far as the cloud knows it."""

    NONE = "none"
    """No order was ever given for this SIM."""
    INACTIVE = "inactive"
    ACTIVATING = "activating"
    """Activation is ordered, and the carrier has not carried it out yet."""
    ACTIVE = "active"
    CUTTING = "cutting"
    """The cut is ordered, and the carrier has not carried it out yet."""


def order(state: State, card: str, profile: Profile, at_ms: int, by: str = "") -> CarrierOrderPlaced:
    """Return the next order for the SIM with this ICCID."""
    known = state.profiles.get(card)
    sequence = 1 if known is None else known.sequence + 1
    return CarrierOrderPlaced(at_ms=at_ms, by=by, iccid=card, sequence=sequence, profile=profile)


def confirm(state: State, confirmation: Confirmation, now_ms: int, settings: CloudSettings) -> list[Fact]:
    """Return the fact that the carrier is further with the newest order, or nothing.

    An answer to an older order than the newest, one that was heard before and one that is late
    (`accepted` behind `executed`) change nothing; nor does `superseded`, for only an older order can
    be. An answer to an order that this cloud never gave is followed by an order above it.
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
    """Return the order above the carrier's: since a backup was restored, orders here came too late for it.

    A SIM that this cloud never gave an order for serves nothing here, and is cut if the carrier has it on.
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
    """Say whether this is the number of an Ajax SIM, in its normal form."""
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
    """Return how far the profile is on its way to what is wanted."""
    if profile is None:
        return ProfileState.NONE
    executed = profile.stage is OrderStage.EXECUTED
    if profile.wanted is Profile.ACTIVE:
        return ProfileState.ACTIVE if executed else ProfileState.ACTIVATING
    return ProfileState.INACTIVE if executed else ProfileState.CUTTING
