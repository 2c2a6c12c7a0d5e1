"""The user's market file: what it changes, and the error for each mistake, with its line."""

from contextlib import suppress
from importlib.resources import files
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubsim_cloud.domain.countries import countries
from hubsim_cloud.domain.market import (
    MAX_PACKAGES,
    BadMarket,
    Market,
    billing_zone,
    market_of,
    offers_services,
    shipped_market,
)
from hubsim_cloud.domain.packages import packages, preselected
from hubsim_cloud.service.market_file import MAX_FILE_BYTES, BadMarketFile, read_market

GOLD = '[packages.gold]\nname = "Gold"\nfee_cents = 900\ncurrency = "PLN"\n'
CODES = sorted(countries())


def written(folder: Path, text: str | bytes) -> Path:
    file = folder / "market.toml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


def test_without_a_file_most_countries_have_the_services_and_one_package_is_preselected() -> None:
    offered = {code for code in CODES if offers_services(Market(), code)}

    assert set(CODES) - offered == {"CN", "CU", "PY", "TO"}
    assert not offers_services(Market(), "XX")
    package = preselected(Market())
    assert package is not None
    assert (package.id, package.fee_cents, package.currency) == ("ajax-sim", 500, "EUR")


def test_the_file_of_the_program_is_a_file_that_a_user_can_write(tmp_path: Path) -> None:
    text = files("hubsim_cloud.domain").joinpath("data", "market.toml").read_text("utf-8")

    assert read_market(written(tmp_path, text)) == shipped_market()


def test_a_file_changes_only_what_it_names(tmp_path: Path) -> None:
    market = read_market(
        written(tmp_path, '[countries.PL]\nservices = false\n[countries.US]\nzone = "America/Chicago"\n')
    )

    assert [offers_services(market, code) for code in ("PL", "DE", "CU", "US")] == [False, True, False, True]
    assert [billing_zone(market, code) for code in ("US", "PL")] == ["America/Chicago", "Europe/Warsaw"]
    assert packages(market) == packages(Market())


def test_services_at_the_top_apply_to_all_countries_that_the_file_does_not_name(tmp_path: Path) -> None:
    market = read_market(written(tmp_path, "services = false\n[countries.PL]\nservices = true\n"))
    everywhere = read_market(written(tmp_path, "services = true\n"))

    assert [code for code in CODES if offers_services(market, code)] == ["PL"]
    assert offers_services(everywhere, "CU")


def test_packages_of_a_file_replace_the_one_of_the_program(tmp_path: Path) -> None:
    one = read_market(written(tmp_path, GOLD))
    two = read_market(written(tmp_path, GOLD + GOLD.replace("packages.gold", "packages.silver")))

    assert list(packages(one)) == ["gold"]
    assert preselected(one) == packages(one)["gold"]
    assert list(packages(two)) == ["gold", "silver"]
    assert preselected(two) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("services = maybe\n", ":1:12: is not TOML: Invalid value"),
        ("\n\n[countries.PL\n", ":3:14: is not TOML: "),
        ("services = 1\n", ":1: services: Expected `true` or `false`"),
        ("\nservice = true\n", ":2: service: unknown name; did you mean 'services'?"),
        ("\n[currencies]\n", ":2: currencies: unknown name; did you mean 'countries'?"),
        ("countries = 5\n", ":1: countries: Expected tables such as [countries.NAME]"),
        ("[countries]\nPL = true\n", ":2: countries.PL: Expected a table [countries.PL]"),
        (
            "[countries.PL]\n\n[countries.XX]\n",
            ":3: countries.XX: there is no such country; use a code of ISO",
        ),
        ("[countries.pl]\nservices = true\n", ":1: countries.pl: there is no such country; did you mean PL?"),
        ("[countries.PL]\nservices = 'no'\n", ":2: countries.PL.services: Expected `bool`, got `str`"),
        ("[countries.PL]\nzones = 'x'\n", ":2: countries.PL.zones: unknown name; did you mean 'zone'?"),
        (
            "[countries.PL]\nservices = true\nzone = 'Europe/Warsow'\n",
            ":3: countries.PL.zone: 'Europe/Warsow' is not an IANA time zone; did you mean Europe/Warsaw?",
        ),
        ("# here\n[packages.gold]\nname = 'Gold'\n", ":2: packages.gold: the value 'fee_cents' is missing"),
        (GOLD.replace("900", "-1"), ":3: packages.gold.fee_cents: Expected `int` >= 0"),
        (GOLD.replace("900", "9.5"), ":3: packages.gold.fee_cents: Expected `int`, got `float`"),
        (GOLD.replace("PLN", "zl"), ":4: packages.gold.currency: Expected `str` matching regex"),
        (GOLD.replace('"Gold"', '"""\n"""'), ":3: packages.gold.name: Expected `str` of length >= 1"),
        (GOLD.replace('"Gold"', '"  "'), ":2: packages.gold.name: the name needs visible characters"),
        (GOLD + "service = 'voice'\n", ":5: packages.gold.service: Invalid enum value 'voice'"),
        (GOLD.replace("gold]", "'Big Gold']"), ":1: packages.Big Gold: the id of a package has 1 to 40 "),
        ("packages = {gold = {cost = 5}}", ":1: packages.gold.cost: unknown name; known names: name, fee"),
        ("\ufeff[packages.gold]\r\nname = 5\r\n", ":1: packages.gold: the value 'fee_cents' is missing"),
    ],
)
def test_a_mistake_is_reported_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    file = written(tmp_path, text)

    with pytest.raises(BadMarketFile) as caught:
        read_market(file)

    assert str(caught.value).startswith(f"{file}{message}"), str(caught.value)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"services = \xff", "is not UTF-8"),
        (b"#" * (MAX_FILE_BYTES + 1), "the file has more than 64 KiB"),
        (b"a = " + b"[" * 5_000, "nested too deeply"),
    ],
)
def test_a_file_that_is_not_a_text_of_that_size_is_refused(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(BadMarketFile, match=message):
        read_market(written(tmp_path, data))


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadMarketFile, match=r"none\.toml: cannot be read \(No such file"):
        read_market(tmp_path / "none.toml")
    with pytest.raises(BadMarketFile, match="cannot be read"):
        read_market(tmp_path)


def test_more_packages_than_a_form_can_show_are_refused() -> None:
    row = {"name": "x", "fee_cents": 1, "currency": "EUR"}

    with pytest.raises(BadMarket, match="more than 100 packages"):
        market_of({"packages": {f"p{number}": row for number in range(MAX_PACKAGES + 1)}})


values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5) | st.sampled_from(["PL", "EUR"]),
    lambda inner: (
        st.dictionaries(
            st.sampled_from(
                [
                    "services",
                    "countries",
                    "packages",
                    "PL",
                    "XX",
                    "gold",
                    "name",
                    "zone",
                    "fee_cents",
                    "currency",
                ]
            ),
            inner,
            max_size=4,
        )
        | st.lists(inner, max_size=2)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["services", "countries", "packages", "other"]), values, max_size=3))
@settings(deadline=None)
def test_any_values_are_a_market_or_refused(read: dict[str, object]) -> None:
    with suppress(BadMarket):
        market = market_of(read)

        assert market_of(msgspec.to_builtins(market)) == market


@given(st.text(alphabet="services=trufal[]{}\"'\n#.PL1 ", max_size=60))
@settings(deadline=None)
def test_any_text_is_a_market_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    file = written(tmp_path_factory.getbasetemp(), text)

    with suppress(BadMarketFile):
        assert isinstance(read_market(file), Market)


def test_a_market_survives_its_way_to_a_server_and_to_disk(tmp_path: Path) -> None:
    market = read_market(written(tmp_path, f'services = false\n[countries.PL]\nzone = "Europe/Kyiv"\n{GOLD}'))

    assert market_of(msgspec.to_builtins(market)) == market
    assert msgspec.json.decode(msgspec.json.encode(market), type=Market) == market
