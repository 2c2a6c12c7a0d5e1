"""Users in a storm: Dealers with their installers, a Reseller, new Dealers; each acts at random.

Their granted commands are recorded in `GrantedCommands`.
"""

import asyncio
import itertools
import os
import secrets
from collections.abc import Awaitable, Callable
from random import Random

from storm_line import PASSWORD, Caller, Line, signed_in
from storm_record import GrantedCommands, Member
from storm_site import OPERATOR_TOKEN

NEW_DEALERS = 0.05
"""How often a new Dealer is created, in place of a query of the Reseller."""
RESELLER_EMAIL = "rita-sales@example.com"


class Dealership:
    """A Dealer with its hubs, and the objects that its users have created."""

    def __init__(self, company: str, reseller: str, hubs: list[str]) -> None:
        self.company = company
        self.reseller = reseller
        self.waiting = hubs
        """Hubs to be added."""
        self.hubs: list[str] = []
        self.objects: list[str] = []
        self.settings = itertools.product(range(30, 600), range(10, 300))
        """Settings of hubs. All differ, so each one is a change."""


class Users:
    """All users at the beginning of a storm. Use `Users.assemble`."""

    def __init__(self, line: Line, rng: Random) -> None:
        self.line = line
        self.rng = rng
        self.record = GrantedCommands()
        self.serial = itertools.count(1)
        self.dealerships: list[Dealership] = []
        self.owners: list[Member] = []
        self.reseller: Member
        self.actions: list[Callable[[], Awaitable[object]]] = []
        """The next action of each user, repeated."""

    @classmethod
    async def assemble(cls, line: Line, rng: Random, hubs: list[str]) -> "Users":
        """Create a Reseller and two Dealers, who share these hubs."""
        users = cls(line, rng)
        users.reseller = await users._owner("rita")
        await users._appoint()
        for number, (owner, installer) in enumerate((("olga", "ivan"), ("dan", "ines"))):
            await users._dealership(owner, installer, hubs[number::2])
        return users

    # ------------------------------------------------------------------ before the storm

    async def _sign_up(self, name: str) -> str:
        email = f"{name}@example.com"
        visitor = Member(Caller(self.line), self.record)
        account = {"email": email, "name": name, "password": PASSWORD}
        assert await visitor.command("person_signed_up", "POST", "/accounts", account) is not None
        return email

    async def _owner(self, name: str) -> Member:
        """Sign up and sign in a user, and register a company."""
        email = await self._sign_up(name)
        owner = Member(await signed_in(self.line, email), self.record)
        body = {"name": f"{name} security", "country": "PL"}
        created = await owner.command("company_created", "POST", "/companies", body)
        assert created is not None
        self.record.emails[created["company"]] = email
        return Member(await signed_in(self.line, email, created["company"]), self.record)

    async def _dealer(self, name: str) -> Member:
        """Create a user with a Dealer company that has requested a connection from the Reseller."""
        owner, reseller = await self._owner(name), self.reseller.company
        number = {"registration_number": "5260001246"}
        await owner.command("dealer_enrolled", "POST", "/company/dealership", number)
        await owner.command(
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
        owner, email = await self._dealer(owner_name), await self._sign_up(installer_name)
        await self._approve(owner.company)
        role = {"email": email, "role": "installer"}
        await owner.command("employee_added", "POST", "/company/employees", role)
        picked = await signed_in(self.line, email, owner.company, "pro_app")
        dealership = Dealership(owner.company, self.reseller.company, hubs)
        self.dealerships.append(dealership)
        self.owners.append(owner)
        for member in (owner, Member(picked, self.record)):
            await self._create_object(member, dealership)
            self.actions.append(self._action(member, dealership))

    # ------------------------------------------------------------------ actions in the storm

    def _action(self, member: Member, dealership: Dealership) -> Callable[[], Awaitable[object]]:
        choices = (
            self._create_object,
            self._add_hub,
            self._change_service,
            self._change_service,
            self._configure,
        )
        return lambda: self.rng.choice(choices)(member, dealership)

    async def _create_object(self, member: Member, dealership: Dealership) -> None:
        created = await member.command(
            "object_created", "POST", "/objects", {"name": f"villa {next(self.serial)}"}
        )
        assert created is not None
        dealership.objects.append(created["object"])

    async def _add_hub(self, member: Member, dealership: Dealership) -> None:
        if dealership.waiting:
            hub, place = dealership.waiting.pop(), self.rng.choice(dealership.objects)
            body = {"hub": hub, "model": "hub-2-plus"}
            added = await member.command("hub_added", "POST", f"/objects/{place}/hubs", body, object=place)
            assert added is not None
            dealership.hubs.append(hub)

    async def _change_service(self, member: Member, dealership: Dealership) -> None:
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
        await member.command(fact, "POST", f"/hubs/{hub}/{path}", None, *about, hub=hub)

    async def _configure(self, member: Member, dealership: Dealership) -> None:
        """Configure a hub in its current state; another user may have been faster."""
        if not dealership.hubs:
            return
        hub = self.rng.choice(dealership.hubs)
        seen = await member.query(f"/hubs/{hub}")
        offline_delay_s, ping_s = next(dealership.settings)
        body = {"ping_s": ping_s, "offline_delay_s": offline_delay_s}
        await member.command(
            *("hub_configured", "PATCH", f"/hubs/{hub}/configuration", body),
            hub=hub,
            if_match=seen.headers["etag"],
        )

    async def _approve(self, dealer: str) -> None:
        await self.reseller.command(
            *("connection_approved", "POST", f"/dealers/{dealer}/approval"),
            *({"number": f"W-{next(self.serial)}"}, dealer),
            dealer=dealer,
            reseller=self.reseller.company,
        )

    async def act_as_reseller(self) -> None:
        """Approve a requested connection, or suspend and restore one."""
        listed = (await self.reseller.get("/dealers/requests"))["requests"]
        if listed:
            await self._approve(listed[0]["dealer"])
            return
        dealer = self.rng.choice(self.dealerships).company
        for fact, path in (("connection_suspended", "suspension"), ("connection_restored", "restoration")):
            await self.reseller.command(
                *(fact, "POST", f"/dealers/{dealer}/{path}", None, dealer),
                dealer=dealer,
                reseller=self.reseller.company,
            )

    async def create_dealer_or_query(self) -> None:
        """Create a new Dealer, or (much more often, as password hashing is slow) query the dashboard."""
        if self.rng.random() < NEW_DEALERS:
            await self.create_dealer()
        else:
            await self.reseller.get("/reseller/dashboard")

    async def create_dealer(self) -> None:
        """Create a new Dealer with a new employee."""
        owner = await self._dealer(f"newcomer-{next(self.serial)}")
        email = await self._sign_up(f"hand-{next(self.serial)}")
        role = self.rng.choice(("installer", "service_manager", "senior_service_manager"))
        await owner.command("employee_added", "POST", "/company/employees", {"email": email, "role": role})

    # ------------------------------------------------------------------ the storm

    async def act_during(self, disruption: Callable[[], Awaitable[object]]) -> None:
        """Run all actions concurrently until the disruption has ended; then finish those in progress.

        Afterwards every hub is in an object, and one hub of each Dealer has a running service.
        """
        passed = asyncio.Event()

        async def play(act: Callable[[], Awaitable[object]]) -> None:
            while not passed.is_set():
                await act()
                await self.line.wanted()

        async with asyncio.TaskGroup() as group:
            for act in (*self.actions, self.act_as_reseller, self.create_dealer_or_query):
                group.create_task(play(act))
            await disruption()
            passed.set()
            await self.line.answered(0)
        for owner, dealership in zip(self.owners, self.dealerships, strict=True):
            await self._finish(owner, dealership)

    async def _finish(self, owner: Member, dealership: Dealership) -> None:
        while dealership.waiting:
            await self._add_hub(owner, dealership)
        hub, about = dealership.hubs[0], dealership.reseller
        await owner.command("service_activated", "POST", f"/hubs/{hub}/activation", None, about, hub=hub)


def new_rng() -> Random:
    """Return a random source. A failing test prints its seed; set `STORM_SEED` to it to repeat the test."""
    seed = os.environ.get("STORM_SEED") or secrets.token_hex(4)
    print(f"the storm of STORM_SEED={seed}")  # noqa: T201 (shown when the test fails)
    return Random(seed)  # noqa: S311 (not for cryptography)
