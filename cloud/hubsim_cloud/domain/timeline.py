"""Facts that time alone causes: services end, months are invoiced, lost hubs and channels are reported.

Each fact is dated to the instant at which it became true, even if it is computed later. So one jump of the
clock and many small steps give the same facts.
"""

from itertools import islice

from hubsim_cloud.domain.alarms import WHOLE_HUB, rearm
from hubsim_cloud.domain.billing import invoices
from hubsim_cloud.domain.facts import ChannelLossNoticed, Fact, HubReportedOffline, ServiceEnded
from hubsim_cloud.domain.orders import order
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.domain.state import State
from hubsim_contract.timer_queue import earliest
from hubsim_contract.wire.messages import Channel, Profile


def due(state: State, settings: CloudSettings) -> int | None:
    """Return the earliest instant of a fact that time causes, or None if there is none.

    The cost depends on the changes since the last call, not on the number of hubs.
    """
    rearm(state, settings)
    return earliest(state.endings.earliest(), state.billings.earliest(), state.alarms.earliest())


def catch_up(state: State, now_ms: int, settings: CloudSettings, *, at_once: int | None = None) -> list[Fact]:
    """Return the facts of the earliest instant that is due by `now_ms`; an empty list if none is due.

    The caller applies them and calls again until the list is empty. At the same instant services end
    first, then months are invoiced, then alarms are reported, each in a separate call. `at_once` limits the
    number of services, Dealers or alarms in one call; None: no limit.
    """
    at_ms = due(state, settings)
    if at_ms is None or at_ms > now_ms:
        return []
    return (
        _endings(state, at_ms, at_once)
        or _invoices(state, at_ms, settings, at_once)
        or _alarms(state, at_ms, at_once)
    )


def _endings(state: State, at_ms: int, at_once: int | None) -> list[Fact]:
    """End the services at the end of their month, and order the cut-off of their SIMs (guide S1, S4)."""
    facts: list[Fact] = []
    for name in islice(state.endings.keys_at(at_ms), at_once):
        subscription = state.subscriptions[name]
        facts.append(ServiceEnded(at_ms=at_ms, subscription=name, hub=subscription.hub))
        facts.append(order(state, subscription.iccid, Profile.INACTIVE, at_ms))
    return facts


def _invoices(state: State, at_ms: int, settings: CloudSettings, at_once: int | None) -> list[Fact]:
    """Invoice the last month of Dealers. With a limit one Dealer at a time: an invoice has many services."""
    facts: list[Fact] = []
    for dealer in islice(state.billings.keys_at(at_ms), None if at_once is None else 1):
        facts += invoices(state, dealer, at_ms, len(state.invoices) + len(facts) + 1, settings)
    return facts


def _alarms(state: State, at_ms: int, at_once: int | None) -> list[Fact]:
    return [
        HubReportedOffline(at_ms=at_ms, hub=hub)
        if channel == WHOLE_HUB
        else ChannelLossNoticed(at_ms=at_ms, hub=hub, channel=Channel(channel))
        for hub, channel in islice(state.alarms.keys_at(at_ms), at_once)
    ]
