"""The market of a world: countries with the services, their billing zones, and the packages with their fees.

Data, not code: a user's file (`hubsim run --market FILE`) has the format of `data/market.toml`, which applies
to everything that the file omits. Owns the validation of the values. What changes during the life of a world
is in the state: see `offers`.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from hubsim_cloud.domain.countries import countries, find_country
from hubsim_cloud.domain.zones import UnknownZone, zone

MAX_PACKAGES = 100
"""The number of packages that a form can show. A file with more is refused."""
_PACKAGE_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")

T = TypeVar("T", bound=msgspec.Struct)


class CountryTerms(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The terms of one country. None: the default."""

    services: bool | None = None
    """Whether the services are offered there; optional (guide D1)."""
    zone: str | None = None
    """The billing zone of its new companies, an IANA name; optional."""


class PackageTerms(msgspec.Struct, frozen=True, kw_only=True):
    """One package as a file describes it (guide A5, R7)."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    """The name for people, at most 100 characters."""
    fee_cents: Annotated[int, Meta(ge=0, le=100_000_000)]
    """The fee of a whole month, in hundredths of the currency."""
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")]
    """Three letters of ISO 4217."""
    service: Literal["sim"] = "sim"
    """The service in the package; optional: `sim`, the connection through an Ajax SIM."""


class Market(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A market. The empty one is the market that comes with the program."""

    services: bool | None = None
    """Whether the services are offered in countries that are not named; omitted: as without a file."""
    countries: dict[str, CountryTerms] = {}
    """Tables by code of ISO 3166-1 alpha-2."""
    packages: dict[str, PackageTerms] = {}
    """Tables by id; none: the package that comes with the program."""


DEFAULT_MARKET = Market()
"""The market that comes with the program."""


class BadMarket(ValueError):
    """The values are not a market. `where` has the keys of the bad value; `expected` says what is wrong."""

    def __init__(self, where: tuple[str, ...], expected: str) -> None:
        super().__init__(f"{'.'.join(where)}: {expected}" if where else expected)
        self.where = where
        self.expected = expected


@cache
def shipped_market() -> Market:
    """Return the market that comes with the program."""
    text = files("hubsim_cloud.domain").joinpath("data", "market.toml").read_text("utf-8")
    return market_of(tomllib.loads(text))


def offers_services(market: Market, code: str) -> bool:
    """Return whether the market offers the services in the country with this exact code.

    False for an unknown country.
    """
    if code not in countries():
        return False
    shipped = shipped_market()
    for terms, default in ((market, market.services), (shipped, shipped.services)):
        row = terms.countries.get(code)
        if row is not None and row.services is not None:
            return row.services
        if default is not None:
            return default
    return False


def billing_zone(market: Market, code: str) -> str:
    """Return the billing zone of new companies in a known country."""
    terms = market.countries.get(code)
    return countries()[code].zone if terms is None or terms.zone is None else terms.zone


# ------------------------------------------------------------------ reading


def market_of(values: Mapping[str, Any]) -> Market:
    """Return the market in the values of a file. Raises `BadMarket` at the first bad value."""
    _check_names(values, Market.__struct_fields__, ())
    services = values.get("services")
    if services is not None and not isinstance(services, bool):
        raise BadMarket(("services",), "Expected `true` or `false`")
    market = Market(
        services=services,
        countries=_table(values, "countries", _country),
        packages=_table(values, "packages", _package),
    )
    if len(market.packages) > MAX_PACKAGES:
        raise BadMarket(("packages",), f"there are more than {MAX_PACKAGES} packages")
    return market


def _table(
    values: Mapping[str, Any], name: str, read: Callable[[tuple[str, ...], Mapping[str, Any]], T]
) -> dict[str, T]:
    rows = values.get(name, {})
    if not isinstance(rows, dict):
        raise BadMarket((name,), f"Expected tables such as [{name}.NAME]")
    for key, row in rows.items():
        if not isinstance(row, dict):
            raise BadMarket((name, key), f"Expected a table [{name}.{key}]")
    return {key: read((name, key), row) for key, row in rows.items()}


def _country(where: tuple[str, ...], row: Mapping[str, Any]) -> CountryTerms:
    code = where[-1]
    if code not in countries():
        found = find_country(code)
        hint = f"did you mean {found.code}?" if found else "use a code of ISO 3166, for example PL"
        raise BadMarket(where, f"there is no such country; {hint}")
    terms = _record(where, row, CountryTerms)
    if terms.zone is not None:
        try:
            zone(terms.zone)
        except UnknownZone as error:
            raise BadMarket((*where, "zone"), str(error)) from error
    return terms


def _package(where: tuple[str, ...], row: Mapping[str, Any]) -> PackageTerms:
    if not _PACKAGE_ID.fullmatch(where[-1]):
        raise BadMarket(where, "the id of a package has 1 to 40 lower-case letters, digits, - and _")
    terms = _record(where, row, PackageTerms)
    if not terms.name.isprintable() or not terms.name.strip():
        raise BadMarket((*where, "name"), "the name needs visible characters")
    return terms


def _record(where: tuple[str, ...], row: Mapping[str, Any], kind: type[T]) -> T:
    known = {field.name: field.required for field in msgspec.structs.fields(kind)}
    _check_names(row, tuple(known), where)
    missing = [name for name, required in known.items() if required and name not in row]
    if missing:
        raise BadMarket(where, f"the value {missing[0]!r} is missing")
    try:
        return msgspec.convert(row, kind)
    except msgspec.ValidationError as error:
        expected, _, place = str(error).partition(" - at `$.")
        raise BadMarket((*where, place.rstrip("`")), expected.replace(" | null", "")) from error


def _check_names(values: Mapping[str, Any], known: tuple[str, ...], where: tuple[str, ...]) -> None:
    for name in values:
        if name not in known:
            close = get_close_matches(name, known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"known names: {', '.join(known)}"
            raise BadMarket((*where, name), f"unknown name; {hint}")
