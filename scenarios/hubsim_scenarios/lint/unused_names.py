"""Finds declared names that a scenario does not use."""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from hubsim_scenarios.language.patterns import NamedPattern
from hubsim_scenarios.language.steps import (
    FRAME,
    BenchStep,
    Expect,
    PersonSees,
    PersonStep,
    Scenario,
    Step,
    single_steps,
)
from hubsim_scenarios.language.vocabulary import AliasKind, AliasRef
from hubsim_scenarios.language.world import CompanyDeclaration, ResellerDeclaration

_NO_MENTION = (*FRAME, "called")
_MAIL_SIGN = "@"


def unused(scenario: Scenario) -> list[AliasRef]:
    """Return the declared names that the scenario does not need.

    Owners and employees of a company are used. A company is used if a person acts for it or if a hub or a
    connection names it. Things in lists are used if a step checks a list. A company that a step creates is
    used immediately, so no later step has to name it.
    """
    used = set(_mentioned(single_steps(scenario.steps))) | _used_in_world(scenario)
    made = (step.called for step in single_steps(scenario.steps) if isinstance(step, PersonStep))
    declared = [ref for ref in scenario.world.aliases() if ref.kind is not AliasKind.OBJECT]
    declared += [ref for ref in made if ref is not None and ref.kind is not AliasKind.COMPANY]
    return [ref for ref in declared if ref.name not in used]


def _used_in_world(scenario: Scenario) -> set[str]:
    world = scenario.world
    acting = {
        step.person for step in single_steps(scenario.steps) if isinstance(step, PersonStep | PersonSees)
    }
    used = set(_names(tuple(world.hubs.values())))
    firms: dict[str, CompanyDeclaration | ResellerDeclaration] = {**world.companies, **world.resellers}
    for alias, firm in firms.items():
        staff = _staff(firm)
        used |= staff
        if acting & staff:
            used.add(alias)
    for alias, reseller in world.resellers.items():
        dealers = {dealer.name for dealer in reseller.dealers}
        used |= dealers
        if dealers:
            used.add(alias)
    if any(map(_checks_a_list, single_steps(scenario.steps))):
        used |= world.companies.keys() | {
            alias for alias, hub in world.hubs.items() if hub.object is not None
        }
    return used | _in_objects(scenario)


def _checks_a_list(step: Step) -> bool:
    """Return whether the step checks a list of all things of a kind, so that unnamed things matter, too."""
    if isinstance(step, PersonSees):
        return "hub" not in step.fields
    return isinstance(step, Expect) and step.subject == "billing"


def _in_objects(scenario: Scenario) -> set[str]:
    """Return the hubs in objects that a step names."""
    mentioned = set(_mentioned(single_steps(scenario.steps)))
    hubs = scenario.world.hubs.items()
    return {alias for alias, hub in hubs if hub.object is not None and hub.object.name in mentioned}


def _staff(firm: CompanyDeclaration | ResellerDeclaration) -> set[str]:
    return {firm.owner.name, *(person.name for person in firm.employees)}


def _mentioned(steps: Iterable[Step]) -> Iterator[str]:
    """Yield the names in steps, also those that are the local part of an e-mail address."""
    for step in steps:
        if isinstance(step, PersonStep | PersonSees):
            yield step.person
        if isinstance(step, BenchStep):
            yield step.hub
        yield from _names(
            {key: value for key, value in msgspec.structs.asdict(step).items() if key not in _NO_MENTION}
        )


def _names(value: object) -> Iterator[str]:
    match value:
        case AliasRef(name=name) | NamedPattern(alias=name):
            yield name
        case str() if _MAIL_SIGN in value:
            yield value.partition(_MAIL_SIGN)[0]
        case Mapping():
            for key, item in value.items():
                yield from _names(key)
                yield from _names(item)
        case tuple() | list():
            for item in value:
                yield from _names(item)
        case msgspec.Struct():
            yield from _names(msgspec.structs.asdict(value))
