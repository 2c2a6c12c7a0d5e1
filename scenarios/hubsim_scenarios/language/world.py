"""The world a scenario starts in: who and what is there before the first step.

The structs double as the grammar: their fields, types and `Meta` are what the reader and the
reference go by. An alias is the key under which a thing stands in the file.
"""

from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from hubsim_cloud.domain.types import EmployeeRole
from hubsim_contract.lab.bench_actions import CardCondition, CardKind
from hubsim_contract.wire.messages import Signal
from hubsim_scenarios.language.vocabulary import AliasKind, AliasRef, SimRef

Country = Annotated[str, Meta(extra={"word": "country"})]
PersonAlias = Annotated[AliasRef, Meta(extra={"alias": "person"})]
CompanyAlias = Annotated[AliasRef, Meta(extra={"alias": "company"})]
Slot = Annotated[SimRef | None, Meta(extra={"alias": "sim", "fresh": True})]
Connection = Literal["requested", "approved", "rejected", "suspended"]


class PersonDeclaration(msgspec.Struct, frozen=True, kw_only=True):
    """A person. People with nothing to say about them can be a plain list: `people: [olga, ivan]`."""

    email: str | None = None
    """Without one, `olga` has the address `olga@example.test`."""
    account: bool = True
    """Whether the person has a PRO account; without one all that can be done is `sign_up`."""
    operator: bool = False
    """Works for the service itself: appoints Resellers, and does nothing else."""


class CompanyDeclaration(msgspec.Struct, frozen=True, kw_only=True):
    """A company, registered by its owner, who acts for it from then on."""

    owner: PersonAlias
    country: Country
    name: str | None = None
    """Without one it is the alias."""
    dealer: bool = False
    """Whether it is registered as a Dealer."""
    billing_zone: Annotated[str, Meta(extra={"word": "zone"})] | None = None
    """Whose midnight ends a month. Without one it is the zone of the country."""
    employees: dict[PersonAlias, EmployeeRole] = {}
    """They have picked the company in the account switcher already, and act for it."""


class ResellerDeclaration(msgspec.Struct, frozen=True, kw_only=True):
    """A Reseller (a company, too), with its connections to Dealers."""

    owner: PersonAlias
    country: Country
    name: str | None = None
    """Without one it is the alias."""
    email: str | None = None
    """Where requests go. Without one, `vigia` has the address `vigia@example.test`."""
    listed: bool = True
    """Whether the directory has it; else Dealers ask it by e-mail."""
    employees: dict[PersonAlias, EmployeeRole] = {}
    """They have picked the company in the account switcher already, and act for it."""
    dealers: dict[CompanyAlias, Connection] = {}
    """How far the connection with each of these Dealers has come."""


class SimDeclaration(msgspec.Struct, frozen=True, kw_only=True):
    """A SIM card with a name, to follow it. The kind alone is enough: `a1: ajax`."""

    kind: CardKind
    condition: CardCondition = CardCondition.HEALTHY
    iccid: str | None = None
    """Without one it is a fresh number."""


class HubDeclaration(msgspec.Struct, frozen=True, kw_only=True):
    """A hub, and the state its hardware is in at the start."""

    model: Annotated[str, Meta(extra={"word": "model"})]
    company: CompanyAlias | None = None
    """Who looks after it. With `object`, or neither: then the hub belongs to nobody yet."""
    object: Annotated[AliasRef, Meta(extra={"alias": "object"})] | None = None
    """The object it is in. The name is declared by standing here; several hubs can share it."""
    links: tuple[Literal["ethernet", "wifi"], ...] = ()
    """What is plugged in."""
    slots: dict[Annotated[int, Meta(ge=1)], Slot] = {}
    """Cards by slot number, from 1; a slot that is not named is empty."""
    power: bool = True
    """Whether it is switched on."""
    coverage: bool = True
    """Whether it stands in cellular coverage."""
    signal: Signal = Signal.STRONG


class WorldDeclaration(msgspec.Struct, frozen=True, kw_only=True):
    """Everything by alias, in the order of the file. Objects are declared by the hubs in them."""

    people: dict[str, PersonDeclaration] = {}
    companies: dict[str, CompanyDeclaration] = {}
    resellers: dict[str, ResellerDeclaration] = {}
    sims: dict[str, SimDeclaration] = {}
    hubs: dict[str, HubDeclaration] = {}

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
