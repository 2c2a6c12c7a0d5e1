"""Conversion between a `HubSetup` record and a simulated hub.

The record contains the results of bench actions and the persisted state of the agent. It does not contain the
state of a running hub: its registration, its connection and its timers start again when it is switched on.
"""

from hubsim_agent.settings import AgentSettings
from hubsim_contract.lab.bench_actions import (
    AnyBenchAction,
    HubSetup,
    PowerOn,
    SetApn,
    SetBattery,
    SetCoverage,
    SetGenerations,
    SetInternet,
    SetLid,
    SetMains,
    SetRoaming,
    SetSignal,
)
from hubsim_contract.wire.messages import Channel
from hubsim_simulator.hardware.hub import HubHardware
from hubsim_simulator.hardware.profile import ModelProfile
from hubsim_simulator.hardware.settings import HardwareSettings
from hubsim_simulator.hub import SimulatedHub


def build_hub(
    setup: HubSetup, profile: ModelProfile, hardware: HardwareSettings, agent: AgentSettings
) -> tuple[SimulatedHub, list[AnyBenchAction]]:
    """Return the hub, switched off, and the bench actions that bring it to its setup, in order.

    Raises `BenchActionRefused` for cards or links that do not fit the model.
    """
    board = HubHardware(setup.id, setup.imei, profile, hardware, slots=dict(setup.slots), links=setup.links)
    actions = setup_actions(setup)
    if setup.powered:
        actions.append(PowerOn())
    hub = SimulatedHub(board, agent, setup.flash)
    if setup.attached:
        hub.program = None
    return hub, actions


def setup_actions(setup: HubSetup) -> list[AnyBenchAction]:
    """Return the bench actions for a new hub that is switched off, without those for links and slots."""
    usual = HubSetup(id=setup.id, imei=setup.imei, model=setup.model)
    bench_actions: list[tuple[bool, AnyBenchAction]] = [
        *((True, SetInternet(Channel(link), state)) for link, state in setup.internet.items()),
        (setup.signal != usual.signal, SetSignal(signal=setup.signal)),
        *((True, SetSignal(signal=signal, slot=slot)) for slot, signal in setup.slot_signals.items()),
        (setup.coverage != usual.coverage, SetCoverage(present=setup.coverage)),
        (setup.generations != usual.generations, SetGenerations(generations=setup.generations)),
        (setup.roaming != usual.roaming, SetRoaming(allowed=setup.roaming)),
        *((True, SetApn(slot=slot, apn=apn)) for slot, apn in setup.apns.items()),
        (setup.battery_percent != usual.battery_percent, SetBattery(percent=setup.battery_percent)),
        (setup.mains != usual.mains, SetMains(present=setup.mains)),
        (setup.lid_open != usual.lid_open, SetLid(open=setup.lid_open)),
    ]
    return [action for wanted, action in bench_actions if wanted]


def setup_of(hub: SimulatedHub) -> HubSetup:
    """Return the current setup of the hub."""
    board = hub.hardware
    return HubSetup(
        id=hub.id,
        imei=board.imei,
        model=board.model,
        slots=board.cards_by_slot(),
        links=board.links(),
        internet=board.internet_states(),
        powered=board.switched_on,
        coverage=board.coverage,
        signal=board.strength,
        slot_signals=board.slot_signals,
        generations=board.generations,
        roaming=board.roaming,
        apns=board.apns(),
        mains=board.snapshot().mains,
        battery_percent=board.snapshot().battery_percent,
        lid_open=board.snapshot().lid_open,
        flash=hub.flash,
        attached=hub.program is None,
    )
