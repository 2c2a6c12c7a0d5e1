"""A hub in one short row: who looks after it, its service, and how it looks.

The cloud gives the upper part (`FleetHub.hub` to `reported_offline`); a hub on the bench, or its last report,
gives the rest. What neither knows is null. No rights are checked: rows are for a bench, not for users.
"""

import msgspec

from hubsim_cloud.domain.cards import is_ajax
from hubsim_cloud.domain.context import DecisionContext
from hubsim_cloud.domain.orders import ProfileState
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.domain.state import Hub, Site, State
from hubsim_cloud.domain.types import Actor
from hubsim_cloud.domain.views.cards import hub_card
from hubsim_contract.lab.bench_actions import CardCondition
from hubsim_contract.lab.hub_brief import HubBrief, LedLight, SlotBrief, SlotContent, card_summary
from hubsim_contract.wire.messages import (
    Channel,
    OrderStage,
    Profile,
    Reported,
    ServiceState,
    Signal,
    SimCard,
)
from hubsim_contract.wire.service import SecondTile, Tile

_NO_ACTOR = Actor(None)


class FleetHub(msgspec.Struct, frozen=True, kw_only=True):
    """One hub in the fleet."""

    hub: str
    name: str | None
    """The name of its object, with the number of the hub where the object has several; null: no object."""
    model: str | None
    object: str | None
    object_name: str | None
    company: str | None
    """The company that looks after the hub; null: it has no company."""
    company_name: str | None
    country: str | None
    """The country of that company."""
    online: bool
    service: ServiceState
    tile: Tile
    second_tile: SecondTile
    sim_profile: ProfileState
    """The profile of its Ajax SIM, as known to the cloud."""
    ends_at_ms: int | None
    """Set while the service is expiring."""
    star: bool
    icons: tuple[str, ...]
    """From left to right, as in the app. Before the first report only the star can be shown."""
    armed: bool
    version: int
    """The version of the desired document; 0: the hub has none."""
    applied_version: int | None
    """The version that the hub reported last; null: it has reported nothing."""
    reported_offline: bool
    """Whether the company was notified that the hub is offline."""
    led: LedLight | None
    """Null for a hub that is not on the bench."""
    channels: tuple[Channel, ...]
    slots: dict[int, SlotBrief]
    """The SIM slots by number, from 1; empty before the first report of a hub that is not on the bench."""
    active_sim: int | None
    sim_card: SimCard | None
    signal: Signal | None
    battery_percent: int | None
    mains: bool | None
    lid_open: bool | None
    powered: bool | None
    """Null for a hub that is not on the bench, as `coverage` and `links`."""
    coverage: bool | None
    links: tuple[str, ...] | None
    on_bench: bool
    simulated: bool
    """Whether the simulator runs its program. A device outside can be a hub on the bench."""


def fleet_hub(
    state: State, hub: str, now_ms: int, settings: CloudSettings, brief: HubBrief | None
) -> FleetHub:
    """Return the row of a hub, also of one that the cloud does not know.

    `now_ms` is world time; `brief`: how the hub looks on the bench, or None.
    """
    known = state.hubs.get(hub) or Hub(hub)
    card = hub_card(DecisionContext(state, _NO_ACTOR, now_ms, settings), known)
    site = None if known.object is None else state.objects[known.object]
    company = None if site is None or site.company is None else state.companies[site.company]
    device = state.devices.get(hub)
    reported = None if device is None else device.reported
    row = FleetHub(
        hub=hub,
        name=None if site is None else _name_in(site, hub),
        model=card.model or None,
        object=known.object,
        object_name=None if site is None else site.name,
        company=None if company is None else company.id,
        company_name=None if company is None else company.name,
        country=None if company is None else company.country,
        online=card.online,
        service=card.service,
        tile=card.tile,
        second_tile=card.second_tile,
        sim_profile=card.sim_profile,
        ends_at_ms=card.ends_at_ms,
        star=card.star,
        icons=card.icons,
        armed=known.armed,
        version=known.version,
        applied_version=None if reported is None else reported.applied_version,
        reported_offline=card.reported_offline,
        led=None,
        channels=card.channels,
        slots=_reported_slots(state, reported, settings),
        active_sim=None,
        sim_card=None,
        signal=None,
        battery_percent=None,
        mains=None,
        lid_open=None,
        powered=None,
        coverage=None,
        links=None,
        on_bench=False,
        simulated=False,
    )
    return _with_report(row, reported) if brief is None else _with_brief(row, brief)


def _with_brief(row: FleetHub, brief: HubBrief) -> FleetHub:
    return msgspec.structs.replace(
        row,
        model=brief.model,
        led=brief.led,
        channels=brief.channels,
        slots=brief.slots,
        active_sim=brief.active_sim,
        sim_card=brief.sim_card,
        signal=brief.signal,
        battery_percent=brief.battery_percent,
        mains=brief.mains,
        lid_open=brief.lid_open,
        powered=brief.powered,
        coverage=brief.coverage,
        links=brief.links,
        on_bench=True,
        simulated=not brief.attached,
    )


def _with_report(row: FleetHub, reported: Reported | None) -> FleetHub:
    """Return the row of a hub that is not on the bench, with its last report."""
    if reported is None:
        return row
    hardware = reported.hardware
    return msgspec.structs.replace(
        row,
        model=row.model or hardware.model,
        active_sim=hardware.active_sim,
        sim_card=card_summary(hardware.sims),
        signal=hardware.signal,
        battery_percent=hardware.battery_percent,
        mains=hardware.mains,
        lid_open=hardware.lid_open,
    )


def _reported_slots(state: State, reported: Reported | None, settings: CloudSettings) -> dict[int, SlotBrief]:
    """Return the slots of a report. The condition of a card is not on the wire."""
    slots: dict[int, SlotBrief] = {}
    for sim in () if reported is None else reported.hardware.sims:
        if sim.card is SimCard.MISSING:
            slots[sim.slot] = SlotBrief(kind=SlotContent.EMPTY)
            continue
        card = sim.iccid
        is_ours = is_ajax(card, settings.ajax_iccid_prefixes)
        slots[sim.slot] = SlotBrief(
            kind=SlotContent.AJAX if is_ours else SlotContent.ORDINARY,
            iccid=card,
            condition=_CONDITIONS.get(sim.card),
            profile=_profile(state, card) if is_ours and card else None,
        )
    return slots


def _profile(state: State, iccid: str) -> Profile | None:
    """Return the profile at the carrier as far as the cloud knows: the one before an order in progress."""
    ordered = state.profiles.get(iccid)
    if ordered is None:
        return None
    if ordered.stage is OrderStage.EXECUTED:
        return ordered.wanted
    return Profile.INACTIVE if ordered.wanted is Profile.ACTIVE else Profile.ACTIVE


def _name_in(site: Site, hub: str) -> str:
    """Return the name of a hub among those of its object."""
    if len(site.hubs) == 1:
        return site.name
    return f"{site.name} {list(site.hubs).index(hub) + 1}"


_CONDITIONS = {
    SimCard.OK: CardCondition.HEALTHY,
    SimCard.LOCKED: CardCondition.LOCKED,
    SimCard.MALFUNCTION: CardCondition.BROKEN,
}
