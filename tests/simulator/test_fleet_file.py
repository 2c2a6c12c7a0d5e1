"""The fleet that a simulator starts with: a fleet file, mistakes in it, and counted hubs."""

from itertools import islice
from pathlib import Path

import pytest

from hubsim_contract.lab.bench_actions import CardKind, HubSetup
from hubsim_contract.wire.identifiers import hub_id, iccid, imei, imsi
from hubsim_contract.wire.messages import Signal
from hubsim_simulator.fleet_file import FLEET_MAX, BadFleet, FleetPlan, counted_fleet, read_fleet
from hubsim_simulator.hardware.cards import card_kind

HUB = '[[hubs]]\nid = "0000AA01"\nmodel = "hub-2"\n'


def fleet_of(folder: Path, text: str) -> FleetPlan:
    file = folder / "fleet.toml"
    file.write_text(text, encoding="utf-8")
    return read_fleet(file)


def check_numbers(setups: tuple[HubSetup, ...]) -> None:
    """Assert that every id, IMEI and card is valid, unique and in its normal form."""
    cards = [card for setup in setups for card in setup.slots.values()]
    assert [hub_id(setup.id) for setup in setups] == [setup.id for setup in setups]
    assert [imei(setup.imei) for setup in setups] == [setup.imei for setup in setups]
    assert [iccid(card.iccid) for card in cards] == [card.iccid for card in cards]
    assert [imsi(card.imsi) for card in cards] == [card.imsi for card in cards]
    assert [card_kind(card.iccid) for card in cards] == [card.kind for card in cards]
    for numbers in (
        [setup.id for setup in setups],
        [setup.imei for setup in setups],
        [card.iccid for card in cards],
        [card.imsi for card in cards],
    ):
        assert len(set(numbers)) == len(numbers)


def test_a_file_defines_the_setup_of_each_hub(tmp_path: Path) -> None:
    fleet = fleet_of(
        tmp_path,
        """
        carrier = {activation_delay_ms = 10000, cut_style = "lazy"}
        hub = {boot_ms = 1000}
        [[hubs]]
        id = "0000aa01"
        model = "hub-2-plus"
        slots = {1 = "empty", 2 = "ordinary"}
        links = ["wifi"]
        powered = false
        coverage = false
        signal = "weak"
        """,
    )

    (setup,) = fleet.hubs
    assert (setup.id, setup.model, setup.links) == ("0000AA01", "hub-2-plus", ("wifi",))
    assert {slot: card.kind for slot, card in setup.slots.items()} == {2: CardKind.ORDINARY}
    assert (setup.powered, setup.coverage, setup.signal) == (False, False, Signal.WEAK)
    assert fleet.carrier == {"activation_delay_ms": 10_000, "cut_style": "lazy"}
    assert fleet.hub == {"boot_ms": 1_000}


def test_a_hub_has_an_ajax_sim_and_ethernet_by_default(
    tmp_path: Path,
) -> None:
    fleet = fleet_of(tmp_path, HUB)

    (setup,) = fleet.hubs
    assert {slot: card.kind for slot, card in setup.slots.items()} == {1: CardKind.AJAX}
    assert setup.links == ("ethernet",)
    assert setup.powered


def test_a_file_may_be_empty(tmp_path: Path) -> None:
    assert fleet_of(tmp_path, "") == FleetPlan()


def test_the_numbers_of_hubs_from_a_file_are_valid_and_unique(tmp_path: Path) -> None:
    text = "".join(
        f'[[hubs]]\nid = "{number:08X}"\nmodel = "hub-2-plus"\nslots = {{1 = "ajax", 2 = "ordinary"}}\n'
        for number in range(1, 201)
    )

    fleet = fleet_of(tmp_path, text)

    check_numbers((*fleet.hubs, *counted_fleet(200, "hub-2").hubs))


MISTAKES = [
    ("hubs = [", "fleet.toml: is not a TOML file"),
    ("hubs = 3", "fleet.toml: Expected `array`, got `int` - at `$.hubs`"),
    (HUB + "colour = 'red'", "unknown field `colour` - at `$.hubs[0]`"),
    ("[[hubs]]\nid = '0000AA01'", "missing required field `model` - at `$.hubs[0]`"),
    ("[[hubs]]\nid = 'front-door'\nmodel = 'hub-2'", "fleet.toml, hub 1: 'front-door' is not a hub id"),
    (
        "[[hubs]]\nid = '0000AA01'\nmodel = 'hub2'",
        "hub 1: there is no hub model 'hub2'; did you mean 'hub-2'",
    ),
    (HUB + HUB, "fleet.toml, hub 2: the id 0000AA01 is given twice"),
    (HUB + HUB.replace("AA01", "aa01"), "fleet.toml, hub 2: the id 0000AA01 is given twice"),
    (HUB + 'slots = {3 = "ajax"}', "hub 1: hub-2 has the slots 1 to 2, not '3'"),
    (HUB + 'slots = {"01" = "ajax"}', "hub 1: hub-2 has the slots 1 to 2, not '01'"),
    (HUB + 'slots = {"²" = "ajax"}', "hub 1: hub-2 has the slots 1 to 2, not '²'"),
    (HUB + 'slots = {1 = "locked"}', "at `$.hubs[0].slots[...]`"),
    (HUB + 'links = ["wifi"]', "hub 1: the model hub-2 has no wifi"),
    (HUB + 'links = ["cable"]', "hub 1: there is no link 'cable': ethernet or wifi"),
    (HUB + 'links = ["ethernet", "ethernet"]', "hub 1: ethernet is connected already"),
    (HUB + "signal = 'loud'", "at `$.hubs[0].signal`"),
    (HUB + "powered = 1", "at `$.hubs[0].powered`"),
    ("carrier = {cut_delay = 1}", "carrier: there is no setting 'cut_delay'; did you mean 'cut_delay_ms'?"),
    ("carrier = {prefix = 'mine'}", "carrier: there is no setting 'prefix'"),
    ("carrier = {activation_delay_ms = 1}", "carrier: Expected `int` >= 5000 - at `$.activation_delay_ms`"),
    ("hub = {boot_ms = 'soon'}", "hub: Expected `int`, got `str` - at `$.boot_ms`"),
    ("hub = {t3402 = 1}", "hub: there is no setting 't3402'; did you mean 't3402_ms'?"),
]


@pytest.mark.parametrize(("text", "expected"), MISTAKES, ids=[expected for _, expected in MISTAKES])
def test_a_mistake_is_reported_with_its_file_and_place(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(BadFleet) as refused:
        fleet_of(tmp_path, text)

    assert expected in str(refused.value)
    assert str(refused.value).startswith(str(tmp_path / "fleet.toml"))


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "fleet.toml").write_bytes(b"\xff\xfe")

    with pytest.raises(BadFleet, match="is not a TOML file"):
        read_fleet(tmp_path / "fleet.toml")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFleet, match=r"nowhere.toml: cannot be read \(No such file"):
        read_fleet(tmp_path / "nowhere.toml")


# ------------------------------------------------------------------ counted hubs


def test_counted_hubs_have_one_model_and_unique_numbers() -> None:
    fleet = counted_fleet(500, "hub-2-plus")

    assert {setup.model for setup in fleet.hubs} == {"hub-2-plus"}
    assert [setup.id for setup in islice(fleet.hubs, 2)] == ["F0000001", "F0000002"]
    check_numbers(fleet.hubs)


def test_the_first_counted_hubs_do_not_depend_on_the_count() -> None:
    assert counted_fleet(50, "hub-2").hubs[:3] == counted_fleet(3, "hub-2").hubs


def test_a_fleet_may_have_no_hub() -> None:
    assert counted_fleet(0, "hub-2") == FleetPlan()


def test_too_many_hubs_are_refused() -> None:
    with pytest.raises(BadFleet, match=f"{FLEET_MAX + 1} hubs are more than hubsim supports"):
        counted_fleet(FLEET_MAX + 1, "hub-2")


def test_an_unknown_model_of_counted_hubs_is_reported_with_the_option() -> None:
    with pytest.raises(BadFleet, match="--hubs: there is no hub model 'hub-7'"):
        counted_fleet(1, "hub-7")
