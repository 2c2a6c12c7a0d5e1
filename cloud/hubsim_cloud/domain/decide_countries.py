"""Decides the operator's commands about countries (guide D1).

Only new sales depend on the country: see ADR 18 for what happens to running services.
"""

from collections.abc import Callable
from typing import Any

from hubsim_cloud.domain.commands import BaseCommand, SetCountryServices
from hubsim_cloud.domain.context import Accepted, DecisionContext
from hubsim_cloud.domain.countries import find_country
from hubsim_cloud.domain.facts import CountryServicesSet
from hubsim_cloud.domain.offers import has_services
from hubsim_cloud.domain.refusals import RefusalName, Refused


def handle_set_country_services(context: DecisionContext, command: SetCountryServices) -> Accepted:
    """Offer the services in the country, or end the offer. No fact if that is already so."""
    country = find_country(command.country)
    if country is None:
        raise Refused(
            RefusalName.UNKNOWN_COUNTRY,
            "This country is unknown: use a code of two letters, for example PL.",
            country=command.country,
        )
    if has_services(context.state, country.code) is command.services:
        return Accepted(())
    fact = CountryServicesSet(
        at_ms=context.now_ms, by=context.by, country=country.code, services=command.services
    )
    return Accepted((fact,))


HANDLERS: dict[type[BaseCommand], Callable[[DecisionContext, Any], Accepted]] = {
    SetCountryServices: handle_set_country_services,
}
