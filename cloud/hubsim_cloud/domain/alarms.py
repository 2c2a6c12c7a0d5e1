"""Alarms: when a company is notified that a hub, or one channel of a hub, is lost.

A hub is reported offline `ping_s` x `ping_multiplier` + `offline_delay_s` after it was last seen to go
offline. The loss of one channel of an online hub is reported `channel_loss_notice_min` after the first
report without the channel; the ping does not matter, because the hub itself reports the loss. Only hubs in
an object have alarms, and each loss is reported once.
"""

from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.domain.state import Device, Hub, State
from hubsim_contract.wire.messages import Channel

WHOLE_HUB = ""
"""The channel of an alarm that concerns the whole hub."""

_WATCHED = (WHOLE_HUB, *Channel)
_SECOND_MS = 1000
_MINUTE_MS = 60_000


def rearm(state: State, settings: CloudSettings) -> None:
    """Compute the alarms of every hub that has changed since the last call."""
    for hub_id, from_ms in state.stale_alarms.items():
        _rearm_hub(state, hub_id, from_ms, settings)
    state.stale_alarms.clear()


def _rearm_hub(state: State, hub_id: str, from_ms: int, settings: CloudSettings) -> None:
    """Set the alarms of the hub. No alarm is due before `from_ms`, the instant of the change."""
    wanted: dict[str, int] = {}
    hub, device = state.hubs.get(hub_id), state.devices.get(hub_id)
    if hub is not None and hub.object is not None and device is not None:
        wanted = (
            _channel_alarms(state, hub, device) if device.online else _alarm(state, hub, device, settings)
        )
    if not wanted and not state.alarms:
        return
    for channel in _WATCHED:
        at_ms = wanted.get(channel)
        if at_ms is None:
            state.alarms.drop((hub_id, channel))
        else:
            state.alarms.put((hub_id, channel), max(at_ms, from_ms))


def _alarm(state: State, hub: Hub, device: Device, settings: CloudSettings) -> dict[str, int]:
    if device.offline_since_ms is None or hub.id in state.told_offline:
        return {}
    silence_s = hub.configuration.ping_s * settings.ping_multiplier
    wait_s = silence_s + hub.configuration.offline_delay_s
    return {WHOLE_HUB: device.offline_since_ms + wait_s * _SECOND_MS}


def _channel_alarms(state: State, hub: Hub, device: Device) -> dict[str, int]:
    wait_ms = hub.configuration.channel_loss_notice_min * _MINUTE_MS
    return {
        channel: since_ms + wait_ms
        for channel, since_ms in device.missing_since_ms.items()
        if (hub.id, channel) not in state.told_missing
    }
