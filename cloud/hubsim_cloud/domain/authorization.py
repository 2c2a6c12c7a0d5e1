"""Authorization: the checks of person, account and role with which every handler starts.

The order is fixed: signed in, account, permission table, build of PRO Desktop, then Dealer or Reseller if the
action needs one. Each check raises `Refused` if it fails.
"""

from hubsim_cloud.domain.commands import BaseCommand
from hubsim_cloud.domain.context import DecisionContext
from hubsim_cloud.domain.permissions import FINANCIAL, IN_SERVICE_BUILDS, allowed
from hubsim_cloud.domain.queries import BaseQuery
from hubsim_cloud.domain.refusals import RefusalName, Refused
from hubsim_cloud.domain.settings import CloudSettings, DesktopBuilds
from hubsim_cloud.domain.state import Company, DirectoryListing, Person, State
from hubsim_cloud.domain.types import Actor, App, MailKind, Role

_IN_APP = {App.PRO_DESKTOP: "use PRO Desktop", App.PRO_APP: "use the PRO app"}


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


def current_role(state: State, actor: Actor) -> Role | None:
    """Return the role in which the person acts for the company now; None for a person outside it."""
    company = state.companies.get(actor.account or "")
    if company is None or company.deleted or actor.person is None:
        return None
    return role_in(company, actor.person)


def client_has_services(state: State, actor: Actor, settings: CloudSettings) -> bool:
    """Return whether the client has the services: the PRO app, or the build of PRO Desktop with them.

    A person who has received the mail with the build has it (guide C5).
    """
    person = state.people.get(actor.person or "")
    if settings.desktop_builds is DesktopBuilds.EVERYONE or actor.app is App.PRO_APP or person is None:
        return True
    return any(mail.kind is MailKind.DESKTOP_BUILD for mail in state.mails.get(person.email, ()))


def may(state: State, actor: Actor, role: Role, action: str, settings: CloudSettings) -> bool:
    """Return whether the role, the client and its build permit the action."""
    return allowed(role, actor.app, action, settings.service_manager_rights) and (
        action not in IN_SERVICE_BUILDS or client_has_services(state, actor, settings)
    )


def sees_money(context: DecisionContext) -> bool:
    """Return whether the actor sees amounts of money: the operator, and financial roles of a Reseller."""
    state, actor = context.state, context.actor
    company, role = state.companies.get(actor.account or ""), current_role(state, actor)
    if company is None or company.reseller is None or role is None:
        return actor.operator
    return may(state, actor, role, FINANCIAL, context.settings)


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
            f"{person.name} does not work for this company, or has not joined it yet: its owner adds people, "
            "and they join in the account switcher.",
            company=account,
        )
    return company, role


def permitted(context: DecisionContext, action: BaseCommand | BaseQuery) -> Company:
    """Return the company acted for, or refuse if account or permission table do not allow the action."""
    company, role = in_company_account(context)
    name, rights = str(action.__struct_config__.tag), context.settings.service_manager_rights
    if not allowed(role, context.actor.app, name, rights):
        other = next((text for app, text in _IN_APP.items() if allowed(role, app, name, rights)), None)
        raise Refused(
            RefusalName.NOT_PERMITTED,
            f"The role {role} does not permit this action in {context.actor.app}: "
            f"{other or 'ask the owner of the company'}.",
            action=name,
            role=role.value,
            app=context.actor.app.value,
        )
    if name in IN_SERVICE_BUILDS and not client_has_services(context.state, context.actor, context.settings):
        raise Refused(
            RefusalName.SERVICE_BUILD_REQUIRED,
            "This build of PRO Desktop has no services: ask Technical Support for the mail with the build.",
            action=name,
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
        raise Refused(
            RefusalName.NOT_A_RESELLER,
            f"{company.name} is not a Reseller: the operator of the service appoints Resellers.",
            company=company.id,
        )
    return company, company.reseller
