"""The world of a test: it creates people, companies, hubs and cards, and moves the clock."""

from collections.abc import Mapping, Sequence
from typing import Any

from hubsim_contract.lab.trace import TraceEvent
from hubsim_scenarios.language.vocabulary import AliasKind
from hubsim_scenarios.play.context import StepOutcome
from hubsim_scenarios.pytest_plugin.errors import BadVerb
from hubsim_scenarios.pytest_plugin.fixtures import (
    ActorFixture,
    BenchFixture,
    CloudFixture,
    CompanyFixture,
    Fixture,
    HubFixture,
    NamedFixture,
    PersonFixture,
    SimFixture,
    expect_step,
    expected_fields,
    verb,
)
from hubsim_scenarios.pytest_plugin.session import TestSession
from hubsim_scenarios.pytest_plugin.step_builder import pattern, plain_value

RESELLER = "reseller"
"""The name of the Reseller of all Dealers for which the test names no other."""
COUNTRY = "PL"
MODEL = "hub-2-plus"


class WorldFixture(Fixture):
    """The world of a test. Names consist of lower-case letters, digits, `-` and `_`, as in scenarios."""

    def __init__(self, session: TestSession) -> None:
        super().__init__(session)
        self.cloud = CloudFixture(session)
        self.bench = BenchFixture(session)
        self._latest: CompanyFixture | None = None
        self._resellers: dict[str, CompanyFixture] = {}

    # ------------------------------------------------------------------ fragments

    @verb
    async def begin(self, *fragments: str) -> None:
        """Build the worlds of fragments, and play their steps. `world["name"]` returns what they declare."""
        __tracebackhide__ = True
        await self._begin(fragments)

    def begin_now(self, fragments: Sequence[str]) -> None:
        """Do the same before the test, also for an `async` test."""
        self.session.now(self._begin(fragments))

    def __getitem__(self, name: str) -> Any:
        """Return the object for a declared name, for example of a fragment. Raises `LookupError`."""
        kind, declared = self.session.steps.kind(name), self.session.declared
        match kind:
            case AliasKind.PERSON:
                return PersonFixture(self.session, name)
            case AliasKind.COMPANY | AliasKind.RESELLER:
                firm = declared.companies.get(name) or declared.resellers.get(name)
                if firm is None:
                    raise LookupError(f"{name!r} was created in a step, so its owner is not declared")
                return CompanyFixture(self.session, name, PersonFixture(self.session, firm.owner.name))
            case AliasKind.HUB:
                company = declared.hubs[name].company
                return HubFixture(self.session, name, self[company.name] if company is not None else None)
            case AliasKind.SIM:
                return SimFixture(self.session, name)
            case _:
                return NamedFixture(self.session, name)

    # ------------------------------------------------------------------ people, companies, hubs, cards

    @verb
    async def person(self, name: str, **fields: Any) -> PersonFixture:
        """Create a person, with the fields of `people:`."""
        return await self._person(name, fields)

    @verb
    async def reseller(
        self, name: str = RESELLER, *, country: str = COUNTRY, **fields: Any
    ) -> CompanyFixture:
        """Create a Reseller, with the fields of `resellers:`. The name of its owner is `{name}-owner`."""
        return await self._reseller(name, country, fields)

    @verb
    async def dealer(
        self,
        name: str = "dealer",
        *,
        country: str = COUNTRY,
        reseller: CompanyFixture | None = None,
        connected: bool = True,
        employees: Mapping[PersonFixture | str, str] | None = None,
        **fields: Any,
    ) -> CompanyFixture:
        """Create a Dealer. If it is `connected`, a Reseller has approved it.

        The name of its owner is `{name}-owner`. Without a `reseller` all such Dealers share one. `employees`
        are people with their roles; people that do not exist are created.
        """
        staff = {str(plain_value(person)): role for person, role in (employees or {}).items()}
        for person in staff:
            if not self.session.steps.knows(person):
                await self._person(person, {})
        declared = {"country": country, "dealer": True, "employees": staff, **fields}
        return await self._dealer(name, declared, reseller, connected=connected)

    @verb
    async def hub(
        self,
        name: str,
        *,
        model: str = MODEL,
        slots: Mapping[int, Any] | None = None,
        links: tuple[str, ...] = ("ethernet",),
        dealer: CompanyFixture | None = None,
        owned: bool = True,
        **fields: Any,
    ) -> HubFixture:
        """Put a hub on the bench, with the fields of `hubs:`, and add it to an object of a Dealer.

        The default `dealer` is the last created one. If there is none, or the hub is not `owned`, the hub is
        not added to an object. `slots={1: "ajax"}` inserts a new card. The hub is connected to Ethernet,
        unless `links` has other values.
        """
        declared = {"model": model, "slots": slots or {}, "links": links, **fields}
        return await self._hub(name, declared, (dealer or self._latest) if owned else None)

    @verb
    async def sim(self, name: str, kind: str = "ajax", **fields: Any) -> SimFixture:
        """Create a named SIM card, with the fields of `sims:`. Use it in the slots of hubs."""
        await self.session.declare({"sims": {name: {"kind": kind, **fields}}})
        return SimFixture(self.session, name)

    def ready_hub(self) -> HubFixture:
        """Return a hub of a Dealer that can be activated. For fixtures: it also blocks in `async` tests."""
        return self.session.now(self._ready_hub())

    # ------------------------------------------------------------------ clock, expectations, trace

    @verb
    async def clock(self, move: str) -> None:
        """Move the clock: `+3 d`, `start of next month`, `2026-02-01 00:00`."""
        await self.session.play({"clock": move})

    @verb
    async def expect(self, subject: NamedFixture | str, *, within: str | None = None, **fields: Any) -> None:
        """Expect fields of a hub, a card, `mailbox`, `billing`, `cloud` or `carrier` to have these values."""
        await self.session.play(expect_step(str(plain_value(subject)), within, fields))

    @verb
    async def never(self, subject: NamedFixture | str, *, for_: str, **fields: Any) -> None:
        """Expect fields not to have these values together, for a duration such as `1 d`."""
        await self.session.play({"never": str(plain_value(subject)), "for": for_, **expected_fields(fields)})

    @verb
    async def order(self, *events: Mapping[str, Any], since: str = "start") -> None:
        """Expect these events in the trace in this order. Other events can be between them."""
        await self.session.play({"order": pattern(events), "since": since})

    @verb
    async def together(
        self, *members: Mapping[str, Any], succeed: int | None = None, order: Sequence[int] = ()
    ) -> tuple[StepOutcome, ...]:
        """Perform the members at the same time, and return their outcomes.

        Members are made by `person.doing(...)`, `person.seeing(...)`, `hub.doing(...)` and
        `bench.injecting(...)`. In the virtual world they are performed in their order, or in `order`, which
        has their numbers from 1: `[2, 1]`.
        """
        numbers = sorted(order)
        if order and numbers != list(range(1, len(members) + 1)):
            raise BadVerb(f"order: {list(order)} does not have each number from 1 to {len(members)} once")
        counted = {} if succeed is None else {"succeed": succeed}
        step = {"together": [plain_value(member) for member in members], **counted}
        outcome = await self.session.play(step, [number - 1 for number in order])
        return outcome.members

    @property
    def now_ms(self) -> int:
        """The world time in milliseconds since 1970-01-01T00:00Z."""
        return self.session.world.clock.world_ms()

    @property
    def trace(self) -> tuple[TraceEvent, ...]:
        """All events so far."""
        return tuple(self.session.world.trace.events)

    # ------------------------------------------------------------------ private

    async def _begin(self, fragments: Sequence[str]) -> None:
        begun = await self.session.begin(fragments)
        for name, company in begun.companies.items():
            if company.dealer:
                self._latest = self[name]
        self._resellers |= {name: self[name] for name in begun.resellers}

    async def _person(self, name: str, fields: Mapping[str, Any]) -> PersonFixture:
        await self.session.declare({"people": {name: fields}})
        return PersonFixture(self.session, name)

    async def _reseller(self, name: str, country: str, fields: Mapping[str, Any]) -> CompanyFixture:
        owner = await self._person(f"{name}-owner", {})
        declared = {"owner": owner, "country": country, **fields}
        await self.session.declare({"resellers": {name: declared}})
        self._resellers[name] = CompanyFixture(self.session, name, owner)
        return self._resellers[name]

    async def _dealer(
        self, name: str, declared: Mapping[str, Any], reseller: CompanyFixture | None, *, connected: bool
    ) -> CompanyFixture:
        owner = await self._person(f"{name}-owner", {})
        await self.session.declare({"companies": {name: {"owner": owner, **declared}}})
        dealer = CompanyFixture(self.session, name, owner)
        if connected:
            approving = reseller or await self._shared_reseller(declared["country"])
            await self._act(dealer, "send_request", reseller=approving)
            await self._act(approving, "approve_request", dealer=dealer)
        self._latest = dealer
        return dealer

    async def _shared_reseller(self, country: str) -> CompanyFixture:
        return self._resellers.get(RESELLER) or await self._reseller(RESELLER, country, {})

    async def _hub(self, name: str, declared: Mapping[str, Any], dealer: CompanyFixture | None) -> HubFixture:
        await self.session.declare({"hubs": {name: declared}})
        if dealer is not None:
            home = f"{name}-home"
            await self._act(dealer, "create_object", name=home, called=home)
            await self._act(dealer, "add_hub", object=home, hub=name, model=declared["model"])
        return HubFixture(self.session, name, dealer)

    async def _ready_hub(self) -> HubFixture:
        declared = {"country": COUNTRY, "dealer": True}
        dealer = await self._dealer("dealer", declared, None, connected=True)
        return await self._hub("hub", {"model": MODEL, "slots": {1: "ajax"}, "links": ["ethernet"]}, dealer)

    async def _act(self, actor: ActorFixture, action: str, **fields: Any) -> None:
        await self.session.play({"as": actor.actor, "do": action, **fields})
