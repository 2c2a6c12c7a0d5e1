"""When the company is to be told that a hub, or one channel of a hub, is gone.

A hub is reported offline after `ping_s` x `ping_multiplier` + `offline_delay_s`, counted from the instant
at which it was last seen to go. The notice about one channel of a hub that is online comes
`channel_loss_notice_min` after the report that told of the loss: the hub itself says so, hence no silence
has to be waited for first. Only hubs in an object have somebody to be told, and everything is told once.
"""

from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.domain.state import Device, Hub, State
from hubsim_contract.wire.messages import Channel

WHOLE_HUB = ""
"""Stands in an alarm where a channel would stand."""

_WATCHED = (WHOLE_HUB, *Channel)
_SECOND_MS = 1000
_MINUTE_MS = 60_000


def rearm(state: State, settings: CloudSettings) -> None:
    """Work out the alarms of every hub about which something has changed since the last time."""
    for hub_id, from_ms in state.unwatched.items():
        _rearm_hub(state, hub_id, from_ms, settings)
    state.unwatched.clear()


def _rearm_hub(state: State, hub_id: str, from_ms: int, settings: CloudSettings) -> None:
    """Set the alarms of the hub. None is due before `from_ms`, the change that they follow from."""
    wanted: dict[str, int] = {}
    hub, device = state.hubs.get(hub_id), state.devices.get(hub_id)
    if hub is not None and hub.object is not None and device is not None:
        wanted = (
            _channel_alarms(state, hub, device) if device.online else _alarm(state, hub, device, settings)
        )
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
