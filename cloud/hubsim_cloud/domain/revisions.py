"""Revisions: which fact was the last by which people edited a hub or a company, for edits at the same time.

A revision is the position of that fact in the log, so it only grows; 0 stands for what nobody edited.
What hubs and carrier say edits nothing here: a person's edit does not fail because a card was seen.
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
    Happened,
    HubAdded,
    HubArmed,
    HubConfigured,
    HubRemoved,
)
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
    """Somebody has edited it meanwhile, and nothing was done: the revision is `current`, not `expected`."""

    expected: int
    current: int


def edited(fact: Happened) -> tuple[str, ...]:
    """Return the ids of the hubs and companies that get a new revision by the fact."""
    ids_of = _EDITS.get(type(fact))
    return () if ids_of is None else ids_of(fact)


def can_be_stale(command: BaseCommand) -> bool:
    """Say whether the command edits something that has a revision."""
    return isinstance(command, _OF_HUBS + _OF_COMPANIES)


def subject(actor: Actor, command: BaseCommand) -> str | None:
    """Return the id of what a granted command edits: a hub, or the company acted for; None for others.

    Raises `BadIdentifier` for a hub id that is none, which is never granted.
    """
    if isinstance(command, _OF_HUBS):
        return hub_id(command.hub)
    return actor.account if isinstance(command, _OF_COMPANIES) else None


def stale(state: State, actor: Actor, command: BaseCommand, expected: int) -> Stale | None:
    """Return how a granted command is out of date, or None when what it edits is as its author saw it."""
    current = state.revisions.get(subject(actor, command) or "", 0)
    return None if current == expected else Stale(expected, current)
