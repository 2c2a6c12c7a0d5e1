"""The world at the start of a scenario: people, companies, cards and hubs.

The structs are also the grammar: the reader and the reference derive from their fields, types and `Meta`.
An alias is the key of a thing in the file.
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
    """A person. People without fields can be a plain list: `people: [olga, ivan]`."""

    email: str | None = None
    """By default `olga` has the address `olga@example.test`."""
    name: str | None = None
    """The name in the account. By default `olga` is `Olga`."""
    account: bool = True
    """Whether the person has a PRO account; without an account the only possible action is `sign_up`."""
    operator: bool = False
    """Whether the person works for the service: an operator appoints Resellers, sends PRO Desktop
    builds and sees all invoices, and does nothing else."""


class CompanyDeclaration(msgspec.Struct, frozen=True, kw_only=True):
    """A company. Its owner has registered it, and acts for it."""

    owner: PersonAlias
    country: Country
    name: str | None = None
    """By default the alias."""
    dealer: bool = False
    """Whether the company is registered as a Dealer."""
    registration_number: str | None = None
    """The number of a Dealer in the register of its country. By default ten zeros."""
    billing_zone: Annotated[str, Meta(extra={"word": "zone"})] | None = None
    """The zone whose midnight ends a month. By default the zone of the country."""
    employees: dict[PersonAlias, EmployeeRole] = {}
    """Employees by role. Each has already chosen the company in the account switcher."""


class ResellerDeclaration(msgspec.Struct, frozen=True, kw_only=True):
    """A Reseller, which is also a company, and its connections to Dealers."""

    owner: PersonAlias
    country: Country
    name: str | None = None
    """By default the alias."""
    email: str | None = None
    """The address for requests. By default `vigia` has the address `vigia@example.test`."""
    listed: bool = True
    """Whether the directory lists it; otherwise Dealers send requests to its e-mail address."""
    employees: dict[PersonAlias, EmployeeRole] = {}
    """Employees by role. Each has already chosen the company in the account switcher."""
    dealers: dict[CompanyAlias, Connection] = {}
    """The state of the connection with each of these Dealers."""


class SimDeclaration(msgspec.Struct, frozen=True, kw_only=True):
    """A SIM card with a name, so that steps can refer to it. The short form is the kind: `a1: ajax`."""

    kind: CardKind
    condition: CardCondition = CardCondition.HEALTHY
    iccid: str | None = None
    """By default a new number."""


class HubDeclaration(msgspec.Struct, frozen=True, kw_only=True):
    """A hub, and the state of its hardware at the start."""

    model: Annotated[str, Meta(extra={"word": "model"})]
    company: CompanyAlias | None = None
    """The company that maintains the hub. `company` needs `object`; a hub without both has no owner yet."""
    object: Annotated[AliasRef, Meta(extra={"alias": "object"})] | None = None
    """The object of the hub. This declares the name; several hubs can share an object."""
    links: tuple[Literal["ethernet", "wifi"], ...] = ()
    """The connected network links."""
    slots: dict[Annotated[int, Meta(ge=1)], Slot] = {}
    """Cards by slot number, from 1; other slots are empty."""
    power: bool = True
    """Whether the hub is switched on."""
    coverage: bool = True
    """Whether the hub has cellular coverage."""
    signal: Signal = Signal.STRONG
    attach: Annotated[str, Meta(extra={"form": "hub_id"})] | None = None
    """The id of a real hub: a live play waits for this device, in place of a simulated hub (see
    `docs/attach.md`). A virtual play simulates a hub with this id."""


class WorldDeclaration(msgspec.Struct, frozen=True, kw_only=True):
    """All declared things by alias, in the order of the file. Hubs declare their objects."""

    people: dict[str, PersonDeclaration] = {}
    companies: dict[str, CompanyDeclaration] = {}
    resellers: dict[str, ResellerDeclaration] = {}
    sims: dict[str, SimDeclaration] = {}
    hubs: dict[str, HubDeclaration] = {}

    def aliases(self) -> Iterator[AliasRef]:
        """Yield every declared name once, including objects."""
        for kind, names in (
            (AliasKind.PERSON, self.people),
            (AliasKind.COMPANY, self.companies),
            (AliasKind.RESELLER, self.resellers),
            (AliasKind.SIM, self.sims),
            (AliasKind.HUB, self.hubs),
        ):
            yield from (AliasRef(kind, name) for name in names)
        yield from dict.fromkeys(hub.object for hub in self.hubs.values() if hub.object)
