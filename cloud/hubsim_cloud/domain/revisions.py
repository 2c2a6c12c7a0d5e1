"""Revisions: the last fact by which people edited a hub or a company. They detect concurrent edits.

A revision is the position of that fact in the log, so it only grows. 0 means that it was never edited.
Messages from hubs and the carrier do not count: an edit does not fail because a hub reported a card.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from hubsim_cloud.domain.commands import (
    AddEmployee,
    ArmHub,
    BaseCommand,
    ChangeRole,
    ConfigureHub,
    DisarmHub,
    RemoveEmployee,
    SetBillingZone,
)
from hubsim_cloud.domain.facts import (
    BillingZoneSet,
    CompanyCreated,
    ConfigurationTransferred,
    DealerEnrolled,
    EmployeeAdded,
    EmployeeJoined,
    EmployeeRemoved,
    EmployeeRoleChanged,
    HubAdded,
    HubArmed,
    HubConfigured,
    HubRemoved,
)
from hubsim_cloud.domain.happened import Happened
from hubsim_cloud.domain.state import State
from hubsim_cloud.domain.types import Actor
from hubsim_contract.wire.identifiers import hub_id

_HUB_EDITS = (HubAdded, HubRemoved, HubArmed, HubConfigured)
_COMPANY_EDITS = (
    CompanyCreated,
    DealerEnrolled,
    BillingZoneSet,
    EmployeeAdded,
    EmployeeJoined,
    EmployeeRoleChanged,
    EmployeeRemoved,
)
_EDITS: dict[type[Happened], Callable[[Any], tuple[str, ...]]] = {
    **dict.fromkeys(_HUB_EDITS, lambda fact: (fact.hub,)),
    **dict.fromkeys(_COMPANY_EDITS, lambda fact: (fact.company,)),
    ConfigurationTransferred: lambda fact: (fact.donor, fact.target),
}
_OF_HUBS = (ConfigureHub, ArmHub, DisarmHub)
_OF_COMPANIES = (SetBillingZone, AddEmployee, ChangeRole, RemoveEmployee)


class Stale(msgspec.Struct, frozen=True):
    """The command was not executed, because another edit came first: the revision is now `current`."""

    expected: int
    current: int


def edited(fact: Happened) -> tuple[str, ...]:
    """Return the ids of the hubs and companies to which the fact gives a new revision."""
    ids_of = _EDITS.get(type(fact))
    return () if ids_of is None else ids_of(fact)


def can_be_stale(command: BaseCommand) -> bool:
    """Return whether the command edits something that has a revision."""
    return isinstance(command, _OF_HUBS + _OF_COMPANIES)


def subject(actor: Actor, command: BaseCommand) -> str | None:
    """Return the id of the hub or company that an accepted command edits; None for other commands.

    Raises `BadIdentifier` for an invalid hub id. No accepted command has one.
    """
    if isinstance(command, _OF_HUBS):
        return hub_id(command.hub)
    return actor.account if isinstance(command, _OF_COMPANIES) else None


def stale(state: State, actor: Actor, command: BaseCommand, expected: int) -> Stale | None:
    """Return `Stale` for an accepted command if the current revision is not the expected one, else None."""
    current = state.revisions.get(subject(actor, command) or "", 0)
    return None if current == expected else Stale(expected, current)
