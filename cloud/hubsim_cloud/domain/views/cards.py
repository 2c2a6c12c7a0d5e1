"""The card of a hub in the device list: its tiles, star and icons (guide A4, A7, S3).

Tile, second tile and star depend only on the service (layer 3). `sim_profile` depends on the answers of the
carrier (layer 2). The icons depend on the last report (layer 1 and the hardware). A client without the
services (guide C5) shows the card as that of a hub without them.
"""

from typing import Any

import msgspec

from hubsim_cloud.domain.authorization import client_has_services
from hubsim_cloud.domain.cards import ajax_sims
from hubsim_cloud.domain.context import DecisionContext
from hubsim_cloud.domain.lookups import device_of
from hubsim_cloud.domain.orders import ProfileState, profile_state
from hubsim_cloud.domain.state import Hub, State, Wanted
from hubsim_cloud.domain.subscription import running
from hubsim_cloud.domain.types import HubRef, ModelName, ObjectRef, Whole
from hubsim_cloud.domain.views.view import View
from hubsim_contract.wire.icons import IconName, icon_row
from hubsim_contract.wire.messages import (
    BatteryPercent,
    Channel,
    GenerationName,
    Registration,
    ServiceState,
    Signal,
    SimSlot,
    SlotNumber,
)
from hubsim_contract.wire.service import SecondTile, Tile, second_tile, star, tile

STAR_ICON = "star"


class HubCard(View, frozen=True, kw_only=True):
    """One hub in the device list."""

    hub: HubRef
    model: ModelName
    tile: Tile
    second_tile: SecondTile
    star: bool
    online: bool
    """From the last presence. `reported_offline` follows later; the company is notified of that."""
    reported_offline: bool
    icons: tuple[IconName, ...]
    """From left to right. Before the first report only the star can be shown."""
    service: ServiceState
    ends_at_ms: int | None
    """Set while the service is expiring."""
    sim_profile: ProfileState
    """The profile of the SIM of the running subscription, or else of the Ajax SIM in the hub."""
    channels: tuple[Channel, ...]
    """From the last report; empty while the hub is offline."""


class HubInformationView(HubCard, frozen=True, kw_only=True):
    """The hub information screen: the card and the last reported states. States are None before a report."""

    object: ObjectRef
    armed: bool
    """The desired state. An unreachable hub may not have received it yet."""
    signal: Signal | None = None
    battery_percent: BatteryPercent | None = None
    lid_open: bool | None = None
    mains: bool | None = None
    malfunction: bool | None = None
    connected: bool = False
    """Whether the hub is connected to the cloud."""
    cellular: bool | None = None
    ethernet: bool | None = None
    wifi: bool | None = None
    """Whether the channel is connected."""
    registration: Registration | None = None
    generation: GenerationName | None = None
    active_sim: SlotNumber | None = None
    sims: tuple[SimSlot, ...] = ()
    firmware: str | None = None
    ping_s: Whole
    offline_delay_s: Whole
    channel_loss_notice_min: Whole
    revision: Whole
    """Grows when people edit the hub."""


def hub_card(context: DecisionContext, hub: Hub) -> HubCard:
    """Return the card of the hub. Does not check permissions."""
    return HubCard(**_card_fields(context, hub))


def hub_information(context: DecisionContext, hub: Hub) -> HubInformationView:
    """Return the information screen of a hub that is in an object. Does not check permissions."""
    assert hub.object is not None, f"hub {hub.id} is not in an object"
    device = device_of(context.state, hub)
    screen = HubInformationView(
        **_card_fields(context, hub),
        object=hub.object,
        armed=hub.armed,
        sims=hub.sims,
        connected=device.online,
        ping_s=hub.configuration.ping_s,
        offline_delay_s=hub.configuration.offline_delay_s,
        channel_loss_notice_min=hub.configuration.channel_loss_notice_min,
        revision=context.state.revisions.get(hub.id, 0),
    )
    if device.reported is None:
        return screen
    hardware = device.reported.hardware
    return msgspec.structs.replace(
        screen,
        signal=hardware.signal,
        battery_percent=hardware.battery_percent,
        lid_open=hardware.lid_open,
        mains=hardware.mains,
        malfunction=hardware.malfunction,
        cellular=Channel.CELLULAR in screen.channels,
        ethernet=Channel.ETHERNET in screen.channels,
        wifi=Channel.WIFI in screen.channels,
        registration=hardware.registration,
        generation=hardware.generation,
        active_sim=hardware.active_sim,
        sims=hardware.sims,
        firmware=hardware.firmware,
    )


def shown_service(context: DecisionContext, hub: Hub) -> ServiceState:
    """Return the service of the hub as the card shows it."""
    has_services = client_has_services(context.state, context.actor, context.settings)
    return hub.wanted.service if has_services else ServiceState.NOT_AVAILABLE


def _card_fields(context: DecisionContext, hub: Hub) -> dict[str, Any]:
    shown_services = client_has_services(context.state, context.actor, context.settings)
    wanted = hub.wanted if shown_services else Wanted()
    device, service = device_of(context.state, hub), wanted.service
    shown = star(service)
    reported = device.reported
    unreported = (STAR_ICON,) if shown else ()
    return {
        "hub": hub.id,
        "model": hub.model,
        "tile": tile(service),
        "second_tile": second_tile(service),
        "star": shown,
        "online": device.online,
        "reported_offline": hub.id in context.state.told_offline,
        "icons": unreported if reported is None else icon_row(reported.hardware, service),
        "service": service,
        "ends_at_ms": wanted.ends_at_ms,
        "sim_profile": _sim_profile(context, hub) if shown_services else ProfileState.NONE,
        "channels": reported.hardware.channels if reported is not None and device.online else (),
    }


def _sim_profile(context: DecisionContext, hub: Hub) -> ProfileState:
    state = context.state
    subscription = running(state, hub)
    if subscription is not None:
        return _profile_state(state, subscription.iccid)
    known = ajax_sims(hub.sims, context.settings.ajax_iccid_prefixes)
    ordered = next((iccid for iccid in known if iccid in state.profiles), None)
    return ProfileState.NONE if ordered is None else _profile_state(state, ordered)


def _profile_state(state: State, iccid: str) -> ProfileState:
    return profile_state(state.profiles.get(iccid), state.suspensions.get(iccid))
