"""Builds the world that a scenario declares, with the same commands that people send."""

from msgspec.structs import replace

from hubsim_cloud.domain.commands import (
    AddEmployee,
    AddHub,
    AppointReseller,
    ApproveRequest,
    Command,
    CreateCompany,
    CreateObject,
    EnrollAsDealer,
    RejectRequest,
    SendDesktopBuild,
    SendRequest,
    SetBillingZone,
    SignUp,
    SuspendConnection,
    SwitchAccount,
)
from hubsim_cloud.domain.context import Accepted
from hubsim_cloud.domain.settings import DesktopBuilds
from hubsim_cloud.domain.types import OPERATOR, Actor, App, EmployeeRole
from hubsim_contract.lab.bench_actions import Card, HubSetup
from hubsim_scenarios.language.vocabulary import AliasKind, AliasRef, SimRef
from hubsim_scenarios.language.world import CompanyDeclaration, HubDeclaration, ResellerDeclaration
from hubsim_scenarios.play.context import PlayContext
from hubsim_scenarios.translation.refusal_words import bench_refusal_words, refusal_words
from hubsim_scenarios.translation.story_language import say
from hubsim_scenarios.worlds.world import CannotPlay
from hubsim_simulator.hardware.refusals import BenchActionRefused

REGISTRATION_NUMBER = "0000000000"
"""The required information of the Dealers declared under `world:`."""


class CannotBuild(CannotPlay):
    """A thing of `world:` is refused. `alias` is its name, `refused` the name of the refusal or empty."""

    def __init__(self, text: str, alias: str, refused: str = "") -> None:
        super().__init__(text)
        self.alias = alias
        self.refused = refused


async def build(context: PlayContext) -> None:
    """Build everything that `world:` declares. Raises `CannotBuild` with the first thing that is refused."""
    declared = context.scenario.world
    cloud = context.scenario.settings.get("cloud", {})
    by_mail = cloud.get("desktop_builds") is DesktopBuilds.BY_MAIL
    for alias, person in declared.people.items():
        if person.email is not None:
            context.aliases.emails[alias] = person.email
        if person.operator:
            context.aliases.operators.add(alias)
        elif person.account:
            email = context.aliases.email(alias)
            name = person.name or alias.capitalize()
            result = await _do(context, Actor(None), SignUp(email=email, name=name), alias)
            context.aliases.know(AliasKind.PERSON, alias, result["person"])
            if by_mail:
                # PRO Desktop builds the world. A person who signs up in a step has not received the mail.
                await _do(context, OPERATOR, SendDesktopBuild(email=email), alias)
    for alias, company in declared.companies.items():
        await _company(context, alias, company)
    for alias, reseller in declared.resellers.items():
        await _reseller(context, alias, reseller)
    for alias, sim in declared.sims.items():
        card = context.aliases.fresh_card(sim.kind, sim.condition)
        context.aliases.cards[alias] = card if sim.iccid is None else replace(card, iccid=sim.iccid)
    for alias, hub in declared.hubs.items():
        await _hub(context, alias, hub)
    await context.world.settle()


async def _company(context: PlayContext, alias: str, company: CompanyDeclaration) -> None:
    owner, id_ = await _create_company(context, alias, AliasKind.COMPANY, company)
    if company.dealer:
        number = company.registration_number or REGISTRATION_NUMBER
        await _do(context, owner, EnrollAsDealer(registration_number=number), alias)
    if company.billing_zone is not None:
        await _do(context, owner, SetBillingZone(zone=company.billing_zone), alias)
    await _employ(context, id_, owner, company.employees)


async def _reseller(context: PlayContext, alias: str, reseller: ResellerDeclaration) -> None:
    owner, id_ = await _create_company(context, alias, AliasKind.RESELLER, reseller)
    email = reseller.email or context.aliases.email(alias)
    await _do(context, OPERATOR, AppointReseller(company=id_, email=email, listed=reseller.listed), alias)
    await _employ(context, id_, owner, reseller.employees)
    for dealer, state in reseller.dealers.items():
        dealer_id = context.aliases.id(AliasKind.COMPANY, dealer.name)
        dealer_owner = context.scenario.world.companies[dealer.name].owner.name
        asking = Actor(context.aliases.id(AliasKind.PERSON, dealer_owner), App.PRO_DESKTOP, dealer_id)
        await _do(context, asking, SendRequest(email=email), dealer.name)
        if state == "rejected":
            await _do(context, owner, RejectRequest(dealer=dealer_id), alias)
        elif state != "requested":
            await _do(context, owner, ApproveRequest(dealer=dealer_id), alias)
        if state == "suspended":
            await _do(context, owner, SuspendConnection(dealer=dealer_id), alias)


async def _create_company(
    context: PlayContext, alias: str, kind: AliasKind, company: CompanyDeclaration | ResellerDeclaration
) -> tuple[Actor, str]:
    """Register a company as its owner. The owner's client acts for the company from then on."""
    owner = context.aliases.id(AliasKind.PERSON, company.owner.name)
    command = CreateCompany(name=company.name or alias, country=company.country)
    id_ = (await _do(context, Actor(owner), command, alias))["company"]
    context.aliases.know(kind, alias, id_)
    context.aliases.switch(company.owner.name, id_)
    return Actor(owner, App.PRO_DESKTOP, id_), id_


async def _employ(
    context: PlayContext, company: str, owner: Actor, employees: dict[AliasRef, EmployeeRole]
) -> None:
    """Add the employees. Each of them then selects the company in the account switcher."""
    for person, role in employees.items():
        command = AddEmployee(email=context.aliases.email(person.name), role=role)
        await _do(context, owner, command, person.name)
        member = Actor(context.aliases.id(AliasKind.PERSON, person.name))
        await _do(context, member, SwitchAccount(company=company), person.name)
        context.aliases.switch(person.name, company)


async def _hub(context: PlayContext, alias: str, hub: HubDeclaration) -> None:
    aliases = context.aliases
    id_ = aliases.hub_id(alias, hub.attach)
    setup = HubSetup(
        id=id_,
        imei=aliases.imei(),
        model=hub.model,
        slots={
            slot: _card(context, sim, f"{alias}/sim-{slot}")
            for slot, sim in hub.slots.items()
            if sim is not None
        },
        links=hub.links,
        powered=hub.power,
        coverage=hub.coverage,
        signal=hub.signal,
    )
    try:
        await context.world.add_hub(setup)
    except BenchActionRefused as refused:
        reason = bench_refusal_words(refused.name, context.aliases.named(str(refused)))
        text = say("world: the hub '{hub}' cannot be built: {reason}", hub=alias, reason=reason)
        raise CannotBuild(text, alias, refused.name) from refused
    if hub.object is None or hub.company is None:
        return
    company = context.scenario.world.companies[hub.company.name]
    # The owner's client may act for another company now, one that employs the owner.
    owner_id = aliases.id(AliasKind.PERSON, company.owner.name)
    owner = Actor(owner_id, App.PRO_DESKTOP, aliases.id(AliasKind.COMPANY, hub.company.name))
    if hub.object.name not in aliases:
        made = await _do(context, owner, CreateObject(name=hub.object.name), hub.object.name)
        aliases.know(AliasKind.OBJECT, hub.object.name, made["object"])
    object_id = aliases.id(AliasKind.OBJECT, hub.object.name)
    await _do(context, owner, AddHub(object=object_id, hub=id_, model=hub.model), alias)


def _card(context: PlayContext, sim: SimRef, words: str) -> Card:
    if isinstance(sim, AliasRef):
        return context.aliases.cards[sim.name]
    card = context.aliases.fresh_card(sim.kind)
    context.aliases.describe(card.iccid, words)
    return card


async def _do(context: PlayContext, actor: Actor, command: Command, what: str) -> dict[str, str]:
    outcome = await context.world.command(actor, command)
    if not isinstance(outcome, Accepted):
        reason = context.aliases.named(refusal_words(outcome))
        text = say(
            "world: the cloud refuses '{what}': {name}. {reason}", what=what, name=outcome.name, reason=reason
        )
        raise CannotBuild(text, what, outcome.name)
    return outcome.result
