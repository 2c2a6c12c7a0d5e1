"""A hub in a row of the fleet: what the cloud knows, what its report shows, and how it looks on a bench."""

from service_play import AJAX, HUB, ORDINARY, ServicePlay, slot

from hubsim_cloud.domain.commands import Activate, AddHub
from hubsim_cloud.lab.fleet_view import FleetHub, fleet_hub
from hubsim_contract.lab.bench_actions import CardCondition
from hubsim_contract.lab.hub_brief import HubBrief, LedColor, LedLight, SlotBrief, SlotContent
from hubsim_contract.wire.messages import Channel, Profile, ServiceState, Signal, SimCard
from hubsim_contract.wire.service import Tile

BRIEF = HubBrief(
    hub=HUB,
    model="hub-2-4g",
    attached=False,
    powered=True,
    led=LedLight(LedColor.WHITE, blink=False),
    channels=(Channel.ETHERNET, Channel.CELLULAR),
    sim_card=SimCard.OK,
    slots={1: SlotBrief(kind=SlotContent.AJAX, iccid=AJAX, profile=Profile.ACTIVE)},
    active_sim=1,
    signal=Signal.STRONG,
    battery_percent=80,
    mains=True,
    lid_open=False,
    coverage=True,
    links=("ethernet",),
)


def row(play: ServicePlay, hub: str = HUB, brief: HubBrief | None = None) -> FleetHub:
    return fleet_hub(play.state, hub, play.now_ms, play.settings, brief)


def test_a_row_names_the_company_that_looks_after_the_hub() -> None:
    play = ServicePlay()
    dealer = play.dealer_with_hub()

    shown = row(play)

    assert (shown.object_name, shown.company, shown.country) == ("Villa", dealer.account, "PL")
    assert shown.name == "Villa"


def test_hubs_of_one_object_have_numbers() -> None:
    play = ServicePlay()
    dealer = play.dealer_with_hub()
    place = play.state.hubs[HUB].object
    assert place is not None
    play.does(dealer, AddHub(object=place, hub="0000AA02", model="hub-2"))

    assert [row(play, hub).name for hub in (HUB, "0000AA02")] == ["Villa 1", "Villa 2"]


def test_a_hub_that_is_not_on_the_bench_shows_its_last_report() -> None:
    play = ServicePlay()
    play.dealer_with_hub(slot(AJAX), slot(ORDINARY, 2, SimCard.LOCKED))

    shown = row(play)

    assert shown.slots == {
        1: SlotBrief(kind=SlotContent.AJAX, iccid=AJAX, condition=CardCondition.HEALTHY),
        2: SlotBrief(kind=SlotContent.ORDINARY, iccid=ORDINARY, condition=CardCondition.LOCKED),
    }
    assert (shown.sim_card, shown.mains, shown.battery_percent) == (SimCard.OK, True, 100)
    assert (shown.led, shown.powered, shown.links, shown.on_bench) == (None, None, None, False)


def test_the_profile_of_a_reported_card_is_the_one_that_the_carrier_has_confirmed() -> None:
    play = ServicePlay()
    dealer = play.dealer_with_hub()
    play.does(dealer, Activate(hub=HUB))
    ordered = row(play).slots[1].profile
    play.carrier_executes(AJAX)

    assert (ordered, row(play).slots[1].profile) == (Profile.INACTIVE, Profile.ACTIVE)


def test_a_hub_on_the_bench_shows_its_hardware_and_the_service_of_the_cloud() -> None:
    play = ServicePlay()
    dealer = play.dealer_with_hub()
    play.does(dealer, Activate(hub=HUB))

    shown = row(play, brief=BRIEF)

    assert (shown.led, shown.slots, shown.battery_percent) == (BRIEF.led, BRIEF.slots, 80)
    assert (shown.service, shown.tile, shown.star) == (ServiceState.ACTIVE, Tile.ACTIVATED, True)
    assert (shown.on_bench, shown.simulated) == (True, True)


def test_a_hub_that_is_unknown_has_a_row_without_a_company() -> None:
    shown = row(ServicePlay(), "0000AA99", None)

    assert (shown.name, shown.company, shown.model, shown.version) == (None, None, None, 0)
    assert (shown.service, shown.slots, shown.sim_card) == (ServiceState.NOT_AVAILABLE, {}, None)
