"""Decides commands about employees: add, change role, remove. The owner is not one (guide E, C4)."""

from collections.abc import Callable
from typing import Any

from hubsim_cloud.domain.authorization import permitted
from hubsim_cloud.domain.commands import AddEmployee, BaseCommand, ChangeRole, RemoveEmployee
from hubsim_cloud.domain.context import Accepted, DecisionContext
from hubsim_cloud.domain.facts import EmployeeAdded, EmployeeRemoved, EmployeeRoleChanged
from hubsim_cloud.domain.mails import mail
from hubsim_cloud.domain.refusals import RefusalName, Refused
from hubsim_cloud.domain.state import Company
from hubsim_cloud.domain.types import MailKind, Role
from hubsim_cloud.domain.validation import email_address


def handle_add_employee(context: DecisionContext, command: AddEmployee) -> Accepted:
    """Add a person with a PRO account to the list and invite them by mail (guide E5, E6).

    Result: `person`.
    """
    company = permitted(context, command)
    email = email_address(command.email)
    person = context.state.person_by_email.get(email)
    if person is None:
        raise Refused(
            RefusalName.ACCOUNT_NOT_FOUND,
            f"{email} has no PRO account: the employee must sign up first.",
            email=email,
        )
    _refuse_owner(company, person)
    if person in company.employees:
        raise Refused(
            RefusalName.ALREADY_AN_EMPLOYEE, f"{email} is already in the employee list.", person=person
        )
    added = EmployeeAdded(
        at_ms=context.now_ms, by=context.by, company=company.id, person=person, role=Role(command.role.value)
    )
    invitation = mail(context, email, MailKind.EMPLOYEE_INVITATION, company.id, command.role.value)
    return Accepted((added, invitation), {"person": person})


def handle_change_role(context: DecisionContext, command: ChangeRole) -> Accepted:
    """Change the role of an employee, joined or not, at any time (guide E4)."""
    company = permitted(context, command)
    _require_employee(company, command.employee)
    changed = EmployeeRoleChanged(
        at_ms=context.now_ms,
        by=context.by,
        company=company.id,
        person=command.employee,
        role=Role(command.role.value),
    )
    return Accepted((changed,))


def handle_remove_employee(context: DecisionContext, command: RemoveEmployee) -> Accepted:
    """Remove a person from the employee list; they can be added again later (guide E2)."""
    company = permitted(context, command)
    _require_employee(company, command.employee)
    removed = EmployeeRemoved(
        at_ms=context.now_ms, by=context.by, company=company.id, person=command.employee
    )
    return Accepted((removed,))


def _refuse_owner(company: Company, person: str) -> None:
    if company.owner == person:
        raise Refused(
            RefusalName.OWNER_IMMUTABLE,
            "The owner never changes, and cannot be an employee: name another person.",
            company=company.id,
            owner=person,
        )


def _require_employee(company: Company, person: str) -> None:
    _refuse_owner(company, person)
    if person not in company.employees:
        raise Refused(
            RefusalName.EMPLOYEE_NOT_FOUND,
            f"This person is not an employee of {company.name}: see its employee list.",
            employee=person,
        )


HANDLERS: dict[type[BaseCommand], Callable[[DecisionContext, Any], Accepted]] = {
    AddEmployee: handle_add_employee,
    ChangeRole: handle_change_role,
    RemoveEmployee: handle_remove_employee,
}
