"""Orders to the carrier: the desired profile of an ICCID, and the progress of the carrier (rule MQ-8).

Each ICCID has its own sequence, and only its newest order counts. The engine sends and resends the orders.
"""

from enum import StrEnum

from hubsim_cloud.domain.cards import is_ajax
from hubsim_cloud.domain.carrier_facts import (
    CarrierOrderConfirmed,
    CarrierOrderPlaced,
    OrdersOvertaken,
    SimReactivated,
    SimSuspended,
)
from hubsim_cloud.domain.facts import Fact
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.domain.state import Hub, SimProfile, State, Suspension
from hubsim_cloud.domain.subscription import latest
from hubsim_contract.wire.identifiers import BadIdentifier, iccid
from hubsim_contract.wire.messages import Channel, Confirmation, OrderStage, Profile

REASON_CHARS_MAX = 100
"""A reason of the carrier is cut to this number of characters."""
HIGHEST_BELIEVED_SEQUENCE = 2**52
"""A confirmation of a greater sequence is ignored: `Count` would leave too few sequences above it."""
_PROGRESS = {
    None: 0,
    OrderStage.ACCEPTED: 1,
    OrderStage.EXECUTED: 2,
    OrderStage.REFUSED: 2,
    OrderStage.FAILED: 2,
}
ENDED = frozenset({OrderStage.REFUSED, OrderStage.FAILED})
"""The stages after which the cloud orders the same profile again, under a new sequence."""


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
    ACTIVATION_FAILED = "activation_failed"
    """The carrier refused the activation, or it failed. The cloud orders it again later."""
    CUT_FAILED = "cut_failed"
    """The carrier refused the cut-off, or it failed. The cloud orders it again later."""
    SUSPENDED = "suspended"
    """The activation is ordered, and the carrier has suspended the SIM by itself."""


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
    confirmed = CarrierOrderConfirmed(
        at_ms=now_ms,
        iccid=known.iccid,
        sequence=given,
        stage=confirmation.stage,
        reason=confirmation.reason[:REASON_CHARS_MAX],
    )
    return [confirmed]


def own_act(state: State, confirmation: Confirmation, now_ms: int, settings: CloudSettings) -> list[Fact]:
    """Return the fact that the carrier has suspended or reactivated the SIM by itself, or an empty list.

    Ignored are revisions that are not newer than the known one, and cards that are not Ajax SIMs.
    """
    card, revision = confirmation.iccid, confirmation.revision
    known = state.suspensions.get(card)
    if revision <= (0 if known is None else known.revision) or revision > HIGHEST_BELIEVED_SEQUENCE:
        return []
    if card not in state.profiles and not _ours(card, settings):
        return []
    if not confirmation.suspended:
        return [SimReactivated(at_ms=now_ms, iccid=card, revision=revision)]
    reason = confirmation.suspended_for[:REASON_CHARS_MAX]
    return [SimSuspended(at_ms=now_ms, iccid=card, revision=revision, reason=reason)]


def _renewal_ms(profile: SimProfile, settings: CloudSettings) -> int:
    """Return when the profile is ordered again after an order that was refused or has failed."""
    longest_ms = max(settings.order_renewal_ms, settings.order_renewal_longest_ms)
    if profile.stage is OrderStage.REFUSED:
        return profile.ended_at_ms + longest_ms
    doublings = min(profile.failures - 1, longest_ms.bit_length())
    return profile.ended_at_ms + min(settings.order_renewal_ms << doublings, longest_ms)


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


def next_order_ms(
    profile: SimProfile,
    now_ms: int,
    settings: CloudSettings,
    *,
    connected: bool = False,
    forgotten: bool = False,
) -> int | None:
    """Return when the newest order is sent or renewed if nothing else happens; None: never.

    `connected`: the connection begins now, so an open order is sent at once. `forgotten`: the broker has kept
    nothing for the cloud, so an executed order is sent again too. Its confirmation has the suspension.
    """
    if profile.stage in ENDED:
        return _renewal_ms(profile, settings)
    if connected and (forgotten or profile.stage is not OrderStage.EXECUTED):
        return now_ms
    if profile.stage is OrderStage.EXECUTED:
        return None
    accepted = profile.stage is OrderStage.ACCEPTED
    return now_ms + (settings.order_overdue_ms if accepted else settings.order_retry_ms)


def renewed(state: State, profile: SimProfile, now_ms: int) -> list[Fact]:
    """Return the fact of the order that replaces one that was refused or has failed, or an empty list."""
    return [order(state, profile.iccid, profile.wanted, now_ms)] if profile.stage in ENDED else []


def trouble(confirmation: Confirmation) -> str:
    """Return a sentence about an order that was refused or has failed; empty for every other stage."""
    if confirmation.stage not in ENDED:
        return ""
    reason = confirmation.reason[:REASON_CHARS_MAX] or "no reason"
    return f"the carrier answers order {confirmation.sequence} as {confirmation.stage}: {reason}"


def card_to_cut_first(state: State, hub: Hub) -> str | None:
    """Return the card of the hub's only link while the order to cut it is unanswered (ADR 16)."""
    device = state.devices.get(hub.id)
    reported = None if device is None else device.reported
    if reported is None or set(reported.hardware.channels) != {Channel.CELLULAR}:
        return None
    subscription = latest(state, hub)
    profile = None if subscription is None else state.profiles.get(subscription.iccid)
    if profile is None or profile.wanted is not Profile.INACTIVE or profile.stage is not None:
        return None
    return profile.iccid


_STATES = {
    Profile.ACTIVE: (ProfileState.ACTIVE, ProfileState.ACTIVATION_FAILED, ProfileState.ACTIVATING),
    Profile.INACTIVE: (ProfileState.INACTIVE, ProfileState.CUT_FAILED, ProfileState.CUTTING),
}
"""The states of an executed, an ended and an open order, by its profile."""


def profile_state(profile: SimProfile | None, suspension: Suspension | None = None) -> ProfileState:
    """Return the state of a SIM's profile: the desired one, the transition to it, or the obstacle."""
    if profile is None:
        return ProfileState.NONE
    if suspension is not None and suspension.suspended and profile.wanted is Profile.ACTIVE:
        return ProfileState.SUSPENDED
    executed, ended, still_open = _STATES[profile.wanted]
    if profile.stage is OrderStage.EXECUTED:
        return executed
    # An order that is renewed after a failure has failed until the carrier has executed it.
    return ended if profile.stage in ENDED or profile.failures else still_open
