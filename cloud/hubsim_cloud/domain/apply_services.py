"""Applies facts about objects, hubs, services and billing to the state. Facts are not validated here.

Each function returns the ids of hubs whose desired state may have changed. The functions also maintain the
data derived from the records: the SIM of each subscription, when services end, when Dealers are invoiced,
and the hubs whose alarms must be computed again.
"""

from collections.abc import Callable, Iterable
from typing import Any

from hubsim_cloud.domain.billing import is_invoiced, span_end, span_start
from hubsim_cloud.domain.calendar import month_number
from hubsim_cloud.domain.carrier_facts import (
    CarrierOrderConfirmed,
    CarrierOrderPlaced,
    OrdersOvertaken,
    SimReactivated,
    SimSuspended,
)
from hubsim_cloud.domain.facts import (
    BillingZoneSet,
    ChannelLossNoticed,
    ChannelRestored,
    ConfigurationTransferred,
    DeactivationScheduled,
    DeviceForgotten,
    HubAdded,
    HubArmed,
    HubConfigured,
    HubRemoved,
    HubReportedOffline,
    HubReportedOnline,
    InstallingCompanyRemoved,
    InvoiceIssued,
    ObjectCreated,
    ObjectDeleted,
    ServiceActivated,
    ServiceEnded,
    ServiceResumed,
    ServiceStopped,
    SimBound,
    SimsObserved,
    VersionOvertaken,
)
from hubsim_cloud.domain.happened import Happened
from hubsim_cloud.domain.orders import ENDED
from hubsim_cloud.domain.sharing import shared, shared_slots
from hubsim_cloud.domain.state import Hub, HubConfiguration, SimProfile, Site, State, Subscription, Suspension
from hubsim_cloud.domain.subscription import SubscriptionAction, latest, phase_of, step
from hubsim_contract.wire.messages import Channel, OrderStage, Profile, Reported

NO_HUBS: tuple[str, ...] = ()


def _hub_record(state: State, hub_id: str) -> Hub:
    """Return the hub's record. Creates it for an unknown hub."""
    hub = state.hubs.get(hub_id)
    if hub is None:
        reported = _last_report(state, hub_id)
        known_id = hub_id if reported is None else reported.hub
        hub = state.hubs[known_id] = Hub(known_id)
    return hub


def _last_report(state: State, hub_id: str) -> Reported | None:
    """Return the last report of the hub, with which its record shares equal values."""
    device = state.devices.get(hub_id)
    return None if device is None else device.reported


# ------------------------------------------------------------------ objects and hubs


def _object_created(state: State, fact: ObjectCreated) -> Iterable[str]:
    company = state.companies[fact.company]
    state.objects[fact.object] = Site(fact.object, fact.name, company.id)
    company.objects[fact.object] = None
    return NO_HUBS


def _object_deleted(state: State, fact: ObjectDeleted) -> Iterable[str]:
    site = state.objects[fact.object]
    freed = tuple(site.hubs)
    for hub_id in freed:
        _free(state, hub_id, fact.at_ms)
    _leave(state, site)
    site.deleted = True
    return freed


def _installing_company_removed(state: State, fact: InstallingCompanyRemoved) -> Iterable[str]:
    site = state.objects[fact.object]
    _leave(state, site)
    return tuple(site.hubs)


def _leave(state: State, site: Site) -> None:
    """Remove the object from its company, if it has one."""
    if site.company is not None:
        state.companies[site.company].objects.pop(site.id, None)
        site.company = None


def _hub_added(state: State, fact: HubAdded) -> Iterable[str]:
    hub = _hub_record(state, fact.hub)
    if hub.object is not None:
        _free(state, fact.hub, fact.at_ms)
    site = state.objects[fact.object]
    hub.model, hub.object = shared(fact.model), site.id
    site.hubs += (hub.id,)
    state.stale_alarms[fact.hub] = fact.at_ms
    return (fact.hub,)


def _hub_removed(state: State, fact: HubRemoved) -> Iterable[str]:
    _free(state, fact.hub, fact.at_ms)
    return (fact.hub,)


def _free(state: State, hub_id: str, at_ms: int) -> None:
    """Remove the hub from its object. Losses reported to its company are reported again to the next one."""
    hub = state.hubs[hub_id]
    if hub.object is not None:
        site = state.objects[hub.object]
        site.hubs = tuple(each for each in site.hubs if each != hub_id)
        hub.object = None
    state.told_offline.discard(hub_id)
    for channel in Channel:
        state.told_missing.discard((hub_id, channel))
    state.stale_alarms[hub_id] = at_ms


def _hub_armed(state: State, fact: HubArmed) -> Iterable[str]:
    state.hubs[fact.hub].armed = fact.armed
    return (fact.hub,)


def _hub_configured(state: State, fact: HubConfigured) -> Iterable[str]:
    state.hubs[fact.hub].configuration = HubConfiguration(
        fact.ping_s, fact.offline_delay_s, fact.channel_loss_notice_min
    )
    state.stale_alarms[fact.hub] = fact.at_ms
    return (fact.hub,)


def _configuration_transferred(state: State, fact: ConfigurationTransferred) -> Iterable[str]:
    donor, target = state.hubs[fact.donor], state.hubs[fact.target]
    target.configuration, donor.configuration = donor.configuration, HubConfiguration()
    state.stale_alarms[fact.donor] = state.stale_alarms[fact.target] = fact.at_ms
    return (fact.donor, fact.target)


def _sims_observed(state: State, fact: SimsObserved) -> Iterable[str]:
    reported = _last_report(state, fact.hub)
    known = () if reported is None else reported.hardware.sims
    _hub_record(state, fact.hub).sims = known if known == fact.sims else shared_slots(fact.sims)
    return (fact.hub,)


def _version_overtaken(state: State, fact: VersionOvertaken) -> Iterable[str]:
    _hub_record(state, fact.hub).version_floor = fact.version
    return (fact.hub,)


def _device_forgotten(state: State, fact: DeviceForgotten) -> Iterable[str]:
    """Have the alarms computed again. The record of the device is not made of facts: the engine clears it."""
    state.stale_alarms[fact.hub] = fact.at_ms
    return NO_HUBS


# ------------------------------------------------------------------ reported losses


def _hub_reported_offline(state: State, fact: HubReportedOffline) -> Iterable[str]:
    state.told_offline.add(fact.hub)
    state.stale_alarms[fact.hub] = fact.at_ms
    return NO_HUBS


def _hub_reported_online(state: State, fact: HubReportedOnline) -> Iterable[str]:
    state.told_offline.discard(fact.hub)
    state.stale_alarms[fact.hub] = fact.at_ms
    return NO_HUBS


def _channel_loss_noticed(state: State, fact: ChannelLossNoticed) -> Iterable[str]:
    state.told_missing.add((fact.hub, fact.channel))
    state.stale_alarms[fact.hub] = fact.at_ms
    return NO_HUBS


def _channel_restored(state: State, fact: ChannelRestored) -> Iterable[str]:
    state.told_missing.discard((fact.hub, fact.channel))
    state.stale_alarms[fact.hub] = fact.at_ms
    return NO_HUBS


# ------------------------------------------------------------------ services


def _service_activated(state: State, fact: ServiceActivated) -> Iterable[str]:
    hub = state.hubs[fact.hub]
    before = latest(state, hub)
    dealer, reseller = state.companies[fact.company].id, shared(fact.reseller)
    account = (dealer, hub.id, fact.iccid)
    state.subscriptions[fact.subscription] = Subscription(
        fact.subscription,
        hub.id,
        dealer,
        reseller,
        shared(fact.package),
        fact.iccid,
        fact.at_ms,
        state.accounts.setdefault(account, fact.at_ms),
        step(phase_of(before), SubscriptionAction.ACTIVATE),
    )
    hub.subscription = fact.subscription
    state.serving[fact.iccid] = fact.subscription
    _open_span(state, fact)
    return (fact.hub,)


def _open_span(state: State, fact: ServiceActivated) -> None:
    """Mark the subscription as unbilled. The Dealer's span begins with this month if none is open."""
    company = state.companies[fact.company]
    company.unbilled[fact.subscription] = None
    if state.billings.due(company.id) is None:
        company.invoiced_until_ms = span_start(company, fact.at_ms)
        state.billings.put(company.id, span_end(company.invoiced_until_ms, company.zone))


def _deactivation_scheduled(state: State, fact: DeactivationScheduled) -> Iterable[str]:
    subscription = state.subscriptions[fact.subscription]
    subscription.state = step(subscription.state, SubscriptionAction.SCHEDULE_DEACTIVATION)
    subscription.ends_at_ms = fact.ends_at_ms
    subscription.last_month = month_number(fact.at_ms, state.companies[subscription.company].zone)
    state.endings.put(fact.subscription, fact.ends_at_ms)
    return (fact.hub,)


def _service_resumed(state: State, fact: ServiceResumed) -> Iterable[str]:
    subscription = state.subscriptions[fact.subscription]
    subscription.state = step(subscription.state, SubscriptionAction.RESUME)
    subscription.ends_at_ms = subscription.last_month = None
    state.endings.drop(fact.subscription)
    return (fact.hub,)


def _service_stopped(state: State, fact: ServiceStopped) -> Iterable[str]:
    return _end_subscription(state, fact, SubscriptionAction.STOP_NOW)


def _service_ended(state: State, fact: ServiceEnded) -> Iterable[str]:
    return _end_subscription(state, fact, SubscriptionAction.MONTH_END)


def _end_subscription(
    state: State, fact: ServiceStopped | ServiceEnded, action: SubscriptionAction
) -> Iterable[str]:
    subscription = state.subscriptions[fact.subscription]
    subscription.state = step(subscription.state, action)
    subscription.ends_at_ms = None
    subscription.ended_at_ms = fact.at_ms
    del state.serving[subscription.iccid]
    state.endings.drop(fact.subscription)
    _forget_if_invoiced(state, subscription, fact.at_ms)
    return (fact.hub,)


def _forget_if_invoiced(state: State, subscription: Subscription, ended_ms: int) -> None:
    """Unmark a subscription whose last month was invoiced already."""
    company = state.companies[subscription.company]
    if is_invoiced(company, subscription, ended_ms):
        del company.unbilled[subscription.id]
        if not company.unbilled:
            state.billings.drop(company.id)


def _sim_bound(state: State, fact: SimBound) -> Iterable[str]:
    subscription = state.subscriptions[fact.subscription]
    del state.serving[subscription.iccid]
    subscription.iccid = fact.iccid
    state.serving[fact.iccid] = fact.subscription
    account = (subscription.company, subscription.hub, fact.iccid)
    state.accounts.setdefault(account, subscription.account_since_ms)
    return (fact.hub,)


def _carrier_order_placed(state: State, fact: CarrierOrderPlaced) -> Iterable[str]:
    """Replace the newest order. Failures of earlier orders count while the desired profile is the same."""
    known = state.profiles.get(fact.iccid)
    failures = known.failures if known is not None and known.wanted is fact.profile else 0
    state.profiles[fact.iccid] = SimProfile(
        fact.iccid, fact.profile, fact.sequence, fact.at_ms, failures=failures
    )
    return NO_HUBS


def _carrier_order_confirmed(state: State, fact: CarrierOrderConfirmed) -> Iterable[str]:
    profile = state.profiles[fact.iccid]
    assert profile.sequence == fact.sequence, "only the newest order is ever confirmed"
    profile.stage = fact.stage
    if fact.stage is OrderStage.EXECUTED:
        profile.failures = 0
    elif fact.stage in ENDED:
        profile.failures += 1
        profile.ended_at_ms = fact.at_ms
    return NO_HUBS


def _sim_suspended(state: State, fact: SimSuspended) -> Iterable[str]:
    state.suspensions[fact.iccid] = Suspension(fact.revision, suspended=True)
    return NO_HUBS


def _sim_reactivated(state: State, fact: SimReactivated) -> Iterable[str]:
    state.suspensions[fact.iccid] = Suspension(fact.revision, suspended=False)
    return NO_HUBS


def _orders_overtaken(state: State, fact: OrdersOvertaken) -> Iterable[str]:
    """Continue from the carrier's sequence with the desired profile; an unknown SIM is to be inactive."""
    known = state.profiles.get(fact.iccid)
    wanted = Profile.INACTIVE if known is None else known.wanted
    state.profiles[fact.iccid] = SimProfile(fact.iccid, wanted, fact.sequence, fact.at_ms)
    return NO_HUBS


# ------------------------------------------------------------------ billing


def _billing_zone_set(state: State, fact: BillingZoneSet) -> Iterable[str]:
    """Move the end of the open span. If the month has already ended in the new zone, the span ends now."""
    company = state.companies[fact.company]
    company.zone = fact.zone
    if state.billings.due(company.id) is not None:
        assert company.invoiced_until_ms is not None, "an open span has a start"
        end_ms = span_end(company.invoiced_until_ms, company.zone)
        state.billings.put(company.id, max(end_ms, fact.at_ms + 1))
    return NO_HUBS


def _invoice_issued(state: State, fact: InvoiceIssued) -> Iterable[str]:
    """Close the span. Invoices to other Resellers for the same span close it again, without an effect."""
    state.invoices.append(fact)
    company = state.companies[fact.dealer]
    company.invoiced_until_ms = fact.at_ms
    runs = (state.subscriptions[name] for name in company.unbilled)
    company.unbilled = {
        run.id: None for run in runs if run.ended_at_ms is None or run.ended_at_ms > fact.at_ms
    }
    if company.unbilled:
        state.billings.put(company.id, span_end(fact.at_ms, company.zone))
    else:
        state.billings.drop(company.id)
    return NO_HUBS


APPLY_SERVICES: dict[type[Happened], Callable[[State, Any], Iterable[str]]] = {
    ObjectCreated: _object_created,
    ObjectDeleted: _object_deleted,
    InstallingCompanyRemoved: _installing_company_removed,
    HubAdded: _hub_added,
    HubRemoved: _hub_removed,
    HubArmed: _hub_armed,
    HubConfigured: _hub_configured,
    ConfigurationTransferred: _configuration_transferred,
    SimsObserved: _sims_observed,
    VersionOvertaken: _version_overtaken,
    DeviceForgotten: _device_forgotten,
    HubReportedOffline: _hub_reported_offline,
    HubReportedOnline: _hub_reported_online,
    ChannelLossNoticed: _channel_loss_noticed,
    ChannelRestored: _channel_restored,
    ServiceActivated: _service_activated,
    DeactivationScheduled: _deactivation_scheduled,
    ServiceResumed: _service_resumed,
    ServiceStopped: _service_stopped,
    ServiceEnded: _service_ended,
    SimBound: _sim_bound,
    CarrierOrderPlaced: _carrier_order_placed,
    CarrierOrderConfirmed: _carrier_order_confirmed,
    SimSuspended: _sim_suspended,
    SimReactivated: _sim_reactivated,
    OrdersOvertaken: _orders_overtaken,
    BillingZoneSet: _billing_zone_set,
    InvoiceIssued: _invoice_issued,
}
