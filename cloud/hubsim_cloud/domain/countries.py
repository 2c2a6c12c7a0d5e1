"""Countries: the codes of ISO 3166-1, with names and default billing zones.

Codes, names and zones come from the tables of the tzdata package, so the codes do not depend on the machine.
`data/countries.toml` has what those tables leave open. What a market changes is in `market`.
"""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

import msgspec


class Country(msgspec.Struct, frozen=True):
    """One country of ISO 3166-1."""

    code: str
    """ISO 3166-1 alpha-2, upper case."""
    name: str
    """In English."""
    zone: str
    """The default billing zone of its companies, an IANA name."""


@cache
def countries() -> Mapping[str, Country]:
    """Return all countries by code, in the order of the codes. Read once: the tables are part of the program.

    A country of a newer table that has several zones and no choice in `data/countries.toml` gets the first.
    """
    text = files("hubsim_cloud.domain").joinpath("data", "countries.toml").read_text("utf-8")
    chosen = tomllib.loads(text)
    listed = zones_by_country()
    found = {
        code: Country(
            code,
            chosen["names"].get(code, name),
            chosen["zones"].get(code) or next(iter(listed.get(code, ())), "Etc/UTC"),
        )
        for code, name in _rows("iso3166.tab")
    }
    return MappingProxyType(dict(sorted(found.items())))


def zones_by_country() -> dict[str, list[str]]:
    """Return the zones of each country in the order of `zone.tab`; a country without one is not included."""
    zones: dict[str, list[str]] = {}
    for code, _place, zone, *_comment in _rows("zone.tab"):
        zones.setdefault(code, []).append(zone)
    return zones


def find_country(text: str) -> Country | None:
    """Return the country with this code, or None. Ignores case and surrounding space."""
    return countries().get(text.strip().upper())


def _rows(table: str) -> Iterator[list[str]]:
    """Yield the rows of a table of the tzdata package."""
    for line in files("tzdata").joinpath("zoneinfo", table).read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")
