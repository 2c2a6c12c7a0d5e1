"""Authorization: the checks of person, account and role with which every handler starts.

The order is fixed: signed in, account, permission table, then Dealer or Reseller if the action needs one.
Each check raises `Refused` if it fails.
"""

from hubsim_cloud.domain.commands import BaseCommand
from hubsim_cloud.domain.context import DecisionContext
from hubsim_cloud.domain.permissions import allowed
from hubsim_cloud.domain.queries import BaseQuery
from hubsim_cloud.domain.refusals import RefusalName, Refused
from hubsim_cloud.domain.state import Company, DirectoryListing, Person
from hubsim_cloud.domain.types import Role


def signed_in(context: DecisionContext) -> Person:
    """Return the person who acts, or refuse with `not_signed_in`."""
    person = context.state.people.get(context.actor.person or "")
    if person is None:
        raise Refused(RefusalName.NOT_SIGNED_IN, "Sign in to a PRO account first.")
    return person


def in_personal_account(context: DecisionContext) -> Person:
    """Return the person who acts from their personal account (guide C2), or refuse."""
    person = signed_in(context)
    if context.actor.account is not None:
        raise Refused(
            RefusalName.PERSONAL_ACCOUNT_REQUIRED,
            "This is possible only in the personal account: switch to it first.",
            account=context.actor.account,
        )
    return person


def role_in(company: Company, person: str) -> Role | None:
    """Return the person's role; None for a person outside the company or an employee who has not joined."""
    if company.owner == person:
        return Role.OWNER
    employment = company.employees.get(person)
    return employment.role if employment is not None and employment.joined else None


def in_company_account(context: DecisionContext) -> tuple[Company, Role]:
    """Return the company acted for and the person's role in it, or refuse.

    An unknown or deleted company is refused with `not_a_member`, like a company of other people.
    """
    person = signed_in(context)
    account = context.actor.account
    if account is None:
        raise Refused(
            RefusalName.COMPANY_ACCOUNT_REQUIRED,
            "This is possible only for a company: select one in the account switcher first.",
        )
    company = context.state.companies.get(account)
    role = None if company is None or company.deleted else role_in(company, person.id)
    if company is None or role is None:
        raise Refused(
            RefusalName.NOT_A_MEMBER,
            f"{person.name} does not work for this company, or has not joined it yet.",
            company=account,
        )
    return company, role


def permitted(context: DecisionContext, action: BaseCommand | BaseQuery) -> Company:
    """Return the company acted for, or refuse if account or permission table do not allow the action."""
    company, role = in_company_account(context)
    name = str(action.__struct_config__.tag)
    if not allowed(role, context.actor.app, name):
        raise Refused(
            RefusalName.NOT_PERMITTED,
            f"The role {role} does not permit this action in {context.actor.app}.",
            action=name,
            role=role.value,
            app=context.actor.app.value,
        )
    return company


def as_dealer(context: DecisionContext, action: BaseCommand | BaseQuery) -> Company:
    """Return the permitted company, which is a Dealer, or refuse with `not_a_dealer`."""
    company = permitted(context, action)
    if not company.is_dealer:
        raise Refused(
            RefusalName.NOT_A_DEALER,
            f"{company.name} is not a Dealer: its owner can enroll it in the company's service settings.",
            company=company.id,
        )
    return company


def as_reseller(
    context: DecisionContext, action: BaseCommand | BaseQuery
) -> tuple[Company, DirectoryListing]:
    """Return the permitted company and its Reseller entry, or refuse with `not_a_reseller`."""
    company = permitted(context, action)
    if company.reseller is None:
        raise Refused(RefusalName.NOT_A_RESELLER, f"{company.name} is not a Reseller.", company=company.id)
    return company, company.reseller
