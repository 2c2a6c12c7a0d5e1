"""People in a storm: Dealers with their installers, a Reseller, newcomers; each does what chance says.

Whatever was granted to them stands in their `MessagesInFlight`.
"""

import asyncio
import itertools
import os
import secrets
from collections.abc import Awaitable, Callable
from random import Random

from storm_ledger import Member, MessagesInFlight
from storm_line import PASSWORD, Caller, Line, signed_in
from storm_site import OPERATOR_TOKEN

NEWCOMERS = 0.05
"""How often, of all that they do, a newcomer comes and not the Reseller looks."""
RESELLER_EMAIL = "rita-sales@example.com"


class Dealership:
    """A Dealer with its hubs, and what its people have made of them so far."""

    def __init__(self, company: str, reseller: str, hubs: list[str]) -> None:
        self.company = company
        self.reseller = reseller
        self.waiting = hubs
        """Hubs that are to be added yet."""
        self.hubs: list[str] = []
        self.objects: list[str] = []
        self.settings = itertools.product(range(30, 600), range(10, 300))
        """Settings for hubs; none comes twice, so each changes something."""


class Aliases:
    """Everybody, as they are before a storm. Use `Aliases.assemble`."""

    def __init__(self, line: Line, rng: Random) -> None:
        self.line = line
        self.rng = rng
        self.ledger = MessagesInFlight()
        self.serial = itertools.count(1)
        self.dealerships: list[Dealership] = []
        self.owners: list[Member] = []
        self.reseller: Member
        self.players: list[Callable[[], Awaitable[object]]] = []
        """What each of them does next, again and again."""

    @classmethod
    async def assemble(cls, line: Line, rng: Random, hubs: list[str]) -> "Aliases":
        """Bring a Reseller and two Dealers about, who share these hubs."""
        cast = cls(line, rng)
        cast.reseller = await cast._owner("rita")
        await cast._appoint()
        for number, (owner, installer) in enumerate((("olga", "ivan"), ("dan", "ines"))):
            await cast._dealership(owner, installer, hubs[number::2])
        return cast

    # ------------------------------------------------------------------ before the storm

    async def _signs_up(self, name: str) -> str:
        email = f"{name}@example.com"
        nobody = Member(Caller(self.line), self.ledger)
        account = {"email": email, "name": name, "password": PASSWORD}
        assert await nobody.does("person_signed_up", "POST", "/accounts", account) is not None
        return email

    async def _owner(self, name: str) -> Member:
        """Let somebody sign up, and in, and register a company."""
        email = await self._signs_up(name)
        owner = Member(await signed_in(self.line, email), self.ledger)
        body = {"name": f"{name} security", "country": "PL"}
        created = await owner.does("company_created", "POST", "/companies", body)
        assert created is not None
        self.ledger.emails[created["company"]] = email
        return Member(await signed_in(self.line, email, created["company"]), self.ledger)

    async def _dealer(self, name: str) -> Member:
        """Let somebody own a Dealer that has asked the Reseller for a connection."""
        owner, reseller = await self._owner(name), self.reseller.company
        number = {"registration_number": "5260001246"}
        await owner.does("dealer_enrolled", "POST", "/company/dealership", number)
        await owner.does(
            *("connection_requested", "POST", "/connections", {"reseller": reseller}, reseller),
            dealer=owner.company,
        )
        return owner

    async def _appoint(self) -> None:
        operator = Caller(self.line, OPERATOR_TOKEN)
        body = {"company": self.reseller.company, "email": RESELLER_EMAIL}
        answer = await operator.request("POST", "/operator/resellers", body).send(self.line)
        assert answer.is_success, answer.text

    async def _dealership(self, owner_name: str, installer_name: str, hubs: list[str]) -> None:
        owner, email = await self._dealer(owner_name), await self._signs_up(installer_name)
        await self._approves(owner.company)
        role = {"email": email, "role": "installer"}
        await owner.does("employee_added", "POST", "/company/employees", role)
        picked = await signed_in(self.line, email, owner.company, "pro_app")
        dealership = Dealership(owner.company, self.reseller.company, hubs)
        self.dealerships.append(dealership)
        self.owners.append(owner)
        for member in (owner, Member(picked, self.ledger)):
            await self._creates_object(member, dealership)
            self.players.append(self._player(member, dealership))

    # ------------------------------------------------------------------ what they do in the storm

    def _player(self, member: Member, dealership: Dealership) -> Callable[[], Awaitable[object]]:
        acts = (self._creates_object, self._adds_hub, self._serves, self._serves, self._configures)
        return lambda: self.rng.choice(acts)(member, dealership)

    async def _creates_object(self, member: Member, dealership: Dealership) -> None:
        created = await member.does(
            "object_created", "POST", "/objects", {"name": f"villa {next(self.serial)}"}
        )
        assert created is not None
        dealership.objects.append(created["object"])

    async def _adds_hub(self, member: Member, dealership: Dealership) -> None:
        if dealership.waiting:
            hub, place = dealership.waiting.pop(), self.rng.choice(dealership.objects)
            body = {"hub": hub, "model": "hub-2-plus"}
            added = await member.does("hub_added", "POST", f"/objects/{place}/hubs", body, object=place)
            assert added is not None
            dealership.hubs.append(hub)

    async def _serves(self, member: Member, dealership: Dealership) -> None:
        if not dealership.hubs:
            return
        hub = self.rng.choice(dealership.hubs)
        fact, path = self.rng.choice(
            (
                ("service_activated", "activation"),
                ("deactivation_scheduled", "deactivation"),
                ("service_resumed", "resumption"),
                ("service_stopped", "stop"),
            )
        )
        about = (dealership.reseller,) if fact == "service_activated" else ()
        await member.does(fact, "POST", f"/hubs/{hub}/{path}", None, *about, hub=hub)

    async def _configures(self, member: Member, dealership: Dealership) -> None:
        """Configure a hub as it was seen just now; somebody else may have been faster."""
        if not dealership.hubs:
            return
        hub = self.rng.choice(dealership.hubs)
        seen = await member.looks(f"/hubs/{hub}")
        offline_delay_s, ping_s = next(dealership.settings)
        body = {"ping_s": ping_s, "offline_delay_s": offline_delay_s}
        await member.does(
            *("hub_configured", "PATCH", f"/hubs/{hub}/configuration", body),
            hub=hub,
            if_match=seen.headers["etag"],
        )

    async def _approves(self, dealer: str) -> None:
        await self.reseller.does(
            *("connection_approved", "POST", f"/dealers/{dealer}/approval"),
            *({"number": f"W-{next(self.serial)}"}, dealer),
            dealer=dealer,
            reseller=self.reseller.company,
        )

    async def resells(self) -> None:
        """Let the Reseller approve whoever asks, or suspend somebody, or restore."""
        listed = (await self.reseller.sees("/dealers/requests"))["requests"]
        if listed:
            await self._approves(listed[0]["dealer"])
            return
        dealer = self.rng.choice(self.dealerships).company
        for fact, path in (("connection_suspended", "suspension"), ("connection_restored", "restoration")):
            await self.reseller.does(
                *(fact, "POST", f"/dealers/{dealer}/{path}", None, dealer),
                dealer=dealer,
                reseller=self.reseller.company,
            )

    async def looks_in(self) -> None:
        """Let a newcomer come, or (far more often, for passwords are dear) the Reseller look at what runs."""
        if self.rng.random() < NEWCOMERS:
            await self.comes_anew()
        else:
            await self.reseller.sees("/reseller/dashboard")

    async def comes_anew(self) -> None:
        """Let a newcomer become a Dealer, and employ somebody else who is new."""
        owner = await self._dealer(f"newcomer-{next(self.serial)}")
        email = await self._signs_up(f"hand-{next(self.serial)}")
        role = self.rng.choice(("installer", "service_manager", "senior_service_manager"))
        await owner.does("employee_added", "POST", "/company/employees", {"email": email, "role": role})

    # ------------------------------------------------------------------ the storm

    async def rage(self, trouble: Callable[[], Awaitable[object]]) -> None:
        """Let everybody act, all at once, until this trouble has passed; then let them end what they do.

        Afterwards every hub is in an object, and the services of one hub of each Dealer run.
        """
        passed = asyncio.Event()

        async def play(act: Callable[[], Awaitable[object]]) -> None:
            while not passed.is_set():
                await act()
                await self.line.wanted()

        async with asyncio.TaskGroup() as group:
            for act in (*self.players, self.resells, self.looks_in):
                group.create_task(play(act))
            await trouble()
            passed.set()
            await self.line.answered(0)
        for owner, dealership in zip(self.owners, self.dealerships, strict=True):
            await self._tidies(owner, dealership)

    async def _tidies(self, owner: Member, dealership: Dealership) -> None:
        while dealership.waiting:
            await self._adds_hub(owner, dealership)
        hub, about = dealership.hubs[0], dealership.reseller
        await owner.does("service_activated", "POST", f"/hubs/{hub}/activation", None, about, hub=hub)


def new_rng() -> Random:
    """Return chance; a failing test shows the seed, which `STORM_SEED` in the environment brings back."""
    seed = os.environ.get("STORM_SEED") or secrets.token_hex(4)
    print(f"the storm of STORM_SEED={seed}")  # noqa: T201 (shown when the test fails)
    return Random(seed)  # noqa: S311 (a storm keeps no secret)
