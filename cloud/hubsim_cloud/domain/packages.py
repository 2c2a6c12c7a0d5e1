"""Packages that can be activated for a hub, with their fees (guide A5, R7). Data, not code."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

import msgspec

from hubsim_cloud.domain.types import Currency, PackageId, PackageService, Whole


class Package(msgspec.Struct, frozen=True):
    """One package of `data/packages.toml`."""

    id: PackageId
    name: str
    service: PackageService
    """The service in the package: `sim`, the connection through an Ajax SIM."""
    fee_cents: Whole
    """For a whole month, in hundredths of the currency."""
    currency: Currency
    """ISO 4217."""


@cache
def packages() -> Mapping[str, Package]:
    """Return all packages by id, in the order of the file. Read once: the file is part of the program."""
    text = files("hubsim_cloud.domain").joinpath("data", "packages.toml").read_text("utf-8")
    return MappingProxyType({id: Package(id=id, **row) for id, row in tomllib.loads(text).items()})  # noqa: A001


def preselected() -> Package | None:
    """Return the only package, or None if there are several."""
    known = tuple(packages().values())
    return known[0] if len(known) == 1 else None
