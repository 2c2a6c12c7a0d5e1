"""Zones come only from the tzdata package; every country has one."""

import re
import tomllib
import zoneinfo
from datetime import UTC, datetime
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubsim_cloud.domain.calendar import month_of
from hubsim_cloud.domain.countries import countries, find_country, zones_by_country
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


BEFORE_ISO_3166 = {
    "AE": "Asia/Dubai",
    "AS": "Pacific/Pago_Pago",
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "CL": "America/Santiago",
    "CN": "Asia/Shanghai",
    "CU": "America/Havana",
    "DE": "Europe/Berlin",
    "ES": "Europe/Madrid",
    "GB": "Europe/London",
    "IS": "Atlantic/Reykjavik",
    "KI": "Pacific/Kiritimati",
    "MX": "America/Mexico_City",
    "NO": "Europe/Oslo",
    "NZ": "Pacific/Auckland",
    "PL": "Europe/Warsaw",
    "PT": "Europe/Lisbon",
    "TR": "Europe/Istanbul",
    "UA": "Europe/Kyiv",
    "US": "America/New_York",
}
"""Defaults from before the table of all countries, which databases and scenarios rely on."""


@given(st.sampled_from(sorted(countries())))
@settings(deadline=None)
def test_each_country_has_a_code_a_name_and_a_zone_of_the_table(code: str) -> None:
    country = countries()[code]
    own = zones_by_country().get(code, [])

    assert re.fullmatch("[A-Z]{2}", code)
    assert country.code == code
    assert country.name.strip() == country.name != ""
    assert zone(country.zone).key == country.zone
    assert country.zone in own or not own
    assert month_of(0, country.zone) in {"1969-12", "1970-01"}


def test_all_countries_of_iso_3166_are_known() -> None:
    assert len(countries()) == 249
    assert countries().keys() >= {"HR", "SI", "RS", "GE", "LU", "MT", "CY", "WS", "BV", "HM"}


def test_each_country_with_several_zones_or_none_has_a_stated_choice() -> None:
    text = files("hubsim_cloud.domain").joinpath("data", "countries.toml").read_text("utf-8")
    stated = tomllib.loads(text)["zones"].keys()

    zones = zones_by_country()

    assert stated == {code for code in countries() if len(zones.get(code, [])) != 1}


def test_countries_keep_the_zones_that_they_had() -> None:
    assert {code: countries()[code].zone for code in BEFORE_ISO_3166} == BEFORE_ISO_3166


def test_a_country_is_found_in_any_case_of_its_code() -> None:
    assert find_country(" pl ") == countries()["PL"]
    assert find_country("Poland") is None
    assert find_country("") is None
