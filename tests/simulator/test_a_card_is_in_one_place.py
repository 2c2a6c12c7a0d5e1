"""A card is in one hub at a time. Two modems with one card would cancel each other's sessions endlessly."""

import pytest

from hubsim_agent.settings import AgentSettings
from hubsim_contract.core import Now
from hubsim_contract.lab.bench_actions import CardKind, InsertSim, PowerOn, RemoveSim
from hubsim_simulator.carrier.carrier import Carrier
from hubsim_simulator.carrier.settings import CarrierSettings
from hubsim_simulator.fleet import Fleet
from hubsim_simulator.hardware.cards import make_card, make_imei
from hubsim_simulator.hardware.hub import HubHardware
from hubsim_simulator.hardware.profile import load_profile
from hubsim_simulator.hardware.refusals import BenchActionRefused, BenchRefusal
from hubsim_simulator.hardware.settings import HardwareSettings
from hubsim_simulator.hub import SimulatedHub

CARD = make_card(CardKind.AJAX, 1)
FIRST, SECOND = "0000BB01", "0000BB02"
NOW = Now(0, 0)


def hub_with(hub_id: str, *, card: bool) -> SimulatedHub:
    hardware = HubHardware(
        hub_id,
        make_imei(int(hub_id, 16)),
        load_profile("hub-2"),
        HardwareSettings(),
        slots={1: CARD} if card else {},
    )
    return SimulatedHub(hardware, AgentSettings(hub_id=hub_id))


@pytest.fixture
def fleet() -> Fleet:
    fleet = Fleet(Carrier(CarrierSettings()))
    fleet.add(hub_with(FIRST, card=True))
    fleet.add(hub_with(SECOND, card=False))
    return fleet


@pytest.mark.parametrize("first_is_on", [True, False])
def test_a_card_in_one_hub_cannot_be_inserted_into_another(fleet: Fleet, first_is_on: bool) -> None:
    if first_is_on:
        fleet.handle(FIRST, PowerOn(), NOW)

    with pytest.raises(BenchActionRefused) as refused:
        fleet.handle(SECOND, InsertSim(2, CARD), NOW)

    assert refused.value.name is BenchRefusal.CARD_IN_USE
    assert fleet.hubs[SECOND].hardware.cards() == []


def test_a_removed_card_can_be_inserted_into_another_hub(fleet: Fleet) -> None:
    fleet.handle(FIRST, RemoveSim(1), NOW)

    fleet.handle(SECOND, InsertSim(2, CARD), NOW)

    assert fleet.hubs[SECOND].hardware.cards() == [CARD]


def test_a_hub_with_a_card_of_another_hub_cannot_be_added(fleet: Fleet) -> None:
    with pytest.raises(BenchActionRefused, match="is in the hub 0000BB01"):
        fleet.add(hub_with("0000BB03", card=True))

    assert list(fleet.hubs) == [FIRST, SECOND]
