"""The visible state of simulated hubs and of the carrier, as plain values."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from hubsim_contract.lab.bench_actions import Snapshot
from hubsim_contract.lab.hub_brief import card_summary
from hubsim_contract.wire.icons import REGISTERED, icon_row
from hubsim_contract.wire.messages import ServiceState
from hubsim_contract.wire.service import SERVICE_FIELDS, tile
from hubsim_simulator.carrier.ports import Holding
from hubsim_simulator.hub import SimulatedHub


class HubSnapshot(Mapping[str, Any]):
    """The state of a hub that an observer can see or measure. Each field is computed when it is read."""

    def __init__(self, hub: SimulatedHub) -> None:
        self._hub = hub

    def __getitem__(self, name: str) -> Any:
        return HUB_FIELDS[name](self._hub)

    def __iter__(self) -> Iterator[str]:
        return iter(HUB_FIELDS)

    def __len__(self) -> int:
        return len(HUB_FIELDS)


def carrier_snapshot(holding: Holding) -> Snapshot:
    """Return the carrier's state of a card."""
    return {
        "profile": holding.profile.value,
        "ordered": holding.waiting.profile.value if holding.waiting else None,
        "executed_sequence": holding.executed_sequence,
        "attached_hub": holding.attached_hub,
        "data": holding.data.value,
        "suspended": holding.suspended,
    }


def _service(hub: SimulatedHub) -> ServiceState:
    return hub.face.face.service if hub.face else ServiceState.NOT_AVAILABLE


HUB_FIELDS: dict[str, Callable[[SimulatedHub], Any]] = {
    "powered": lambda hub: hub.hardware.powered,
    "led": lambda hub: hub.hardware.face().colour.value,
    "led_pattern": lambda hub: hub.hardware.face().pattern.value,
    "channels": lambda hub: [channel.value for channel in hub.hardware.snapshot().channels],
    "connected_by": lambda hub: hub.channel.value if hub.channel else None,
    "cloud_reachable": lambda hub: bool(hub.face and hub.face.face.cloud_reachable),
    "sim_card": lambda hub: card_summary(hub.hardware.snapshot().sims).value,
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
    "service": lambda hub: SERVICE_FIELDS["service"](_service(hub)),
    "tile": lambda hub: (hub.face.face.tile if hub.face else tile(ServiceState.NOT_AVAILABLE)).value,
    "second_tile": lambda hub: SERVICE_FIELDS["second_tile"](_service(hub)),
    "star": lambda hub: bool(hub.face and hub.face.face.star),
    "sim_cut_off": lambda hub: bool(hub.face and hub.face.face.sim_cut_off),
    "link": lambda hub: hub.agent.view().link.value if hub.agent else "stopped",
    "buffered_events": lambda hub: hub.agent.view().buffered_events if hub.agent else 0,
    "refused_messages": lambda hub: hub.agent.view().refused_messages if hub.agent else 0,
    "old_documents": lambda hub: hub.agent.view().old_versions if hub.agent else 0,
}
"""Field to function, so that a query computes only the fields that it names."""
