"""The brief of a simulated hub: what a list of many hubs shows of it."""

from hubsim_contract.lab.bench_actions import CardKind
from hubsim_contract.lab.hub_brief import HubBrief, LedColor, LedLight, SlotBrief, SlotContent, card_summary
from hubsim_simulator.carrier.carrier_choice import AnyCarrier, carrier_here
from hubsim_simulator.hardware.led import LedPattern
from hubsim_simulator.hub import SimulatedHub


def brief_of(hub: SimulatedHub, carrier: AnyCarrier) -> HubBrief:
    """Return the brief of a hub. The profiles are unknown where the carrier is in another process."""
    board = hub.hardware
    hardware, logo = board.snapshot(), board.face()
    return HubBrief(
        hub=hub.id,
        model=board.model,
        attached=hub.program is None,
        powered=board.powered,
        led=LedLight(LedColor(logo.colour.value), logo.pattern is LedPattern.BLINKING),
        channels=hardware.channels,
        sim_card=card_summary(hardware.sims),
        slots=_slots(hub, carrier),
        active_sim=hardware.active_sim,
        signal=hardware.signal,
        battery_percent=hardware.battery_percent,
        mains=hardware.mains,
        lid_open=hardware.lid_open,
        coverage=board.coverage,
        links=board.links(),
    )


def _slots(hub: SimulatedHub, carrier: AnyCarrier) -> dict[int, SlotBrief]:
    found = {number: SlotBrief(kind=SlotContent.EMPTY) for number in hub.hardware.slot_numbers}
    knows_profiles = carrier_here(carrier) is not None
    for number, card in hub.hardware.cards_by_slot().items():
        ordered = card.kind is CardKind.AJAX and knows_profiles
        found[number] = SlotBrief(
            kind=SlotContent(card.kind.value),
            iccid=card.iccid,
            condition=card.condition,
            profile=carrier.holding(card.iccid).profile if ordered else None,
        )
    return found
