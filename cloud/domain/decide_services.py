"""Decides about services: activate, deactivate from the 1st, resume, stop at once (guide A, S, U, X).

None of it needs the hub to be online: cloud and carrier do it between them.
"""

from collections.abc import Callable
from typing import Any

from cloud.domain.calendar import next_month_start
from cloud.domain.cards import ajax_sims
from cloud.domain.case import Accepted, Case
from cloud.domain.commands import Activate, Resume, ScheduleDeactivation, StopNow, Wish
from cloud.domain.countries import has_services
from cloud.domain.facts import DeactivationScheduled, ServiceActivated, ServiceResumed, ServiceStopped
from cloud.domain.members import as_dealer, permitted
from cloud.domain.orders import order
from cloud.domain.packages import Package, packages, preselected
from cloud.domain.places import hub_of
from cloud.domain.refusals import RefusalName, Refused
from cloud.domain.resellers import chosen
from cloud.domain.state import Company, Hub, Subscription
from cloud.domain.subscription import Act, latest, stage_of, step
from cloud.domain.words import Screen
from contract.messages import Profile, SimCard

_NO_CARD = frozenset({SimCard.MISSING, SimCard.UNKNOWN})


def handle_activate(case: Case, command: Activate) -> Accepted:
    """Begin a subscription and have the SIM's profile activated (guide A1 to A7).

    Result: `screen`, `subscription`.
    """
    hub = hub_of(case.state, permitted(case, command), command.hub)
    company = as_dealer(case, command)
    _check_country(company)
    package = _package(command.package)
    sims = _ajax_sims(case, hub)
    step(stage_of(latest(case.state, hub)), Act.ACTIVATE)
    iccid = _free_sim(case, sims)
    activated = ServiceActivated(
        at_ms=case.now_ms,
        by=case.by,
        subscription=f"subscription-{len(case.state.subscriptions) + 1}",
        hub=hub.id,
        company=company.id,
        reseller=chosen(case.state, company, command.reseller),
        package=package.id,
        iccid=iccid,
    )
    placed = order(case.state, iccid, Profile.ACTIVE, case.now_ms, case.by)
    result = {"screen": Screen.DEVICE_LIST.value, "subscription": activated.subscription}
    return Accepted((activated, placed), result)


def _check_country(company: Company) -> None:
    if not has_services(company.country):
        raise Refused(
            RefusalName.COUNTRY_NOT_SUPPORTED,
            "Ajax Services are not available in the company's country.",
            country=company.country,
        )


def _package(named: str | None) -> Package:
    """Return the named package, or the preselected one (guide A5)."""
    package = preselected() if named is None else packages().get(named)
    if package is None:
        raise Refused(
            RefusalName.PACKAGE_NOT_FOUND,
            f"Choose a package: {', '.join(packages())}.",
            package=named or "",
        )
    return package


def _ajax_sims(case: Case, hub: Hub) -> list[str]:
    """Return the Ajax SIMs in the hub, at least one, or refuse by what is in the slots instead (guide A3).

    A card that cannot be read may be anything, so `foreign_sim` is said only when all can be read.
    """
    sims = ajax_sims(hub.sims, case.settings.ajax_iccid_prefixes)
    if sims:
        return sims
    cards = [sim for sim in hub.sims if sim.card not in _NO_CARD]
    if not cards:
        raise Refused(RefusalName.SIM_NOT_INSTALLED, "No SIM card is installed in the hub.", hub=hub.id)
    if any(sim.iccid is None for sim in cards):
        raise Refused(RefusalName.SIM_DEFECTIVE, "A card in the hub cannot be read.", hub=hub.id)
    raise Refused(RefusalName.FOREIGN_SIM, "The hub has no Ajax SIM, but another card.", hub=hub.id)


def _free_sim(case: Case, sims: list[str]) -> str:
    """Return the first of the SIMs that serves no other hub's running subscription."""
    for iccid in sims:
        if iccid not in case.state.serving:
            return iccid
    raise Refused(
        RefusalName.SIM_IN_USE,
        "The Ajax SIM serves the running subscription of another hub.",
        iccid=sims[0],
    )


def handle_schedule_deactivation(case: Case, command: ScheduleDeactivation) -> Accepted:
    """Let the services end on the 1st of the next month in the company's billing zone (guide S1, S2)."""
    company, subscription = _subscription(case, command, Act.SCHEDULE_DEACTIVATION)
    fact = DeactivationScheduled(
        at_ms=case.now_ms,
        by=case.by,
        subscription=subscription.id,
        hub=subscription.hub,
        ends_at_ms=next_month_start(case.now_ms, company.zone),
    )
    return Accepted((fact,), {"screen": Screen.SERVICES_WILL_EXPIRE_SOON.value})


def handle_resume(case: Case, command: Resume) -> Accepted:
    """Let services that were to end on the 1st go on (guide U1, U2)."""
    _company, subscription = _subscription(case, command, Act.RESUME)
    fact = ServiceResumed(at_ms=case.now_ms, by=case.by, subscription=subscription.id, hub=subscription.hub)
    return Accepted((fact,), {"screen": Screen.SERVICES_ACTIVATED.value})


def handle_stop_now(case: Case, command: StopNow) -> Accepted:
    """End the services at once, and have the SIM cut off (guide X1 to X3)."""
    _company, subscription = _subscription(case, command, Act.STOP_NOW)
    stopped = ServiceStopped(
        at_ms=case.now_ms, by=case.by, subscription=subscription.id, hub=subscription.hub
    )
    placed = order(case.state, subscription.iccid, Profile.INACTIVE, case.now_ms, case.by)
    return Accepted((stopped, placed), {"screen": Screen.DEVICE_LIST.value})


def _subscription(
    case: Case, command: ScheduleDeactivation | Resume | StopNow, act: Act
) -> tuple[Company, Subscription]:
    """Return the company and the subscription that can take the act, or refuse."""
    company = permitted(case, command)
    subscription = latest(case.state, hub_of(case.state, company, command.hub))
    step(stage_of(subscription), act)
    assert subscription is not None, "what never began can take no act but activation"
    return company, subscription


HANDLERS: dict[type[Wish], Callable[[Case, Any], Accepted]] = {
    Activate: handle_activate,
    ScheduleDeactivation: handle_schedule_deactivation,
    Resume: handle_resume,
    StopNow: handle_stop_now,
}
