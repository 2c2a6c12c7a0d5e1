"""Messages that hubs publish about themselves: stored as the latest state, and turned into facts.

The first half updates one `Device` record. It ignores messages that are not newer than the record (rules
MQ-2, MQ-4, MQ-6). The second half derives the facts: different cards, a hub or channel that is back, a
version ahead of ours (ignored if no cloud can have assigned it). A subscription follows its hub: if its
SIM is removed while it runs, it moves to another Ajax SIM in the hub.
"""

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
from hubsim_cloud.domain.sharing import shared, shared_report
from hubsim_cloud.domain.state import EVENTS_KEPT, NOTHING_MISSING, Device, Hub, State
from hubsim_cloud.domain.subscription import running
from hubsim_cloud.domain.verdicts import (
    MessageOutcome,
    event_outcome,
    event_place,
    presence_outcome,
    report_outcome,
)
from hubsim_contract.wire.messages import HubEvent, Presence, Profile, Reported, SimSlot

HIGHEST_BELIEVED_VERSION = 2**52
"""A greater applied version is ignored, because `Count` would leave too few versions above it."""


# ------------------------------------------------------------------ the device record


def device_record(state: State, hub: str) -> Device:
    """Return the record of the hub. Creates it for an unknown hub."""
    device = state.devices.get(hub)
    if device is None:
        device = state.devices[hub] = Device()
    return device


def accept_presence(device: Device, presence: Presence, now_ms: int) -> bool:
    """Store the presence if it is newer, and return whether it was.

    A connection changes from online to offline and never back. After its will was published, every other
    presence of the same connection is late (rule MQ-6).
    """
    if presence_outcome(device, presence) is not MessageOutcome.TAKEN:
        return False
    device.boot, device.connection = presence.boot, presence.connection
    if presence.online:
        _online(device, now_ms)
    elif device.online or device.offline_since_ms is None:
        device.offline_since_ms = now_ms
    device.online = presence.online
    return True


def _online(device: Device, now_ms: int) -> None:
    """Count channels that are still missing as missing from now. Before, the whole hub was offline."""
    if not device.online:
        device.missing_since_ms = dict.fromkeys(device.missing_since_ms, now_ms) or NOTHING_MISSING
    device.offline_since_ms = None


def accept_reported(device: Device, reported: Reported, now_ms: int) -> bool:
    """Store the report if it is newer than the last one by (boot, sequence), and return whether it was."""
    if report_outcome(device, reported) is not MessageOutcome.TAKEN:
        return False
    if device.reported is not None:
        _channels(device, device.reported, reported, now_ms)
    last = device.reported
    device.reported = (
        shared_report(reported, shared(reported.hub))
        if last is None
        else shared_report(reported, last.hub, last.hardware.sims)
    )
    return True


def _channels(device: Device, last: Reported, reported: Reported, now_ms: int) -> None:
    """Record the channels that the hub had and has lost; remove those that are back."""
    before, after = last.hardware.channels, reported.hardware.channels
    if before == after:
        return
    lost: dict[str, int] = {**dict.fromkeys(before, now_ms), **device.missing_since_ms}
    missing = {channel: since_ms for channel, since_ms in lost.items() if channel not in after}
    device.missing_since_ms = missing or NOTHING_MISSING


def implied_presence(device: Device, reported: Reported) -> Presence | None:
    """Return the presence that a report over a newer connection than the known one implies (rule MQ-6).

    A hub publishes over a connection only while it is online there; the presence itself may be lost.
    """
    if (reported.boot, reported.connection) <= (device.boot, device.connection) or not reported.connection:
        return None
    return Presence(hub=reported.hub, online=True, boot=reported.boot, connection=reported.connection)


def accept_event(device: Device, event: HubEvent) -> bool:
    """Store the event if it is new, and return whether it was; a resent event is not new (rule MQ-4).

    A late event is inserted in its order. An event older than all stored ones may be new or resent, and
    is ignored.
    """
    if event_outcome(device, event) is not MessageOutcome.TAKEN:
        return False
    place = event_place(device, event)
    device.events = (*device.events[:place], event, *device.events[place:])[-EVENTS_KEPT:]
    return True


# ------------------------------------------------------------------ facts


def observe_presence(state: State, hub_id: str, now_ms: int) -> list[Fact]:
    """Return the facts that follow from an accepted presence. Marks the alarms of the hub for an update."""
    state.stale_alarms[hub_id] = now_ms
    if hub_id in state.told_offline and state.devices[hub_id].online:
        return [HubReportedOnline(at_ms=now_ms, hub=hub_id)]
    return []


def observe(
    state: State, hub_id: str, reported: Reported, now_ms: int, settings: CloudSettings
) -> list[Fact]:
    """Return the facts that follow from an accepted report. Marks the alarms of the hub for an update.

    If a SIM is removed, only the known slots change. The subscription and its profile stay the same until
    another Ajax SIM is inserted.
    """
    state.stale_alarms[hub_id] = now_ms
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
    """Bind the running subscription to another Ajax SIM in the hub if its own SIM is no longer there.

    SIMs that serve the running subscription of another hub are skipped.
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
