"""Events about what people and the carrier do, from the decisions and facts of the cloud. Pure."""

from typing import Any

import msgspec

from hubsim_cloud.domain.carrier_facts import (
    CarrierOrderConfirmed,
    CarrierOrderPlaced,
    SimReactivated,
    SimSuspended,
)
from hubsim_cloud.domain.commands import BaseCommand, SignUp
from hubsim_cloud.domain.context import Accepted
from hubsim_cloud.domain.facts import Fact
from hubsim_cloud.domain.refusals import Refusal
from hubsim_cloud.domain.state import State
from hubsim_cloud.domain.types import Actor
from hubsim_cloud.lab.carrier_book import CarrierBook
from hubsim_cloud.lab.watch_events import ActEvent, ActingPerson, OrderEvent, OrderNews
from hubsim_cloud.service.decision_batch import Decided

_HUB_FIELDS = ("hub", "donor", "target")


def act_event(state: State, decided: Decided) -> ActEvent:
    """Return the event of a command. `state` is that after the command."""
    act, outcome = decided.act, decided.outcome
    assert isinstance(act, BaseCommand)
    fields: dict[str, Any] = msgspec.to_builtins(act)
    refusal = outcome if isinstance(outcome, Refusal) else None
    result = dict(outcome.result) if isinstance(outcome, Accepted) else {}
    actor = decided.actor
    if isinstance(act, SignUp) and "person" in result:
        actor = msgspec.structs.replace(actor, person=result["person"])
    return ActEvent(
        at_ms=decided.at_ms,
        actor=acting_person(state, actor),
        act=fields.pop("do"),
        hub=next(iter(hubs_of(act)), None),
        facts=fields,
        refused=None if refusal is None else refusal.name,
        reason=None if refusal is None else refusal.text,
        refusal_facts={} if refusal is None else refusal.facts,
        result=result,
    )


def hubs_of(act: BaseCommand) -> tuple[str, ...]:
    """Return the hubs that a command names."""
    named = (getattr(act, field, None) for field in _HUB_FIELDS)
    return tuple(hub for hub in named if isinstance(hub, str))


def acting_person(state: State, actor: Actor) -> ActingPerson:
    """Return a readable actor."""
    person = state.people.get(actor.person or "")
    company = state.companies.get(actor.account or "")
    return ActingPerson(
        person=actor.person,
        email=None if person is None else person.email,
        name=None if person is None else person.name,
        company=actor.account,
        company_name=None if company is None else company.name,
        client=actor.app,
        operator=actor.operator,
    )


def order_event(book: CarrierBook, fact: Fact) -> OrderEvent | None:
    """Return the event of a fact about the carrier; None for another fact. `book` has read the fact."""
    match fact:
        case CarrierOrderPlaced():
            return _order(book, fact.iccid, fact.at_ms, OrderNews.PLACED, sequence=fact.sequence)
        case CarrierOrderConfirmed():
            news = OrderNews(fact.stage.value)
            return _order(book, fact.iccid, fact.at_ms, news, sequence=fact.sequence, reason=fact.reason)
        case SimSuspended():
            return _order(book, fact.iccid, fact.at_ms, OrderNews.SUSPENDED, reason=fact.reason)
        case SimReactivated():
            return _order(book, fact.iccid, fact.at_ms, OrderNews.REACTIVATED)
        case _:
            return None


def repeated_order(book: CarrierBook, iccid: str, at_ms: int) -> OrderEvent | None:
    """Return the event of an order that the cloud sends again; None for an unknown one."""
    return None if book.newest(iccid) is None else _order(book, iccid, at_ms, OrderNews.REPEATED)


def _order(
    book: CarrierBook,
    iccid: str,
    at_ms: int,
    news: OrderNews,
    *,
    sequence: int | None = None,
    reason: str = "",
) -> OrderEvent:
    """Return an event of a card; without `sequence`, it has that of the newest order, or 0."""
    newest = book.newest(iccid)
    if sequence is None:
        sequence = 0 if newest is None else newest.sequence
    return OrderEvent(
        at_ms=at_ms,
        iccid=iccid,
        hub=book.hub_of(iccid),
        sequence=sequence,
        profile=None if newest is None else newest.profile,
        state=news,
        reason=reason or None,
    )
