"""The state machine of one subscription: an enum of actions, a table, and the function that reads it.

The state None means that the hub never had a subscription. An ended subscription is followed by a new one.
An expiring subscription still runs (guide X5). Pairs that are not in the table are refused by name.
"""

from enum import StrEnum
from types import MappingProxyType

from hubsim_cloud.domain.refusals import RefusalName, Refused
from hubsim_cloud.domain.state import Hub, State, Subscription
from hubsim_cloud.domain.types import SubscriptionState


class SubscriptionAction(StrEnum):
    """An action on a subscription."""

    ACTIVATE = "activate"
    SCHEDULE_DEACTIVATION = "schedule_deactivation"
    RESUME = "resume"
    STOP_NOW = "stop_now"
    MONTH_END = "month_end"
    """Not a command: the instant in `ends_at_ms` is reached."""


SubscriptionPhase = SubscriptionState | None

_ACTIVE, _EXPIRING, _ENDED = SubscriptionState.ACTIVE, SubscriptionState.EXPIRING, SubscriptionState.ENDED

TRANSITIONS: MappingProxyType[tuple[SubscriptionPhase, SubscriptionAction], SubscriptionState] = (
    MappingProxyType(
        {
            (None, SubscriptionAction.ACTIVATE): _ACTIVE,
            (_ENDED, SubscriptionAction.ACTIVATE): _ACTIVE,
            (_ACTIVE, SubscriptionAction.SCHEDULE_DEACTIVATION): _EXPIRING,
            (_EXPIRING, SubscriptionAction.RESUME): _ACTIVE,
            (_ACTIVE, SubscriptionAction.STOP_NOW): _ENDED,
            (_EXPIRING, SubscriptionAction.STOP_NOW): _ENDED,
            (_EXPIRING, SubscriptionAction.MONTH_END): _ENDED,
        }
    )
)
"""(State, action) to the next state. `activate` after the end begins a new subscription."""

REFUSALS: MappingProxyType[tuple[SubscriptionPhase, SubscriptionAction], RefusalName] = MappingProxyType(
    {
        (_ACTIVE, SubscriptionAction.ACTIVATE): RefusalName.ALREADY_ACTIVE,
        (_EXPIRING, SubscriptionAction.ACTIVATE): RefusalName.ALREADY_ACTIVE,
        (None, SubscriptionAction.SCHEDULE_DEACTIVATION): RefusalName.NOT_ACTIVE,
        (_EXPIRING, SubscriptionAction.SCHEDULE_DEACTIVATION): RefusalName.ALREADY_EXPIRING,
        (_ENDED, SubscriptionAction.SCHEDULE_DEACTIVATION): RefusalName.NOT_ACTIVE,
        (None, SubscriptionAction.RESUME): RefusalName.NOT_EXPIRING,
        (_ACTIVE, SubscriptionAction.RESUME): RefusalName.NOT_EXPIRING,
        (_ENDED, SubscriptionAction.RESUME): RefusalName.NOT_EXPIRING,
        (None, SubscriptionAction.STOP_NOW): RefusalName.NOT_ACTIVE,
        (_ENDED, SubscriptionAction.STOP_NOW): RefusalName.NOT_ACTIVE,
        (None, SubscriptionAction.MONTH_END): RefusalName.NOT_EXPIRING,
        (_ACTIVE, SubscriptionAction.MONTH_END): RefusalName.NOT_EXPIRING,
        (_ENDED, SubscriptionAction.MONTH_END): RefusalName.NOT_EXPIRING,
    }
)
"""All other pairs, each with the name of its refusal."""

_TEXTS = {
    RefusalName.ALREADY_ACTIVE: "The services of this hub are already active.",
    RefusalName.NOT_ACTIVE: "The services of this hub are not active.",
    RefusalName.ALREADY_EXPIRING: "The services of this hub already end on the 1st of the next month.",
    RefusalName.NOT_EXPIRING: "The services of this hub are not going to expire.",
}


def step(phase: SubscriptionPhase, action: SubscriptionAction) -> SubscriptionState:
    """Return the state after the action, or raise `Refused` with the name from the table."""
    after = TRANSITIONS.get((phase, action))
    if after is None:
        name = REFUSALS[phase, action]
        raise Refused(name, _TEXTS[name])
    return after


def phase_of(subscription: Subscription | None) -> SubscriptionPhase:
    """Return the state for a lookup in the tables."""
    return None if subscription is None else subscription.state


def latest(state: State, hub: Hub) -> Subscription | None:
    """Return the hub's running subscription, or its last one, or None."""
    return None if hub.subscription is None else state.subscriptions[hub.subscription]


def running(state: State, hub: Hub) -> Subscription | None:
    """Return the hub's running subscription, active or expiring, or None."""
    subscription = latest(state, hub)
    return subscription if subscription is not None and subscription.running else None


def refuse_while_running(state: State, hub: Hub) -> None:
    """Raise `has_active_services` while the hub's services run (guide X4, X5)."""
    subscription = running(state, hub)
    if subscription is not None:
        raise Refused(
            RefusalName.HAS_ACTIVE_SERVICES,
            f"Hub {hub.id} has active services: stop them first.",
            hub=hub.id,
            subscription=subscription.id,
        )
