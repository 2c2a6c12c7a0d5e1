"""What can be seen of a world, as plain values for patterns: app, hub, carrier, mailboxes, invoices.

Four looks at one hub, never mixed: what the app shows (the cloud's word), what the hub has applied
(its own word over MQTT), what the hub itself shows, and what the carrier holds for its card.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from cloud.domain.case import Case
from cloud.domain.state import Hub
from cloud.domain.views.cards import hub_card
from cloud.domain.words import Actor
from contract.icons import REGISTERED, icon_row
from contract.messages import ServiceState, SimCard, SimSlot
from contract.service import second_tile, star, tile
from scenarios.worlds.world import World
from simulator.hub import SimulatedHub

Look = dict[str, Any]
"""JSON values by field name."""

_NOBODY = Actor(None)


def app_look(world: World, hub: str) -> Look:
    """Return what the app shows of a hub, as the device list does. Raises `CloudUnreachable`."""
    engine = world.engine
    case = Case(engine.state, _NOBODY, world.clock.world_ms(), world.conditions.settings.cloud, engine.log)
    known = engine.state.hubs.get(hub) or Hub(hub)
    device = engine.state.devices.get(hub)
    return {
        **msgspec.to_builtins(hub_card(case, known)),
        "armed": known.armed,
        "events": [event.kind for event in device.events] if device else [],
        "lost_channels": sorted(str(lost) for by, lost in engine.state.told_missing if by == hub),
    }


def applied_look(world: World, hub: str) -> Look:
    """Return what the hub reported last. Raises `CloudUnreachable`."""
    device = world.engine.state.devices.get(hub)
    reported = device.reported if device else None
    if reported is None:
        return {
            "version": 0,
            **_service_look(ServiceState.NOT_AVAILABLE),
            "sim_cut_off": False,
            "armed": False,
        }
    return {
        "version": reported.applied_version,
        **_service_look(reported.service),
        "sim_cut_off": reported.sim_cut_off,
        "armed": reported.armed,
    }


def hub_look(hub: SimulatedHub) -> Look:
    """Return what somebody who stands before the hub can see and measure."""
    return {name: see(hub) for name, see in HUB_FIELDS.items()}


class HubGlance(dict[str, Any]):
    """A look at a hub that sees each field when it is asked for."""

    def __init__(self, hub: SimulatedHub) -> None:
        super().__init__()
        self._hub = hub

    def __missing__(self, name: str) -> object:
        return HUB_FIELDS[name](self._hub)


def carrier_look(world: World, iccid: str) -> Look:
    """Return what the carrier holds for a card."""
    holding = world.holding(iccid)
    return {
        "profile": holding.profile.value,
        "ordered": holding.waiting.profile.value if holding.waiting else None,
        "executed_sequence": holding.executed_sequence,
        "attached_hub": holding.attached_hub,
    }


def mail_look(world: World, address: str) -> list[Look]:
    """Return the mails in a mailbox, oldest first. Raises `CloudUnreachable`."""
    return [msgspec.to_builtins(mail) for mail in world.engine.state.mails.get(address.lower(), [])]


def invoice_look(world: World) -> list[Look]:
    """Return every invoice, oldest first. Raises `CloudUnreachable`."""
    return [msgspec.to_builtins(invoice) for invoice in world.engine.state.invoices]


def _service_look(service: ServiceState) -> Look:
    return {name: see(service) for name, see in _SERVICE_FIELDS.items()}


def _service(hub: SimulatedHub) -> ServiceState:
    return hub.face.face.service if hub.face else ServiceState.NOT_AVAILABLE


def _sim_card(sims: tuple[SimSlot, ...]) -> SimCard:
    """Sum up the slots: a healthy card anywhere, else the first card there is, else missing."""
    cards = [sim.card for sim in sims]
    if SimCard.OK in cards:
        return SimCard.OK
    return next((card for card in cards if card is not SimCard.MISSING), SimCard.MISSING)


_SERVICE_FIELDS: dict[str, Callable[[ServiceState], Any]] = {
    "service": lambda service: service.value,
    "tile": lambda service: tile(service).value,
    "second_tile": lambda service: second_tile(service).value,
    "star": star,
}

HUB_FIELDS: dict[str, Callable[[SimulatedHub], Any]] = {
    "powered": lambda hub: hub.hardware.powered,
    "led": lambda hub: hub.hardware.face().colour.value,
    "led_pattern": lambda hub: hub.hardware.face().pattern.value,
    "channels": lambda hub: [channel.value for channel in hub.hardware.snapshot().channels],
    "connected_by": lambda hub: hub.channel.value if hub.channel else None,
    "cloud_reachable": lambda hub: bool(hub.face and hub.face.face.cloud_reachable),
    "sim_card": lambda hub: _sim_card(hub.hardware.snapshot().sims).value,
    "sims": lambda hub: {str(sim.slot): sim.card.value for sim in hub.hardware.snapshot().sims},
    "active_sim": lambda hub: hub.hardware.snapshot().active_sim,
    "registration": lambda hub: hub.hardware.snapshot().registration.value,
    "registered": lambda hub: hub.hardware.snapshot().registration in REGISTERED,
    "generation": lambda hub: hub.hardware.snapshot().generation,
    "signal": lambda hub: hub.hardware.snapshot().signal.value,
    "battery_percent": lambda hub: hub.hardware.snapshot().battery_percent,
    "mains": lambda hub: hub.hardware.snapshot().mains,
    "lid_open": lambda hub: hub.hardware.snapshot().lid_open,
    "icons": lambda hub: list(icon_row(hub.hardware.snapshot(), _service(hub))),
    "service": lambda hub: _service(hub).value,
    "tile": lambda hub: tile(_service(hub)).value,
    "second_tile": lambda hub: second_tile(_service(hub)).value,
    "star": lambda hub: star(_service(hub)),
    "sim_cut_off": lambda hub: bool(hub.face and hub.face.face.sim_cut_off),
    "link": lambda hub: hub.agent.view().link.value if hub.agent else "stopped",
    "buffered_events": lambda hub: hub.agent.view().buffered_events if hub.agent else 0,
    "refused_messages": lambda hub: hub.agent.view().refused_messages if hub.agent else 0,
    "old_documents": lambda hub: hub.agent.view().old_versions if hub.agent else 0,
}
"""What can be seen of a hub, field by field, so that an expectation pays for what it asks."""
