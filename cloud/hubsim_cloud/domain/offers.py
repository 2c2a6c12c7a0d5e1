"""Where the services are offered at present: by the market, and by what the operator has changed since."""

from hubsim_cloud.domain.market import offers_services
from hubsim_cloud.domain.refusals import RefusalName, Refused
from hubsim_cloud.domain.state import Company, State


def has_services(state: State, code: str) -> bool:
    """Return whether the services are offered in the country with this exact code; False if it is unknown."""
    changed = state.country_services.get(code)
    return offers_services(state.market, code) if changed is None else changed


def refuse_without_services(state: State, company: Company) -> None:
    """Raise `country_not_supported` if the company's country does not have the services (guide D1)."""
    if not has_services(state, company.country):
        raise Refused(
            RefusalName.COUNTRY_NOT_SUPPORTED,
            "Ajax Services are not available in the company's country: register a company in another one.",
            country=company.country,
        )
