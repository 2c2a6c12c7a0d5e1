"""The list of countries of the PRO pages."""

from pathlib import Path

from hubsim_cloud.domain.countries import countries

SOURCE = Path(__file__).parents[2] / "console/web/src/pages/pro/model/countries.ts"


def test_the_pages_offer_all_countries_that_the_cloud_knows() -> None:
    listed = SOURCE.read_text(encoding="utf-8").split("`")[1].split()

    assert listed == sorted(countries())
