"""Before the first step: the world that a scenario declares, built through the same doors people use."""

from msgspec.structs import replace

from cloud.domain.case import Accepted
from cloud.domain.commands import (
    AddEmployee,
    AddHub,
    AppointReseller,
    ApproveRequest,
    Command,
    CreateCompany,
    CreateObject,
    EnrollAsDealer,
    RejectRequest,
    SendRequest,
    SetBillingZone,
    SignUp,
    SuspendConnection,
    SwitchAccount,
)
from cloud.domain.words import OPERATOR, Actor, App, EmployeeRole
from contract.bench import Card, HubStand
from scenarios.language.vocabulary import AliasKind, AliasRef, SimRef
from scenarios.language.world import Company, Hub, Reseller
from scenarios.step import Stage
from scenarios.worlds.world import CannotPlay
from simulator.hardware.refusal import HandRefused

REGISTRATION_NUMBER = "0000000000"
"""The required information of Dealers that stand in `world:`."""


async def build(stage: Stage) -> None:
    """Let everything declared come to be. Raises `CannotPlay` naming what could not."""
    declared = stage.scenario.world
    for alias, person in declared.people.items():
        if person.email is not None:
            stage.cast.emails[alias] = person.email
        if person.operator:
            stage.cast.operators.add(alias)
        elif person.account:
            email = stage.cast.email(alias)
            result = await _do(stage, Actor(None), SignUp(email=email, name=alias.capitalize()), alias)
            stage.cast.know(AliasKind.PERSON, alias, result["person"])
    for alias, company in declared.companies.items():
        await _company(stage, alias, company)
    for alias, reseller in declared.resellers.items():
        await _reseller(stage, alias, reseller)
    for alias, sim in declared.sims.items():
        card = stage.cast.fresh_card(sim.kind, sim.condition)
        stage.cast.cards[alias] = card if sim.iccid is None else replace(card, iccid=sim.iccid)
    for alias, hub in declared.hubs.items():
        await _hub(stage, alias, hub)
    await stage.world.settle()


async def _company(stage: Stage, alias: str, company: Company) -> None:
    owner, id_ = await _found(stage, alias, AliasKind.COMPANY, company)
    if company.dealer:
        await _do(stage, owner, EnrollAsDealer(registration_number=REGISTRATION_NUMBER), alias)
    if company.billing_zone is not None:
        await _do(stage, owner, SetBillingZone(zone=company.billing_zone), alias)
    await _employ(stage, id_, owner, company.employees)


async def _reseller(stage: Stage, alias: str, reseller: Reseller) -> None:
    owner, id_ = await _found(stage, alias, AliasKind.RESELLER, reseller)
    email = reseller.email or stage.cast.email(alias)
    await _do(stage, OPERATOR, AppointReseller(company=id_, email=email, listed=reseller.listed), alias)
    await _employ(stage, id_, owner, reseller.employees)
    for dealer, state in reseller.dealers.items():
        dealer_id = stage.cast.id(AliasKind.COMPANY, dealer.name)
        dealer_owner = stage.scenario.world.companies[dealer.name].owner.name
        asking = Actor(stage.cast.id(AliasKind.PERSON, dealer_owner), App.PRO_DESKTOP, dealer_id)
        await _do(stage, asking, SendRequest(email=email), dealer.name)
        if state == "rejected":
            await _do(stage, owner, RejectRequest(dealer=dealer_id), alias)
        elif state != "requested":
            await _do(stage, owner, ApproveRequest(dealer=dealer_id), alias)
        if state == "suspended":
            await _do(stage, owner, SuspendConnection(dealer=dealer_id), alias)


async def _found(stage: Stage, alias: str, kind: AliasKind, company: Company | Reseller) -> tuple[Actor, str]:
    """Register a company by its owner, whose client then acts for it."""
    owner = stage.cast.id(AliasKind.PERSON, company.owner.name)
    wish = CreateCompany(name=company.name or alias, country=company.country)
    id_ = (await _do(stage, Actor(owner), wish, alias))["company"]
    stage.cast.know(kind, alias, id_)
    stage.cast.switch(company.owner.name, id_)
    return Actor(owner, App.PRO_DESKTOP, id_), id_


async def _employ(stage: Stage, company: str, owner: Actor, employees: dict[AliasRef, EmployeeRole]) -> None:
    """Add the employees; each picks the company in the account switcher at once."""
    for person, role in employees.items():
        wish = AddEmployee(email=stage.cast.email(person.name), role=role)
        await _do(stage, owner, wish, person.name)
        member = Actor(stage.cast.id(AliasKind.PERSON, person.name))
        await _do(stage, member, SwitchAccount(company=company), person.name)
        stage.cast.switch(person.name, company)


async def _hub(stage: Stage, alias: str, hub: Hub) -> None:
    cast = stage.cast
    id_ = cast.hub_id(alias)
    stand = HubStand(
        id=id_,
        imei=cast.imei(),
        model=hub.model,
        slots={slot: _card(stage, sim) for slot, sim in hub.slots.items() if sim is not None},
        links=hub.links,
        powered=hub.power,
        coverage=hub.coverage,
        signal=hub.signal,
    )
    try:
        await stage.world.add_hub(stand)
    except HandRefused as refused:
        raise CannotPlay(f"world: the hub {alias!r} cannot stand so: {refused}") from refused
    if hub.object is None or hub.company is None:
        return
    company = stage.scenario.world.companies[hub.company.name]
    # The owner's client may act for another company by now, where the owner is employed.
    owner_id = cast.id(AliasKind.PERSON, company.owner.name)
    owner = Actor(owner_id, App.PRO_DESKTOP, cast.id(AliasKind.COMPANY, hub.company.name))
    if hub.object.name not in cast:
        made = await _do(stage, owner, CreateObject(name=hub.object.name), hub.object.name)
        cast.know(AliasKind.OBJECT, hub.object.name, made["object"])
    object_id = cast.id(AliasKind.OBJECT, hub.object.name)
    await _do(stage, owner, AddHub(object=object_id, hub=id_, model=hub.model), alias)


def _card(stage: Stage, sim: SimRef) -> Card:
    if isinstance(sim, AliasRef):
        return stage.cast.cards[sim.name]
    return stage.cast.fresh_card(sim.kind)


async def _do(stage: Stage, actor: Actor, wish: Command, what: str) -> dict[str, str]:
    outcome = await stage.world.command(actor, wish)
    if not isinstance(outcome, Accepted):
        raise CannotPlay(f"world: {what!r} cannot be so: {outcome.name}. {outcome.text}")
    return outcome.result
