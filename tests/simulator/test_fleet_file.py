"""The fleet that a simulator starts with: counted, or from a file."""

from pathlib import Path

import pytest

from contract.bench import CardKind
from contract.identifiers import iccid
from contract.messages import Signal
from simulator.fleet_file import FLEET_MAX, BadFleet, counted_fleet, read_fleet

FLEET = """
[carrier]
activation_delay_ms = 30000

[[hubs]]
id = "0a1b2c3d"
model = "hub-2-plus"
slots = {1 = "ajax", 2 = "ordinary"}
links = ["ethernet", "wifi"]

[[hubs]]
id = "0A1B2C3E"
model = "hub-2"
slots = {1 = "empty"}
links = []
powered = false
signal = "weak"

[[hubs]]
id = "0A1B2C3F"
model = "hub-4g"
"""


def fleet(folder: Path, text: str) -> Path:
    file = folder / "fleet.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_counted_hubs_have_ids_cards_and_imeis_of_their_own() -> None:
    hubs = counted_fleet(500, "hub-2-plus").hubs

    cards = [card.iccid for hub in hubs for card in hub.slots.values()]
    assert len({hub.id for hub in hubs}) == len({hub.imei for hub in hubs}) == len(set(cards)) == 500
    assert [iccid(card) for card in cards] == cards
    assert hubs[0].id == "F0000001"
    assert all(hub.links == ("ethernet",) for hub in hubs)


def test_a_file_says_how_each_hub_stands(tmp_path: Path) -> None:
    read = read_fleet(fleet(tmp_path, FLEET))

    first, second, third = read.hubs
    assert (first.id, first.links) == ("0A1B2C3D", ("ethernet", "wifi"))
    assert [card.kind for card in first.slots.values()] == [CardKind.AJAX, CardKind.ORDINARY]
    assert (second.slots, second.powered, second.signal) == ({}, False, Signal.WEAK)
    assert [card.kind for card in third.slots.values()] == [CardKind.AJAX]
    assert third.links == ("ethernet",)
    assert read.carrier == {"activation_delay_ms": 30000}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[hubs]]\nid = "xyz"\nmodel = "hub-2"', "hub 1: "),
        ('[[hubs]]\nid = "0A1B2C3D"\nmodel = "hub-3"', "did you mean"),
        ('[[hubs]]\nid = "0A1B2C3D"\nmodel = "hub-4g"\nslots = {2 = "ajax"}', "has the slots 1 to 1"),
        ('[[hubs]]\nid = "0A1B2C3D"\nmodel = "hub-2"\nslots = {1 = "gold"}', "gold"),
        ('[[hubs]]\nid = "0A1B2C3D"\nmodell = "hub-2"', "modell"),
        ('[[hubs]]\nmodel = "hub-2"', "`id`"),
        (2 * '[[hubs]]\nid = "0A1B2C3D"\nmodel = "hub-2"\n', "hub 2: the id 0A1B2C3D is given twice"),
        ("hubs = 7", "Expected `array`"),
        ("[[hubs", "is no TOML"),
    ],
)
def test_a_mistake_in_a_file_is_told_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadFleet, match=r"fleet\.toml") as refused:
        read_fleet(fleet(tmp_path, text))

    assert said in str(refused.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadFleet, match="cannot be read"):
        read_fleet(tmp_path / "none.toml")


def test_more_hubs_than_a_process_can_have_are_refused() -> None:
    with pytest.raises(BadFleet, match=str(FLEET_MAX)):
        counted_fleet(FLEET_MAX + 1, "hub-2")
