"""How a hub stands on the bench, and back: a record that makes a simulated hub, and the record of one.

What is kept is what hands have done, and what the agent has persisted. What only a running hub has (its
registration, its connection, its timers) comes again by itself when it is switched on.
"""

from agent.settings import AgentSettings
from contract.bench import (
    AnyHand,
    HubStand,
    PowerOn,
    SetBattery,
    SetCoverage,
    SetLid,
    SetMains,
    SetSignal,
)
from simulator.hardware.hub import HubHardware
from simulator.hardware.profile import ModelProfile
from simulator.hardware.settings import HardwareSettings
from simulator.hub import SimulatedHub


def stand_up(
    stand: HubStand, profile: ModelProfile, hardware: HardwareSettings, agent: AgentSettings
) -> tuple[SimulatedHub, list[AnyHand]]:
    """Return the hub, switched off, and the hands that bring it to where it stands, in their order.

    Raises `HandRefused` for cards and links that do not fit the model.
    """
    board = HubHardware(stand.id, stand.imei, profile, hardware, slots=dict(stand.slots), links=stand.links)
    usual = HubStand(id=stand.id, imei=stand.imei, model=stand.model)
    hands: list[tuple[bool, AnyHand]] = [
        (stand.signal != usual.signal, SetSignal(signal=stand.signal)),
        (stand.coverage != usual.coverage, SetCoverage(present=stand.coverage)),
        (stand.battery_percent != usual.battery_percent, SetBattery(percent=stand.battery_percent)),
        (stand.mains != usual.mains, SetMains(present=stand.mains)),
        (stand.lid_open != usual.lid_open, SetLid(open=stand.lid_open)),
        (stand.powered, PowerOn()),
    ]
    return SimulatedHub(board, agent, stand.flash), [hand for wanted, hand in hands if wanted]


def stand_of(hub: SimulatedHub) -> HubStand:
    """Return how the hub stands on the bench now."""
    board = hub.hardware
    return HubStand(
        id=hub.id,
        imei=board.imei,
        model=board.model,
        slots=board.cards_by_slot(),
        links=board.links(),
        powered=board.switched_on,
        coverage=board.coverage,
        signal=board.strength,
        mains=board.snapshot().mains,
        battery_percent=board.snapshot().battery_percent,
        lid_open=board.snapshot().lid_open,
        flash=hub.flash,
    )
