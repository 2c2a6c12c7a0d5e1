"""The state machine of one subscription: an enum of actions, a table, and the function that reads it.

The state None means that the hub never had a subscription. An ended subscription is followed by a new one.
An expiring subscription still runs (guide X5). Pairs that are not in the table are refused by name.
"""

from enum import StrEnum
from types import MappingProxyType

from hubsim_cloud.domain.day_text import day_text
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

_NEVER = "The services of this hub were never activated: activate them first."
_OVER = "The services of this hub ended{on}: activate them again."
_TEXTS: dict[tuple[SubscriptionPhase, RefusalName], str] = {
    (
        _ACTIVE,
        RefusalName.ALREADY_ACTIVE,
    ): "The services of this hub are already active: nothing else is needed.",
    (_EXPIRING, RefusalName.ALREADY_ACTIVE): (
        "The services of this hub are active and end{on}: resume them to keep them."
    ),
    (None, RefusalName.NOT_ACTIVE): _NEVER,
    (_ENDED, RefusalName.NOT_ACTIVE): _OVER,
    (_EXPIRING, RefusalName.ALREADY_EXPIRING): (
        "The services of this hub already end{on}: stop them now to end them earlier, or resume them."
    ),
    (None, RefusalName.NOT_EXPIRING): _NEVER,
    (_ACTIVE, RefusalName.NOT_EXPIRING): (
        "The services of this hub are active and have no end: there is nothing to resume."
    ),
    (_ENDED, RefusalName.NOT_EXPIRING): _OVER,
}
"""The sentence of each refusal: what is the case, and what the person can do instead."""


def step(phase: SubscriptionPhase, action: SubscriptionAction, day: str = "") -> SubscriptionState:
    """Return the state after the action, or raise `Refused` with the name from the table.

    `day` is the day on which the services end or ended, for the sentence of the refusal.
    """
    after = TRANSITIONS.get((phase, action))
    if after is None:
        name = REFUSALS[phase, action]
        raise Refused(name, _TEXTS[phase, name].format(on=f" on {day}" if day else ""))
    return after


def check(subscription: Subscription | None, action: SubscriptionAction, zone: str) -> None:
    """Raise `Refused` if the action is not possible; its sentence has the day of the end in this zone."""
    at_ms = None if subscription is None else subscription.ended_at_ms or subscription.ends_at_ms
    step(phase_of(subscription), action, "" if at_ms is None else day_text(at_ms, zone))


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
            f"Hub {hub.id} has active services: stop them first, or wait until they end.",
            hub=hub.id,
            subscription=subscription.id,
        )
