"""Decides commands about services: activate, deactivate on the 1st, resume, stop (guide A, S, U, X).

The hub does not have to be online: only the cloud and the carrier are involved.
"""

from collections.abc import Callable
from typing import Any

from hubsim_cloud.domain.authorization import as_dealer, permitted
from hubsim_cloud.domain.calendar import next_month_start
from hubsim_cloud.domain.cards import ajax_sims
from hubsim_cloud.domain.commands import Activate, BaseCommand, Resume, ScheduleDeactivation, StopNow
from hubsim_cloud.domain.context import Accepted, DecisionContext
from hubsim_cloud.domain.facts import DeactivationScheduled, ServiceActivated, ServiceResumed, ServiceStopped
from hubsim_cloud.domain.lookups import hub_of
from hubsim_cloud.domain.offers import refuse_without_services
from hubsim_cloud.domain.orders import order
from hubsim_cloud.domain.packages import Package, packages, preselected
from hubsim_cloud.domain.refusals import RefusalName, Refused
from hubsim_cloud.domain.resellers import chosen
from hubsim_cloud.domain.state import Company, Hub, State, Subscription
from hubsim_cloud.domain.subscription import SubscriptionAction, check, latest
from hubsim_cloud.domain.types import Screen
from hubsim_contract.wire.messages import Profile, SimCard

_NO_CARD = frozenset({SimCard.MISSING, SimCard.UNKNOWN})


def handle_activate(context: DecisionContext, command: Activate) -> Accepted:
    """Begin a subscription and order the activation of the SIM's profile (guide A1 to A7).

    Result: `screen`, `subscription`.
    """
    hub = hub_of(context.state, permitted(context, command), command.hub)
    company = as_dealer(context, command)
    refuse_without_services(context.state, company)
    package = _package(context.state, command.package)
    sims = _ajax_sims(context, hub)
    check(latest(context.state, hub), SubscriptionAction.ACTIVATE, company.zone)
    iccid = _free_sim(context, sims)
    activated = ServiceActivated(
        at_ms=context.now_ms,
        by=context.by,
        subscription=f"subscription-{len(context.state.subscriptions) + 1}",
        hub=hub.id,
        company=company.id,
        reseller=chosen(context.state, company, command.reseller),
        package=package.id,
        iccid=iccid,
    )
    placed = order(context.state, iccid, Profile.ACTIVE, context.now_ms, context.by)
    result = {"screen": Screen.DEVICE_LIST.value, "subscription": activated.subscription}
    return Accepted((activated, placed), result)


def _package(state: State, named: str | None) -> Package:
    """Return the named package, or the preselected one (guide A5)."""
    known = packages(state.market)
    package = preselected(state.market) if named is None else known.get(named)
    if package is None:
        raise Refused(
            RefusalName.PACKAGE_NOT_FOUND,
            f"Choose one of the packages: {', '.join(known)}.",
            package=named or "",
        )
    return package


def _ajax_sims(context: DecisionContext, hub: Hub) -> list[str]:
    """Return the Ajax SIMs in the hub, at least one. Otherwise refuse, by the cards in the slots (guide A3).

    An unreadable card may be an Ajax SIM, so `foreign_sim` is given only if all cards are readable.
    """
    sims = ajax_sims(hub.sims, context.settings.ajax_iccid_prefixes)
    if sims:
        return sims
    cards = [sim for sim in hub.sims if sim.card not in _NO_CARD]
    if not cards:
        raise Refused(
            RefusalName.SIM_NOT_INSTALLED,
            "No SIM card is installed in the hub: insert an Ajax SIM.",
            hub=hub.id,
        )
    if any(sim.iccid is None for sim in cards):
        raise Refused(
            RefusalName.SIM_DEFECTIVE,
            "A SIM card in the hub cannot be read: unlock it, or insert an Ajax SIM.",
            hub=hub.id,
        )
    raise Refused(RefusalName.FOREIGN_SIM, "No SIM card in the hub is an Ajax SIM: insert one.", hub=hub.id)


def _free_sim(context: DecisionContext, sims: list[str]) -> str:
    """Return the first of the SIMs that does not serve a running subscription."""
    for iccid in sims:
        if iccid not in context.state.serving:
            return iccid
    raise Refused(
        RefusalName.SIM_IN_USE,
        "The Ajax SIM serves the running subscription of another hub: stop that one, or insert another SIM.",
        iccid=sims[0],
    )


def handle_schedule_deactivation(context: DecisionContext, command: ScheduleDeactivation) -> Accepted:
    """End the services on the 1st of the next month in the company's billing zone (guide S1, S2)."""
    company, subscription = _subscription(context, command, SubscriptionAction.SCHEDULE_DEACTIVATION)
    fact = DeactivationScheduled(
        at_ms=context.now_ms,
        by=context.by,
        subscription=subscription.id,
        hub=subscription.hub,
        ends_at_ms=next_month_start(context.now_ms, company.zone),
    )
    return Accepted((fact,), {"screen": Screen.SERVICES_WILL_EXPIRE_SOON.value})


def handle_resume(context: DecisionContext, command: Resume) -> Accepted:
    """Cancel the scheduled end of the services (guide U1, U2)."""
    _company, subscription = _subscription(context, command, SubscriptionAction.RESUME)
    fact = ServiceResumed(
        at_ms=context.now_ms, by=context.by, subscription=subscription.id, hub=subscription.hub
    )
    return Accepted((fact,), {"screen": Screen.SERVICES_ACTIVATED.value})


def handle_stop_now(context: DecisionContext, command: StopNow) -> Accepted:
    """End the services immediately, and order the SIM cut-off (guide X1 to X3)."""
    _company, subscription = _subscription(context, command, SubscriptionAction.STOP_NOW)
    stopped = ServiceStopped(
        at_ms=context.now_ms, by=context.by, subscription=subscription.id, hub=subscription.hub
    )
    placed = order(context.state, subscription.iccid, Profile.INACTIVE, context.now_ms, context.by)
    return Accepted((stopped, placed), {"screen": Screen.DEVICE_LIST.value})


def _subscription(
    context: DecisionContext, command: ScheduleDeactivation | Resume | StopNow, action: SubscriptionAction
) -> tuple[Company, Subscription]:
    """Return the company and its subscription, or refuse if the action is not possible."""
    company = permitted(context, command)
    subscription = latest(context.state, hub_of(context.state, company, command.hub))
    check(subscription, action, company.zone)
    assert subscription is not None, "without a subscription only activation is possible"
    return company, subscription


HANDLERS: dict[type[BaseCommand], Callable[[DecisionContext, Any], Accepted]] = {
    Activate: handle_activate,
    ScheduleDeactivation: handle_schedule_deactivation,
    Resume: handle_resume,
    StopNow: handle_stop_now,
}
