"""What hubs say about themselves: kept as the latest, and turned into facts where it changes the business.

The first half is about one `Device` record and refuses what is no news (rules MQ-2, MQ-4, MQ-6): such a
message leaves the record as it was. The second half finds the facts: other cards, a hub or channel that
is back, a version ahead of ours (which is not believed when no cloud can have given it). A subscription
follows its hub: while it runs and its own SIM is gone, it goes over to another Ajax SIM in the hub.
"""

from bisect import bisect_left

from hubsim_cloud.domain.cards import ajax_sims, merged
from hubsim_cloud.domain.facts import (
    ChannelRestored,
    Fact,
    HubReportedOnline,
    SimBound,
    SimsObserved,
    VersionOvertaken,
)
from hubsim_cloud.domain.orders import order
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.domain.state import EVENTS_KEPT, Device, Hub, State
from hubsim_cloud.domain.subscription import running
from hubsim_contract.wire.messages import HubEvent, Presence, Profile, Reported, SimSlot

HIGHEST_BELIEVED_VERSION = 2**52
"""A greater applied version is not followed: `Count` would leave too little above it to count on in."""


# ------------------------------------------------------------------ the device record


def accept_presence(device: Device, presence: Presence, now_ms: int) -> bool:
    """Take the presence if it is news, and say whether it was.

    A connection goes from online to offline and never back: when its will is out, what else arrives
    about it is late (rule MQ-6).
    """
    newest, this = (device.boot, device.connection), (presence.boot, presence.connection)
    if this < newest or (this == newest and presence.online >= device.online):
        return False
    device.boot, device.connection = this
    if presence.online:
        _online(device, now_ms)
    elif device.online or device.offline_since_ms is None:
        device.offline_since_ms = now_ms
    device.online = presence.online
    return True


def _online(device: Device, now_ms: int) -> None:
    """Let a channel that is still missing count as missing from now: before, the whole hub was away."""
    if not device.online:
        device.missing_since_ms = dict.fromkeys(device.missing_since_ms, now_ms)
    device.offline_since_ms = None


def accept_reported(device: Device, reported: Reported, now_ms: int) -> bool:
    """Take the report if it is newer than the last one by (boot, sequence), and say whether it was."""
    last = device.reported
    if last is not None:
        if (reported.boot, reported.sequence) <= (last.boot, last.sequence):
            return False
        _channels(device, last, reported, now_ms)
    device.reported = reported
    return True


def _channels(device: Device, last: Reported, reported: Reported, now_ms: int) -> None:
    """Note the channels that the hub had and has lost; forget those that are back."""
    before, after = last.hardware.channels, reported.hardware.channels
    if before == after:
        return
    for channel in before:
        if channel not in after:
            device.missing_since_ms.setdefault(channel, now_ms)
    for channel in after:
        device.missing_since_ms.pop(channel, None)


def implied_presence(device: Device, reported: Reported) -> Presence | None:
    """Return the presence that a report tells of: one over a newer connection than any known (rule MQ-6).

    A hub speaks over a connection only while it is online there; the presence itself may be lost.
    """
    if (reported.boot, reported.connection) <= (device.boot, device.connection) or not reported.connection:
        return None
    return Presence(hub=reported.hub, online=True, boot=reported.boot, connection=reported.connection)


def accept_event(device: Device, event: HubEvent) -> bool:
    """Take the event if it is new, and say whether it was; a resent one is not (rule MQ-4).

    One that comes late, behind a newer one, takes its place among them. What is older than all that
    are kept could be either, and is not taken.
    """
    events = device.events
    place = bisect_left(events, _name(event), key=_name)
    if place < len(events) and _name(events[place]) == _name(event):
        return False
    if place == 0 and len(events) == EVENTS_KEPT:
        return False
    events.insert(place, event)
    del events[:-EVENTS_KEPT]
    return True


def _name(event: HubEvent) -> tuple[int, int]:
    """Return what names an event of a hub for ever."""
    return event.boot, event.number


# ------------------------------------------------------------------ facts


def observe_presence(state: State, hub_id: str, now_ms: int) -> list[Fact]:
    """Return what follows from a presence that was taken as news; its alarms are worked out again."""
    state.unwatched[hub_id] = now_ms
    if hub_id in state.told_offline and state.devices[hub_id].online:
        return [HubReportedOnline(at_ms=now_ms, hub=hub_id)]
    return []


def observe(
    state: State, hub_id: str, reported: Reported, now_ms: int, settings: CloudSettings
) -> list[Fact]:
    """Return what is new about the hub by a report that was taken as news; its alarms are worked out again.

    A SIM that was taken out changes nothing but what is known of the slots: the subscription and its
    profile stay as they are until another Ajax SIM is put in.
    """
    state.unwatched[hub_id] = now_ms
    hub = state.hubs.get(hub_id)
    facts: list[Fact] = []
    version = 0 if hub is None else hub.version
    if version < reported.applied_version <= HIGHEST_BELIEVED_VERSION:
        facts.append(VersionOvertaken(at_ms=now_ms, hub=hub_id, version=reported.applied_version))
    known = () if hub is None else hub.sims
    sims = merged(known, reported.hardware.sims)
    if sims != known:
        facts.append(SimsObserved(at_ms=now_ms, hub=hub_id, sims=sims))
    if hub is not None:
        facts += _follow(state, hub, sims, now_ms, settings)
    if state.told_missing:
        facts += _restored(state, hub_id, reported, now_ms)
    return facts


def _follow(
    state: State, hub: Hub, sims: tuple[SimSlot, ...], now_ms: int, settings: CloudSettings
) -> list[Fact]:
    """Bind the running subscription to another Ajax SIM in the hub, once its own is not there any more.

    A SIM that serves the running subscription of another hub is left to that hub.
    """
    subscription = running(state, hub)
    if subscription is None or any(sim.iccid == subscription.iccid for sim in sims):
        return []
    free = [sim for sim in ajax_sims(sims, settings.ajax_iccid_prefixes) if sim not in state.serving]
    if not free:
        return []
    return [
        SimBound(at_ms=now_ms, subscription=subscription.id, hub=hub.id, iccid=free[0]),
        order(state, subscription.iccid, Profile.INACTIVE, now_ms),
        order(state, free[0], Profile.ACTIVE, now_ms),
    ]


def _restored(state: State, hub_id: str, reported: Reported, now_ms: int) -> list[Fact]:
    return [
        ChannelRestored(at_ms=now_ms, hub=hub_id, channel=channel)
        for channel in reported.hardware.channels
        if (hub_id, channel) in state.told_missing
    ]
