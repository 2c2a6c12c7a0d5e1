"""The world of a test: letting people, companies and hubs stand in it, time, and what can be looked at."""

from collections.abc import Mapping
from typing import Any

from contract.trace import TraceEvent
from scenarios.pytest_plugin.faces import (
    Actor,
    Bench,
    Cloud,
    Company,
    Face,
    Hub,
    Person,
    Sim,
    Thing,
    expect_words,
    expected_fields,
    verb,
)
from scenarios.pytest_plugin.phrases import pattern, written
from scenarios.pytest_plugin.rehearsal import Rehearsal

RESELLER = "reseller"
"""The Reseller that Dealers are connected to unless a test names another."""
COUNTRY = "PL"
MODEL = "hub-2-plus"


class World(Face):
    """A world of the test's own. Names of things are those of scenarios: small letters, digits, - and _."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        super().__init__(rehearsal)
        self.cloud = Cloud(rehearsal)
        self.bench = Bench(rehearsal)
        self._latest: Company | None = None
        self._resellers: dict[str, Company] = {}

    # ------------------------------------------------------------------ who and what is there

    @verb
    async def person(self, name: str, **fields: Any) -> Person:
        """Let a person stand in the world, with the fields of `people:`."""
        return await self._person(name, fields)

    @verb
    async def reseller(self, name: str = RESELLER, *, country: str = COUNTRY, **fields: Any) -> Company:
        """Appoint a Reseller, with the fields of `resellers:`; its owner is called `{name}-owner`."""
        return await self._reseller(name, country, fields)

    @verb
    async def dealer(
        self,
        name: str = "dealer",
        *,
        country: str = COUNTRY,
        reseller: Company | None = None,
        connected: bool = True,
        employees: Mapping[Person | str, str] | None = None,
        **fields: Any,
    ) -> Company:
        """Let a Dealer stand in the world, `connected` to a Reseller that has approved it.

        Its owner is called `{name}-owner`. Without a `reseller` it is one that all such Dealers share.
        `employees` are people (made if there are none of the name) with their roles.
        """
        staff = {str(written(person)): role for person, role in (employees or {}).items()}
        for person in staff:
            if not self.rehearsal.phrases.knows(person):
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
        dealer: Company | None = None,
        owned: bool = True,
        **fields: Any,
    ) -> Hub:
        """Put a hub on the bench, with the fields of `hubs:`, and add it to an object of the Dealer's.

        Without a `dealer` it is the one made last; when there is none, or the hub is not `owned`, it
        belongs to nobody. `slots={1: "ajax"}` puts a fresh card in. It is plugged into Ethernet unless
        `links` say otherwise.
        """
        declared = {"model": model, "slots": slots or {}, "links": links, **fields}
        return await self._hub(name, declared, (dealer or self._latest) if owned else None)

    @verb
    async def sim(self, name: str, kind: str = "ajax", **fields: Any) -> Sim:
        """Have a SIM card with a name, with the fields of `sims:`, to be put into slots."""
        await self.rehearsal.declare({"sims": {name: {"kind": kind, **fields}}})
        return Sim(self.rehearsal, name)

    def ready_hub(self) -> Hub:
        """Return a hub of a Dealer with all that an activation needs. For fixtures: it is never awaited."""
        return self.rehearsal.now(self._ready_hub())

    # ------------------------------------------------------------------ time, looks, trouble

    @verb
    async def clock(self, move: str) -> None:
        """Move the clock: `+3 d`, `start of next month`, `2026-02-01 00:00`."""
        await self.rehearsal.play({"clock": move})

    @verb
    async def expect(self, subject: Thing | str, *, within: str | None = None, **fields: Any) -> None:
        """Expect something of a hub, a card, `mailbox`, `billing`, `cloud` or `carrier`."""
        await self.rehearsal.play(expect_words(str(written(subject)), within, fields))

    @verb
    async def never(self, subject: Thing | str, *, for_: str, **fields: Any) -> None:
        """Expect something not to be so for a time such as `1 d`."""
        await self.rehearsal.play({"never": str(written(subject)), "for": for_, **expected_fields(fields)})

    @verb
    async def order(self, *events: Mapping[str, Any], since: str = "start") -> None:
        """Expect these events in the trace, in this order, with others between them or not."""
        await self.rehearsal.play({"order": pattern(events), "since": since})

    @property
    def now_ms(self) -> int:
        """The world time in milliseconds since 1970-01-01T00:00Z."""
        return self.rehearsal.world.clock.world_ms()

    @property
    def trace(self) -> tuple[TraceEvent, ...]:
        """Everything that happened so far."""
        return tuple(self.rehearsal.world.trace.events)

    # ------------------------------------------------------------------ inside

    async def _person(self, name: str, fields: Mapping[str, Any]) -> Person:
        await self.rehearsal.declare({"people": {name: fields}})
        return Person(self.rehearsal, name)

    async def _reseller(self, name: str, country: str, fields: Mapping[str, Any]) -> Company:
        owner = await self._person(f"{name}-owner", {})
        declared = {"owner": owner, "country": country, **fields}
        await self.rehearsal.declare({"resellers": {name: declared}})
        self._resellers[name] = Company(self.rehearsal, name, owner)
        return self._resellers[name]

    async def _dealer(
        self, name: str, declared: Mapping[str, Any], reseller: Company | None, *, connected: bool
    ) -> Company:
        owner = await self._person(f"{name}-owner", {})
        await self.rehearsal.declare({"companies": {name: {"owner": owner, **declared}}})
        dealer = Company(self.rehearsal, name, owner)
        if connected:
            approving = reseller or await self._shared_reseller(declared["country"])
            await self._wish(dealer, "send_request", reseller=approving)
            await self._wish(approving, "approve_request", dealer=dealer)
        self._latest = dealer
        return dealer

    async def _shared_reseller(self, country: str) -> Company:
        return self._resellers.get(RESELLER) or await self._reseller(RESELLER, country, {})

    async def _hub(self, name: str, declared: Mapping[str, Any], dealer: Company | None) -> Hub:
        await self.rehearsal.declare({"hubs": {name: declared}})
        if dealer is not None:
            home = f"{name}-home"
            await self._wish(dealer, "create_object", name=home, called=home)
            await self._wish(dealer, "add_hub", object=home, hub=name, model=declared["model"])
        return Hub(self.rehearsal, name, dealer)

    async def _ready_hub(self) -> Hub:
        declared = {"country": COUNTRY, "dealer": True}
        dealer = await self._dealer("dealer", declared, None, connected=True)
        return await self._hub("hub", {"model": MODEL, "slots": {1: "ajax"}, "links": ["ethernet"]}, dealer)

    async def _wish(self, actor: Actor, action: str, **fields: Any) -> None:
        await self.rehearsal.play({"as": actor.speaker, "do": action, **fields})
