"""Packages that can be activated for a hub, with their fees (guide A5, R7), by the market of the world."""

from collections.abc import Mapping

import msgspec

from hubsim_cloud.domain.market import Market, shipped_market
from hubsim_cloud.domain.state import State
from hubsim_cloud.domain.types import Cents, Currency, PackageId, PackageService


class Package(msgspec.Struct, frozen=True):
    """One package of the market."""

    id: PackageId
    name: str
    service: PackageService
    """The service in the package: `sim`, the connection through an Ajax SIM."""
    fee_cents: Cents
    """For a whole month, in hundredths of the currency."""
    currency: Currency
    """ISO 4217."""


def packages(market: Market) -> Mapping[str, Package]:
    """Return all packages of the market by id, in the order of its file."""
    rows = market.packages or shipped_market().packages
    return {
        name: Package(name, terms.name, terms.service, terms.fee_cents, terms.currency)
        for name, terms in rows.items()
    }


def preselected(market: Market) -> Package | None:
    """Return the only package, or None if there are several."""
    known = tuple(packages(market).values())
    return known[0] if len(known) == 1 else None


def unknown_packages(state: State) -> frozenset[str]:
    """Return the packages that are still to be invoiced and that the market does not have.

    They exist after a change of the market file.
    """
    needed = {
        state.subscriptions[name].package for company in state.companies.values() for name in company.unbilled
    }
    return frozenset(needed - packages(state.market).keys())
