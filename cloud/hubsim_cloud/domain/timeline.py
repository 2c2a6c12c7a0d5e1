"""What time alone brings about: services end, months are invoiced, companies are told of silent hubs.

Each fact is dated to the instant at which it became true, however late it is asked for. So catching up
in one jump and instant by instant give the same facts.
"""

from hubsim_cloud.domain.alarms import WHOLE_HUB, rearm
from hubsim_cloud.domain.billing import invoices
from hubsim_cloud.domain.facts import ChannelLossNoticed, Fact, HubReportedOffline, ServiceEnded
from hubsim_cloud.domain.orders import order
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.domain.state import State
from hubsim_contract.timer_queue import earliest
from hubsim_contract.wire.messages import Channel, Profile


def due(state: State, settings: CloudSettings) -> int | None:
    """Return the earliest instant at which something happens by itself, or None for never.

    The price follows what has changed since the last call, not the number of hubs.
    """
    rearm(state, settings)
    return earliest(state.endings.earliest(), state.billings.earliest(), state.alarms.earliest())


def catch_up(state: State, now_ms: int, settings: CloudSettings) -> list[Fact]:
    """Return the facts of the earliest instant that is due by `now_ms`; an empty list when none is.

    The caller applies them and asks again until nothing is left. At one instant services end first,
    then the months are invoiced, then alarms are given, each by a call of its own.
    """
    at_ms = due(state, settings)
    if at_ms is None or at_ms > now_ms:
        return []
    return _endings(state, at_ms) or _invoices(state, at_ms, settings) or _alarms(state, at_ms)


def _endings(state: State, at_ms: int) -> list[Fact]:
    """End the services whose month is over, and have their SIMs cut off (guide S1, S4)."""
    facts: list[Fact] = []
    for name in state.endings.keys_at(at_ms):
        subscription = state.subscriptions[name]
        facts.append(ServiceEnded(at_ms=at_ms, subscription=name, hub=subscription.hub))
        facts.append(order(state, subscription.iccid, Profile.INACTIVE, at_ms))
    return facts


def _invoices(state: State, at_ms: int, settings: CloudSettings) -> list[Fact]:
    facts: list[Fact] = []
    for dealer in state.billings.keys_at(at_ms):
        facts += invoices(state, dealer, at_ms, len(state.invoices) + len(facts) + 1, settings)
    return facts


def _alarms(state: State, at_ms: int) -> list[Fact]:
    return [
        HubReportedOffline(at_ms=at_ms, hub=hub)
        if channel == WHOLE_HUB
        else ChannelLossNoticed(at_ms=at_ms, hub=hub, channel=Channel(channel))
        for hub, channel in state.alarms.keys_at(at_ms)
    ]
