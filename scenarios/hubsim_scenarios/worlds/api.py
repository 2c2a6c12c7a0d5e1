"""A client of the cloud's HTTP API: requests from the table of routes, problems as errors.

Every command carries an idempotency key, so that one whose answer was lost on the way is sent again and
has one effect.
"""

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import msgspec

from hubsim_cloud.domain.commands import Command
from hubsim_cloud.domain.queries import Query
from hubsim_cloud.domain.refusals import Refusal, RefusalName
from hubsim_cloud.http.problems import ProblemName
from hubsim_cloud.http.route_types import path_names
from hubsim_cloud.http.routes import PREFIX, ROUTES, PagedList, Route
from hubsim_contract.mqtt.tls import trust
from hubsim_scenarios.worlds.world import BadServerUrl, CannotPlay

TIMEOUT_S = 60.0
"""Longer than a server takes to say that a world does not come to rest."""
TRIES = 3
"""A request whose connection broke is sent so many times before the server counts as gone."""


class ServerGone(CannotPlay):
    """The server does not answer, or not as a cloud does."""


class NoLab(CannotPlay):
    """The server has no lab, through which worlds are opened, looked at and worked."""


class NotGranted(Exception):
    """The server answered with a problem (RFC 9457)."""

    def __init__(self, status: int, name: str, detail: str, facts: Mapping[str, str]) -> None:
        super().__init__(f"{name}: {detail}")
        self.status = status
        self.name = name
        self.detail = detail
        self.facts = dict(facts)

    def refusal(self) -> Refusal:
        """Return it as a refusal of the domain. Raises `CannotPlay` when it is none."""
        if self.name not in set(RefusalName):
            raise CannotPlay(f"the server answers {self.status} {self.name}: {self.detail}")
        return Refusal(RefusalName(self.name), self.detail, self.facts)


class ApiRequest(msgspec.Struct, frozen=True):
    """A request that stands for a command or a query."""

    method: str
    path: str
    fields: dict[str, Any]
    """The body of a command, the query string of a query."""
    listing: PagedList | None


_BY_ACT: dict[type[msgspec.Struct], Route] = {route.act: route for route in ROUTES}


def request_of(act: Command | Query) -> ApiRequest:
    """Return the request that stands for a command or a query."""
    route = _BY_ACT[type(act)]
    fields = {name: value for name, value in msgspec.to_builtins(act).items() if value is not None}
    fields.pop(type(act).__struct_config__.tag_field, None)
    named = {name: quote(str(fields.pop(name)), safe="") for name in path_names(route.path)}
    return ApiRequest(route.method, PREFIX + route.path.format(**named), fields, route.listing)


def check_url(url: str) -> httpx.URL:
    """Return the address of a server, or raise `BadServerUrl`."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise BadServerUrl(f"{url!r} is no URL ({error}): http(s)://host:port is expected") from error
    if parsed.userinfo or parsed.query:
        raise BadServerUrl(
            f"the URL of {parsed.host} has more than where the cloud is, which would be printed: "
            "http(s)://host:port is expected, without user, password or query"
        )
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise BadServerUrl(f"{url!r} does not say where a cloud is: http(s)://host:port is expected")
    return parsed


class Api:
    """The connection to one server. `enter` says in which of its worlds."""

    def __init__(self, url: str, ca: Path | None = None) -> None:
        """Take the server's address, `http(s)://host:port`. Raises `BadServerUrl`, `BadAuthorities`."""
        parsed = check_url(url)
        self.url = str(parsed).rstrip("/")
        self._world = ""
        self.asking = ""
        """The request under way, as method and path; empty when there is none."""
        verify = trust(ca) if parsed.scheme == "https" else False
        self._client = httpx.AsyncClient(verify=verify, timeout=TIMEOUT_S, trust_env=False)

    def enter(self, world: str) -> None:
        """Speak to this world from now on; to the main one for an empty name."""
        self._world = f"/worlds/{world}" if world else ""

    async def act(self, method: str, path: str, body: Mapping[str, Any], *, token: str | None) -> Any:
        """Do something, once. Returns what is answered. Raises `NotGranted`, `ServerGone`."""
        headers = {"Idempotency-Key": secrets.token_hex(16)}
        return await self._send(method, path, token, headers=headers, json=dict(body))

    async def see(self, path: str, query: Mapping[str, str], *, token: str | None) -> Any:
        """Look at something. Raises `NotGranted`, `ServerGone`."""
        return await self._send("GET", path, token, params=dict(query))

    async def ask(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        """Ask the lab for something. Raises `NotGranted`, `NoLab`, `ServerGone`."""
        try:
            return await self._send(method, path, None, **({} if body is None else {"json": dict(body)}))
        except NotGranted as refused:
            if refused.name != ProblemName.NOT_FOUND:
                raise
            text = f"the server at {self.url} has no lab: start it with --lab (hubsim up --lab)"
            raise NoLab(text) from refused

    async def aclose(self) -> None:
        """Let go of the connection."""
        await self._client.aclose()

    async def _send(
        self, method: str, path: str, token: str | None, headers: dict[str, str] | None = None, **content: Any
    ) -> Any:
        headers = dict(headers or {})
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        url = self.url + self._world + path
        harmless = method == "GET" or "Idempotency-Key" in headers
        left = TRIES if harmless else 1
        self.asking = f"{method} {path}"
        while True:
            try:
                response = await self._client.request(method, url, headers=headers, **content)
                self.asking = ""
                return _content(response)
            except httpx.TransportError as error:
                left -= 1
                if not left:
                    trouble = f"{type(error).__name__} {error}".strip()
                    raise ServerGone(f"the server at {self.url} does not answer: {trouble}") from error
            except httpx.DecodingError as error:
                raise ServerGone(f"the server at {self.url} answers, but not as a cloud does") from error


def _content(response: httpx.Response) -> Any:
    try:
        if response.is_success:
            return response.json() if response.content else None
        problem = response.json()
        raise NotGranted(response.status_code, problem["name"], problem["detail"], problem["facts"])
    except (ValueError, KeyError, TypeError):
        raise ServerGone(f"the server answers {response.status_code}, and not as a cloud does") from None
