"""Zones come only from the tzdata package; every country has one."""

import zoneinfo
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubsim_cloud.domain.countries import countries, find_country, has_services
from hubsim_cloud.domain.zones import MAX_GUESSED_NAME, UnknownZone, zone, zone_names


def test_a_zone_has_daylight_saving_time() -> None:
    summer = datetime(2026, 7, 1, tzinfo=UTC).astimezone(zone("Europe/Warsaw"))
    winter = datetime(2026, 1, 1, tzinfo=UTC).astimezone(zone("Europe/Warsaw"))

    assert (summer.hour, winter.hour) == (2, 1)


def test_a_zone_is_read_once_and_has_its_name() -> None:
    assert zone("Asia/Kathmandu") is zone("Asia/Kathmandu")
    assert zone("Asia/Kathmandu").key == "Asia/Kathmandu"


def test_zones_do_not_depend_on_the_machine() -> None:
    zoneinfo.reset_tzpath(to=())
    try:
        zone.cache_clear()

        assert zone("Pacific/Apia").key == "Pacific/Apia"
    finally:
        zoneinfo.reset_tzpath()


def test_every_zone_of_the_list_can_be_loaded() -> None:
    assert all(zone(name).key == name for name in zone_names())
    assert len(zone_names()) > 400


@pytest.mark.parametrize(
    ("name", "probably"),
    [
        ("Europe/Warsow", "Europe/Warsaw"),
        ("europe/warsaw", "Europe/Warsaw"),
        (" warsaw" + " " * 20, "Europe/Warsaw"),
        ("New York", "America/New_York"),
        ("qqqq", None),
        ("", None),
        ("Warsaw" * MAX_GUESSED_NAME, None),
    ],
)
def test_an_unknown_zone_raises_an_error_with_a_suggestion(name: str, probably: str | None) -> None:
    with pytest.raises(UnknownZone) as caught:
        zone(name)

    assert (caught.value.name, caught.value.probably) == (name, probably)
    assert "IANA time zone" in str(caught.value)
    assert (probably or "") in str(caught.value)


@pytest.mark.parametrize(
    "name", ["../../secret", "/etc/passwd", "Europe", "zone.tab", "Europe/../Europe/Warsaw"]
)
def test_a_zone_name_never_opens_another_file(name: str) -> None:
    with pytest.raises(UnknownZone):
        zone(name)


@given(st.text(max_size=12).filter(lambda name: name not in zone_names()))
@settings(max_examples=40, deadline=None)
def test_any_other_text_is_an_unknown_zone(name: str) -> None:
    with pytest.raises(UnknownZone) as caught:
        zone(name)

    assert caught.value.name == name


def test_each_country_has_a_code_a_name_and_a_zone_that_exists() -> None:
    for code, country in countries().items():
        assert len(code) == 2
        assert code.isascii()
        assert code.isupper()
        assert country.code == code
        assert country.name
        assert country.zone in zone_names()


def test_some_countries_have_the_services_and_some_do_not() -> None:
    assert {country.services for country in countries().values()} == {True, False}
    assert has_services("PL")
    assert not has_services("CU")
    assert not has_services("XX")


def test_a_country_is_found_in_any_case_of_its_code() -> None:
    assert find_country(" pl ") == countries()["PL"]
    assert find_country("Poland") is None
    assert find_country("") is None
