from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubsim_simulator.hardware.profile import (
    BadProfile,
    UnknownModel,
    load_profile,
    model_names,
    parse_profile,
    read_profile,
)

THREE, FOUR = ("2G", "3G"), ("2G", "3G", "4G")
MODELS = {
    "hub": (1, THREE, True, False),
    "hub-4g": (1, FOUR, True, False),
    "hub-plus": (2, THREE, True, True),
    "hub-2": (2, THREE, True, False),
    "hub-2-4g": (2, FOUR, True, False),
    "hub-2-plus": (2, FOUR, True, True),
    "hub-hybrid": (2, THREE, True, False),
    "hub-hybrid-4g": (2, FOUR, True, False),
    "en54-fire-hub": (2, FOUR, True, True),
    "superior-hub-hybrid-2": (2, FOUR, True, False),
}
PROTOTYPE = b"""
name = "prototype"
sim_slots = 2
generations = ["4G"]
ethernet = false
wifi = true
takes_ajax_sim = false
"""


@pytest.mark.parametrize("name", MODELS)
def test_a_model_matches_its_manual(name: str) -> None:
    profile = load_profile(name)

    assert profile.name == name
    assert (profile.sim_slots, profile.generations, profile.ethernet, profile.wifi) == MODELS[name]
    assert profile.takes_ajax_sim


def test_the_simulator_has_no_other_models() -> None:
    assert model_names() == tuple(sorted(MODELS))


def test_a_model_is_read_once() -> None:
    assert load_profile("hub") is load_profile("hub")


def test_the_error_for_an_unknown_model_suggests_a_similar_one() -> None:
    with pytest.raises(UnknownModel, match="no hub model 'hub2-plus'; did you mean 'hub-2-plus'") as caught:
        load_profile("hub2-plus")

    assert caught.value.nearest == "hub-2-plus"


def test_the_error_without_a_similar_model_lists_the_known_ones() -> None:
    with pytest.raises(UnknownModel, match="known models: en54-fire-hub, hub, "):
        load_profile("zzzzzz")


def test_a_user_can_add_a_model_without_code(tmp_path: Path) -> None:
    path = tmp_path / "prototype.toml"
    path.write_bytes(PROTOTYPE)

    profile = read_profile(path)

    assert (profile.name, profile.generations, profile.takes_ajax_sim) == ("prototype", ("4G",), False)


@pytest.mark.parametrize(
    ("old", "new", "field", "expected"),
    [
        (b"sim_slots = 2", b"sim_slots = 0", "sim_slots", "Expected `int` >= 1"),
        (b"sim_slots = 2", b"sim_slots = 9", "sim_slots", "Expected `int` <= 4"),
        (b"sim_slots = 2", b'sim_slots = "2"', "sim_slots", "Expected `int`, got `str`"),
        (b"sim_slots = 2", b"", "sim_slots", "missing"),
        (b'["4G"]', b"[]", "generations", "length >= 1"),
        (b'["4G"]', b'["6G"]', "generations[0]", "6G"),
        (b"wifi =", b"wify =", "wify", "did you mean 'wifi'"),
        (b"wifi = true", b"wifi = true\nqqq = 1", "qqq", "known fields: name, sim_slots"),
    ],
)
def test_the_error_for_a_bad_field_names_file_field_and_expected_value(
    old: bytes, new: bytes, field: str, expected: str
) -> None:
    with pytest.raises(BadProfile) as caught:
        parse_profile(PROTOTYPE.replace(old, new), "mine.toml")

    assert caught.value.file == "mine.toml"
    assert caught.value.field == field
    assert expected in caught.value.expected
    assert "mine.toml" in str(caught.value)


def test_a_missing_file_is_a_bad_profile(tmp_path: Path) -> None:
    with pytest.raises(BadProfile, match="cannot be read: No such file"):
        read_profile(tmp_path / "gone.toml")


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_give_a_profile_or_a_bad_profile(data: bytes) -> None:
    with pytest.raises(BadProfile):
        parse_profile(data, "noise.toml")
