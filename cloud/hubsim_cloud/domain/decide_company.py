"""Decides commands about accounts and companies: sign up, switch, register, enroll, delete.

Guide C, D and X4.
"""

from collections.abc import Callable
from typing import Any

from hubsim_cloud.domain.authorization import in_personal_account, permitted, signed_in
from hubsim_cloud.domain.billing import span_end
from hubsim_cloud.domain.commands import (
    BaseCommand,
    ChangeOwner,
    CreateCompany,
    DeleteCompany,
    EnrollAsDealer,
    SetBillingZone,
    SignUp,
    SwitchAccount,
)
from hubsim_cloud.domain.context import Accepted, DecisionContext
from hubsim_cloud.domain.countries import find_country
from hubsim_cloud.domain.day_text import day_text
from hubsim_cloud.domain.facts import (
    BillingZoneSet,
    CompanyCreated,
    CompanyDeleted,
    DealerEnrolled,
    EmployeeJoined,
    ObjectDeleted,
    PersonSignedUp,
)
from hubsim_cloud.domain.mails import mails_of_deletion
from hubsim_cloud.domain.market import billing_zone
from hubsim_cloud.domain.offers import refuse_without_services
from hubsim_cloud.domain.permissions import apps_of
from hubsim_cloud.domain.refusals import RefusalName, Refused
from hubsim_cloud.domain.state import Company, State
from hubsim_cloud.domain.types import App
from hubsim_cloud.domain.validation import email_address, required
from hubsim_cloud.domain.zones import UnknownZone, zone


def handle_sign_up(context: DecisionContext, command: SignUp) -> Accepted:
    """Create a personal account. There is one for each address. Result: `person`."""
    name = required(command.name, "name")
    email = email_address(command.email)
    if email in context.state.person_by_email:
        raise Refused(
            RefusalName.EMAIL_TAKEN, f"{email} already has a PRO account: sign in to it.", email=email
        )
    person = f"person-{len(context.state.people) + 1}"
    fact = PersonSignedUp(at_ms=context.now_ms, by=context.by, person=person, email=email, name=name)
    return Accepted((fact,), {"person": person})


def handle_switch_account(context: DecisionContext, command: SwitchAccount) -> Accepted:
    """Switch the account. The first switch of an invited employee joins (guide E7). Result: `account`."""
    person = signed_in(context)
    if command.company is None:
        return Accepted((), {"account": ""})
    company = context.state.companies.get(command.company)
    if company is None or company.deleted:
        raise Refused(
            RefusalName.COMPANY_NOT_FOUND,
            "This company does not exist: it was deleted, or its id is wrong.",
            company=command.company,
        )
    result = {"account": company.id}
    if company.owner == person.id:
        return Accepted((), result)
    employment = company.employees.get(person.id)
    if employment is None:
        raise Refused(
            RefusalName.NOT_A_MEMBER,
            f"{person.name} does not work for this company: its owner can add employees.",
            company=company.id,
        )
    if context.actor.app not in apps_of(employment.role):
        raise Refused(
            RefusalName.NOT_PERMITTED,
            f"The role {employment.role} does not work in {context.actor.app}: use PRO Desktop.",
            action="switch_account",
            role=employment.role.value,
            app=context.actor.app.value,
        )
    if employment.joined:
        return Accepted((), result)
    joined = EmployeeJoined(at_ms=context.now_ms, by=context.by, company=company.id, person=person.id)
    return Accepted((joined,), result)


def handle_create_company(context: DecisionContext, command: CreateCompany) -> Accepted:
    """Register a company. The person becomes its permanent owner (guide C1 to C4). Result: `company`."""
    person = in_personal_account(context)
    if context.actor.app is not App.PRO_DESKTOP:
        raise Refused(
            RefusalName.NOT_PERMITTED,
            "Companies can be created only in PRO Desktop: sign in there.",
            app=context.actor.app.value,
        )
    name = required(command.name, "name")
    country = find_country(required(command.country, "country"))
    if country is None:
        raise Refused(
            RefusalName.UNKNOWN_COUNTRY,
            "This country is unknown: use a code of two letters, for example PL.",
            country=command.country,
        )
    created = CompanyCreated(
        at_ms=context.now_ms,
        by=context.by,
        company=f"company-{len(context.state.companies) + 1}",
        name=name,
        country=country.code,
        owner=person.id,
        zone=billing_zone(context.state.market, country.code),
    )
    return Accepted((created,), {"company": created.company})


def handle_change_owner(context: DecisionContext, command: ChangeOwner) -> Accepted:
    """Refuse always: the owner never changes (guide C4)."""
    company = permitted(context, command)
    raise Refused(
        RefusalName.OWNER_IMMUTABLE,
        f"The owner of {company.name} cannot be changed: give others a role as employees instead.",
        company=company.id,
        owner=company.owner,
    )


def handle_delete_company(context: DecisionContext, command: DeleteCompany) -> Accepted:
    """Delete the company and its objects, and free their hubs. Everyone who loses something gets a mail.

    Refused while services run (guide X4), and while a Reseller pays for services that are not invoiced yet:
    its owner could no longer see the invoice.
    """
    company = permitted(context, command)
    if _has_active_services(context.state, company):
        raise Refused(
            RefusalName.HAS_ACTIVE_SERVICES,
            f"{company.name} has active services: stop them first, or wait until they end.",
            company=company.id,
        )
    _refuse_uninvoiced(context.state, company)
    objects = [ObjectDeleted(at_ms=context.now_ms, by=context.by, object=site) for site in company.objects]
    deleted = CompanyDeleted(at_ms=context.now_ms, by=context.by, company=company.id)
    return Accepted((*objects, deleted, *mails_of_deletion(context, company)))


def _has_active_services(state: State, company: Company) -> bool:
    """Return whether a subscription runs that the company sold as a Dealer or pays for as a Reseller."""
    return any(
        company.id in (subscription.company, subscription.reseller)
        for subscription in state.subscriptions.values()
        if subscription.running
    )


def _refuse_uninvoiced(state: State, company: Company) -> None:
    """Refuse while the open month of a Dealer contains a service that this company pays for."""
    ends = [
        (span_end(dealer.invoiced_until_ms, dealer.zone), dealer.zone)
        for dealer in state.companies.values()
        if dealer.invoiced_until_ms is not None
        if any(state.subscriptions[run].reseller == company.id for run in dealer.unbilled)
    ]
    if ends:
        raise Refused(
            RefusalName.HAS_UNINVOICED_MONTH,
            f"{company.name} pays for services that are not invoiced yet: delete it after the invoice on "
            f"{day_text(*max(ends))}.",
            company=company.id,
        )


def handle_enroll_as_dealer(context: DecisionContext, command: EnrollAsDealer) -> Accepted:
    """Register the company as a Dealer. Its country must have the services (guide D1, D2)."""
    company = permitted(context, command)
    number = required(command.registration_number, "registration_number")
    if company.is_dealer:
        raise Refused(
            RefusalName.ALREADY_A_DEALER, f"{company.name} is already a Dealer.", company=company.id
        )
    refuse_without_services(context.state, company)
    enrolled = DealerEnrolled(
        at_ms=context.now_ms, by=context.by, company=company.id, registration_number=number
    )
    return Accepted((enrolled,))


def handle_set_billing_zone(context: DecisionContext, command: SetBillingZone) -> Accepted:
    """Set the zone for all month ends that are computed from now on.

    A subscription that is already expiring keeps the instant at which it ends.
    """
    company = permitted(context, command)
    name = required(command.zone, "zone")
    try:
        zone(name)
    except UnknownZone as error:
        facts = {"zone": error.name} | ({"probably": error.probably} if error.probably else {})
        advice = "" if error.probably else ": use a name such as Europe/Warsaw."
        raise Refused(RefusalName.UNKNOWN_ZONE, f"{error}{advice}", **facts) from error
    fact = BillingZoneSet(at_ms=context.now_ms, by=context.by, company=company.id, zone=name)
    return Accepted((fact,))


HANDLERS: dict[type[BaseCommand], Callable[[DecisionContext, Any], Accepted]] = {
    SignUp: handle_sign_up,
    SwitchAccount: handle_switch_account,
    CreateCompany: handle_create_company,
    ChangeOwner: handle_change_owner,
    DeleteCompany: handle_delete_company,
    EnrollAsDealer: handle_enroll_as_dealer,
    SetBillingZone: handle_set_billing_zone,
}
