"""Orders to the carrier: what is asked of the profile of an ICCID, and how far the carrier is (rule MQ-8).

Each ICCID has its own sequence, and only its newest order counts. Sending and sending again is the
engine's; here stands what is true.
"""

from enum import StrEnum

from cloud.domain.facts import CarrierOrderConfirmed, CarrierOrderPlaced, Fact
from cloud.domain.state import SimProfile, State
from contract.messages import Confirmation, OrderStage, Profile

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


def order(state: State, iccid: str, profile: Profile, at_ms: int, by: str = "") -> CarrierOrderPlaced:
    """Return the next order for the ICCID."""
    known = state.profiles.get(iccid)
    sequence = 1 if known is None else known.sequence + 1
    return CarrierOrderPlaced(at_ms=at_ms, by=by, iccid=iccid, sequence=sequence, profile=profile)


def confirm(state: State, confirmation: Confirmation, now_ms: int) -> list[Fact]:
    """Return the fact that the carrier is further with the newest order, or nothing.

    An answer to another order than the newest, one about another profile than was ordered, one that
    was heard before and one that is late (`accepted` behind `executed`) all change nothing; nor does
    `superseded`, for only an older order can be.
    """
    known = state.profiles.get(confirmation.iccid)
    if known is None or (confirmation.sequence, confirmation.profile) != (known.sequence, known.wanted):
        return []
    if _PROGRESS.get(confirmation.stage, 0) <= _PROGRESS[known.stage]:
        return []
    return [
        CarrierOrderConfirmed(
            at_ms=now_ms, iccid=known.iccid, sequence=known.sequence, stage=confirmation.stage
        )
    ]


def profile_state(profile: SimProfile | None) -> ProfileState:
    """Return how far the profile is on its way to what is wanted."""
    if profile is None:
        return ProfileState.NONE
    executed = profile.stage is OrderStage.EXECUTED
    if profile.wanted is Profile.ACTIVE:
        return ProfileState.ACTIVE if executed else ProfileState.ACTIVATING
    return ProfileState.INACTIVE if executed else ProfileState.CUTTING
