"""Countries: names, billing zones, and whether the services are offered there (guide D1)."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

import msgspec


class Country(msgspec.Struct, frozen=True):
    """One country of `data/countries.toml`."""

    code: str
    """ISO 3166-1 alpha-2, upper case."""
    name: str
    """In English."""
    zone: str
    """The default billing zone of its companies, an IANA name."""
    services: bool
    """Whether Ajax Services are offered there."""


@cache
def countries() -> Mapping[str, Country]:
    """Return all countries by code, in the order of the file. Read once: the file is part of the program."""
    text = files("hubsim_cloud.domain").joinpath("data", "countries.toml").read_text("utf-8")
    rows = tomllib.loads(text)
    return MappingProxyType({code: Country(code=code, **row) for code, row in rows.items()})


def find_country(text: str) -> Country | None:
    """Return the country with this code, or None. Ignores case and surrounding space."""
    return countries().get(text.strip().upper())


def has_services(code: str) -> bool:
    """Return whether the services are offered in the country with this exact code; False if it is unknown."""
    country = countries().get(code)
    return country is not None and country.services
