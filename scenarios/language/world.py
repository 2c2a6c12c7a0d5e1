"""The world a scenario starts in: who and what is there before the first step.

The structs double as the grammar: their fields, types and `Meta` are what the reader and the
reference go by. An alias is the key under which a thing stands in the file.
"""

from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from cloud.domain.words import EmployeeRole
from contract.bench import CardCondition, CardKind
from contract.messages import Signal
from scenarios.language.vocabulary import AliasKind, AliasRef, SimRef

Country = Annotated[str, Meta(extra={"word": "country"})]
PersonAlias = Annotated[AliasRef, Meta(extra={"alias": "person"})]
CompanyAlias = Annotated[AliasRef, Meta(extra={"alias": "company"})]
Slot = Annotated[SimRef | None, Meta(extra={"alias": "sim", "fresh": True})]
Connection = Literal["requested", "approved", "rejected", "suspended"]


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A person. `email` None leaves the address to the runner; `account` says who has a PRO account.

    An `operator` works for the service itself: appoints Resellers, and does nothing else.
    """

    email: str | None = None
    account: bool = True
    operator: bool = False


class Company(msgspec.Struct, frozen=True, kw_only=True):
    """A company, registered by its owner. `name` None takes the alias for a name."""

    owner: PersonAlias
    country: Country
    name: str | None = None
    dealer: bool = False
    billing_zone: Annotated[str, Meta(extra={"word": "zone"})] | None = None
    """None is the zone of the country."""
    employees: dict[PersonAlias, EmployeeRole] = {}


class Reseller(msgspec.Struct, frozen=True, kw_only=True):
    """A Reseller, with its connections to Dealers. `name` None takes the alias for a name."""

    owner: PersonAlias
    country: Country
    name: str | None = None
    email: str | None = None
    listed: bool = True
    employees: dict[PersonAlias, EmployeeRole] = {}
    dealers: dict[CompanyAlias, Connection] = {}


class Sim(msgspec.Struct, frozen=True, kw_only=True):
    """A SIM card with a name. The kind alone is enough: `a1: ajax`. `iccid` None takes a fresh number."""

    kind: CardKind
    condition: CardCondition = CardCondition.HEALTHY
    iccid: str | None = None


class Hub(msgspec.Struct, frozen=True, kw_only=True):
    """A hub, and the state its hardware is in at the start. Without an object it belongs to nobody yet."""

    model: Annotated[str, Meta(extra={"word": "model"})]
    company: CompanyAlias | None = None
    object: Annotated[AliasRef, Meta(extra={"alias": "object"})] | None = None
    links: tuple[Literal["ethernet", "wifi"], ...] = ()
    slots: dict[Annotated[int, Meta(ge=1)], Slot] = {}
    power: bool = True
    coverage: bool = True
    signal: Signal = Signal.STRONG


class World(msgspec.Struct, frozen=True, kw_only=True):
    """Everything by alias, in the order of the file. Objects are declared by the hubs in them."""

    people: dict[str, Person] = {}
    companies: dict[str, Company] = {}
    resellers: dict[str, Reseller] = {}
    sims: dict[str, Sim] = {}
    hubs: dict[str, Hub] = {}

    def aliases(self) -> Iterator[AliasRef]:
        """Yield every declared name once, objects included."""
        for kind, names in (
            (AliasKind.PERSON, self.people),
            (AliasKind.COMPANY, self.companies),
            (AliasKind.RESELLER, self.resellers),
            (AliasKind.SIM, self.sims),
            (AliasKind.HUB, self.hubs),
        ):
            yield from (AliasRef(kind, name) for name in names)
        yield from dict.fromkeys(hub.object for hub in self.hubs.values() if hub.object)
