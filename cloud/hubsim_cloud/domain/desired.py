"""The desired state of a hub: its service (layer 3), and the document that contains it.

Owns the rule which service a hub has. `apply` assigns the version of the document.
"""

from hubsim_cloud.domain.cards import ajax_sims
from hubsim_cloud.domain.offers import has_services
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.domain.sharing import wanted
from hubsim_cloud.domain.state import Hub, State, Subscription, Wanted
from hubsim_cloud.domain.subscription import latest
from hubsim_cloud.domain.types import SubscriptionState
from hubsim_contract.wire.messages import Desired, ServiceState


def wanted_of(state: State, hub: Hub, settings: CloudSettings) -> Wanted:
    """Return the desired state of the hub.

    The SIM is cut off if there is an Ajax SIM in the hub and its subscription has ended. A hub that never
    had a subscription has no active SIM.
    """
    subscription = latest(state, hub)
    if subscription is not None and subscription.running:
        return _running(hub, subscription)
    ajax_sim = bool(ajax_sims(hub.sims, settings.ajax_iccid_prefixes))
    offered = ajax_sim and _sold_by_a_dealer(state, hub)
    return wanted(
        ServiceState.ACTIVATION_REQUIRED if offered else ServiceState.NOT_AVAILABLE,
        None,
        ajax_sim and subscription is not None,
        hub.armed,
        hub.configuration.ping_s,
    )


def _running(hub: Hub, subscription: Subscription) -> Wanted:
    expiring = subscription.state is SubscriptionState.EXPIRING
    return wanted(
        ServiceState.EXPIRING if expiring else ServiceState.ACTIVE,
        subscription.ends_at_ms,
        False,
        hub.armed,
        hub.configuration.ping_s,
    )


def _sold_by_a_dealer(state: State, hub: Hub) -> bool:
    """Return whether the hub's company can sell services: a Dealer in a country with services (guide D1)."""
    if hub.object is None:
        return False
    company = state.companies.get(state.objects[hub.object].company or "")
    return company is not None and company.is_dealer and has_services(state, company.country)


def desired_of(hub: Hub) -> Desired | None:
    """Return the document for the hub, or None if it never had a desired state."""
    if hub.version == 0:
        return None
    content = hub.wanted
    return Desired(
        hub=hub.id,
        version=hub.version,
        service=content.service,
        ends_at_ms=content.ends_at_ms,
        sim_cut_off=content.sim_cut_off,
        armed=content.armed,
        ping_s=content.ping_s,
    )
