import pytest
from service_play import AJAX, AJAX_2, HUB, HUB_2, ServicePlay, slot

from hubsim_cloud.domain.commands import (
    AddHub,
    ArmHub,
    ConfigureHub,
    CreateObject,
    DeleteObject,
    DisarmHub,
    RemoveHub,
    RemoveInstallingCompany,
    TransferConfiguration,
)
from hubsim_cloud.domain.facts import HubArmed
from hubsim_cloud.domain.state import HubConfiguration
from hubsim_cloud.domain.types import Actor
from hubsim_contract.wire.messages import Channel, ServiceState


def test_an_object_is_created_and_a_hub_added_with_its_normal_id() -> None:
    play = ServicePlay()
    owner = play.owner("olga")

    place = play.does(owner, CreateObject(name=" Villa "))["object"]
    added = play.does(owner, AddHub(object=place, hub=" 0000aa01", model="hub-2"))

    assert added == {"hub": HUB}
    assert play.state.objects[place].name == "Villa"
    assert list(play.state.objects[place].hubs) == [HUB]
    assert play.hub().model == "hub-2"


def test_names_and_models_must_not_be_empty() -> None:
    play = ServicePlay()
    owner = play.owner("olga")
    place = play.does(owner, CreateObject(name="Villa"))["object"]

    assert play.refused(owner, CreateObject(name="  ")) == "information_missing"
    assert play.refused(owner, AddHub(object=place, hub=HUB, model="")) == "information_missing"


def test_a_hub_is_in_one_object_at_most() -> None:
    play = ServicePlay()
    owner, other = play.owner("olga"), play.owner("nadia")
    play.adds_hub(owner, HUB)
    place = play.does(other, CreateObject(name="Barn"))["object"]

    assert play.refused(other, AddHub(object=place, hub=HUB, model="hub")) == "hub_already_added"

    play.does(owner, RemoveHub(hub=HUB))

    play.does(other, AddHub(object=place, hub=HUB, model="hub"))


def test_objects_of_others_are_not_permitted_and_unknown_ones_are_not_found() -> None:
    play = ServicePlay()
    owner, other = play.owner("olga"), play.owner("nadia")
    place = play.adds_hub(owner, HUB)

    for command in (
        DeleteObject(object=place),
        RemoveInstallingCompany(object=place),
        AddHub(object=place, hub=HUB_2, model="hub"),
        RemoveHub(hub=HUB),
        ArmHub(hub=HUB),
        DisarmHub(hub=HUB),
        ConfigureHub(hub=HUB, ping_s=10),
        TransferConfiguration(donor=HUB, target=HUB),
    ):
        assert play.refused(other, command) == "not_permitted"
    assert play.refused(other, DeleteObject(object="object-9")) == "object_not_found"
    assert play.refused(other, RemoveHub(hub=HUB_2)) == "hub_not_found"
    assert play.refused(other, RemoveHub(hub="xyz")) == "invalid_hub_id"


def test_a_deleted_object_is_removed_and_its_hubs_are_free() -> None:
    play = ServicePlay()
    owner = play.owner("olga")
    place = play.adds_hub(owner, HUB)

    play.does(owner, DeleteObject(object=place))

    assert play.refused(owner, DeleteObject(object=place)) == "object_not_found"
    assert play.refused(owner, RemoveHub(hub=HUB)) == "hub_not_found"
    assert play.does(owner, CreateObject(name="Barn")) == {"object": "object-2"}
    play.does(owner, AddHub(object="object-2", hub=HUB, model="hub"))


def test_an_object_without_an_installing_company_has_no_owner() -> None:
    play = ServicePlay()
    dealer = play.dealer_with_hub()

    assert play.service() is ServiceState.ACTIVATION_REQUIRED

    play.does(dealer, RemoveInstallingCompany(object="object-1"))

    assert play.service() is ServiceState.NOT_AVAILABLE
    assert play.refused(dealer, RemoveHub(hub=HUB)) == "not_permitted"
    assert not play.state.companies[dealer.account or ""].objects


def test_a_hub_in_an_object_without_a_company_can_be_added_by_another_company() -> None:
    play = ServicePlay()
    owner, other = play.owner("olga"), play.owner("nadia")
    old = play.adds_hub(owner, HUB)
    new = play.does(other, CreateObject(name="Barn"))["object"]
    play.does(owner, RemoveInstallingCompany(object=old))

    play.does(other, AddHub(object=new, hub=HUB, model="hub"))

    assert list(play.state.objects[old].hubs) == []
    assert list(play.state.objects[new].hubs) == [HUB]
    assert play.hub().object == new


def test_arming_needs_an_online_hub_and_changes_its_desired_state() -> None:
    play = ServicePlay()
    owner = play.owner("olga")
    play.adds_hub(owner, HUB)

    assert play.refused(owner, ArmHub(hub=HUB)) == "hub_offline"
    assert play.refused(owner, DisarmHub(hub=HUB)) == "hub_offline"

    play.comes_online()
    play.does(owner, ArmHub(hub=HUB))
    play.does(owner, ArmHub(hub=HUB))

    assert play.hub().wanted.armed
    assert sum(isinstance(fact, HubArmed) for fact in play.log) == 1

    play.does(owner, DisarmHub(hub=HUB))

    assert not play.hub().wanted.armed


@pytest.mark.parametrize(
    ("setting", "lowest", "highest"),
    [("ping_s", 10, 300), ("offline_delay_s", 30, 600), ("channel_loss_notice_min", 3, 30)],
)
def test_settings_of_a_hub_outside_their_bounds_are_refused(setting: str, lowest: int, highest: int) -> None:
    play = ServicePlay()
    owner = play.owner("olga")
    play.adds_hub(owner, HUB)

    for value in (lowest - 1, highest + 1):
        assert play.refused(owner, ConfigureHub(hub=HUB, **{setting: value})) == "invalid_setting"
    for value in (lowest, highest):
        play.does(owner, ConfigureHub(hub=HUB, **{setting: value}))

        assert getattr(play.hub().configuration, setting) == value


def test_configuring_changes_the_given_values_and_publishes_the_ping() -> None:
    play = ServicePlay()
    owner = play.owner("olga")
    play.adds_hub(owner, HUB)
    before = play.hub().version

    play.does(owner, ConfigureHub(hub=HUB, ping_s=30))
    play.does(owner, ConfigureHub(hub=HUB, offline_delay_s=30))

    assert play.hub().configuration == HubConfiguration(30, 30, 3)
    assert play.hub().wanted.ping_s == 30
    assert play.hub().version > before

    facts = len(play.log)
    play.does(owner, ConfigureHub(hub=HUB, ping_s=30))

    assert len(play.log) == facts


def transfer() -> tuple[ServicePlay, Actor]:
    """Return a play with a configured offline donor and an online target."""
    play = ServicePlay()
    owner = play.owner("olga")
    for hub, sim in ((HUB, AJAX), (HUB_2, AJAX_2)):
        play.adds_hub(owner, hub)
        play.comes_online(hub, Channel.ETHERNET, sims=(slot(sim),))
    play.does(owner, ConfigureHub(hub=HUB, ping_s=10, offline_delay_s=600, channel_loss_notice_min=30))
    play.goes_offline(HUB)
    return play, owner


def test_a_transfer_moves_the_configuration_and_resets_the_donor() -> None:
    play, owner = transfer()

    play.does(owner, TransferConfiguration(donor=HUB, target=HUB_2))

    assert play.hub(HUB_2).configuration == HubConfiguration(10, 600, 30)
    assert play.hub(HUB).configuration == HubConfiguration()
    assert play.hub(HUB_2).wanted.ping_s == 10
    assert play.hub(HUB).wanted.ping_s == 60


def test_a_transfer_needs_an_offline_donor_and_an_online_disarmed_target() -> None:
    play, owner = transfer()
    command = TransferConfiguration(donor=HUB, target=HUB_2)

    assert play.refused(owner, TransferConfiguration(donor=HUB, target=HUB)) == "same_hub"

    play.comes_online(HUB)

    assert play.refused(owner, command) == "donor_online"

    play.goes_offline(HUB)
    play.does(owner, ArmHub(hub=HUB_2))

    assert play.refused(owner, command) == "target_armed"

    play.does(owner, DisarmHub(hub=HUB_2))
    play.reports(HUB_2, (slot(AJAX_2),), armed=True)

    assert play.refused(owner, command) == "target_armed"

    play.goes_offline(HUB_2)

    assert play.refused(owner, command) == "target_offline"


def test_a_transfer_to_a_hub_of_another_company_is_refused() -> None:
    play, owner = transfer()
    play.adds_hub(play.owner("nadia"), "0000AA03")

    assert play.refused(owner, TransferConfiguration(donor="0000AA03", target=HUB_2)) == "not_permitted"
    assert play.refused(owner, TransferConfiguration(donor=HUB, target="0000AA03")) == "not_permitted"
    assert play.refused(owner, TransferConfiguration(donor=HUB, target="0000AA04")) == "hub_not_found"
