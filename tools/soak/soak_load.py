"""The load of a soak: Dealers and their hubs, in a business that does not grow by itself.

Everything is done and undone: services start and end, hubs lose and regain power and links, people sign in
and out, streams open and close. Only the log of facts, with its mails and past services, becomes longer.
"""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

import httpx

HUBS_OF_A_DEALER = 100
PASSWORD = "correct horse battery staple"  # noqa: S105 (test account)
EXPECTED = frozenset({401, 403, 404, 409, 412})
"""The acceptable refusals of random acts: services that run already, hubs that are off."""
EVENTS_READ = 3
STREAM_S = 5.0
"""The longest time that an event stream stays open."""
_SERVICE_ACTS = ("activation", "deactivation", "resumption", "stop")
_BENCH_ACTS: tuple[tuple[dict[str, Any], ...], ...] = (
    ({"do": "power_off"}, {"do": "power_on"}),
    ({"do": "unplug", "link": "ethernet"}, {"do": "plug", "link": "ethernet"}),
    ({"do": "set_lid", "open": True}, {"do": "set_lid", "open": False}),
    ({"do": "set_mains", "present": False}, {"do": "set_mains", "present": True}),
    ({"do": "set_coverage", "present": False}, {"do": "set_coverage", "present": True}),
    ({"do": "restart"},),
)
_LAB_VIEWS = (
    "/lab/fleet?limit=50",
    "/lab/orders?limit=50",
    "/lab/cards?limit=50",
    "/lab/deadlines",
    "/metrics",
)


class Dealership:
    """The session of a Dealer's owner, and the hubs."""

    def __init__(self, email: str, headers: dict[str, str], hubs: list[str]) -> None:
        self.email = email
        self.headers = headers
        self.hubs = hubs


class SoakLoad:
    """All users of a soak. `prepare` first; each `act` is one random act."""

    def __init__(self, client: httpx.AsyncClient, rng: Random, hubs: list[str]) -> None:
        self._client = client
        self._rng = rng
        self._hubs = hubs
        self._dealerships: list[Dealership] = []
        self._acts: tuple[Callable[[], Awaitable[None]], ...] = (
            *(self._change_service,) * 3,
            *(self._operate_hub,) * 3,
            self._configure,
            self._read_histories,
            self._sign_in_and_out,
            self._follow_events,
            self._look_at_the_lab,
        )

    async def prepare(self) -> None:
        """Create a Reseller, and Dealers with all hubs."""
        reseller, headers = await self._company("rita")
        operator = await self._must("POST", "/lab/operator/session")
        await self._must(
            *("POST", "/v1/operator/resellers", {"Authorization": f"Bearer {operator['token']}"}),
            company=reseller,
            email="desk@example.com",
        )
        for first in range(0, len(self._hubs), HUBS_OF_A_DEALER):
            await self._dealer(
                f"dealer{first}", reseller, headers, self._hubs[first : first + HUBS_OF_A_DEALER]
            )

    async def act(self) -> None:
        """Do one random act."""
        await self._rng.choice(self._acts)()

    # ------------------------------------------------------------------ before the soak

    async def _company(self, name: str) -> tuple[str, dict[str, str]]:
        email = f"{name}@example.com"
        await self._must("POST", "/v1/accounts", email=email, name=name, password=PASSWORD)
        headers = await self._signed_in(email)
        company = (await self._must("POST", "/v1/companies", headers, name=name, country="PL"))["company"]
        await self._must("PUT", "/v1/session/account", headers, company=company)
        return company, headers

    async def _dealer(self, name: str, reseller: str, approver: dict[str, str], hubs: list[str]) -> None:
        company, headers = await self._company(name)
        await self._must("POST", "/v1/company/dealership", headers, registration_number="5260001246")
        await self._must("POST", "/v1/connections", headers, reseller=reseller)
        await self._must("POST", f"/v1/dealers/{company}/approval", approver)
        for hub in hubs:
            site = (await self._must("POST", "/v1/objects", headers, name=f"villa of {hub}"))["object"]
            await self._must("POST", f"/v1/objects/{site}/hubs", headers, hub=hub, model="hub-2-plus")
        self._dealerships.append(Dealership(f"{name}@example.com", headers, hubs))

    async def _signed_in(self, email: str) -> dict[str, str]:
        session = await self._must("POST", "/v1/sessions", email=email, password=PASSWORD, app="pro_desktop")
        return {"Authorization": f"Bearer {session['token']}"}

    async def _must(
        self, method: str, path: str, headers: dict[str, str] | None = None, **body: Any
    ) -> dict[str, Any]:
        answer = await self._client.request(method, path, json=body or {}, headers=headers)
        assert answer.is_success, f"{method} {path}: {answer.text}"
        done: dict[str, Any] = answer.json() if answer.content else {}
        return done

    # ------------------------------------------------------------------ acts

    def _one(self) -> tuple[Dealership, str]:
        dealership = self._rng.choice(self._dealerships)
        return dealership, self._rng.choice(dealership.hubs)

    async def _ask(
        self, method: str, path: str, headers: dict[str, str] | None = None, body: Any = None
    ) -> httpx.Response:
        answer = await self._client.request(method, path, json=body, headers=headers)
        assert answer.is_success or answer.status_code in EXPECTED, f"{method} {path}: {answer.text}"
        return answer

    async def _change_service(self) -> None:
        dealership, hub = self._one()
        path = f"/v1/hubs/{hub}/{self._rng.choice(_SERVICE_ACTS)}"
        await self._ask("POST", path, dealership.headers, {})

    async def _operate_hub(self) -> None:
        _, hub = self._one()
        for action in self._rng.choice(_BENCH_ACTS):
            await self._ask("POST", f"/lab/hubs/{hub}/actions", None, {"action": action})

    async def _configure(self) -> None:
        dealership, hub = self._one()
        path, body = f"/v1/hubs/{hub}", {"offline_delay_s": self._rng.randint(30, 600)}
        seen = await self._ask("GET", path, dealership.headers)
        await self._ask(
            "PATCH", f"{path}/configuration", {**dealership.headers, "If-Match": seen.headers["etag"]}, body
        )

    async def _read_histories(self) -> None:
        dealership, hub = self._one()
        await self._ask("GET", f"/v1/hubs/{hub}/history?limit=50", dealership.headers)
        await self._ask("GET", "/v1/company/history?limit=50", dealership.headers)

    async def _sign_in_and_out(self) -> None:
        dealership, _ = self._one()
        await self._ask("DELETE", "/v1/session", await self._signed_in(dealership.email))

    async def _follow_events(self) -> None:
        dealership, _ = self._one()
        path = self._rng.choice(("/v1/events", "/lab/watch"))
        try:
            async with (
                asyncio.timeout(STREAM_S),
                self._client.stream("GET", path, headers=dealership.headers) as stream,
            ):
                assert stream.is_success, f"GET {path}: {stream.status_code}"
                read = 0
                async for line in stream.aiter_lines():
                    read += line.startswith("data:")
                    if read == EVENTS_READ:
                        break
        except TimeoutError:
            pass  # nothing happened meanwhile

    async def _look_at_the_lab(self) -> None:
        await self._ask("GET", self._rng.choice(_LAB_VIEWS))
