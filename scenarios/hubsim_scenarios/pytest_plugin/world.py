"""The world of a test: letting people, companies and hubs stand in it, time, and what can be looked at."""

from collections.abc import Mapping
from typing import Any

from hubsim_contract.lab.trace import TraceEvent
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
    expect_words,
    expected_fields,
    verb,
)
from hubsim_scenarios.pytest_plugin.session import TestSession
from hubsim_scenarios.pytest_plugin.step_builder import pattern, written

RESELLER = "reseller"
"""The Reseller that Dealers are connected to unless a test names another."""
COUNTRY = "PL"
MODEL = "hub-2-plus"


class WorldFixture(Fixture):
    """A world of the test's own. Names of things are those of scenarios: small letters, digits, - and _."""

    def __init__(self, session: TestSession) -> None:
        super().__init__(session)
        self.cloud = CloudFixture(session)
        self.bench = BenchFixture(session)
        self._latest: CompanyFixture | None = None
        self._resellers: dict[str, CompanyFixture] = {}

    # ------------------------------------------------------------------ who and what is there

    @verb
    async def person(self, name: str, **fields: Any) -> PersonFixture:
        """Let a person stand in the world, with the fields of `people:`."""
        return await self._person(name, fields)

    @verb
    async def reseller(
        self, name: str = RESELLER, *, country: str = COUNTRY, **fields: Any
    ) -> CompanyFixture:
        """Appoint a Reseller, with the fields of `resellers:`; its owner is called `{name}-owner`."""
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
        """Let a Dealer stand in the world, `connected` to a Reseller that has approved it.

        Its owner is called `{name}-owner`. Without a `reseller` it is one that all such Dealers share.
        `employees` are people (made if there are none of the name) with their roles.
        """
        staff = {str(written(person)): role for person, role in (employees or {}).items()}
        for person in staff:
            if not self.session.phrases.knows(person):
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
        """Put a hub on the bench, with the fields of `hubs:`, and add it to an object of the Dealer's.

        Without a `dealer` it is the one made last; when there is none, or the hub is not `owned`, it
        belongs to nobody. `slots={1: "ajax"}` puts a fresh card in. It is plugged into Ethernet unless
        `links` say otherwise.
        """
        declared = {"model": model, "slots": slots or {}, "links": links, **fields}
        return await self._hub(name, declared, (dealer or self._latest) if owned else None)

    @verb
    async def sim(self, name: str, kind: str = "ajax", **fields: Any) -> SimFixture:
        """Have a SIM card with a name, with the fields of `sims:`, to be put into slots."""
        await self.session.declare({"sims": {name: {"kind": kind, **fields}}})
        return SimFixture(self.session, name)

    def ready_hub(self) -> HubFixture:
        """Return a hub of a Dealer with all that an activation needs. For fixtures: it is never awaited."""
        return self.session.now(self._ready_hub())

    # ------------------------------------------------------------------ time, looks, trouble

    @verb
    async def clock(self, move: str) -> None:
        """Move the clock: `+3 d`, `start of next month`, `2026-02-01 00:00`."""
        await self.session.play({"clock": move})

    @verb
    async def expect(self, subject: NamedFixture | str, *, within: str | None = None, **fields: Any) -> None:
        """Expect something of a hub, a card, `mailbox`, `billing`, `cloud` or `carrier`."""
        await self.session.play(expect_words(str(written(subject)), within, fields))

    @verb
    async def never(self, subject: NamedFixture | str, *, for_: str, **fields: Any) -> None:
        """Expect something not to be so for a time such as `1 d`."""
        await self.session.play({"never": str(written(subject)), "for": for_, **expected_fields(fields)})

    @verb
    async def order(self, *events: Mapping[str, Any], since: str = "start") -> None:
        """Expect these events in the trace, in this order, with others between them or not."""
        await self.session.play({"order": pattern(events), "since": since})

    @property
    def now_ms(self) -> int:
        """The world time in milliseconds since 1970-01-01T00:00Z."""
        return self.session.world.clock.world_ms()

    @property
    def trace(self) -> tuple[TraceEvent, ...]:
        """Everything that happened so far."""
        return tuple(self.session.world.trace.events)

    # ------------------------------------------------------------------ inside

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
            await self._wish(dealer, "send_request", reseller=approving)
            await self._wish(approving, "approve_request", dealer=dealer)
        self._latest = dealer
        return dealer

    async def _shared_reseller(self, country: str) -> CompanyFixture:
        return self._resellers.get(RESELLER) or await self._reseller(RESELLER, country, {})

    async def _hub(self, name: str, declared: Mapping[str, Any], dealer: CompanyFixture | None) -> HubFixture:
        await self.session.declare({"hubs": {name: declared}})
        if dealer is not None:
            home = f"{name}-home"
            await self._wish(dealer, "create_object", name=home, called=home)
            await self._wish(dealer, "add_hub", object=home, hub=name, model=declared["model"])
        return HubFixture(self.session, name, dealer)

    async def _ready_hub(self) -> HubFixture:
        declared = {"country": COUNTRY, "dealer": True}
        dealer = await self._dealer("dealer", declared, None, connected=True)
        return await self._hub("hub", {"model": MODEL, "slots": {1: "ajax"}, "links": ["ethernet"]}, dealer)

    async def _wish(self, actor: ActorFixture, action: str, **fields: Any) -> None:
        await self.session.play({"as": actor.speaker, "do": action, **fields})
