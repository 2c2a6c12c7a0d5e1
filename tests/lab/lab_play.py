"""One world of a lab over HTTP, and its users."""

from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec

from hubsim_contract.lab.bench_actions import Card, CardKind, HubSetup
from hubsim_simulator.hardware.cards import make_card, make_imei

Json = dict[str, Any]
PASSWORD = "correct horse battery staple"  # noqa: S105 (of a test)
JANUARY_MS = 1_768_464_000_000
"""The default start of a world's clock: 15 January 2026, 08:00 UTC."""
MINUTE_MS, DAY_MS = 60_000, 86_400_000
HUB, OTHER = "0000AA01", "0000AA02"
AJAX, ORDINARY = make_card(CardKind.AJAX, 700), make_card(CardKind.ORDINARY, 700)


def setup(hub: str = HUB, *cards: Card, **changed: Any) -> Json:
    """Return the body of a hub that is on and online by cable."""
    usual = HubSetup(
        id=hub,
        imei=make_imei(int(hub, 16) % 10**8),
        model="hub-2",
        slots=dict(enumerate(cards, 1)),
        links=("ethernet",),
    )
    return {**msgspec.to_builtins(usual, str_keys=True), **changed}


class Person:
    """A user who is signed in."""

    def __init__(self, world: "LabWorld", token: str, company: str = "") -> None:
        self._world = world
        self.token = token
        self.company = company

    async def send(self, method: str, path: str, body: Json | None = None) -> Json:
        return await self._world.send(method, f"/v1{path}", body, token=self.token)


class LabWorld:
    """A world; the main one has an empty name."""

    def __init__(self, client: httpx.AsyncClient, name: str = "", operator_token: str = "") -> None:
        self.client = client
        self.name = name
        self._operator_token = operator_token
        self._head = f"/worlds/{name}" if name else ""

    async def call(
        self, method: str, path: str, body: Json | None = None, token: str | None = None
    ) -> httpx.Response:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return await self.client.request(method, self._head + path, json=body, headers=headers)

    async def send(self, method: str, path: str, body: Json | None = None, token: str | None = None) -> Json:
        """Send a request that must succeed; return the body of the response, if it has one."""
        answer = await self.call(method, path, body, token)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else {}

    async def get(self, path: str) -> Json:
        return await self.send("GET", f"/lab{path}")

    async def operates(self, method: str, path: str, body: Json | None = None) -> httpx.Response:
        """Send a request of the operator's staff to `/v1/operator`."""
        return await self.call(method, f"/v1/operator{path}", body, await self.operator())

    async def operator(self) -> str:
        """Return a token of the operator's staff, which a reset of the world ends."""
        return self._operator_token or (await self.send("POST", "/lab/operator/session"))["token"]

    async def refused(self, method: str, path: str, body: Json | None = None) -> tuple[int, str, str]:
        """Send a request to the lab that must be refused; return status, name of the problem, and reason."""
        answer = await self.call(method, f"/lab{path}", body)
        assert answer.headers["content-type"] == "application/problem+json", answer.text
        problem = answer.json()
        assert problem["detail"]
        return answer.status_code, problem["name"], problem["facts"].get("reason", "")

    # ------------------------------------------------------------------ the lab

    async def open(self, name: str | None = None, **order: Any) -> "LabWorld":
        """Open another world."""
        body = order if name is None else {"name": name, **order}
        made = await self.send("POST", "/lab/worlds", body)
        return LabWorld(self.client, made["name"])

    async def settle(self) -> Json:
        return await self.send("POST", "/lab/settle")

    async def advance(self, *, by: str | None = None, to_ms: int | None = None) -> Json:
        """Move the clock by a duration (ISO 8601), or to an instant."""
        if by is not None:
            return await self.send("POST", "/lab/clock/advance", {"by": by})
        assert to_ms is not None
        instant = datetime.fromtimestamp(to_ms / 1000, tz=UTC).isoformat(timespec="milliseconds")
        return await self.send("POST", "/lab/clock/advance", {"to": instant})

    async def clock_ms(self) -> int:
        shown: int = (await self.get("/clock"))["world_ms"]
        return shown

    async def put(self, *setups: Json) -> None:
        for each in setups:
            await self.send("POST", "/lab/hubs", each)
        await self.settle()

    async def act(self, hub: str, do: str, **fields: Any) -> None:
        await self.send("POST", f"/lab/hubs/{hub}/actions", {"action": {"do": do, **fields}})

    async def inject(self, fault: str, **fields: Any) -> None:
        await self.send("POST", "/lab/faults", {"what": {"fault": fault, **fields}})

    async def hub(self, hub: str = HUB) -> Json:
        return await self.get(f"/hubs/{hub}")

    # ------------------------------------------------------------------ users

    async def owner(self, name: str) -> Person:
        """Sign up a user and register a company; return the user, signed in to the company's account."""
        account = {"email": f"{name}@example.com", "name": name, "password": PASSWORD}
        await self.send("POST", "/v1/accounts", account)
        credentials = {"email": account["email"], "password": PASSWORD, "app": "pro_desktop"}
        person = Person(self, (await self.send("POST", "/v1/sessions", credentials))["token"])
        made = await person.send("POST", "/companies", {"name": f"{name} Ltd", "country": "PL"})
        person.company = made["company"]
        await person.send("PUT", "/session/account", {"company": person.company})
        return person

    async def dealer(self) -> Person:
        """Create a Dealer and a Reseller, and connect them; return the Dealer."""
        dealer, reseller = await self.owner("olga"), await self.owner("rita")
        await dealer.send("POST", "/company/dealership", {"registration_number": "5260001246"})
        appointed = {"company": reseller.company, "email": "sales@example.com"}
        await self.send("POST", "/v1/operator/resellers", appointed, token=await self.operator())
        await dealer.send("POST", "/connections", {"reseller": reseller.company})
        await reseller.send("POST", f"/dealers/{dealer.company}/approval", {})
        return dealer

    async def dealer_with_hub(self, hub: str = HUB, *cards: Card) -> Person:
        """Create a Dealer with an online hub that has an Ajax SIM; settle."""
        await self.put(setup(hub, *(cards or (AJAX,))))
        dealer = await self.dealer()
        await self.add_hub(dealer, hub)
        return dealer

    async def add_hub(self, dealer: Person, hub: str = HUB) -> None:
        place = (await dealer.send("POST", "/objects", {"name": f"Villa {hub}"}))["object"]
        await dealer.send("POST", f"/objects/{place}/hubs", {"hub": hub, "model": "hub-2"})
        await self.settle()

    async def activate(self, dealer: Person, hub: str = HUB) -> None:
        await dealer.send("POST", f"/hubs/{hub}/activation", {})
